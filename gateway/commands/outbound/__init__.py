"""Commands for digests and messages."""
