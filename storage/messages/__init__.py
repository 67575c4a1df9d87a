"""Messages in and out, and the outbox."""
