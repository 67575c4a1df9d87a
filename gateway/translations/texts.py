"""Looks a French text up in the catalogue of the page's language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from flask_babel import get_locale, get_translations

SOURCE = "fr"
"""The language that the texts stand in, in the code and the templates."""


def page_language() -> str:
    """The code of the language of the current page; French outside a request."""
    locale = get_locale()
    return str(locale.language) if locale else SOURCE


def found(french: str) -> str:
    """The text in the language of the page, with its placeholders; French if the catalogue lacks it."""
    if not french or page_language() == SOURCE:
        return french  # the empty text is the head of a catalogue
    return str(get_translations().ugettext(french))


def found_for(singular: str, plural: str, number: int) -> str:
    """The form for a number. In French 0 and 1 are singular; the catalogue knows the other languages' rule."""
    if page_language() == SOURCE:
        return singular if abs(number) < 2 else plural
    return str(get_translations().ungettext(singular, plural, number))


def _(french: str, **values: object) -> str:
    """The text in the language of the page; `%(name)s` in it is replaced with the value of that name."""
    return found(french) % values if values else found(french)


def ngettext(singular: str, plural: str, number: int, **values: object) -> str:
    """The text for a number, which it may hold as `%(num)s`."""
    return found_for(singular, plural, number) % {"num": number, **values}


def N_(french: str) -> str:
    """Marks a text that stands in a table, so that the catalogue has it. `_` translates it when it is shown."""
    return french


class Labels(Mapping[str, str]):
    """A table of French labels. What is looked up comes in the language of the page."""

    def __init__(self, french: Mapping[str, str]) -> None:
        self.french = french

    def __getitem__(self, code: str) -> str:
        return found(self.french[code])

    def __contains__(self, code: object) -> bool:
        return code in self.french

    def __iter__(self) -> Iterator[str]:
        return iter(self.french)

    def __len__(self) -> int:
        return len(self.french)
