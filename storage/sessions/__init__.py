"""USSD sessions, their progress, the reports that they filed, and the contacts of their callers."""
