"""Commands for the triage model."""
