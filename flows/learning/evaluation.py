"""How well messages are read, on labelled ones: what `gateway evaluate` prints and a new model is measured by."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from config.examples import Example
from flows.learning.bounds import Share, share
from flows.triage import MAY_BE_URGENT, Reading, Urgency
from flows.triage.spelling import words

BINS = 5
"""Steps of confidence that calibration is told for."""
LENGTHS = ((6, "1 to 6 words"), (15, "7 to 15 words"), (30, "16 to 30 words"))
LONGER = "31 words and more"
FOUND = (0.8, 0.85, 0.9, 0.93, 0.95, 0.97, 0.98, 0.99)
"""Shares of the emergencies for which it is told what finding so many costs."""
Pair = tuple[Example, Reading]


@dataclass(frozen=True)
class Measure:
    """One figure: of which messages, and when such a message counts as right."""

    name: str
    said: str
    of: Callable[[Example, Reading], bool]
    right: Callable[[Example, Reading], bool]

    def over(self, pairs: Iterable[Pair]) -> Share | None:
        return share((one.writer, self.right(one, got)) for one, got in pairs if self.of(one, got))


def _all(example: Example, got: Reading) -> bool:  # noqa: ARG001
    return True


def _is_emergency(example: Example, got: Reading) -> bool:  # noqa: ARG001
    return example.urgency == Urgency.EMERGENCY


def _is_told(example: Example, got: Reading) -> bool:  # noqa: ARG001
    return got.urgency is Urgency.EMERGENCY


def _is_wrong(example: Example, got: Reading) -> bool:
    return example.category != got.category or example.commune != got.commune


MEASURES = (
    Measure("language", "language", _all, lambda one, got: one.language == got.language),
    Measure("commune", "commune, where one is named", lambda one, _: bool(one.commune),
            lambda one, got: one.commune == got.commune),
    Measure("no_commune", "no commune, where none is named", lambda one, _: not one.commune,
            lambda _, got: got.commune is None),
    Measure("place", "place, where one is named", lambda one, _: bool(one.place),
            lambda one, got: one.place == got.place),
    Measure("category", "category", _all, lambda one, got: one.category == got.category),
    Measure("kind", "kind", _all, lambda one, got: one.kind == got.kind),
    Measure("urgency", "urgency", _all, lambda one, got: one.urgency == got.urgency),
    Measure("emergency_recall", "emergencies found", _is_emergency, _is_told),
    Measure("emergency_precision", "emergencies told that are some", _is_told, _is_emergency),
    Measure("emergency_or_softer", "emergencies found, or marked that it may be one", _is_emergency,
            lambda one, got: _is_told(one, got) or MAY_BE_URGENT in got.reasons),
    Measure("softer", "marked that it may be an emergency", _all, lambda _, got: MAY_BE_URGENT in got.reasons),
    Measure("wrong_unreviewed", "category or commune wrong, and not marked for review", _all,
            lambda one, got: _is_wrong(one, got) and not got.needs_review),
    Measure("category_wrong_unreviewed", "category wrong, and not marked for review", _all,
            lambda one, got: one.category != got.category and not got.needs_review),
    Measure("reviewed", "marked for review", _all, lambda _, got: got.needs_review),
    Measure("reviewed_named", "marked for review, where a commune is named", lambda one, _: bool(one.commune),
            lambda _, got: got.needs_review),
)  # fmt: skip
PER_SLICE = ("category", "emergency_recall", "emergency_precision", "commune", "no_commune", "language", "reviewed")
"""The figures that are told for each language, length, category and writer."""
MEASURE = {measure.name: measure for measure in MEASURES}


@dataclass(frozen=True)
class Scores:
    """`shares` holds None where no message could tell. `confusion` counts (labelled, read) categories."""

    messages: int
    writers: int
    shares: Mapping[str, Share | None]
    category_macro_f1: float | None
    slices: Mapping[str, Mapping[str, Mapping[str, Share | None]]]
    """By language, length, category and writer, and within each by its value."""
    milliseconds: float | None = None
    """A message, on one core, after a first reading of each."""
    confusion: Mapping[tuple[str, str], int] = field(default_factory=dict)
    calibration: Sequence[tuple[float, float, int]] = ()
    """For each step of confidence its mean, the share that was right, and how many."""
    curve: Sequence[tuple[float, float, float]] = ()
    """For shares of emergencies found, by whatever threshold: how many of those told are some, and the threshold."""

    def value(self, name: str) -> float | None:
        found = self.shares[name]
        return found.value if found else None

    @property
    def figures(self) -> dict[str, float | None]:
        """Each figure by its name: what a new model is held against."""
        return {name: self.value(name) for name in self.shares} | {"category_macro_f1": self.category_macro_f1}


def evaluate(read: Callable[[str], Reading], examples: Sequence[Example]) -> Scores:
    """Reads each message, twice: the second time counts for the time."""
    readings = [read(example.text) for example in examples]
    began = time.perf_counter()
    for example in examples:
        read(example.text)
    took = (time.perf_counter() - began) * 1000 / max(len(examples), 1)
    return replace(score(list(zip(examples, readings, strict=True))), milliseconds=round(took, 3))


def score(pairs: Sequence[Pair]) -> Scores:
    """Figures of messages beside what was read in them."""
    confusion = Counter((one.category, got.category) for one, got in pairs)
    return Scores(
        messages=len(pairs),
        writers=len({one.writer for one, _ in pairs}),
        shares={measure.name: measure.over(pairs) for measure in MEASURES},
        category_macro_f1=_macro_f1(confusion),
        slices={
            "language": _sliced(pairs, lambda one: one.language),
            "length": _sliced(pairs, length_of),
            "category": _sliced(pairs, lambda one: one.category),
            "writer": _sliced(pairs, lambda one: one.writer),
        },
        confusion=dict(confusion),
        calibration=_calibration([(got.confidence, one.category == got.category) for one, got in pairs]),
        curve=_curve([(got.emergency, one.urgency == Urgency.EMERGENCY) for one, got in pairs]),
    )


def length_of(example: Example) -> str:
    count = len(words(example.text))
    return next((said for most, said in LENGTHS if count <= most), LONGER)


def _sliced(pairs: Sequence[Pair], by: Callable[[Example], str]) -> dict[str, dict[str, Share | None]]:
    slices: dict[str, list[Pair]] = defaultdict(list)
    for one, got in pairs:
        slices[by(one)].append((one, got))
    return {
        name: {measure: MEASURE[measure].over(inside) for measure in PER_SLICE}
        for name, inside in sorted(slices.items())
    }


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
        (
            round(sum(c for c, _ in bin_) / len(bin_), 3),
            round(sum(right for _, right in bin_) / len(bin_), 3),
            len(bin_),
        )
        for _, bin_ in sorted(bins.items())
    ]


def _curve(told: Sequence[tuple[float, bool]]) -> list[tuple[float, float, float]]:
    ranked = sorted(told, key=lambda one: -one[0])
    emergencies = sum(is_one for _, is_one in told)
    points, found, wanted = [], 0, iter(FOUND)
    share = next(wanted)
    for count, (probability, is_one) in enumerate(ranked, start=1):
        found += is_one
        while emergencies and found >= share * emergencies:
            points.append((share, round(found / count, 3), probability))
            if (share := next(wanted, 2.0)) > 1:
                return points
    return points
