"""Measures how well labelled messages are read: for `gateway evaluate`, and for deciding about a new model."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from config.examples import Example
from flows.learning.bounds import Share, share
from flows.triage import COMMUNE_UNKNOWN, MAY_BE_URGENT, Reading, Urgency
from flows.triage.spelling import words

BINS = 5
"""Ranges of confidence for which calibration is reported."""
LENGTHS = ((6, "1 to 6 words"), (15, "7 to 15 words"), (30, "16 to 30 words"))
LONGER = "31 words and more"
"""Lengths of messages for which figures are reported."""
FOUND = (0.8, 0.85, 0.9, 0.93, 0.95, 0.97, 0.98, 0.99)
"""Recalls of emergencies for which the precision is reported."""
Pair = tuple[Example, Reading]


@dataclass(frozen=True)
class Measure:
    """One figure: `of` chooses the messages, `right` says whether a message counts as right, `title` is for people."""

    name: str
    title: str
    of: Callable[[Example, Reading], bool]
    right: Callable[[Example, Reading], bool]

    def over(self, pairs: Iterable[Pair]) -> Share | None:
        """The share of right messages; None if the figure is about none of them."""
        return share(
            (example.writer, self.right(example, reading)) for example, reading in pairs if self.of(example, reading)
        )


def _all(example: Example, reading: Reading) -> bool:  # noqa: ARG001
    return True


def _is_emergency(example: Example, reading: Reading) -> bool:  # noqa: ARG001
    return example.urgency == Urgency.EMERGENCY


def _is_told(example: Example, reading: Reading) -> bool:  # noqa: ARG001
    return reading.urgency is Urgency.EMERGENCY


def _is_wrong(example: Example, reading: Reading) -> bool:
    return example.category != reading.category or example.commune != reading.commune


MEASURES = (
    Measure("language", "language", _all, lambda example, reading: example.language == reading.language),
    Measure("commune", "commune, where one is named", lambda example, _: bool(example.commune),
            lambda example, reading: example.commune == reading.commune),
    Measure("no_commune", "no commune, where none is named", lambda example, _: not example.commune,
            lambda _, reading: reading.commune is None),
    Measure("place", "place, where one is named", lambda example, _: bool(example.place),
            lambda example, reading: example.place == reading.place),
    Measure("category", "category", _all, lambda example, reading: example.category == reading.category),
    Measure("kind", "kind", _all, lambda example, reading: example.kind == reading.kind),
    Measure("urgency", "urgency", _all, lambda example, reading: example.urgency == reading.urgency),
    Measure("emergency_recall", "emergencies found", _is_emergency, _is_told),
    Measure("emergency_precision", "emergencies told that are some", _is_told, _is_emergency),
    Measure("emergency_or_softer", "emergencies found, or marked that it may be one", _is_emergency,
            lambda example, reading: _is_told(example, reading) or MAY_BE_URGENT in reading.reasons),
    Measure("softer", "marked that it may be an emergency", _all, lambda _, reading: MAY_BE_URGENT in reading.reasons),
    Measure("wrong_unreviewed", "category or commune wrong, and not marked for review", _all,
            lambda example, reading: _is_wrong(example, reading) and not reading.needs_review),
    Measure("category_wrong_unreviewed", "category wrong, and not marked for review", _all,
            lambda example, reading: example.category != reading.category and not reading.needs_review),
    Measure("reviewed", "marked for review", _all, lambda _, reading: reading.needs_review),
    Measure("reviewed_named", "marked for review, where a commune is named", lambda example, _: bool(example.commune),
            lambda _, reading: reading.needs_review),
    Measure("reviewed_otherwise", "marked for another reason than a missing commune", _all,
            lambda _, reading: bool(set(reading.reasons) - {COMMUNE_UNKNOWN})),
    Measure("only_asked", "marked only until its citizen names the commune", _all,
            lambda _, reading: reading.reasons == (COMMUNE_UNKNOWN,)),
)  # fmt: skip
PER_SLICE = ("category", "emergency_recall", "emergency_precision", "commune", "no_commune", "language", "reviewed")
"""The figures that are reported for each language, length, category and writer."""
MEASURE = {measure.name: measure for measure in MEASURES}


@dataclass(frozen=True)
class Scores:
    """All figures. A share is None if no message belongs to it; `confusion` counts (labelled, read) categories."""

    messages: int
    writers: int
    shares: Mapping[str, Share | None]
    category_macro_f1: float | None
    slices: Mapping[str, Mapping[str, Mapping[str, Share | None]]]
    """The shares of parts of the messages: by language, length, category or writer, then by its value."""
    milliseconds: float | None = None
    """Milliseconds for a message, on one core, after each has been read once before."""
    confusion: Mapping[tuple[str, str], int] = field(default_factory=dict)
    calibration: Sequence[tuple[float, float, int]] = ()
    """For each range of confidence: its mean, the share of right categories, and the number of messages."""
    curve: Sequence[tuple[float, float, float]] = ()
    """For each recall of emergencies: the recall, the precision, and the threshold that gives both."""

    def value(self, name: str) -> float | None:
        """The share of a figure; None if no message belongs to it."""
        measured = self.shares[name]
        return measured.value if measured else None

    @property
    def figures(self) -> dict[str, float | None]:
        """Each figure by its name; a new model is compared by them."""
        return {name: self.value(name) for name in self.shares} | {"category_macro_f1": self.category_macro_f1}


def evaluate(read: Callable[[str], Reading], examples: Sequence[Example]) -> Scores:
    """Reads each message twice and measures the second time."""
    readings = [read(example.text) for example in examples]
    began = time.perf_counter()
    for example in examples:
        read(example.text)
    took = (time.perf_counter() - began) * 1000 / max(len(examples), 1)
    return replace(score(list(zip(examples, readings, strict=True))), milliseconds=round(took, 3))


def score(pairs: Sequence[Pair]) -> Scores:
    """The figures of messages and their readings."""
    confusion = Counter((example.category, reading.category) for example, reading in pairs)
    return Scores(
        messages=len(pairs),
        writers=len({example.writer for example, _ in pairs}),
        shares={measure.name: measure.over(pairs) for measure in MEASURES},
        category_macro_f1=_macro_f1(confusion),
        slices={
            "language": _sliced(pairs, lambda example: example.language),
            "length": _sliced(pairs, length_of),
            "category": _sliced(pairs, lambda example: example.category),
            "writer": _sliced(pairs, lambda example: example.writer),
        },
        confusion=dict(confusion),
        calibration=_calibration(
            [(reading.confidence, example.category == reading.category) for example, reading in pairs]
        ),
        curve=_curve([(reading.emergency, example.urgency == Urgency.EMERGENCY) for example, reading in pairs]),
    )


def length_of(example: Example) -> str:
    """The range of lengths to which a message belongs."""
    count = len(words(example.text))
    return next((title for most, title in LENGTHS if count <= most), LONGER)


def _sliced(pairs: Sequence[Pair], by: Callable[[Example], str]) -> dict[str, dict[str, Share | None]]:
    slices: dict[str, list[Pair]] = defaultdict(list)
    for example, reading in pairs:
        slices[by(example)].append((example, reading))
    return {
        name: {measure: MEASURE[measure].over(inside) for measure in PER_SLICE}
        for name, inside in sorted(slices.items())
    }


def _macro_f1(confusion: Counter[tuple[str, str]]) -> float | None:
    labelled: Counter[str] = Counter()
    read: Counter[str] = Counter()
    for (label, category), count in confusion.items():
        labelled[label] += count
        read[category] += count
    scores = [2 * confusion[label, label] / (total + read[label]) for label, total in labelled.items()]
    return round(sum(scores) / len(scores), 4) if scores else None


def _calibration(sure: Sequence[tuple[float, bool]]) -> list[tuple[float, float, int]]:
    bins: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    for confidence, right in sure:
        bins[min(int(confidence * BINS), BINS - 1)].append((confidence, right))
    return [
        (
            round(sum(confidence for confidence, _ in bin_) / len(bin_), 3),
            round(sum(right for _, right in bin_) / len(bin_), 3),
            len(bin_),
        )
        for _, bin_ in sorted(bins.items())
    ]


def _curve(scored: Sequence[tuple[float, bool]]) -> list[tuple[float, float, float]]:
    ranked = sorted(scored, key=lambda pair: -pair[0])
    emergencies = sum(is_one for _, is_one in scored)
    points, found, wanted = [], 0, iter(FOUND)
    share = next(wanted)
    for count, (probability, is_one) in enumerate(ranked, start=1):
        found += is_one
        while emergencies and found >= share * emergencies:
            points.append((share, round(found / count, 3), probability))
            if (share := next(wanted, 2.0)) > 1:
                return points
    return points
