"""Committees, their agendas, meetings and recommendations."""
