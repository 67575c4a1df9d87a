"""Text that fits a phone: GSM 7-bit, septets, SMS parts and USSD pages (3GPP TS 23.038, 23.040)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

USSD_SEPTETS = 160
"""Septets that every operator shows. The standard allows 182, but some operators cut there earlier."""

LEAST_TITLE = 70
"""A title of up to this many septets is repeated on each page of its choices."""

GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_BASIC = re.compile(f"[{re.escape(''.join(GSM_BASIC))}]*")
GSM_EXTENSION = frozenset("^{}\\[~]|€\f")

# Characters that every phone can show, in place of characters that GSM 7-bit lacks.
NEAREST = str.maketrans(
    {
        "ɲ": "ny", "Ɲ": "Ny", "ŋ": "ng", "Ŋ": "Ng", "ç": "c", "œ": "oe", "Œ": "Oe", "ə": "e", "Ə": "E", "ǝ": "e",
        "Ǝ": "E", "ɩ": "i", "Ɩ": "I", "ı": "i", "ʊ": "u", "Ʊ": "U", "ɣ": "g", "Ɣ": "G", "đ": "d", "ð": "d", "þ": "th",
        "’": "'", "‘": "'", "‚": "'", "‛": "'", "′": "'", "´": "'", "`": "'", "ʼ": "'", "ʻ": "'", "ʹ": "'", "ˈ": "'",
        "‹": "'", "›": "'", "ꞌ": "'", "Ꞌ": "'", "“": '"', "”": '"', "„": '"', "‟": '"', "″": '"', "«": '"', "»": '"',
        "−": "-", "⁃": "-", "•": "-", "·": ".", "→": "-", "×": "x", "⁄": "/", "∕": "/", "…": "...", "\t": " ",
    }
)  # fmt: skip
BY_CATEGORY = {"Zs": " ", "Zl": " ", "Zp": " ", "Pd": "-"}
"""Replacements by Unicode category: blanks of any width, hyphens of any length."""
_A_LETTER = re.compile(r"LATIN (SMALL|CAPITAL) LETTER (?:OPEN |REVERSED |TURNED |DOTLESS )?([A-Z])(?: WITH .*)?")
"""Unicode's names of letters with a hook, a stroke or a tail, and of ɛ and ɔ."""


@dataclass(frozen=True, slots=True)
class Screen:
    """What the phone shows; `ends` closes the USSD session."""

    text: str
    ends: bool = False


def septets(text: str) -> int | None:
    """The length in GSM 7-bit septets, or None when a character is outside the alphabet."""
    if _BASIC.fullmatch(text):
        return len(text)
    count = 0
    for char in text:
        if char in GSM_BASIC:
            count += 1
        elif char in GSM_EXTENSION:
            count += 2
        else:
            return None
    return count


def to_gsm(text: str) -> str:
    """The text in GSM 7-bit letters: letters with hooks or accents become the nearest letter, other characters `?`.

    Control characters, joiners, direction marks and emoji are left out, so that no input can break a line or change the
    writing direction on somebody else's screen.
    """
    if _BASIC.fullmatch(text):
        return text
    return "".join(map(_nearest, unicodedata.normalize("NFC", text).translate(NEAREST)))


def _nearest(char: str) -> str:
    if char in GSM_BASIC or char in GSM_EXTENSION:
        return char
    category = unicodedata.category(char)
    if category == "Nd":
        return str(unicodedata.decimal(char))
    if category in BY_CATEGORY:
        return BY_CATEGORY[category]
    if named := _A_LETTER.fullmatch(unicodedata.name(char, "")):
        return named[2] if named[1] == "CAPITAL" else named[2].lower()
    bare = "".join(c for c in unicodedata.normalize("NFKD", char) if not unicodedata.combining(c)).translate(NEAREST)
    if bare and all(c in GSM_BASIC for c in bare):
        return bare
    return "?" if category[0] in "LN" else ""


def count_segments(text: str) -> int:
    """How many SMS parts the text costs: 160 septets alone or 153 each, in UCS-2 70 alone or 67 each."""
    length = septets(text)
    if length is None:
        units = len(text.encode("utf-16-be")) // 2
        return 1 if units <= 70 else -(-units // 67)
    return 1 if length <= 160 else _seven_bit_parts(text)


def _seven_bit_parts(text: str) -> int:
    """The number of parts of a GSM 7-bit text. An escaped character is not split, so a part can end at 152."""
    count, room = 1, 153
    for char in text:
        size = 1 if char in GSM_BASIC else 2
        if size > room:
            count, room = count + 1, 153
        room -= size
    return count


def shorten(text: str, limit: int) -> str:
    """The text cut to at most `limit` septets, its end marked with `...`; GSM 7-bit text only."""
    if (septets(text) or 0) <= limit:
        return text
    kept, used = [], 0
    for char in text:
        used += 1 if char in GSM_BASIC else 2
        if used > limit - 3:
            break
        kept.append(char)
    return "".join(kept).rstrip() + "..." if limit > 3 else ""


def pages(
    title: str, lines: Sequence[str], edges: Sequence[str], more: str, less: str, longest: int = USSD_SEPTETS
) -> list[str]:
    """Divides a title and its choices into as few pages of `longest` septets as possible; nothing is cut.

    `edges` (back) are on every page; `more` and `less` only if there is a next or previous page. A short title is on
    every page; a long one comes first, on as many pages as it needs, and the choices follow.
    """
    whole = "\n".join([title, *lines, *edges])
    # Measuring takes most of the time of a long menu. If all letters are basic ones, their number is the length.
    size: Callable[[str], int] = len if _BASIC.fullmatch(whole) else _length
    if size(whole) <= longest:
        return [whole]
    room = longest - sum(size(text) + 1 for text in (*edges, more, less))
    repeated = [title] if lines and size(title) <= LEAST_TITLE * longest // USSD_SEPTETS else []
    blocks = list(lines) if repeated else [*wrap(title, room), *lines]
    room -= sum(size(text) + 1 for text in repeated)
    out: list[list[str]] = [[]]
    used = 0
    for block in blocks:
        long = size(block)
        if long > room:
            block = shorten(block, room)
            long = size(block)
        if out[-1] and used + long > room:
            out.append([])
            used = 0
        out[-1].append(block)
        used += long + 1
    last = len(out) - 1
    return [
        "\n".join([*repeated, *body, *([more] if at < last else []), *([less] if at else []), *edges])
        for at, body in enumerate(out)
    ]


def _length(text: str) -> int:
    return septets(text) or 0


def wrap(text: str, room: int) -> list[str]:
    """The text in pieces of at most `room` septets, broken between words where it can be; GSM 7-bit text only."""
    pieces: list[str] = []
    rest = text
    while (septets(rest) or 0) > room:
        end, used = 0, 0
        for char in rest:
            used += 1 if char in GSM_BASIC else 2
            if used > room:
                break
            end += 1
        gap = max(rest.rfind(" ", 1, end + 1), rest.rfind("\n", 1, end + 1))
        end = gap if gap > 0 else end
        pieces.append(rest[:end])
        rest = rest[end:].lstrip()
    return [*pieces, rest] if rest else pieces
