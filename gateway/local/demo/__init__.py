"""A believable half-year of six communes for an empty database: invented people, the pack's labelled messages."""

from gateway.local.demo.fill import DemoRefused, fill

__all__ = ["DemoRefused", "fill"]
