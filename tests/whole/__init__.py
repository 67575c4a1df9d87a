"""The whole gateway through every door at once."""
