"""Machines for tests: servers and gateway processes on loopback addresses of their own."""
