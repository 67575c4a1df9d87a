"""The HTTP server: its sockets, time limits and threads."""
