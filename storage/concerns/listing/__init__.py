"""The list of concerns in the web queue: filters, pages, the search for words, and the rows of an export."""
