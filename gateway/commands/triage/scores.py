"""The figures of how well triage reads, as `gateway evaluate` and `gateway train` print them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from flows.learning.bounds import Share
from flows.learning.evaluation import MEASURE, MEASURES, PER_SLICE, Scores

SHORT = {
    "category": "category", "emergency_recall": "em. found", "emergency_precision": "em. true", "commune": "commune",
    "no_commune": "none", "language": "language", "reviewed": "reviewed",
}  # fmt: skip


def print_scores(scores: Scores, before: Mapping[str, float | None] | None = None) -> None:
    """Prints each figure with its 95 % bounds. `before` are the figures of another model."""
    was = f" {'before':>7}" if before else ""
    click.echo(f"{'':<58}{was} {'share':>7}   95 % bounds  messages")
    for measure in MEASURES:
        was = f" {_plain(before.get(measure.name)):>7}" if before else ""
        click.echo(f"{measure.title:<58}{was} {_with_bounds(scores.shares[measure.name])}")
    click.echo(f"{'category, macro-F1':<58}{'        ' if before else ''} {_plain(scores.category_macro_f1):>7}")
    for name, slices in scores.slices.items():
        if name == "writer" and scores.writers < 2:
            continue
        click.echo(f"\nby {name:<19}" + "".join(f"{SHORT[measure]:>12}" for measure in PER_SLICE))
        for value, shares in slices.items():
            click.echo(f"{value:<22}" + "".join(f"{_short(shares[measure]):>12}" for measure in PER_SLICE))
    click.echo("\nlabelled as, and as what else it was read")
    for category in scores.slices["category"]:
        others = {got: count for (label, got), count in scores.confusion.items() if label == category != got}
        told = ", ".join(f"{got} {count}" for got, count in sorted(others.items(), key=lambda one: -one[1]))
        click.echo(f"{category:<14} {told}")
    click.echo("\nemergencies found, how many of those told are some, and the threshold, without the rules")
    for found, true, threshold in scores.curve:
        click.echo(f"{found:>6.2f} {true:>6.3f} {threshold:>6.3f}")
    click.echo("\ncalibration: how sure, how often right, messages")
    for sure, right, count in scores.calibration:
        click.echo(f"{sure:>6.3f} {right:>6.3f} {count:>6}")


def as_row(scores: Scores) -> dict[str, Any]:
    """The scores as one JSON object: each figure, its bounds, and the figures of each slice."""
    row: dict[str, Any] = {"messages": scores.messages, "writers": scores.writers, "milliseconds": scores.milliseconds}
    row |= {name: scores.value(name) for name in MEASURE} | {"category_macro_f1": scores.category_macro_f1}
    row["bounds"] = {name: [share.low, share.high] for name, share in scores.shares.items() if share}
    row["curve"] = [{"found": found, "true": true, "threshold": at} for found, true, at in scores.curve]
    recalls = {value: shares["category"] for value, shares in scores.slices["category"].items()}
    row["by_category"] = {category: share.value for category, share in recalls.items() if share}
    row["slices"] = {
        name: {value: {of: _in_json(share) for of, share in shares.items()} for value, shares in slices.items()}
        for name, slices in scores.slices.items()
    }
    return row


def _in_json(share: Share | None) -> dict[str, Any] | None:
    return {"share": share.value, "low": share.low, "high": share.high, "messages": share.of} if share else None


def _plain(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _with_bounds(share: Share | None) -> str:
    return f"{share.value:>7.3f}  {share.low:.3f}–{share.high:.3f} {share.of:>9}" if share else f"{'-':>7}"


def _short(share: Share | None) -> str:
    return f"{share.value:.3f} {share.of:>5}" if share else "-"
