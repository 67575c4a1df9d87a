"""What the queue's forms bring: cleaned before any page reads it, and kept when it cannot be taken now."""
