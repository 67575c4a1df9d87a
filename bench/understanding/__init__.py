"""The cost of reading a message, and what more labelled messages and writers would bring."""
