"""Who may act, who is invited, and who saw and did what."""
