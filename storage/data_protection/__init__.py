"""Erasure, backups, checks of the database, and the list of sealed columns: what touches every other room."""
