"""The dashboard's figures, and the sums of closed days from which they are read."""
