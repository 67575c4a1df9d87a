"""The dashboard of the web queue: figures to manage by, drawn and as files."""
