"""What should happen: pure functions over small values. No Flask, no SQL, no Redis, no clock, no network."""
