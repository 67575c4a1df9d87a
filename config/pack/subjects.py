"""What the titles of agenda items may say beside category and place: subjects of a category, and landmarks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from pydantic import Field

from config.pack.files import TEXTS, Entry, PackError, Text, Where, read_yaml

FILE = "subjects.yaml"


class SubjectEntry(Entry):
    """A subject as it stands in the file."""

    id: Text
    words: Annotated[tuple[str, ...], Field(strict=False, min_length=1, description=TEXTS)]
    names: dict[str, str]


class SubjectsFile(Entry):
    """`subjects.yaml` as a whole."""

    subjects: dict[str, list[SubjectEntry]] = Field(default_factory=dict)
    landmarks: list[SubjectEntry] = Field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Subject:
    """Something that messages name. `code` is unique in the pack, `names` are its words in a title, by language."""

    code: str
    words: tuple[str, ...]
    names: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Subjects:
    """Everything that a title can take from the pack: subjects by category, and landmarks."""

    by_category: Mapping[str, tuple[Subject, ...]] = field(default_factory=dict)
    landmarks: tuple[Subject, ...] = ()

    def all(self) -> Iterable[Subject]:
        """Every subject of every category, then the landmarks."""
        for subjects in self.by_category.values():
            yield from subjects
        yield from self.landmarks


def read_subjects(folder: Path, categories: Mapping[str, bool], first_language: str) -> Subjects:
    """Reads `subjects.yaml`; a pack without that file has none. `categories` says of each whether it is sensitive.

    In a language that has no name for a subject, titles say the category alone.

    Raises `PackError`.
    """
    path = folder / FILE
    if not path.exists():
        return Subjects()
    head = read_yaml(path)
    file = head.read(SubjectsFile)
    by_category: dict[str, tuple[Subject, ...]] = {}
    for category, entries in file.subjects.items():
        where = head.at(f"subjects.{category}")
        if category not in categories:
            raise PackError(where, f"{category} is no category of categories.yaml")
        if categories[category]:
            raise PackError(where, f"{category} is sensitive: its items are titled by their category alone")
        by_category[category] = tuple(_subject(where, category, entry, first_language) for entry in entries)
    landmarks = tuple(_subject(head.at("landmarks"), "at", entry, first_language) for entry in file.landmarks)
    subjects = Subjects(by_category, landmarks)
    codes = [subject.code for subject in subjects.all()]
    if twice := next((code for code in codes if codes.count(code) > 1), None):
        raise PackError(head.where, f"{twice.replace(':', ' has the id ')} twice")
    return subjects


def _subject(where: Where, group: str, entry: SubjectEntry, first_language: str) -> Subject:
    if first_language not in entry.names:
        raise PackError(where, f"`names` of {entry.id} lacks the language {first_language}")
    return Subject(f"{group}:{entry.id}", entry.words, entry.names)
