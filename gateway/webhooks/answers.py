"""The HTTP answers of webhooks."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.providers.base import Shown

PLAIN = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete HTTP answer."""

    body: str
    status: int = 200
    content_type: str = PLAIN


def plain(text: str, status: int = 200) -> Answer:
    """A line of text, or an empty body, for the provider's system."""
    return Answer(text, status)


def shown(screen: Shown) -> Answer:
    """A screen for a phone, in the provider's own format."""
    return Answer(screen.body, 200, screen.content_type)
