"""The start page of the web queue: what needs somebody now."""
