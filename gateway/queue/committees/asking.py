"""Acts that need a confirmation: a page says what will follow, and its button carries the act out.

Its other button leads back: the form comes back as it was filled in, and nothing is done.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import render_template, request

SURE, TURNS_BACK = "sure", "turns_back"
"""The fields with which the confirmation page says which of its buttons was pressed."""
NOT_KEPT = ("csrf_token", SURE, TURNS_BACK)
"""Fields of the confirmation page itself, which are not sent on."""


@dataclass
class Asked(Exception):
    """Ends an act that is not confirmed yet, and its transaction. `lines` say what the act would do."""

    question: str
    lines: tuple[str, ...]
    button: str


def ask(asked: Asked) -> str:
    """The confirmation page. Its form sends the same fields again, with the button that was pressed."""
    kept = [(name, value) for name, value in request.form.items(multi=True) if name not in NOT_KEPT]
    return render_template("queue/asked.html", asked=asked, kept=kept, sure=SURE, turns_back=TURNS_BACK)


def is_sure() -> bool:
    """Whether the act of this request was confirmed."""
    return SURE in request.form


def turns_back() -> bool:
    """Whether the person pressed the button that leads back to the form. The act must not be done."""
    return TURNS_BACK in request.form
