"""Whether a pack has enough labelled messages for training."""

from __future__ import annotations

from collections.abc import Sequence

from config.examples import Example
from config.pack import Pack

LEAST = 100
"""The fewest messages for training, not counting those that are set aside."""


def why_not_trainable(pack: Pack, examples: Sequence[Example]) -> str | None:
    """What is missing for training, or None if nothing is."""
    for_training = [example for example in examples if not example.is_set_aside]
    if len(for_training) < LEAST:
        return f"{len(for_training)} messages to train on, {LEAST} are needed"
    if missing := [
        category for category in pack.categories if category not in {example.category for example in for_training}
    ]:
        return f"no message to train on of the category {missing[0]}"
    return None
