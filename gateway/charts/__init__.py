"""Figures as charts, maps and tables: the same for the dashboard of the web queue and for the public page."""
