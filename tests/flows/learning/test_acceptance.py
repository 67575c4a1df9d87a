"""When a new model may replace the one in use."""

from typing import Any

import pytest

from flows.learning.acceptance import losses

IN_USE: dict[str, float | None] = {
    "category": 0.81, "category_macro_f1": 0.78, "kind": 0.93, "urgency": 0.859, "emergency_recall": 0.97,
    "emergency_precision": 0.636, "reviewed": 0.4,
}  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"emergency_recall": 0.98, "category": 0.82, "urgency": 0.9},
        {"urgency": 0.854},
        {"kind": 0.92, "category_macro_f1": 0.77},
        {"reviewed": 0.9},
    ],
)
def test_a_model_that_loses_nothing_that_counts_is_taken(change: dict[str, Any]) -> None:
    assert losses(IN_USE, IN_USE | change) == ()


@pytest.mark.parametrize(
    ("change", "lost"),
    [
        ({"emergency_precision": 0.620, "urgency": 0.852, "category": 0.9}, ["emergency_precision", "urgency"]),
        ({"emergency_precision": 0.635}, ["emergency_precision"]),
        ({"emergency_recall": 0.969, "emergency_precision": 0.9}, ["emergency_recall"]),
        ({"emergency_precision": None}, ["emergency_precision"]),
        ({"category": 0.809}, ["category"]),
        ({"kind": 0.9, "category_macro_f1": 0.7}, ["category_macro_f1", "kind"]),
    ],
)
def test_emergencies_are_never_worse_and_the_rest_by_little(change: dict[str, Any], lost: list[str]) -> None:
    assert [loss.score for loss in losses(IN_USE, IN_USE | change)] == lost


def test_a_loss_says_by_how_much() -> None:
    (loss,) = losses(IN_USE, IN_USE | {"emergency_precision": 0.620})
    assert str(loss) == "emergency precision fell from 0.636 to 0.620 (it may lose nothing)"


def test_nothing_is_lost_where_nothing_could_be_told_before() -> None:
    assert losses(IN_USE | {"emergency_recall": None}, IN_USE | {"emergency_recall": 0.1}) == ()
