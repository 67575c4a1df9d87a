"""How strangers are read: each message by a model that has seen nothing by its writer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Sequence
from dataclasses import replace

import numpy as np

from config.examples import Example
from config.pack import Pack
from flows.learning.dataset import DatasetReader, Rows
from flows.learning.fitting import Unseen, choose_thresholds, fit
from flows.triage import Reading, Triage
from flows.triage.everyday import EverydayWords
from flows.triage.gazetteer import Gazetteer
from flows.triage.model import Model, ModelFile
from flows.triage.place import PlaceReader
from flows.triage.urgency import Sign, Urgency, sign_of


class Learning:
    """Labelled messages made ready once, so that many models can be fitted with some of them left out.

    `known` are the pack's examples, `kept` a deployment's corrections. Names of places are blanked as the words of
    all messages tell; what is everyday in reading is told by the messages of each model alone.
    """

    def __init__(self, pack: Pack, known: Sequence[Example], kept: Sequence[Example] = ()) -> None:
        self.pack = pack
        names = Gazetteer(pack)
        self._everyday = EverydayWords(PlaceReader(pack, names, frozenset()), known)
        where = PlaceReader(pack, names, frozenset(self._everyday.words()))
        self.dataset = DatasetReader(pack, where).read(known, kept)
        self.labels = {
            "category": tuple(pack.categories),
            "urgency": tuple(urgency.value for urgency in Urgency),
            "kind": tuple(sorted({reading.kind for reading in known})),
        }

    @property
    def examples(self) -> tuple[Example, ...]:
        return self.dataset.examples

    def fit(self, left_out: Sequence[int] = ()) -> ModelFile:
        """A model of all messages but these; its thresholds are still to be chosen."""
        rows = np.setdiff1d(np.arange(len(self.examples)), np.array(left_out, dtype=np.int64))
        return fit(self.dataset, rows, self.labels, self._everyday.words(set(left_out)))


class ByWriter:
    """Messages, each beside a model that has seen nothing by its writer.

    They are all that were learned from, or those of `writers`; corrections are left out with the others of the same
    person, but not measured: they are no stranger's.
    """

    def __init__(self, learning: Learning, folds: int, writers: Container[str] | None = None) -> None:
        self._learning = learning
        rows = [row for row, one in enumerate(learning.examples) if writers is None or one.writer in writers]
        self._folds = writers_apart(learning.examples, rows, folds)
        self._models = [learning.fit(fold.tolist()) for fold in self._folds]
        self.unseen = self._scores()

    def _scores(self) -> Unseen:
        """Of each message by the model that has not seen its writer."""
        examples = self._learning.examples
        width = len(self._models[0].bias) + len(self._models[0].network.last_bias)
        scores = np.zeros((len(examples), width))
        signs = [Sign.UNKNOWN] * len(examples)
        for fold, file in zip(self._folds, self._models, strict=True):
            triage = Triage(self._learning.pack, Model(file))
            for row in fold:
                said = triage.said(examples[row].text)
                scores[row] = triage.model.scores(triage.model.hear(said.tokens, said.hits))
                signs[row] = sign_of(said.hits)
        left_out = np.sort(np.concatenate(self._folds))
        return Unseen(examples, scores, signs, self._learning.labels).only(left_out)

    def readings(self) -> list[tuple[Example, Reading]]:
        """What each of the pack's messages is read as, with thresholds that were chosen on other writers' messages."""
        read: list[tuple[Example, Reading]] = []
        for fold, file in zip(self._folds, self._models, strict=True):
            left_out = {id(self._learning.examples[row]) for row in fold}
            others = [at for at, one in enumerate(self.unseen.examples) if id(one) not in left_out]
            chosen = choose_thresholds(self.unseen.only(others) if others else self.unseen)
            triage = Triage(self._learning.pack, Model(replace(file, thresholds=chosen)))
            measured = [self._learning.examples[row] for row in fold if not self._learning.dataset.is_kept[row]]
            read += [(one, triage.read(one.text)) for one in measured]
        return read


def writers_apart(examples: Sequence[Example], rows: Sequence[int], count: int) -> list[Rows]:
    """These messages in so many parts of about one size, no writer in two.

    Where there are fewer writers than parts, each has one. The messages of a single writer are parted one by one: that
    measures one hand, and is better than nothing.
    """
    writers = Counter(examples[row].writer for row in rows)
    if len(writers) == 1:
        return [np.array(rows[at::count]) for at in range(count)]
    parts: list[set[str]] = [set() for _ in range(min(count, len(writers)))]
    sizes = [0] * len(parts)
    for writer, messages in sorted(writers.items(), key=lambda one: (-one[1], one[0])):
        smallest = sizes.index(min(sizes))
        parts[smallest].add(writer)
        sizes[smallest] += messages
    return [np.array([row for row in rows if examples[row].writer in part]) for part in parts]
