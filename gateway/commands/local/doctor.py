"""`gateway doctor`."""

from __future__ import annotations

import sys
import time

import click
from redis.exceptions import RedisError
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from config.own_files import open_to_others
from config.pack import Pack, PackError
from config.redis_sentinel import is_sentinel
from config.settings import Settings
from gateway.commands.common import read_pack_or_refuse
from gateway.commands.start import Refused, settings
from gateway.data_protection.retention import UNUSUAL, last_purge
from gateway.health import CHECKS
from gateway.local.embedded_redis import NoRedisServer, redis_server
from gateway.runtime.deployment import REDIS_PATIENCE, Deployment
from gateway.runtime.redis_client import describe_sentinel
from storage.figures.summing import compare, mark_changed
from storage.messages.alerts import duty_numbers
from storage.messages.outbox import AHEAD
from storage.tables.base import UtcDateTime
from storage.tables.concerns import Concern

LONGEST_COMPARING = 2.0
"""Seconds in which the dashboard's sums are compared with the concerns."""


@click.command("doctor")
def command() -> None:
    """Check settings, database, Redis, worker, pack and provider; one line each."""
    here = settings()
    click.echo("settings  ok")
    pack = read_pack_or_refuse(here.pack)
    try:
        deployment = Deployment.open(here)
    except PackError as error:
        raise Refused(str(error)) from None
    bad = False
    for name, check in CHECKS.items():
        result = _checked(deployment, check)
        bad = bad or result != "ok"
        click.echo(f"{name:<9} {result}")
    for line in _clock(deployment):
        bad = True
        click.echo(f"clock     {line}")
    for file in open_to_others(here.data_dir):
        bad = True
        click.echo(f"files     {file} can be read by others ({file.stat().st_mode & 0o777:04o}): chmod 600")
    if here.redis_is_embedded:
        try:
            click.echo(f"embedded  {redis_server()}")
        except NoRedisServer as error:
            bad = True
            click.echo(f"embedded  {error}")
    if is_sentinel(here.redis_address):
        is_whole, line = describe_sentinel(here, REDIS_PATIENCE)
        bad = bad or not is_whole
        click.echo(f"sentinel  {line}")
    for line in _sums(deployment):
        bad = True
        click.echo(f"sums      {line}")
    click.echo(f"provider  {_providers(here)}")
    for line in _to_confirm(here, pack):
        click.echo(line)
    for line in _duty(deployment):
        bad = bad or here.in_production
        click.echo(f"{'ERROR   ' if here.in_production else 'to do '}   {line}")
    deployment.close()
    if bad:
        sys.exit(1)


def _checked(deployment: Deployment, check: object) -> str:
    try:
        return str(check(deployment))  # type: ignore[operator]
    except (SQLAlchemyError, RedisError) as error:
        return f"down ({type(error).__name__})"


def _clock(deployment: Deployment) -> list[str]:
    """Signs of a wrong clock: reports from a later time, or no purge for so long that the next one asks first."""
    now = deployment.now()
    try:
        with deployment.database.read() as transaction:
            newest, purged = (
                transaction.scalar(select(func.max(Concern.received_at, type_=UtcDateTime()))),
                last_purge(transaction),
            )
    except SQLAlchemyError:
        return []  # reported above
    lines = []
    if newest and newest > now + AHEAD:
        lines.append(f"behind: it says {now:%Y-%m-%d %H:%M}, and a report came {newest:%Y-%m-%d %H:%M} (UTC)")
    if purged and now - purged > UNUSUAL:
        lines.append(f"nothing was purged for {(now - purged).days} days: if it is right, run `gateway purge` once")
    return lines


def _sums(deployment: Deployment) -> list[str]:
    """A line if the dashboard's sums of a day differ from what is counted now; the newest days are compared."""
    try:
        compared = compare(deployment.database, deployment.layout, time.monotonic() + LONGEST_COMPARING)
    except SQLAlchemyError:
        return []  # reported above
    if not compared.wrong:
        return []
    with deployment.database.write() as transaction:
        mark_changed(transaction, compared.wrong)
    days = ", ".join(f"{at.astimezone(deployment.pack.time_zone):%Y-%m-%d}" for at in compared.wrong)
    return [f"differ from the concerns of {days}: the worker sums them again within a minute"]


def _providers(here: Settings) -> str:
    return "; ".join(_provider(here, name) for name in here.sms_provider)


def _provider(here: Settings, name: str) -> str:
    if name == "simulator":
        return "simulator: nothing leaves this machine"
    if name == "kannel":
        return f"kannel at {here.kannel_url}" if here.kannel_url else "kannel: KANNEL_URL is not set"
    if name == "orange":
        known = here.orange_client_id and here.orange_client_secret
        return f"orange, sender {here.orange_sender}" if known else "orange: ORANGE_CLIENT_ID or its secret is not set"
    if not here.at_api_key:
        return "africastalking: AT_API_KEY is not set, SMS will be refused"
    return f"africastalking, user {here.at_username}"


def _duty(deployment: Deployment) -> list[str]:
    """A line if the country has no duty number: an emergency without a known commune or committee alerts nobody."""
    try:
        with deployment.database.read() as transaction:
            set_for = {duty_number.area for duty_number in duty_numbers(transaction)}
    except SQLAlchemyError:
        return []  # reported above
    if deployment.pack.country_area.code in set_for:
        return []
    return ["no duty number: an emergency without a committee alerts nobody (`gateway duty set MSISDN`)"]


def _to_confirm(here: Settings, pack: Pack) -> list[str]:
    """What must be confirmed before people rely on this deployment; a warning in production."""
    mark = "WARNING " if here.in_production else "to do "
    lines = [
        f"{mark}   {language.name}: no native speaker has reviewed languages/{language.code}.yaml"
        for language in pack.languages.values()
        if not (language.reviewed_by and language.reviewed_on)
    ]
    lines += [
        f"{mark}   {entry.service}: {', '.join(entry.numbers)} not confirmed (emergency_numbers in pack.yaml)"
        for entry in pack.emergency_numbers
        if entry.confirmed_on is None
    ]
    return lines
