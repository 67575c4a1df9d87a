"""Takes the pack's names of categories, services and subjects, and words of titles, into the catalogue, for pages."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import IO

import yaml

SHOWN = ("categories", "services")
TITLES = ("item.proposal", "item.proposal.plain", "item.question", "item.question.plain")
"""The texts of which the titles of agenda items are made."""
Message = tuple[int, str, str, list[str]]


def extract(
    file: IO[bytes], keywords: Collection[str], comment_tags: Collection[str], options: Mapping[str, object]
) -> Iterator[Message]:
    """A Babel extraction method (babel.pocoo.org, "Writing Extraction Methods") for the pack's first language."""
    del keywords, comment_tags, options
    language = yaml.safe_load(file)
    for part in SHOWN:
        for label in language[part].values():
            yield 0, "_", label, []
    for key in TITLES:
        yield 0, "_", language["texts"][key], []


def extract_subjects(
    file: IO[bytes], keywords: Collection[str], comment_tags: Collection[str], options: Mapping[str, object]
) -> Iterator[Message]:
    """The same for the French names in `subjects.yaml`."""
    del keywords, comment_tags, options
    pack = yaml.safe_load(file)
    for entries in (*pack["subjects"].values(), pack["landmarks"]):
        for entry in entries:
            yield 0, "_", entry["names"]["fr"], []
