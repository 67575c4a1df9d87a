"""Inbound and outbound messages, and the outbox."""
