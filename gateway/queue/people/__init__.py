"""The pages about people: accounts, invitations, secretaries, and the audit."""
