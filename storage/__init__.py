"""Keeps and finds concerns, agendas, people, messages and sessions. It is the layer that knows the tables."""
