"""Acts on one concern other than the answer: its agenda item, notes, questions, and undo."""
