"""`gateway evaluate`."""

from __future__ import annotations

from pathlib import Path

import click

from config.examples import Example, load_examples, read_examples
from config.pack import Pack, PackError
from flows.learning.evaluation import Scores, evaluate, score
from gateway.commands.common import json_option, read_pack_or_refuse, read_triage_or_refuse, show
from gateway.commands.start import Refused, settings
from gateway.commands.triage.scores import as_row, print_scores

FOLDS = 9
"""The number of groups of writers; each group is left out of training once."""


@click.command("evaluate")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--set-aside", is_flag=True, help="Only writers that no model was trained on (of a folder of the pack).")
@click.option("--by-writer", is_flag=True, help="Each writer read by a model trained for it on all others: minutes.")
@json_option
def command(path: Path, set_aside: bool, by_writer: bool, as_json: bool) -> None:
    """Score labelled messages: a file or a folder of them, one a writer.

    Tab-separated: text language commune place category urgency kind, and writer where a file has several.

    With --by-writer each writer's messages are read by a model that has seen none of theirs, only those of the pack's
    and PATH's other writers (nine folds): how well strangers are read. Without, the model in use reads them.
    """
    here = settings()
    pack = read_pack_or_refuse(here.pack)
    paths = sorted(path.glob("*.tsv")) if path.is_dir() else [path]
    try:
        examples = [example for file in paths for example in read_examples(pack, file)]
        known = load_examples(pack, here.pack) if by_writer else ()
    except PackError as error:
        raise Refused(str(error)) from None
    if by_writer or set_aside:
        examples = [example for example in examples if example.is_set_aside == set_aside]
    if not examples:
        raise Refused(f"{path} holds no labelled message")
    if by_writer:
        scores, model = _by_writer(pack, examples, known), "a model of the others for each writer"
    else:
        triage = read_triage_or_refuse(pack, here)
        scores, model = evaluate(triage.read, examples), f"model {triage.model.version}"
    if as_json:
        show([{"model": model} | as_row(scores)], True, "")
        return
    took = f", {scores.milliseconds} ms a message" if scores.milliseconds else ""
    click.echo(f"{scores.messages} messages by {scores.writers} writers, {model}{took}\n")
    print_scores(scores)


def _by_writer(pack: Pack, examples: list[Example], known: tuple[Example, ...]) -> Scores:
    """The scores of models that have seen none of the writers whom they read."""
    from flows.learning.by_writer import ByWriter, Learning  # needs scikit-learn, which nothing else here does

    texts = {example.text for example in examples}
    others = [reading for reading in known if reading.text not in texts and not reading.is_set_aside]
    writers = {example.writer for example in examples}
    return score(ByWriter(Learning(pack, [*examples, *others]), FOLDS, writers).readings())
