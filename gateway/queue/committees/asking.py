"""Acts that ask before they are done: a page says what will follow, and its button does it."""

from __future__ import annotations

from dataclasses import dataclass

from flask import render_template, request

NOT_KEPT = ("csrf_token", "sure")
"""Fields that the page has of its own."""


@dataclass
class Asked(Exception):
    """Ends an act that nobody confirmed, and its transaction. `lines` say what the act would do."""

    question: str
    lines: tuple[str, ...]
    button: str


def ask(asked: Asked, back: str) -> str:
    """The page that asks. Its form sends what was filled in once more, with the confirmation; `back` leads away."""
    kept = [(name, value) for name, value in request.form.items(multi=True) if name not in NOT_KEPT]
    return render_template("queue/asked.html", asked=asked, kept=kept, back=back)
