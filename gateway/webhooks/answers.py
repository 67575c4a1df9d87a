"""What a webhook answers with."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.providers.base import Shown

PLAIN = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole HTTP answer."""

    body: str
    status: int = 200
    content_type: str = PLAIN


def plain(text: str, status: int = 200) -> Answer:
    """A line of text, or nothing, for the provider's machine."""
    return Answer(text, status)


def shown(screen: Shown) -> Answer:
    """A screen for a phone, in the provider's own form."""
    return Answer(screen.body, 200, screen.content_type)
