"""Agendas, meetings, digests and sudden rises."""
