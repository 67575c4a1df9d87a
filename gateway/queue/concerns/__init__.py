"""The pages about concerns: the list, one concern, and what may be done with it."""
