"""How well messages are read, on labelled ones: what `gateway evaluate` prints and a new model is measured by."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from config.examples import Example
from flows.triage import Reading, Urgency

BINS = 5
"""Steps of confidence that calibration is told for."""


@dataclass(frozen=True)
class Scores:
    """Shares from 0 to 1; None where no message could tell. `confusion` counts (labelled, read) categories."""

    messages: int
    language: float | None
    commune: float | None
    """Of the messages that name one."""
    no_commune: float | None
    """Of those that name none, the share read as none."""
    place: float | None
    category: float | None
    category_macro_f1: float | None
    kind: float | None
    urgency: float | None
    emergency_recall: float | None
    emergency_precision: float | None
    milliseconds: float
    """A message, on one core, after a first reading of each."""
    by_category: dict[str, float] = field(default_factory=dict)
    confusion: dict[tuple[str, str], int] = field(default_factory=dict)
    calibration: list[tuple[float, float, int]] = field(default_factory=list)
    """For each step of confidence its mean, the share that was right, and how many."""


def evaluate(read: Callable[[str], Reading], examples: Sequence[Example]) -> Scores:
    """Reads each message, twice: the second time counts for the time."""
    readings = [read(one.text) for one in examples]
    began = time.perf_counter()
    for one in examples:
        read(one.text)
    took = (time.perf_counter() - began) * 1000 / max(len(examples), 1)
    pairs = list(zip(examples, readings, strict=True))
    named = [(one, got) for one, got in pairs if one.commune]
    unnamed = [(one, got) for one, got in pairs if not one.commune]
    told = [one.urgency for one, got in pairs if got.urgency is Urgency.EMERGENCY]
    emergencies = [got for one, got in pairs if one.urgency == Urgency.EMERGENCY]
    confusion = Counter((one.category, got.category) for one, got in pairs)
    return Scores(
        messages=len(pairs),
        language=_share([one.language == got.language for one, got in pairs]),
        commune=_share([one.commune == got.commune for one, got in named]),
        no_commune=_share([got.commune is None for _, got in unnamed]),
        place=_share([one.place == got.place for one, got in pairs if one.place]),
        category=_share([one.category == got.category for one, got in pairs]),
        category_macro_f1=_macro_f1(confusion),
        kind=_share([one.kind == got.kind for one, got in pairs]),
        urgency=_share([one.urgency == got.urgency for one, got in pairs]),
        emergency_recall=_share([got.urgency is Urgency.EMERGENCY for got in emergencies]),
        emergency_precision=_share([urgency == Urgency.EMERGENCY for urgency in told]),
        milliseconds=round(took, 3),
        by_category=_recalls(confusion),
        confusion=dict(confusion),
        calibration=_calibration([(got.confidence, one.category == got.category) for one, got in pairs]),
    )


def _share(right: Sequence[bool]) -> float | None:
    return round(sum(right) / len(right), 4) if right else None


def _recalls(confusion: Counter[tuple[str, str]]) -> dict[str, float]:
    totals: Counter[str] = Counter()
    for (labelled, _), count in confusion.items():
        totals[labelled] += count
    return {label: round(confusion[label, label] / total, 4) for label, total in sorted(totals.items())}


def _macro_f1(confusion: Counter[tuple[str, str]]) -> float | None:
    labelled: Counter[str] = Counter()
    read: Counter[str] = Counter()
    for (label, got), count in confusion.items():
        labelled[label] += count
        read[got] += count
    scores = [2 * confusion[label, label] / (total + read[label]) for label, total in labelled.items()]
    return round(sum(scores) / len(scores), 4) if scores else None


def _calibration(sure: Sequence[tuple[float, bool]]) -> list[tuple[float, float, int]]:
    bins: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    for confidence, right in sure:
        bins[min(int(confidence * BINS), BINS - 1)].append((confidence, right))
    return [
        (round(sum(c for c, _ in one) / len(one), 3), round(sum(right for _, right in one) / len(one), 3), len(one))
        for _, one in sorted(bins.items())
    ]
