"""What an inbound SMS asks for."""
