"""Documents of committees as PDF, DOCX and ICS, and tables as files for spreadsheets."""
