"""What reading a message costs, and what further messages and writers would bring."""
