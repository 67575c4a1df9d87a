"""The cost of reading a message, and what more labelled messages and more writers would bring."""
