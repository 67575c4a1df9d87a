"""What a committee does with concerns."""
