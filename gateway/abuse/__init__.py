"""Limits on misuse: floods of messages, guessed tokens, campaigns of similar texts."""
