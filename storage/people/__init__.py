"""Administrators, contacts, secretaries' PINs."""
