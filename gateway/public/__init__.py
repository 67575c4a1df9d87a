"""What anyone may see."""
