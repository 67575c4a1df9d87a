"""Trains the model from labelled messages: seconds, on one core, the same result each time.

An eighth of the messages, chosen by a hash of their text, is set aside and never trained on. Temperatures, which
make a probability mean what it says, and the threshold of emergencies are chosen on messages that the model they
are tried with has not seen (ten folds).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import LinearSVC

from config.examples import Example
from config.pack import Pack
from flows.triage.category import Kind
from flows.triage.features import LexiconFeatures, message_features, without_places, word_features
from flows.triage.gazetteer import Gazetteer
from flows.triage.model import HEADS, NO, YES, ModelFile
from flows.triage.place import PlaceReader
from flows.triage.setaside import is_set_aside
from flows.triage.spelling import words
from flows.triage.urgency import COST_OF_MISSED, Sign, Urgency, is_emergency, sign_of

STRENGTH = 0.3
"""Of the weights against the evidence: scikit-learn's C. By the folds a linear support vector machine reads one
category in a hundred better than logistic regression, and trains in a tenth of the time."""
WEIGHTS: dict[str, dict[int, float]] = {"emergency": {1: 5.0}}
"""What an example of a label (by its place) weighs in fitting a head. The emergencies have a head of their own: where
97 in 100 are found it cries in vain a third less often than the head that also tells priority from routine."""
NEAR_LEAST = 1.25
"""Thresholds of emergencies whose cost is at most so many times the least count as equally good."""
RAREST, RAREST_KEPT = 2, 3
"""Messages that a feature must occur in; one that only kept corrections have needs three, so that no single
citizen's words can be read off the model."""
FOLDS = 10
SEED = 2026
Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class _Read:
    """A labelled message as the model sees it."""

    example: Example
    features: dict[str, float]
    sign: Sign


def train(pack: Pack, examples: Sequence[Example], kept: Sequence[Example] = ()) -> ModelFile:
    """`examples` are the pack's, `kept` the corrections of a deployment. Raises `ValueError` for too few."""
    for_training = [one for one in examples if not is_set_aside(one.text)]
    aside = [one for one in examples if is_set_aside(one.text)]
    if len({one.category for one in for_training}) < len(pack.categories) or len(for_training) < 10 * FOLDS:
        raise ValueError(f"too few examples ({len(for_training)}): each category needs some in training/")
    reader = _Reader(pack)
    everyday = reader.everyday(for_training)
    known = [reader.read(one, everyday) for one in for_training]
    corrected = [reader.read(one, everyday) for one in kept if not is_set_aside(one.text)]
    seen = known + corrected
    vocabulary = _vocabulary(known, corrected)
    matrix = _matrix(seen, vocabulary)
    labels = {
        "category": tuple(pack.categories),
        "urgency": tuple(urgency.value for urgency in Urgency),
        "kind": tuple(sorted({one.kind for one in for_training})),
        "emergency": (NO, YES),
    }
    weights, bias, temperatures = [], [], {}
    unseen: dict[str, Matrix] = {}
    for head in HEADS:
        wanted = np.array([labels[head].index(_label(one.example, head)) for one in seen])
        unseen[head] = _unseen_scores(matrix, wanted, len(labels[head]), head)
        temperatures[head] = _temperature(unseen[head], wanted)
        fitted = _fit(matrix, wanted, head)
        weights.append(_full(fitted.coef_, fitted.classes_, len(labels[head])))
        bias.append(_full(fitted.intercept_[:, None], fitted.classes_, len(labels[head]))[:, 0])
    urgent = _softmax(unseen["emergency"] / temperatures["emergency"])[:, 1]
    # Thanks, questions and proposals are never urgent, as in reading.
    urgent[unseen["kind"].argmax(axis=1) != labels["kind"].index(Kind.CONCERN)] = 0.0
    threshold = _threshold(urgent, seen)
    right = unseen["category"].argmax(axis=1) == [labels["category"].index(one.example.category) for one in seen]
    missed, cried = _mistaken(urgent, seen, threshold)
    emergencies = sum(one.example.urgency == Urgency.EMERGENCY for one in seen)
    return ModelFile(
        vocabulary=tuple(vocabulary),
        weights=np.concatenate(weights).T.astype(np.float16).astype(np.float32),
        bias=np.concatenate(bias).astype(np.float32),
        labels=labels,
        temperatures=temperatures,
        emergency_from=threshold,
        everyday=tuple(sorted(everyday)),
        report={
            "examples": len(known),
            "corrections": len(corrected),
            "set_aside": len(aside),
            "folds_category_accuracy": round(float(right.mean()), 3),
            "folds_emergency_recall": round(1 - missed / emergencies, 3),
            "folds_emergency_precision": round((emergencies - missed) / (emergencies - missed + cried), 3),
        },
    )


def _label(example: Example, head: str) -> str:
    if head == "emergency":
        return YES if example.urgency == Urgency.EMERGENCY else NO
    label: str = getattr(example, head)
    return label


class _Reader:
    """Turns examples into features with places blanked, as reading a message does."""

    def __init__(self, pack: Pack) -> None:
        self._pack = pack
        self._gazetteer = Gazetteer(pack)
        self._lexicon = LexiconFeatures(pack)

    def everyday(self, examples: Sequence[Example]) -> set[str]:
        """Words that people use for other things than places.

        Any word of the messages that is no name; one that is a name too must stand, unmarked, in several messages
        that are about somewhere else.
        """
        plain_names = PlaceReader(self._pack, self._gazetteer, frozenset())
        counts: Counter[str] = Counter()
        unmarked: Counter[str] = Counter()
        for one in examples:
            found = plain_names.read(one.text)
            right = found and one.commune in {spot.commune for spot in found.spots}
            at = found.at if found and right else frozenset()
            said = [word for position, word in enumerate(words(one.text)) if position not in at]
            counts.update(set(said))
            unmarked.update({word for before, word in zip(["", *said], said, strict=False) if not self._marks(before)})
        names = self._gazetteer.words
        return {w for w in counts if w not in names and w != "?"} | {w for w, c in unmarked.items() if c > 1}

    def _marks(self, word: str) -> bool:
        return word in self._pack.lexicon.place_before or word in self._pack.lexicon.place_of

    def read(self, one: Example, everyday: set[str]) -> _Read:
        found = PlaceReader(self._pack, self._gazetteer, everyday).read(one.text)
        tokens = words(one.text)
        if found:
            tokens = without_places(tokens, found.at)
        hits = self._lexicon.hits(tokens)
        features: Counter[str] = Counter()
        for token in tokens:
            features.update(dict(_summed(word_features(token))))
        features.update(dict(_summed(message_features(tokens, hits))))
        size = math.sqrt(len(tokens) + 1)
        return _Read(one, {name: value / size for name, value in features.items()}, sign_of(hits))


def _summed(features: Any) -> Counter[str]:
    out: Counter[str] = Counter()
    for name, value in features:
        out[name] += value
    return out


def _vocabulary(known: Sequence[_Read], corrected: Sequence[_Read]) -> dict[str, int]:
    counts = Counter(name for one in known for name in one.features)
    others = Counter(name for one in corrected for name in one.features)
    kept = {name for name, count in counts.items() if count + others[name] >= RAREST}
    kept |= {name for name, count in others.items() if name not in counts and count >= RAREST_KEPT}
    return {name: at for at, name in enumerate(sorted(kept))}


def _matrix(read: Sequence[_Read], vocabulary: dict[str, int]) -> csr_matrix:
    values, columns, ends = [], [], [0]
    for one in read:
        for name, value in one.features.items():
            if (at := vocabulary.get(name)) is not None:
                columns.append(at)
                values.append(value)
        ends.append(len(columns))
    return csr_matrix((values, columns, ends), shape=(len(read), len(vocabulary)))


def _fit(matrix: csr_matrix, wanted: NDArray[np.int64], head: str) -> LinearSVC:
    return LinearSVC(C=STRENGTH, random_state=SEED, class_weight=WEIGHTS.get(head)).fit(matrix, wanted)


def _full(rows: Matrix, classes: NDArray[np.int64], count: int) -> Matrix:
    """The rows of all labels; one that no example has is as good as never chosen."""
    out = np.full((count, rows.shape[1]), 0.0)
    if rows.shape[0] == 1:
        rows = np.concatenate([-rows, rows]) / 2
    out[classes] = rows
    return out


def _unseen_scores(matrix: csr_matrix, wanted: NDArray[np.int64], count: int, head: str) -> Matrix:
    scores = np.zeros((matrix.shape[0], count))
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=SEED)
    for rest, fold in folds.split(np.zeros(len(wanted)), wanted):
        fitted = _fit(matrix[rest], wanted[rest], head)
        weights = _full(fitted.coef_, fitted.classes_, count)
        bias = _full(fitted.intercept_[:, None], fitted.classes_, count)[:, 0]
        scores[fold] = matrix[fold] @ weights.T + bias
    return scores


def _softmax(scores: Matrix) -> Matrix:
    odds = np.exp(scores - scores.max(axis=1, keepdims=True))
    out: Matrix = odds / odds.sum(axis=1, keepdims=True)
    return out


def _temperature(scores: Matrix, wanted: NDArray[np.int64]) -> float:
    """What the scores are divided by so that the right label's probability is as high as it can be."""

    def surprise(temperature: float) -> float:
        right = _softmax(scores / temperature)[np.arange(len(wanted)), wanted]
        return float(-np.log(np.maximum(right, 1e-9)).mean())

    return round(float(minimize_scalar(surprise, bounds=(0.05, 5.0), method="bounded").x), 3)


def _threshold(urgent: Matrix, seen: Sequence[_Read]) -> float:
    """The probability from which an emergency is told, joined with the rules as in reading.

    Around its least the cost hardly changes from one threshold to the next, and a few messages decide: of those
    within a quarter of it the highest is taken, which cries least in vain.
    """
    costs = {}
    for threshold in np.arange(0.02, 0.6, 0.01).round(3).tolist():
        missed, cried = _mistaken(urgent, seen, threshold)
        costs[threshold] = COST_OF_MISSED * missed + cried
    return float(max(threshold for threshold, cost in costs.items() if cost <= min(costs.values()) * NEAR_LEAST))


def _mistaken(urgent: Matrix, seen: Sequence[_Read], threshold: float) -> tuple[int, int]:
    """How many emergencies are missed, and how many are cried in vain."""
    missed = cried = 0
    for probability, one in zip(urgent, seen, strict=True):
        told = is_emergency(probability, threshold, one.sign)
        missed += one.example.urgency == Urgency.EMERGENCY and not told
        cried += told and one.example.urgency != Urgency.EMERGENCY
    return missed, cried
