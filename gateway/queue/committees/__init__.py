"""The pages about committees: the registry, one committee, its items, its meetings and its recommendations."""
