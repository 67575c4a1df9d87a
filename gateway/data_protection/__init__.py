"""What protects the people in the data."""
