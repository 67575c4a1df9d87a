"""Protects the people in the data: retention, erasure, access, keys, restored backups."""
