"""What is kept: concerns, agendas, people, messages, sessions. The only floor that knows SQL and Redis keys."""
