"""The parts that a process holds, and how they fail."""
