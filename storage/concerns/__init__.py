"""Concerns, and what is counted from them."""
