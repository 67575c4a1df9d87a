"""Tests of the whole gateway."""
