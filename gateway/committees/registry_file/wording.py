"""The plan of a registry file in words: in the language of the page, and in English for the command."""

from __future__ import annotations

from datetime import date

from babel.dates import format_date, get_day_names

from config.enumerations import WEEKDAYS
from gateway.committees.refusal_texts import for_page, in_english
from gateway.committees.registry_file.columns import TITLES
from gateway.committees.registry_file.plan import ImportRefused, LinePlan
from gateway.translations import _
from gateway.translations.texts import page_language


def changes_for_page(plan: LinePlan) -> list[str]:
    """Each change of a line: `Présidence : — → Le maire`."""
    words = []
    if plan.installs_on and plan.was_closed_on:
        days = {"day": _in_words(plan.installs_on), "closed": _in_words(plan.was_closed_on)}
        words.append(_("installé de nouveau le %(day)s (fermé le %(closed)s)", **days))
    elif plan.installs_on:
        words.append(_("installé le %(day)s", day=_in_words(plan.installs_on)))
    for change in plan.changes:
        before, after = _shown(change.column, change.before), _shown(change.column, change.after)
        words.append(
            _("%(setting)s : %(before)s → %(after)s", setting=TITLES[change.column], before=before, after=after)
        )
    return words


def _shown(column: str, value: str | None) -> str:
    """A value as people read it: weekdays, yes and no in the language of the page."""
    if column == "silent_when_quiet":
        return _("oui") if value == str(True) else _("non")
    if column == "digest_weekday" and value in WEEKDAYS:
        return str(get_day_names("wide", locale=page_language())[WEEKDAYS.index(value)])
    return value or "—"


def _in_words(day: date) -> str:
    """`5 mars 2026`: nobody takes the month for the day."""
    return format_date(day, "d MMMM yyyy", locale=page_language())


def refusal_for_page(refused: ImportRefused) -> tuple[str, str, str]:
    """The line, the column and what to do, for a row of the page's table."""
    return str(refused.line), TITLES[refused.column] if refused.column else "", for_page(refused)


def changes_in_english(plan: LinePlan) -> list[str]:
    """Each change of a line: `chair: - → Le maire`."""
    words = [f"installed on {plan.installs_on}"] if plan.installs_on else []
    return words + [f"{change.column}: {change.before or '-'} → {change.after or '-'}" for change in plan.changes]


def refusal_in_english(refused: ImportRefused) -> str:
    """The line and what to do: `line 3: …`."""
    return f"line {refused.line}: {in_english(refused)}"
