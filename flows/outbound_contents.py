"""Finds phone numbers and links in text that one person wrote and others will get, however they are written.

It checks the text as it will be sent, in GSM 7-bit letters, so that digits of other scripts and digits with marks are
found too. A run of digits and number words, with anything but letters between them, is a phone number if it has eight
digits or more, unless it consists of dates, times, years, amounts, references and the pack's own numbers.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache

from config.pack import Pack
from flows.references import read_reference
from flows.screen import to_gsm

LEAST_DIGITS = 8
"""Digits of a phone number in Mali; its neighbours have as many or more."""
MASK = "#"


class Unfit(StrEnum):
    """Why a text may not be sent to others."""

    NUMBER = "number"
    LINK = "link"


_ONE_DIGIT = (
    "z[ée]ro", "une?", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf",
    "fu", "kelen", "fila", "fla", "saba", "naani", "duuru", "wooro", "wolonwula", "wolonfila", "seegin", "segin",
    "kononton",
)  # fmt: skip
_TWO_DIGITS = (
    "dix", "onze", "douze", "treize", "quatorze", "quinze", "seize", "vingts?", "trente", "quarante", "cinquante",
    "soixante", "septante", "huitante", "octante", "nonante", "tan", "mugan", "bi",
)  # fmt: skip
"""Number words in French and Bambara, in GSM letters."""
_WORD = rf"(?<![^\W\d_])(?:{'|'.join((*_ONE_DIGIT, *_TWO_DIGITS))})(?![^\W\d_])"
_TWO = re.compile("|".join(_TWO_DIGITS), re.IGNORECASE)
_TOKEN = re.compile(rf"\d+|{_WORD}", re.IGNORECASE)
_BETWEEN = r"(?:[\W_]{0,8}|[\W_]+(?:et|ni|puis)[\W_]+)"
_RUN = re.compile(rf"\+?(?:\d|{_WORD})(?:{_BETWEEN}(?:\d|{_WORD}))*", re.IGNORECASE)
_REFERENCE = re.compile(r"\bCCS[ -][0-9A-Z]{4,}(?:[ -][0-9A-Z]{3,})?\b", re.IGNORECASE)
_A_WORD = "x"
"""Replaces a reference, so that its digits are not part of a run."""

_DAY, _MONTH, _YEAR = "(?:0?[1-9]|[12]\\d|3[01])", "(?:0?[1-9]|1[0-2])", "20[2-3]\\d"
_SHORT_DATE = "(?:(?:0[1-9]|[12]\\d|3[01])[/.](?:0?[1-9]|1[0-2])|[1-9][/.](?:0[1-9]|1[0-2]))"
"""A date with at least three digits: single digits with a slash between them may be those of a phone number."""
_HOUR = "(?:[01]?\\d|2[0-4])"
_DATES = (
    rf"{_DAY}(?P<a>[/.-]){_MONTH}(?P=a){_YEAR}", rf"{_YEAR}-{_MONTH}-{_DAY}", _SHORT_DATE,
    rf"{_MONTH}/{_YEAR}", _YEAR, rf"{_HOUR}:[0-5]\d(?::[0-5]\d)?",
)  # fmt: skip
_AMOUNT = r"\d{1,3}(?:[ .]\d{3})+|\d{1,7}"
_MONEY = ("F", "FCFA", "CFA", "francs?", "EUR", "euros?", "USD", "dollars?")
_PIECES_APART = r"[ ,;()]+|[ ]?[-:][ ]?"

_ENDINGS = (
    "com org net info biz app dev io ly gl gg tk ml ga cf gq xyz top shop link click pro icu vip cc ws tv fr sn bf gn "
    "ng gh tg bj mr dz ch uk eu ru cn africa int gov edu"
)
_WORDS_TOO = "ci co me to online store club live page fun space site website tech ma ne tn be ca de us in"
"""Domain endings that are also words. After a full stop without a blank, a capital letter means a new sentence."""
_HOST = r"[^\W_][\w-]{0,62}\.(?:[\w-]{1,63}\.){0,4}"
_LINK = re.compile(
    r"(?:\w{1,12}[ ]?:[ ]?//"
    r"|\bwww\b[ ]?\."
    rf"|{_HOST}(?:{_ENDINGS.replace(' ', '|')})(?![\w-])"
    rf"|{_HOST}(?-i:{'|'.join((*_WORDS_TOO.split(), *_WORDS_TOO.upper().split()))})(?![\w-])"
    r"|[^\W_][\w-]{0,62}[ ]?(?:\.|\(?\bpoint\b\)?|\(?\bdot\b\)?)[ ]?(?:com|org|net)(?![\w-])"
    r"|[^\W\d_][\w-]{0,62}\.[^\W\d_]{2,20}/"
    r"|(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}[:/]"
    r"|[\w.-]{1,64}@[\w-]{1,63}\.\w)\S*",
    re.IGNORECASE,
)


def unfit(text: str, pack: Pack) -> Unfit | None:
    """Why a text may not be sent to others, or None."""
    said = _without_references(to_gsm(text))
    if _LINK.search(said):
        return Unfit.LINK
    return Unfit.NUMBER if any(_is_number(run, said, pack) for run in _RUN.finditer(said)) else None


def masked(text: str, pack: Pack) -> str:
    """The text in GSM letters, with `#` in place of every phone number and link."""
    said = _LINK.sub(MASK, to_gsm(text))
    shown, end = [], 0
    for run in _RUN.finditer(_without_references(said, keep_length=True)):
        if _is_number(run, said, pack):
            shown += [said[end : run.start()], MASK]
            end = run.end()
    return "".join([*shown, said[end:]])


def masked_as_written(text: str, pack: Pack) -> str:
    """As `masked`, but a text without phone numbers and links is returned unchanged, in all its letters."""
    shown = masked(text, pack)
    return text if shown == to_gsm(text) else shown


def _without_references(said: str, keep_length: bool = False) -> str:
    def word(found: re.Match[str]) -> str:
        if read_reference(found[0]) is None:
            return found[0]
        return _A_WORD * (len(found[0]) if keep_length else 1)

    return _REFERENCE.sub(word, said)


def _is_number(run: re.Match[str], said: str, pack: Pack) -> bool:
    tokens = _TOKEN.findall(run[0])
    digits = sum(len(token) if token.isdigit() else 2 if _TWO.fullmatch(token) else 1 for token in tokens)
    if digits < LEAST_DIGITS:
        return False
    pieces, money = _harmless(pack)
    behind = money.match(said, run.end())
    return not pieces.fullmatch(run[0] + ("¤" if behind else ""))


@lru_cache(maxsize=4)
def _patterns(numbers: tuple[str, ...], currency: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    ours = [r"[ .-]?".join(re.findall(r"\d", number)) for number in sorted(numbers, key=len, reverse=True)]
    amount = rf"(?:{_AMOUNT})[ ]?¤"
    dates = [one.replace("<a>", f"<a{{at}}{at}>").replace("=a)", f"=a{{at}}{at})") for at, one in enumerate(_DATES)]
    first, again = ("|".join(one.replace("{at}", side) for one in [*ours, *dates]) for side in "xy")
    pieces = rf"(?:(?:{first})|{amount})(?:(?:{_PIECES_APART})(?:(?:{again})|{amount}))*"
    money = "|".join(dict.fromkeys([*_MONEY, re.escape(currency)]))
    return re.compile(pieces), re.compile(rf"[ ]?(?:{money})(?![^\W_])", re.IGNORECASE)


def _harmless(pack: Pack) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """The pattern of runs that are no phone number, and the pattern of currency words that may follow an amount."""
    ours = [number for entry in pack.emergency_numbers for number in entry.numbers]
    return _patterns((*ours, pack.short_code, pack.service_code), pack.currency)
