"""Commands for committees, their people, agendas and concerns."""
