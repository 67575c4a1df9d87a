"""One inbound SMS."""
