"""Loads a country pack from its folder and checks it as a whole."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import phonenumbers
from pydantic import Field, field_validator

from config.currencies import CURRENCIES
from config.enumerations import WEEKDAYS, Urgency
from config.language import Language
from config.outside import read_zone
from config.pack import Category, EmergencyNumber, Level, Pack
from config.pack.areas import places_of_villages, read_areas, read_places
from config.pack.committees import read_committees, read_levels
from config.pack.files import (
    Amount,
    Count,
    Day,
    Entries,
    Entry,
    Flag,
    PackError,
    Row,
    Text,
    Texts,
    Where,
    read_yaml,
    read_yaml_rows,
    rows_of,
)
from config.pack.languages import read_language
from config.pack.lexicon import load_everyday, load_lexicon
from config.pack.subjects import read_subjects

MODEL = "model.zip"


READ_FURTHER = (
    "time_zone", "sms_cost_per_hour", "sms_countries", "levels", "services", "emergency_numbers", "languages",
    "also_read",
)  # fmt: skip
"""Entries of pack.yaml that the pack does not keep as they are written."""


class PackEntry(Entry):
    """`pack.yaml`."""

    id: Text
    version: Text
    country: Text
    time_zone: Text
    currency: Text
    sms_price: Amount
    sms_cost_per_hour: Amount | None = None
    """Thirty parts an hour where the pack names no limit."""
    sms_countries: Texts = ()
    """The pack's own country where it names none."""
    languages: Annotated[
        tuple[str, ...], Field(strict=False, min_length=1, description="must name one file of languages/ at least")
    ]
    also_read: Texts = ()
    service_code: Text
    short_code: Text
    reports_per_day: Count
    default_meeting: Text
    digest_weekday: Text
    digest_hour: Amount
    quiet_from: Amount
    quiet_until: Amount
    agenda_size: Count = Pack.agenda_size
    referral_days: Count
    recommendation_days: Count
    text_months: Count
    number_months: Count
    sms_per_hour: Count
    messages_per_minute: Count
    requests_per_minute: Count
    requests_per_session: Count
    paper_heading: Texts = ()
    levels: Entries = Field(default_factory=list)
    services: Texts = ()
    above: Text
    emergency_numbers: Entries

    @field_validator("country")
    @classmethod
    def _has_phone_numbers(cls, country: str) -> str:
        if country not in phonenumbers.SUPPORTED_REGIONS:
            raise ValueError("must be a country of ISO 3166 with phone numbers, such as ML")
        return country

    @field_validator("time_zone")
    @classmethod
    def _is_known(cls, time_zone: str) -> str:
        if not read_zone(time_zone):
            raise ValueError("must be a name such as Africa/Bamako")
        return time_zone

    @field_validator("currency")
    @classmethod
    def _is_a_currency(cls, currency: str) -> str:
        if currency not in CURRENCIES:
            raise ValueError("must be a currency of ISO 4217, such as XOF")
        return currency

    @field_validator("sms_countries")
    @classmethod
    def _are_countries(cls, countries: tuple[str, ...]) -> tuple[str, ...]:
        for code in countries:
            if code not in phonenumbers.SUPPORTED_REGIONS:
                raise ValueError(f": {code} is no country such as ML")
        return countries

    @field_validator("digest_weekday")
    @classmethod
    def _is_a_weekday(cls, weekday: str) -> str:
        if weekday not in WEEKDAYS:
            raise ValueError(f"must be one of {', '.join(WEEKDAYS)}")
        return weekday


class CategoryEntry(Entry):
    """An entry of `categories.yaml`."""

    id: Text
    urgency: Text
    sensitive: Flag = False
    goes_to: Annotated[Literal["above"] | None, Field(description="can only be `above`")] = None
    not_to: Texts = ()
    text_months: Count | None = None

    @field_validator("urgency")
    @classmethod
    def _is_an_urgency(cls, urgency: str) -> str:
        if urgency not in tuple(Urgency):
            raise ValueError(f"must be one of {', '.join(Urgency)}")
        return urgency


class EmergencyNumberEntry(Entry):
    """An entry of `emergency_numbers` in pack.yaml."""

    service: Text
    numbers: Texts = ()
    confirmed_on: Day = None


def load_pack(folder: Path) -> Pack:
    """The pack in `folder`, checked: half a second at most for the 691 communes of Mali.

    Raises:
        PackError: the first thing that is wrong, with its file and line.
    """
    head = read_yaml(folder / "pack.yaml")
    entry = head.read(PackEntry)
    areas = read_areas(folder)
    levels = read_levels(head, areas)
    services = _services(head, entry, levels)
    categories = _categories(folder)
    named = (*services, *(level.id for level in levels[1:]))
    languages: dict[str, Language] = {}
    for code in entry.languages:
        languages[code] = read_language(folder / "languages" / f"{code}.yaml", code, categories, languages, named)
    sensitive = {category.id: category.sensitive for category in categories.values()}
    return Pack(
        **entry.model_dump(exclude=set(READ_FURTHER)),
        time_zone=ZoneInfo(entry.time_zone),
        sms_cost_per_hour=30 * entry.sms_price if entry.sms_cost_per_hour is None else entry.sms_cost_per_hour,
        sms_countries=entry.sms_countries or (entry.country,),
        levels=levels,
        services=services,
        emergency_numbers=_emergency_numbers(head, languages),
        areas=MappingProxyType(areas),
        places=read_places(folder, areas, levels[0].of),
        committees=MappingProxyType(read_committees(folder, areas, levels)),
        categories=MappingProxyType(categories),
        languages=MappingProxyType(languages),
        lexicon=load_lexicon(folder, categories),
        language_profiles=tuple(_profiles(folder, (*languages, *entry.also_read))),
        everyday=load_everyday(folder),
        villages=places_of_villages(folder, areas, levels[0].of),
        model=(folder / MODEL).read_bytes() if (folder / MODEL).exists() else b"",
        subjects=read_subjects(folder, sensitive, next(iter(languages))),
    )


def _profiles(folder: Path, known: tuple[str, ...]) -> Iterator[str]:
    """The language profiles as they stand in the files; each must be of a language that the pack says is read."""
    for path in sorted((folder / "profiles").glob("*.json")):
        try:
            text = path.read_text(encoding="utf-8")
            named = json.loads(text)
            name, parts = named["name"], (named["freq"], named["n_words"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise PackError(Where(path.name, 1), f"is no language profile ({type(error).__name__})") from None
        if name not in known or not all(parts):
            raise PackError(
                Where(path.name, 1), f"is of `{name}`, which neither `languages` nor `also_read` of pack.yaml names"
            )
        yield text


def _services(head: Row, entry: PackEntry, levels: tuple[Level, ...]) -> tuple[str, ...]:
    if entry.above not in entry.services:
        raise PackError(head.at("above"), f"`services` lacks `{entry.above}`, which `above` names")
    for level in levels:
        if level.id in entry.services:
            raise PackError(
                head.at("services"), f"`{level.id}` is a level of committees: `{entry.above}` stands for it"
            )
    return entry.services


def _categories(folder: Path) -> dict[str, Category]:
    categories: dict[str, Category] = {}
    for row in read_yaml_rows(folder / "categories.yaml"):
        entry = row.read(CategoryEntry)
        category = Category(
            entry.id, entry.urgency, entry.sensitive, entry.goes_to == "above", entry.text_months, entry.not_to
        )
        if category.id in categories:
            raise PackError(row.where, f"the category {category.id} stands twice")
        categories[category.id] = category
    if "other" not in categories:
        raise PackError(Where("categories.yaml", 1), "the category `other` must be there for what fits nowhere")
    return categories


def _emergency_numbers(head: Row, languages: dict[str, Language]) -> tuple[EmergencyNumber, ...]:
    numbers = []
    for row in rows_of(head, "emergency_numbers"):
        entry = row.read(EmergencyNumberEntry)
        for language in languages.values():
            if entry.service not in language.services:
                raise PackError(Where(f"{language.code}.yaml", 1), f"`services` lacks `{entry.service}`")
        if not entry.numbers:
            raise PackError(row.where, f"`numbers` of {entry.service} must name one at least")
        numbers.append(EmergencyNumber(entry.service, entry.numbers, entry.confirmed_on))
    return tuple(numbers)
