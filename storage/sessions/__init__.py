"""USSD sessions."""
