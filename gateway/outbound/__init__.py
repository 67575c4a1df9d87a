"""Everything that sends SMS."""
