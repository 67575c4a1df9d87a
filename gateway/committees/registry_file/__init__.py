"""The registry as a file: what a file would change, how that is applied, and the present registry as such a file."""
