"""A new version of a pack that lacks some of what the one before had."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import replace
from types import MappingProxyType
from typing import TypeVar

from config.language import Language
from config.pack import Pack
from config.pack.left import with_stand_ins
from flows.triage.places.gazetteer import Gazetteer
from flows.triage.places.reader import PlaceReader
from gateway.app import create_app
from gateway.runtime.deployment import Deployment
from storage.committees.committees import load_registry
from tests.support.gateway import Gateway

Entry = TypeVar("Entry")


def without(pack: Pack, *codes: str) -> Pack:
    """The pack without the categories, areas (with their committees), services and languages of these codes."""

    def rest(table: Mapping[str, Entry]) -> dict[str, Entry]:
        return {code: entry for code, entry in table.items() if code not in codes}

    def spoken(language: Language) -> Language:
        labels = rest(language.categories)
        services = with_stand_ins(rest(language.services), str)
        return replace(language, categories=with_stand_ins(labels, lambda _: labels["other"]), services=services)

    return replace(
        pack,
        categories=rest(pack.categories),
        areas=rest(pack.areas),
        committees=rest(pack.committees),
        places=tuple(place for place in pack.places if place.commune not in codes),
        services=tuple(service for service in pack.services if service not in codes),
        languages=MappingProxyType({code: spoken(language) for code, language in rest(pack.languages).items()}),
        subjects=replace(pack.subjects, by_category=rest(pack.subjects.by_category)),
    )


def restarted_with(gateway: Gateway, pack: Pack) -> Gateway:
    """The same deployment after a restart with another pack; its database and its phones stay."""
    before = gateway.deployment
    triage = copy(before.triage)  # with the same model: nothing here depends on what it was trained for
    triage.places = Gazetteer(pack)
    triage.where = PlaceReader(pack, triage.places, triage.model.everyday)
    opened = Deployment.open(before.settings, gateway.clock, (pack, triage))
    opened = replace(opened, database=before.database)
    with opened.database.write() as transaction:
        load_registry(transaction, pack)
    app = create_app(opened.settings, opened)
    app.extensions["stand_in"] = gateway.stand_in
    return Gateway(opened, app, gateway.clock)
