"""`gateway flows`: the conversation."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from config.aggregators import load_mappings
from flows.conversation.drawing import draw
from flows.conversation.machine import Machine
from flows.conversation.menus import conversation
from flows.conversation.walk import walk
from flows.triage.places.gazetteer import Gazetteer
from gateway.commands.common import read_pack_or_refuse
from gateway.commands.start import Refused, settings


@click.group("flows")
def command() -> None:
    """The conversation on the phone."""


@command.command("check")
def check() -> None:
    """Walk every screen in every language with the longest data of the pack; fail on what does not fit."""
    pack = read_pack_or_refuse(settings().pack)
    walked = walk(Machine(conversation, pack, Gazetteer(pack)), pack, sizes=_sizes())
    for problem in dict.fromkeys(map(str, walked.problems)):
        click.echo(problem, err=True)
    if walked.problems:
        sys.exit(1)
    click.echo(f"{len(walked.ways)} screens in {len(pack.languages)} languages, {walked.seen} sessions: all fit")


def _sizes() -> tuple[int, ...]:
    """The septets that fit on a screen, for each aggregator whose mapping says so."""
    return tuple(
        {mapping.ussd.longest for mapping in load_mappings().values() if mapping.ussd and mapping.ussd.longest}
    )


@command.command("draw")
@click.argument("out", type=click.Path(path_type=Path))
def draw_command(out: Path) -> None:
    """Draw the conversation as an SVG, for people who decide on wording."""
    pack = read_pack_or_refuse(settings().pack)
    walked = walk(Machine(conversation, pack, Gazetteer(pack)), pack)
    try:
        out.write_text(draw(walked, (conversation.first, conversation.resume, conversation.desk)), encoding="utf-8")
    except OSError as error:
        raise Refused(f"{out} cannot be written ({error.strerror})") from None
    click.echo(f"{len(walked.ways)} screens drawn: {out}")
