"""The learning curve of the triage: how strangers are read, against the messages and the writers that taught it.

The strangers are the six who wrote of everything; the models learn from parts of what the others wrote.
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
STRANGERS = frozenset({"writer-10", "writer-12", "writer-21", "writer-22", "writer-24", "writer-25"})
FOUND = 0.95
"""The share of emergencies found for which it is told how many of those told are some."""


def main() -> None:
    pack = load_pack(PACK)
    learning = Learning(pack, [example for example in load_examples(pack, PACK) if not example.is_set_aside])
    shipped = Triage(pack).model.thresholds
    strangers = [row for row, one in enumerate(learning.examples) if one.writer in STRANGERS]
    others = [row for row, one in enumerate(learning.examples) if one.writer not in STRANGERS]
    writers = sorted({learning.examples[row].writer for row in others})
    random.Random(1).shuffle(writers)

    def point(said: str, taught: Sequence[int]) -> None:
        left_out = np.setdiff1d(np.arange(len(learning.examples)), np.array(taught))
        triage = Triage(pack, Model(replace(learning.fit(left_out.tolist()), thresholds=shipped)))
        readings, urgent = [], []
        for row in strangers:
            text = learning.examples[row].text
            readings.append(triage.read(text))
            message = triage.parts(text)
            urgent.append(triage.model.read(triage.model.add_up(message.tokens, message.hits)).emergency)
        right = [got.category == learning.examples[row].category for row, got in zip(strangers, readings, strict=True)]
        is_one = np.array([learning.examples[row].urgency == Urgency.EMERGENCY for row in strangers])
        tell(f"{said}: categories right", 100 * float(np.mean(right)), "%")
        tell(f"{said}: true at {FOUND:.0%} found", 100 * _true_at(np.array(urgent), is_one), "%")

    for part in (8, 4, 2, 1):
        point(f"{len(others[::part])} messages by {len(writers)} writers", others[::part])
    for count in (5, 10, 15):
        chosen = set(writers[:count])
        taught = [row for row in others if learning.examples[row].writer in chosen]
        point(f"{len(taught)} messages by {count} writers", taught)


def _true_at(urgent: NDArray[Any], is_one: NDArray[Any]) -> float:
    """Of the messages that must be told as emergencies so that so many are found, the share that are some."""
    found = np.cumsum(is_one[np.argsort(-urgent)])
    told = int(np.searchsorted(found, FOUND * is_one.sum())) + 1
    return float(found[told - 1]) / told
