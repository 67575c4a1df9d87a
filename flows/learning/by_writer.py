"""Cross-validation by writer: each message is read by a model that has seen nothing of its writer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Sequence
from dataclasses import replace

import numpy as np

from config.examples import Example
from config.pack import Pack
from flows.learning.dataset import DatasetReader, Rows
from flows.learning.fitting import fit
from flows.learning.thresholds import Unseen, choose_thresholds
from flows.triage import Reading, Triage
from flows.triage.model import Model, ModelFile
from flows.triage.places.everyday import EverydayWords
from flows.triage.places.gazetteer import Gazetteer
from flows.triage.places.reader import PlaceReader
from flows.triage.urgency import Sign, Urgency, sign_of


class Learning:
    """Labelled messages as numbers, so that several models can be fitted, each without some of the messages.

    `known` are the pack's examples, `kept` the corrections of a deployment. For blanking names of places the everyday
    words come from all messages; for reading they come only from the messages of each model.
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
        """All messages: the pack's examples, then the corrections."""
        return self.dataset.examples

    def fit(self, left_out: Sequence[int] = ()) -> ModelFile:
        """A model of all messages but those at the positions `left_out`; its thresholds are still to be chosen."""
        rows = np.setdiff1d(np.arange(len(self.examples)), np.array(left_out, dtype=np.int64))
        return fit(self.dataset, rows, self.labels, self._everyday.words(set(left_out)))


class ByWriter:
    """Messages, each with a model that has seen nothing of its writer.

    They are all messages of `learning`, or those of `writers`. Corrections are left out together with the other
    messages of the same person, and are not measured.
    """

    def __init__(self, learning: Learning, folds: int, writers: Container[str] | None = None) -> None:
        self._learning = learning
        rows = [row for row, example in enumerate(learning.examples) if writers is None or example.writer in writers]
        self._folds = writers_apart(learning.examples, rows, folds)
        self._models = [learning.fit(fold.tolist()) for fold in self._folds]
        self.unseen = self._scores()

    def _scores(self) -> Unseen:
        """The scores of each message by the model that has not seen its writer."""
        examples = self._learning.examples
        width = len(self._models[0].bias) + len(self._models[0].network.last_bias)
        scores = np.zeros((len(examples), width))
        signs = [Sign.UNKNOWN] * len(examples)
        for fold, file in zip(self._folds, self._models, strict=True):
            triage = Triage(self._learning.pack, Model(file))
            for row in fold:
                message = triage.parts(examples[row].text)
                scores[row] = triage.model.scores(triage.model.add_up(message.tokens, message.hits))
                signs[row] = sign_of(message.hits)
        left_out = np.sort(np.concatenate(self._folds))
        return Unseen(examples, scores, signs, self._learning.labels).only(left_out)

    def readings(self) -> list[tuple[Example, Reading]]:
        """Each of the pack's messages with its reading; the thresholds were chosen on messages of other writers."""
        read: list[tuple[Example, Reading]] = []
        for fold, file in zip(self._folds, self._models, strict=True):
            left_out = {id(self._learning.examples[row]) for row in fold}
            others = [at for at, example in enumerate(self.unseen.examples) if id(example) not in left_out]
            chosen = choose_thresholds(self.unseen.only(others) if others else self.unseen)
            triage = Triage(self._learning.pack, Model(replace(file, thresholds=chosen)))
            measured = [self._learning.examples[row] for row in fold if not self._learning.dataset.is_kept[row]]
            read += [(example, triage.read(example.text)) for example in measured]
        return read


def writers_apart(examples: Sequence[Example], rows: Sequence[int], count: int) -> list[Rows]:
    """Divides the messages at `rows` into `count` parts of about the same size, with each writer in one part only.

    With fewer writers than parts, each writer is a part. Messages of a single writer are dealt out one by one: that is
    better than nothing.
    """
    writers = Counter(examples[row].writer for row in rows)
    if len(writers) == 1:
        return [np.array(rows[at::count]) for at in range(count)]
    parts: list[set[str]] = [set() for _ in range(min(count, len(writers)))]
    sizes = [0] * len(parts)
    for writer, messages in sorted(writers.items(), key=lambda entry: (-entry[1], entry[0])):
        smallest = sizes.index(min(sizes))
        parts[smallest].add(writer)
        sizes[smallest] += messages
    return [np.array([row for row in rows if examples[row].writer in part]) for part in parts]
