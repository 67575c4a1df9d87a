"""Loads a country pack from its folder and checks it as a whole."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo

import phonenumbers

from config.currencies import CURRENCIES
from config.outside import read_zone
from config.pack import Area, Category, Committee, EmergencyNumber, Language, Level, Pack, Place
from config.pack_files import PackError, Row, Where, read_csv, read_day, read_yaml, read_yaml_rows, rows_of
from config.pack_languages import read_language
from config.pack_lexicon import load_everyday, load_lexicon

URGENCIES = ("emergency", "priority", "routine")
MODEL = "model.zip"
VILLAGES = "villages.csv"
VILLAGE_COLUMNS = ("commune_code", "name", "lat", "lon")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


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
        "number_months", "sms_per_hour", "messages_per_minute", "hops_per_minute", "hops_per_session",
        "paper_heading", "levels", "services", "above", "emergency_numbers", "also_read",
    )  # fmt: skip
    areas = _areas(folder)
    levels = _levels(head, areas)
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
        hops_per_minute=head.whole("hops_per_minute", 1),
        hops_per_session=head.whole("hops_per_session", 1),
        paper_heading=head.texts("paper_heading"),
        levels=levels,
        services=services,
        above=head.text("above"),
        emergency_numbers=_emergency_numbers(head, languages),
        areas=MappingProxyType(areas),
        places=_places(folder, areas, levels[0].of),
        committees=MappingProxyType(_committees(folder, areas, levels)),
        categories=MappingProxyType(categories),
        languages=MappingProxyType(languages),
        lexicon=load_lexicon(folder, categories),
        language_profiles=tuple(_profiles(folder, (*languages, *head.texts("also_read")))),
        everyday=load_everyday(folder),
        villages=_villages(folder, areas, levels[0].of),
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
            told = json.loads(text)
            name, parts = told["name"], (told["freq"], told["n_words"])
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


def _areas(folder: Path) -> dict[str, Area]:
    areas: dict[str, Area] = {}
    rows: dict[str, Row] = {}
    for row in read_csv(folder / "areas.csv", ("code", "name", "kind", "parent", "lat", "lon", "variants")):
        code = row.text("code")
        if code in areas:
            raise PackError(row.where, f"the code {code} stands twice (first on line {rows[code].where.line})")
        parent = row.values["parent"].strip() or None
        areas[code] = Area(code, row.text("name"), row.text("kind"), parent, row.split("variants"), _point(row))
        rows[code] = row
    for code, area in areas.items():
        if area.parent and area.parent not in areas:
            raise PackError(rows[code].where, f"the parent {area.parent} is no code of this file")
    roots = [code for code, area in areas.items() if area.parent is None]
    if len(roots) != 1:
        raise PackError(Where("areas.csv", 1), f"one area alone must have no parent, here {len(roots)} have none")
    for code in areas:
        seen, above = {code}, areas[code].parent
        while above:
            if above in seen:
                raise PackError(rows[code].where, f"{code} lies inside itself")
            seen.add(above)
            above = areas[above].parent
    return areas


def _point(row: Row) -> tuple[float, float] | None:
    told = row.values["lat"].strip(), row.values["lon"].strip()
    if not any(told):
        return None
    try:
        lat, lon = float(told[0]), float(told[1])
    except ValueError:
        lat = lon = math.inf
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        raise PackError(row.where, "`lat` and `lon` must be degrees, or both empty")
    return lat, lon


def _places(folder: Path, areas: dict[str, Area], commune_kind: str) -> tuple[Place, ...]:
    places = []
    for row in read_csv(folder / "places.csv", ("name", "commune", "kind", "variants", "sources")):
        commune = row.text("commune")
        if commune not in areas or areas[commune].kind != commune_kind:
            raise PackError(row.where, f"{commune} is no commune of areas.csv")
        places.append(Place(row.text("name"), commune, row.text("kind"), row.split("variants")))
    return tuple(places)


def _villages(folder: Path, areas: dict[str, Area], commune_kind: str) -> tuple[Place, ...]:
    path = folder / VILLAGES
    return tuple(read_villages(path, areas, commune_kind)) if path.exists() else ()


def read_villages(path: Path, areas: Mapping[str, Area], commune_kind: str) -> Iterator[Place]:
    """The villages of a file with the head `commune_code,name,lat,lon`. Raises `PackError` with the wrong line."""
    yield from villages_of(read_csv(path, VILLAGE_COLUMNS), areas, commune_kind)


def villages_of(rows: Iterable[Row], areas: Mapping[str, Area], commune_kind: str) -> Iterator[Place]:
    for row in rows:
        commune = row.text("commune_code")
        if commune not in areas or areas[commune].kind != commune_kind:
            raise PackError(row.where, f"{commune} is no commune of areas.csv")
        yield Place(row.text("name"), commune, "village")


def _levels(head: Row, areas: dict[str, Area]) -> tuple[Level, ...]:
    kinds = {area.kind for area in areas.values()}
    levels = []
    for row in rows_of(head, "levels"):
        row.only("id", "of", "name")
        kind = row.text("of")
        if kind not in kinds:
            raise PackError(row.where, f"`of: {kind}` is no kind of area in areas.csv")
        single = sum(area.kind == kind for area in areas.values()) == 1
        levels.append(Level(row.text("id"), kind, row.text("name"), always_installed=single))
    if not levels:
        raise PackError(head.at("levels"), "`levels` must name one level of committees at least")
    if not levels[-1].always_installed:
        raise PackError(head.at("levels"), "the last level must be of a kind with one area, so that somebody hears")
    return tuple(levels)


def _committees(folder: Path, areas: dict[str, Area], levels: tuple[Level, ...]) -> dict[str, Committee]:
    installed: dict[str, tuple[date | None, Row]] = {}
    for row in read_csv(folder / "committees.csv", ("committee", "installed_on", "source")):
        installed[row.text("committee")] = (read_day(row, row.values["installed_on"]), row)
    committees: dict[str, Committee] = {}
    for position, level in reversed(list(enumerate(levels))):
        for area in (area for area in areas.values() if area.kind == level.of):
            code = level.id if level.always_installed else area.code
            known = level.always_installed or code in installed
            on, _ = installed.pop(code, (None, None))
            above = _above(area.code, areas, levels[position + 1 :])
            name = level.name.format(area=area.name)
            committees[code] = Committee(code, name, level.id, area.code, above, known, on)
    for code, (_, row) in installed.items():
        raise PackError(row.where, f"{code} is no committee of the hierarchy in pack.yaml")
    return committees


def _above(code: str, areas: dict[str, Area], higher: tuple[Level, ...]) -> str | None:
    for level in higher:
        area: Area | None = areas[code]
        while area and area.kind != level.of:
            area = areas[area.parent] if area.parent else None
        if area:
            return level.id if level.always_installed else area.code
    return None


def _categories(folder: Path) -> dict[str, Category]:
    categories: dict[str, Category] = {}
    for row in read_yaml_rows(folder / "categories.yaml"):
        row.only("id", "urgency", "sensitive", "goes_to", "not_to", "text_months")
        if row.text("urgency") not in URGENCIES:
            raise PackError(row.at("urgency"), f"`urgency` must be one of {', '.join(URGENCIES)}")
        if row.values.get("goes_to") not in (None, "above"):
            raise PackError(row.at("goes_to"), "`goes_to` can only be `above`")
        goes_above = row.values.get("goes_to") == "above"
        months = row.whole("text_months", 1) if "text_months" in row.values else None
        sensitive, not_to = row.flag("sensitive"), row.texts("not_to")
        one = Category(row.text("id"), row.text("urgency"), sensitive, goes_above, months, not_to)
        if one.id in categories:
            raise PackError(row.where, f"the category {one.id} stands twice")
        categories[one.id] = one
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
