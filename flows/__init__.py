"""The decisions of the gateway as pure functions over small values, without Flask, SQL, Redis, clock or network."""
