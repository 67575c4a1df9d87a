"""Commands for the country pack and the conversation."""
