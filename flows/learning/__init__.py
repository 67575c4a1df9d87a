"""Training of the triage model, and how well it reads."""
