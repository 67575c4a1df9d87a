"""Encryption, audit, backups, erasure."""
