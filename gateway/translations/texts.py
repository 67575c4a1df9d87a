"""Looks a French text up in the catalogue of the page's language."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextvars import ContextVar
from gettext import NullTranslations
from typing import TypeVar, cast, overload

from flask import g
from flask_babel import get_locale, get_translations

SOURCE = "fr"
"""The language that the texts stand in, in the code and the templates."""


T = TypeVar("T")
Language = tuple[str, NullTranslations | None]
_kept: ContextVar[Language] = ContextVar("language of a page that is still being sent", default=(SOURCE, None))


def page_language() -> str:
    """The code of the language of the current page; French outside a request."""
    locale = get_locale()
    return str(locale.language) if locale else _kept.get()[0]


def _catalogue() -> NullTranslations | None:
    """The catalogue of the page's language; None for French. A page asks hundreds of times, so `g` keeps it."""
    try:
        return cast(NullTranslations | None, g.catalogue)
    except AttributeError:
        g.catalogue = None if page_language() == SOURCE else get_translations()
        return cast(NullTranslations | None, g.catalogue)
    except RuntimeError:  # outside a request
        return _kept.get()[1]


def found(french: str) -> str:
    """The text in the language of the page, with its placeholders; French if the catalogue lacks it."""
    catalogue = _catalogue()
    return catalogue.gettext(french) if catalogue and french else french  # "" would give the head of the catalogue


def found_for(singular: str, plural: str, number: int) -> str:
    """The form for a number. In French 0 and 1 are singular; the catalogue knows the other languages' rule."""
    if catalogue := _catalogue():
        return catalogue.ngettext(singular, plural, number)
    return singular if abs(number) < 2 else plural


def in_this_language(lines: Iterable[str]) -> Iterator[str]:
    """The lines of an answer that is written while it is sent, after its request: in the language of the request."""
    language = page_language(), _catalogue()

    def sent() -> Iterator[str]:
        iterator = iter(lines)
        while True:
            before = _kept.set(language)
            try:
                line = next(iterator)
            except StopIteration:
                return
            finally:
                _kept.reset(before)
            yield line

    return sent()


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
    """A table of French labels. What is looked up comes in the language of the page.

    A code without a label, which a stored row may hold since an older release or pack, stands for itself.
    """

    def __init__(self, french: Mapping[str, str]) -> None:
        self.french = french

    def __getitem__(self, code: str) -> str:
        return found(self.french[code]) if code in self.french else code

    @overload
    def get(self, code: str, default: None = None, /) -> str | None: ...
    @overload
    def get(self, code: str, default: str | T, /) -> str | T: ...
    def get(self, code: str, default: object = None, /) -> object:
        """The label of a code, or `default`."""
        return self[code] if code in self.french else default

    def __contains__(self, code: object) -> bool:
        return code in self.french

    def __iter__(self) -> Iterator[str]:
        return iter(self.french)

    def __len__(self) -> int:
        return len(self.french)
