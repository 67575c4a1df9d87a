"""The fields of the queue's forms: cleaned before a page reads them, and kept if a form cannot be accepted now."""
