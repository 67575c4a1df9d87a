"""Telecom providers, one file of the same shape for each: its requests, its status words, and how to send."""
