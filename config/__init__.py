"""Settings of a deployment and the country pack. Imports nothing of the other floors."""
