"""Commands for this machine."""
