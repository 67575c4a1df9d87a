"""The documents of a meeting: the *ordre du jour* before, the *procès-verbal* after, and the date for calendars."""
