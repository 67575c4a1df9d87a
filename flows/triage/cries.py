"""Messages that are nothing but a cry for help: `SOS`, `au secours Lafiabougou`, `aw ka an dɛmɛ`.

They say too little for a model. Whoever cries for help is heard, however often or however briefly.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from config.pack import Pack
from flows.triage.lexicon import WordList

_DRAWN_OUT = re.compile(r"(.)\1{2,}")
"""A letter three times or more: `sooos`, `helppp`."""
_ALONE, _BESIDE = "alone", "beside"


class CryReader:
    """Recognises cries for help by the word lists of the pack (`cries` in `lexicon.yaml`)."""

    def __init__(self, pack: Pack) -> None:
        self._words = WordList(pack.lexicon.cries)

    def read(self, tokens: Sequence[str], is_known: Callable[[str], bool]) -> list[str]:
        """The cries of a message that says nothing else; none of a message that does.

        `tokens` are its words and punctuation, without names of places. A word that is not known (`is_known`) is taken
        for one more name of a place: villages have many names.
        """
        spoken = _spoken(tokens)
        hits = self._words.hits(spoken)
        covered = {word for phrases in hits.values() for phrase in phrases for word in phrase.split()}
        if any(word not in covered and is_known(word) for word in spoken):
            return []
        return list(dict.fromkeys(hits.get(_ALONE, ())))


def _spoken(tokens: Sequence[str]) -> list[str]:
    """The words alone, each in its short form: `sooos` is `sos`."""
    return [_DRAWN_OUT.sub(r"\1", token) for token in tokens if token.isalnum() and not token.isdecimal()]
