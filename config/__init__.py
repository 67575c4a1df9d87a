"""The settings of a deployment and the country pack. Imports nothing from `flows`, `storage` and `gateway`."""
