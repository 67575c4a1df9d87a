"""What slows misuse."""
