"""Contacts, accounts of the web queue, API tokens, and secretaries' PINs."""
