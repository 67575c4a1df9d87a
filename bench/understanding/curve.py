"""The learning curve of triage: how well strangers are read, by the number of messages and writers in training.

The strangers are six writers who wrote of everything and whose messages no rule or word list was made from. The models
learn from parts of what the writers before them wrote.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.figures import tell
from config.examples import load_examples
from config.pack.loader import load_pack
from flows.learning.by_writer import Learning
from flows.triage import Triage
from flows.triage.model import Model
from flows.triage.urgency import Urgency
from tests.support.servers import ROOT

PACK = ROOT / "config" / "mali"
STRANGERS = frozenset(f"writer-{number}" for number in range(44, 50))
FOUND = 0.95
"""The recall of emergencies at which the precision is reported."""


def main() -> None:
    """Runs the benchmark and prints its figures."""
    pack = load_pack(PACK)
    learning = Learning(pack, [example for example in load_examples(pack, PACK) if not example.is_set_aside])
    shipped = Triage(pack).model.thresholds
    strangers = [row for row, example in enumerate(learning.examples) if example.writer in STRANGERS]
    others = [row for row, example in enumerate(learning.examples) if example.writer not in STRANGERS]
    writers = sorted({learning.examples[row].writer for row in others})
    random.Random(1).shuffle(writers)

    def point(title: str, taught: Sequence[int]) -> None:
        """Trains on the rows `taught`, and prints how well the strangers are read."""
        left_out = np.setdiff1d(np.arange(len(learning.examples)), np.array(taught))
        triage = Triage(pack, Model(replace(learning.fit(left_out.tolist()), thresholds=shipped)))
        readings, urgent = [], []
        for row in strangers:
            text = learning.examples[row].text
            readings.append(triage.read(text))
            message = triage.parts(text)
            urgent.append(triage.model.read(triage.model.add_up(message.tokens, message.hits)).emergency)
        right = [
            reading.category == learning.examples[row].category
            for row, reading in zip(strangers, readings, strict=True)
        ]
        is_one = np.array([learning.examples[row].urgency == Urgency.EMERGENCY for row in strangers])
        tell(f"{title}: categories right", 100 * float(np.mean(right)), "%")
        tell(f"{title}: true at {FOUND:.0%} found", 100 * _true_at(np.array(urgent), is_one), "%")

    for part in (8, 4, 2, 1):
        point(f"{len(others[::part])} messages by {len(writers)} writers", others[::part])
    for count in (10, 20):
        chosen = set(writers[:count])
        taught = [row for row in others if learning.examples[row].writer in chosen]
        point(f"{len(taught)} messages by {count} writers", taught)


def _true_at(urgent: NDArray[Any], is_one: NDArray[Any]) -> float:
    """The precision of emergencies at the threshold that gives the recall `FOUND`."""
    found = np.cumsum(is_one[np.argsort(-urgent)])
    alarms = int(np.searchsorted(found, FOUND * is_one.sum())) + 1
    return float(found[alarms - 1]) / alarms
