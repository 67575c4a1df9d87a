"""*Ordre du jour* and *procès-verbal* of a meeting, its calendar entry, and letters to local services."""
