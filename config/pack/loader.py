"""Loads a country pack from its folder and checks it as a whole."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo

import phonenumbers

from config.currencies import CURRENCIES
from config.enumerations import WEEKDAYS, Urgency
from config.language import Language
from config.outside import read_zone
from config.pack import Category, EmergencyNumber, Level, Pack
from config.pack.areas import places_of_villages, read_areas, read_places
from config.pack.committees import read_committees, read_levels
from config.pack.files import PackError, Row, Where, read_day, read_yaml, read_yaml_rows, rows_of
from config.pack.languages import read_language
from config.pack.lexicon import load_everyday, load_lexicon

MODEL = "model.zip"


def load_pack(folder: Path) -> Pack:
    """The pack in `folder`, checked: half a second at most for the 691 communes of Mali.

    Raises:
        PackError: the first thing that is wrong, with its file and line.
    """
    head = read_yaml(folder / "pack.yaml")
    head.only(
        "id", "version", "country", "time_zone", "currency", "sms_price", "sms_cost_per_hour",
        "sms_countries", "languages", "service_code", "short_code",
        "reports_per_day", "default_meeting", "digest_weekday", "digest_hour", "quiet_from",
        "quiet_until", "referral_days", "recommendation_days", "text_months",
        "number_months", "sms_per_hour", "messages_per_minute", "requests_per_minute", "requests_per_session",
        "paper_heading", "levels", "services", "above", "emergency_numbers", "also_read",
    )  # fmt: skip
    areas = read_areas(folder)
    levels = read_levels(head, areas)
    services = _services(head, levels)
    categories = _categories(folder)
    named = (*services, *(level.id for level in levels[1:]))
    languages: dict[str, Language] = {}
    for code in head.texts("languages"):
        languages[code] = read_language(folder / "languages" / f"{code}.yaml", code, categories, languages, named)
    if not languages:
        raise PackError(head.at("languages"), "`languages` must name one file of languages/ at least")
    if head.text("digest_weekday") not in WEEKDAYS:
        raise PackError(head.at("digest_weekday"), f"`digest_weekday` must be one of {', '.join(WEEKDAYS)}")
    return Pack(
        id=head.text("id"),
        version=head.text("version"),
        country=_country(head),
        time_zone=_time_zone(head),
        currency=_currency(head),
        sms_price=head.whole("sms_price", 0),
        sms_cost_per_hour=_sms_cost_per_hour(head),
        sms_countries=_sms_countries(head),
        service_code=head.text("service_code"),
        short_code=head.text("short_code"),
        reports_per_day=head.whole("reports_per_day", 1),
        default_meeting=head.text("default_meeting"),
        digest_weekday=head.text("digest_weekday"),
        digest_hour=head.whole("digest_hour", 0),
        quiet_from=head.whole("quiet_from", 0),
        quiet_until=head.whole("quiet_until", 0),
        referral_days=head.whole("referral_days", 1),
        recommendation_days=head.whole("recommendation_days", 1),
        text_months=head.whole("text_months", 1),
        number_months=head.whole("number_months", 1),
        sms_per_hour=head.whole("sms_per_hour", 1),
        messages_per_minute=head.whole("messages_per_minute", 1),
        requests_per_minute=head.whole("requests_per_minute", 1),
        requests_per_session=head.whole("requests_per_session", 1),
        paper_heading=head.texts("paper_heading"),
        levels=levels,
        services=services,
        above=head.text("above"),
        emergency_numbers=_emergency_numbers(head, languages),
        areas=MappingProxyType(areas),
        places=read_places(folder, areas, levels[0].of),
        committees=MappingProxyType(read_committees(folder, areas, levels)),
        categories=MappingProxyType(categories),
        languages=MappingProxyType(languages),
        lexicon=load_lexicon(folder, categories),
        language_profiles=tuple(_profiles(folder, (*languages, *head.texts("also_read")))),
        everyday=load_everyday(folder),
        villages=places_of_villages(folder, areas, levels[0].of),
        model=(folder / MODEL).read_bytes() if (folder / MODEL).exists() else b"",
    )


def _sms_cost_per_hour(head: Row) -> int:
    """Thirty parts an hour where the pack names no limit."""
    given = "sms_cost_per_hour" in head.values
    return head.whole("sms_cost_per_hour", 0) if given else 30 * head.whole("sms_price", 0)


def _sms_countries(head: Row) -> tuple[str, ...]:
    """The pack's own country where it names none."""
    codes = head.texts("sms_countries")
    for code in codes:
        if code not in phonenumbers.SUPPORTED_REGIONS:
            raise PackError(head.at("sms_countries"), f"`sms_countries`: {code} is no country such as ML")
    return codes or (head.text("country"),)


def _time_zone(head: Row) -> ZoneInfo:
    if zone := read_zone(head.text("time_zone")):
        return zone
    raise PackError(head.at("time_zone"), "`time_zone` must be a name such as Africa/Bamako")


def _country(head: Row) -> str:
    if head.text("country") not in phonenumbers.SUPPORTED_REGIONS:
        raise PackError(head.at("country"), "`country` must be a country of ISO 3166 with phone numbers, such as ML")
    return head.text("country")


def _currency(head: Row) -> str:
    if head.text("currency") not in CURRENCIES:
        raise PackError(head.at("currency"), "`currency` must be a currency of ISO 4217, such as XOF")
    return head.text("currency")


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


def _services(head: Row, levels: tuple[Level, ...]) -> tuple[str, ...]:
    services, above = head.texts("services"), head.text("above")
    if above not in services:
        raise PackError(head.at("above"), f"`services` lacks `{above}`, which `above` names")
    for level in levels:
        if level.id in services:
            raise PackError(head.at("services"), f"`{level.id}` is a level of committees: `{above}` stands for it")
    return services


def _categories(folder: Path) -> dict[str, Category]:
    categories: dict[str, Category] = {}
    for row in read_yaml_rows(folder / "categories.yaml"):
        row.only("id", "urgency", "sensitive", "goes_to", "not_to", "text_months")
        if row.text("urgency") not in tuple(Urgency):
            raise PackError(row.at("urgency"), f"`urgency` must be one of {', '.join(Urgency)}")
        if row.values.get("goes_to") not in (None, "above"):
            raise PackError(row.at("goes_to"), "`goes_to` can only be `above`")
        goes_above = row.values.get("goes_to") == "above"
        months = row.whole("text_months", 1) if "text_months" in row.values else None
        sensitive, not_to = row.flag("sensitive"), row.texts("not_to")
        category = Category(row.text("id"), row.text("urgency"), sensitive, goes_above, months, not_to)
        if category.id in categories:
            raise PackError(row.where, f"the category {category.id} stands twice")
        categories[category.id] = category
    if "other" not in categories:
        raise PackError(Where("categories.yaml", 1), "the category `other` must be there for what fits nowhere")
    return categories


def _emergency_numbers(head: Row, languages: dict[str, Language]) -> tuple[EmergencyNumber, ...]:
    numbers = []
    for row in rows_of(head, "emergency_numbers"):
        row.only("service", "numbers", "confirmed_on")
        service = row.text("service")
        for language in languages.values():
            if service not in language.services:
                raise PackError(Where(f"{language.code}.yaml", 1), f"`services` lacks `{service}`")
        if not row.texts("numbers"):
            raise PackError(row.where, f"`numbers` of {service} must name one at least")
        numbers.append(EmergencyNumber(service, row.texts("numbers"), read_day(row, row.values.get("confirmed_on"))))
    return tuple(numbers)
