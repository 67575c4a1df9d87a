"""Labelled messages in files of tab-separated values: those of the pack for training, any file for evaluation.

A file has one writer, because accuracy for unknown writers is measured on writers who were left out of training. A file
with messages of several writers names them in an eighth column.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from config.enumerations import Urgency
from config.pack import Pack
from config.pack.files import PackError, Where

COLUMNS = ("text", "language", "commune", "place", "category", "urgency", "kind")
KINDS = ("concern", "proposal", "question", "thanks")
WRITER = "writer"
ASIDE = "aside-"
"""The beginning of the names of files that no model is trained on."""


@dataclass(frozen=True, slots=True)
class Example:
    """A message with its labels. `commune` is a code, or None if the message names none."""

    text: str
    language: str
    commune: str | None
    place: str | None
    category: str
    urgency: str
    kind: str
    writer: str = ""

    @property
    def is_set_aside(self) -> bool:
        """Whether no model may be trained on this message, whoever trains what."""
        return self.writer.startswith(ASIDE)


def load_examples(pack: Pack, folder: Path) -> tuple[Example, ...]:
    """All files of `training/` in a pack's folder. Raises `PackError` with file and line."""
    return tuple(
        example for path in sorted((folder / "training").glob("*.tsv")) for example in read_examples(pack, path)
    )


def read_examples(pack: Pack, path: Path) -> tuple[Example, ...]:
    """The messages of a file. A commune is given by its code, or by its name if it is unique. Raises `PackError`.

    If the file has no column `writer`, the file's name is the writer.
    """
    names: dict[str, list[str]] = {}
    for area in pack.communes:
        names.setdefault(area.name, []).append(area.code)
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise PackError(path, f"cannot be read ({type(error).__name__})") from None
    numbered = [(number, line) for number, line in enumerate(lines, start=1) if line and not line.startswith("#")]
    head = tuple(numbered[0][1].split("\t")) if numbered else ()
    if head not in (COLUMNS, (*COLUMNS, WRITER)):
        raise PackError(Where(path.name, numbered[0][0] if numbered else 1), f"the head must be {' '.join(COLUMNS)}")
    examples = []
    for number, line in numbered[1:]:
        where = Where(path.name, number)
        cells = line.split("\t")
        if len(cells) != len(head):
            raise PackError(where, f"must have {len(head)} cells with tabs between them, not {len(cells)}")
        text, language, commune, place, category, urgency, kind, *rest = (cell.strip() for cell in cells)
        for value, known, name in (
            (category, tuple(pack.categories), "category"),
            (urgency, tuple(Urgency), "urgency"),
            (kind, KINDS, "kind"),
        ):
            if value not in known:
                raise PackError(where, f"`{value}` is no {name}: {', '.join(known)}")
        codes = [commune] if commune in pack.areas else names.get(commune, [])
        if commune and len(codes) != 1:
            raise PackError(where, f"`{commune}` is {'no commune' if not codes else 'several communes'} of areas.csv")
        writer = rest[0] if rest else path.stem
        examples.append(
            Example(text, language, codes[0] if commune else None, place or None, category, urgency, kind, writer)
        )
    return tuple(examples)
