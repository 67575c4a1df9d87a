"""The parts that every process holds, such as settings, connections, limits and logs, and how they fail."""
