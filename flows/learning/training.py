"""Trains a model from labelled messages, in about a minute; the same messages always give the same model.

The calibration and the thresholds are chosen by cross-validation over writers (three folds): each message is read by a
model that has not seen its writer. The figures of the report are measured in the same way.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import astuple, replace

from config.examples import Example
from config.pack import Pack
from flows.learning.by_writer import ByWriter, Learning
from flows.learning.evaluation import Scores, score
from flows.learning.readiness import why_not_trainable
from flows.learning.thresholds import choose_thresholds
from flows.triage.model import ModelFile

FOLDS = 3


def train(pack: Pack, examples: Sequence[Example], kept: Sequence[Example] = ()) -> tuple[ModelFile, Scores]:
    """A model of all messages, and the figures of its three folds.

    `examples` are the pack's, `kept` the corrections of a deployment. Raises `ValueError` if there are too few.
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
    """A checksum of messages: whether two models were measured on the same ones."""
    lines = sorted("\t".join(map(str, astuple(example))) for example in known)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]
