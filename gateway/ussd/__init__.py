"""One USSD request."""
