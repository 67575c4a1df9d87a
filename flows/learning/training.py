"""Trains the model from labelled messages: minutes, on one or two cores, the same result each time.

What makes a probability mean what it says and the thresholds of emergencies are chosen on messages of writers whom
the model that they are tried with has not seen (three folds); so are the figures of the report.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import astuple, replace

from config.examples import Example
from config.pack import Pack
from flows.learning.by_writer import ByWriter, Learning
from flows.learning.evaluation import Scores, score
from flows.learning.fitting import choose_thresholds
from flows.learning.readiness import why_not_trainable
from flows.triage.model import ModelFile

FOLDS = 3


def train(pack: Pack, examples: Sequence[Example], kept: Sequence[Example] = ()) -> tuple[ModelFile, Scores]:
    """The model and how well its like reads writers whom it has not seen.

    `examples` are the pack's, `kept` the corrections of a deployment. Raises `ValueError` for too few.
    """
    known = [example for example in examples if not example.is_set_aside]
    if missing := why_not_trainable(pack, examples):
        raise ValueError(missing)
    learning = Learning(pack, known, [example for example in kept if not example.is_set_aside])
    by_writer = ByWriter(learning, FOLDS)
    scores = score(by_writer.readings())
    file = replace(
        learning.fit(),
        thresholds=choose_thresholds(by_writer.unseen),
        report={
            "examples": len(known),
            "writers": len({reading.writer for reading in known}),
            "corrections": len(learning.examples) - len(known),
            "set_aside": len(examples) - len(known),
            "measured_on": digest(known),
            "by_writer": scores.figures,
        },
    )
    return file, scores


def digest(known: Sequence[Example]) -> str:
    """Tells whether two models were measured on the same messages."""
    said = sorted("\t".join(map(str, astuple(reading))) for reading in known)
    return hashlib.sha256("\n".join(said).encode()).hexdigest()[:16]
