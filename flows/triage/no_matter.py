"""Messages that are nothing for a committee: thanks, a greeting, a test, a request that has nothing to do with it.

Only what is sure counts; whatever speaks of a danger, however softly, is never one of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

from config.pack import Pack
from flows.triage.category import Kind
from flows.triage.lexicon import WordList

SURE_THANKS = 0.9
"""The probability from which a message is thanks and nothing else."""
DANGER = frozenset({"u:now", "u:ongoing", "u:danger"})
"""Labels of the lexicon that speak of something dangerous or happening now."""


class NoMatter(StrEnum):
    """Why a message is no agenda item."""

    THANKS = "thanks"
    GREETING = "greeting"
    TEST = "test"
    OFF_TOPIC = "off_topic"


class NoMatterReader:
    """Reads whether a message is nothing for a committee, by the word lists of the pack."""

    def __init__(self, pack: Pack) -> None:
        self._words = WordList(pack.lexicon.no_matter)

    def read(self, tokens: Sequence[str], hits: Mapping[str, Sequence[str]], kinds: Mapping[str, float]) -> str:
        """A `NoMatter`, or an empty text for what a committee has to hear.

        A message is a greeting, a test or off-topic if each of its words is in the pack's lists for these.
        `hits` are the lexicon's, `kinds` the probabilities of the kinds.
        """
        if DANGER & hits.keys():
            return ""
        if kinds.get(Kind.THANKS, 0.0) >= SURE_THANKS:
            return NoMatter.THANKS
        plain = [token for token in tokens if token.isalnum() and not token.isdecimal()]
        named = self._words.hits(plain)
        covered = {word for found in named.values() for phrase in found for word in phrase.split()}
        if not plain or not covered.issuperset(plain):
            return ""
        kinds_named = [kind for kind in (NoMatter.OFF_TOPIC, NoMatter.TEST, NoMatter.GREETING) if kind in named]
        return kinds_named[0] if kinds_named else ""
