"""Commands that protect the people in the data."""
