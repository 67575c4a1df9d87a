"""`gateway pack`."""

from __future__ import annotations

from pathlib import Path

import click

from config.aggregators import load_mappings
from config.examples import load_examples
from config.pack import PackError
from flows.committees.meetings import MeetingRuleError, read_rule
from flows.conversation.menus import conversation
from flows.learning.readiness import why_not_trainable
from gateway.commands.common import read_pack_or_refuse
from gateway.commands.start import Refused, settings
from gateway.runtime.model_store import read_packs_triage


@click.group("pack")
def command() -> None:
    """The country pack."""


@command.command("check")
@click.argument("folder", required=False, type=click.Path(path_type=Path))
def check(folder: Path | None) -> None:
    """Validate a country pack as a whole; the first thing that is wrong is named with its file and line."""
    folder = folder or settings().pack
    pack = read_pack_or_refuse(folder)
    try:
        examples = load_examples(pack, folder)
        triage = read_packs_triage(pack, folder)
    except PackError as error:
        raise Refused(str(error)) from None
    if why := why_not_trainable(pack, examples):
        raise Refused(f"training: {why}")
    if triage.languages.unknown:
        raise Refused(f"profiles: no profile of the language {triage.languages.unknown[0]}")
    try:
        mappings = load_mappings()
    except PackError as error:
        raise Refused(f"config/aggregators/{error}") from None
    try:
        read_rule(pack.default_meeting)
    except MeetingRuleError as error:
        raise Refused(f"pack.yaml: `default_meeting`: {error}") from None
    click.echo(
        f"{pack.id} {pack.version}: {len(pack.areas)} areas, {len(pack.communes)} of them communes, "
        f"{len(pack.places)} places, {len(pack.committees)} committees, {len(pack.categories)} categories, "
        f"languages {', '.join(pack.languages)}, {len(conversation.screens)} screens, "
        f"aggregators {', '.join(mappings)}"
    )
