"""Telecom providers, each one file of the same shape: what it sends, what its status words mean, how to send."""
