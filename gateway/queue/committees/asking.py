"""Acts that need a confirmation: a page says what will follow, and its button carries the act out."""

from __future__ import annotations

from dataclasses import dataclass

from flask import render_template, request

NOT_KEPT = ("csrf_token", "sure")
"""Fields of the confirmation page itself, which are not sent on."""


@dataclass
class Asked(Exception):
    """Ends an act that is not confirmed yet, and its transaction. `lines` say what the act would do."""

    question: str
    lines: tuple[str, ...]
    button: str


def ask(asked: Asked, back: str) -> str:
    """The confirmation page. Its form sends the same fields again, confirmed; `back` is the address of the way out."""
    kept = [(name, value) for name, value in request.form.items(multi=True) if name not in NOT_KEPT]
    return render_template("queue/asked.html", asked=asked, kept=kept, back=back)
