"""`gateway evaluate`."""

from __future__ import annotations

from pathlib import Path

import click

from config.examples import read_examples
from config.pack import PackError
from flows.triage.evaluation import Scores, evaluate
from flows.triage.setaside import is_set_aside
from gateway.commands.common import json_option, read_pack_or_refuse, read_triage_or_refuse, show
from gateway.commands.start import Refused, settings

SHOWN = (
    ("language", "language"),
    ("commune", "commune, where one is named"),
    ("no_commune", "no commune, where none is named"),
    ("place", "place, where one is named"),
    ("category", "category"),
    ("category_macro_f1", "category, macro-F1"),
    ("kind", "kind"),
    ("urgency", "urgency"),
    ("emergency_recall", "emergencies found"),
    ("emergency_precision", "emergencies that are some"),
)


@click.command("evaluate")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--set-aside", is_flag=True, help="Only messages that no model was trained on (of a file of the pack).")
@json_option
def command(file: Path, set_aside: bool, as_json: bool) -> None:
    """Score a labelled file (tab-separated: text language commune place category urgency kind)."""
    here = settings()
    pack = read_pack_or_refuse(here.pack)
    paths = sorted(file.glob("*.tsv")) if file.is_dir() else [file]
    try:
        examples = [one for path in paths for one in read_examples(pack, path)]
    except PackError as error:
        raise Refused(str(error)) from None
    if set_aside:
        examples = [one for one in examples if is_set_aside(one.text)]
    if not examples:
        raise Refused(f"{file} holds no labelled message")
    triage = read_triage_or_refuse(pack, here)
    scores = evaluate(triage.read, examples)
    if as_json:
        row = {name: getattr(scores, name) for name, _ in SHOWN} | {"by_category": scores.by_category}
        show([{"messages": scores.messages, "milliseconds": scores.milliseconds, "model": triage.model.version} | row],
             True, "")  # fmt: skip
        return
    _print(scores, triage.model.version)


def _print(scores: Scores, version: str) -> None:
    click.echo(f"{scores.messages} messages, model {version}, {scores.milliseconds} ms a message\n")
    for name, said in SHOWN:
        value = getattr(scores, name)
        click.echo(f"{said:<34} {'-' if value is None else f'{value:.3f}'}")
    click.echo("\ncategory: share read rightly, and as what else the others were read")
    for category, share in scores.by_category.items():
        others = {got: count for (label, got), count in scores.confusion.items() if label == category != got}
        told = ", ".join(f"{got} {count}" for got, count in sorted(others.items(), key=lambda one: -one[1]))
        click.echo(f"{category:<14} {share:.3f}  {told}")
    click.echo("\ncalibration: how sure, how often right, messages")
    for sure, right, count in scores.calibration:
        click.echo(f"{sure:>6.3f} {right:>6.3f} {count:>6}")
