"""Erasure, backups, checks of the database, and the list of encrypted columns: work across all other packages."""
