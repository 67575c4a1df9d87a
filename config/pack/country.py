"""The values of a country pack. `config.pack.loader.load_pack` reads and checks a folder as a whole.

The code knows a hierarchy of areas and committees, it does not know Mali.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from zoneinfo import ZoneInfo

from config.enumerations import Urgency
from config.language import Language
from config.money import Money
from config.pack.files import PackError
from config.pack.left import with_stand_ins
from config.pack.lexicon import Lexicon
from config.pack.subjects import Subjects

__all__ = [
    "Area",
    "Category",
    "Committee",
    "EmergencyNumber",
    "Language",
    "Level",
    "Pack",
    "PackError",
    "Place",
]


@dataclass(frozen=True, slots=True)
class Area:
    """A country, region, cercle or commune; `parent` is None for the country alone."""

    code: str
    name: str
    kind: str
    parent: str | None
    variants: tuple[str, ...] = ()
    at: tuple[float, float] | None = None
    """Latitude and longitude in degrees, where they are known."""


@dataclass(frozen=True, slots=True)
class Place:
    """A quartier, sector or landmark inside a commune, with the spellings people use."""

    name: str
    commune: str
    kind: str
    variants: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Level:
    """One step of the chain of committees; `of` is the kind of area that a committee of it serves."""

    id: str
    of: str
    name: str
    always_installed: bool


@dataclass(frozen=True, slots=True)
class Committee:
    """A committee that the hierarchy expects. `code` is its area's, or its level's for a single one."""

    code: str
    name: str
    level: str
    area: str
    above: str | None
    installed: bool
    installed_on: date | None


@dataclass(frozen=True, slots=True)
class Category:
    """A kind of concern. `urgency` holds for a report whose words say nothing about urgency."""

    id: str
    urgency: str
    sensitive: bool
    goes_above: bool
    text_months: int | None = None
    """How long its words are kept, where that is not the pack's usual time."""
    not_to: tuple[str, ...] = ()
    """Services that it must not be referred to, because it may be about them."""


@dataclass(frozen=True, slots=True)
class EmergencyNumber:
    """Whom to call in danger. `confirmed_on` is the day on which the deployment checked the numbers."""

    service: str
    numbers: tuple[str, ...]
    confirmed_on: date | None


@dataclass(frozen=True)
class Pack:
    """A country, as its folder says it; `pack.yaml` and the files beside it tell what each entry means.

    `areas[code]`, `committees[code]` and `categories[code]` answer for codes that left the pack too, since stored rows
    still name them (`config.pack.left`). Such an area is a commune right below the country, whose reports go to the
    last committee of the chain. Such a category is sensitive, because it may have been.
    """

    id: str
    version: str
    country: str
    time_zone: ZoneInfo
    currency: str
    sms_price: int
    sms_cost_per_hour: int
    """The most that answers to one number may cost within an hour, in the currency's smallest unit."""
    sms_countries: tuple[str, ...]
    """The countries that SMS go out to, as ISO 3166 codes."""
    service_code: str
    short_code: str
    reports_per_day: int
    default_meeting: str
    digest_weekday: str
    digest_hour: int
    quiet_from: int
    quiet_until: int
    referral_days: int
    recommendation_days: int
    text_months: int
    number_months: int
    """Months that texts are kept after the report came (`text_months`), and numbers after their last use."""
    sms_per_hour: int
    messages_per_minute: int
    requests_per_minute: int
    requests_per_session: int
    """Four limits: SMS of one number an hour, messages of all new numbers a minute, USSD requests of one number a
    minute, and requests of one USSD session."""
    paper_heading: tuple[str, ...]
    """The lines above every official document."""
    levels: tuple[Level, ...]
    services: tuple[str, ...]
    """Whom an item can be passed on to, in the order of the secretary's menu; `above` is one of them."""
    above: str
    """The service that stands for the committee above."""
    emergency_numbers: tuple[EmergencyNumber, ...]
    areas: Mapping[str, Area]
    places: tuple[Place, ...]
    committees: Mapping[str, Committee]
    categories: Mapping[str, Category]
    languages: Mapping[str, Language]
    lexicon: Lexicon
    language_profiles: tuple[str, ...] = field(repr=False)
    """langdetect profiles, each as its JSON text."""
    everyday: frozenset[str] = field(default=frozenset(), repr=False)
    """Words of dictionaries that sound like a name of a place."""
    villages: tuple[Place, ...] = field(default=(), repr=False)
    """Names that a deployment imported (`gateway places import`); those of the pack come before them."""
    model: bytes = field(default=b"", repr=False)
    """The trained model as it stands in the pack's folder; empty where it was never trained."""
    subjects: Subjects = field(default=Subjects(), repr=False)
    """What titles of agenda items may say beside category and place."""
    agenda_size: int = 10
    """How many items an ordre du jour is filled up to, unless its committee chose another number."""
    _children: Mapping[str, tuple[Area, ...]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        last, country = self.levels[-1], self.country_area.code
        tables = {
            "areas": with_stand_ins(self.areas, lambda code: Area(code, code, self.levels[0].of, country)),
            "committees": with_stand_ins(self.committees, lambda _: self.committees[last.id]),
            "categories": with_stand_ins(self.categories, lambda code: Category(code, Urgency.PRIORITY, True, False)),
        }
        for name, table in tables.items():
            object.__setattr__(self, name, table)
        children: dict[str, list[Area]] = {}
        for area in self.areas.values():
            if area.parent:
                children.setdefault(area.parent, []).append(area)
        ordered = {parent: tuple(sorted(kids, key=lambda area: area.name)) for parent, kids in children.items()}
        object.__setattr__(self, "_children", MappingProxyType(ordered))

    def price(self, parts: int) -> Money:
        """The estimated price of this number of SMS parts."""
        return Money(parts * self.sms_price, self.currency)

    @property
    def first_language(self) -> Language:
        """The first language of the pack."""
        return next(iter(self.languages.values()))

    def language(self, code: str | None) -> Language:
        """The language of that code, or the pack's first where it has none."""
        return self.languages.get(code or "", self.first_language)

    def children(self, code: str) -> tuple[Area, ...]:
        """The areas directly under an area, by name."""
        return self._children.get(code, ())

    def ancestors(self, code: str) -> Iterator[Area]:
        """The areas above one, nearest first."""
        area = self.areas[code]
        while area.parent:
            area = self.areas[area.parent]
            yield area

    @property
    def local_services(self) -> tuple[str, ...]:
        """The services to which an item can be referred, without the committee above."""
        return tuple(service for service in self.services if service != self.above)

    @property
    def country_area(self) -> Area:
        """The area at the top of the tree."""
        return next(area for area in self.areas.values() if area.parent is None)

    @property
    def communes(self) -> tuple[Area, ...]:
        """The areas of the lowest level's kind."""
        kind = self.levels[0].of
        return tuple(area for area in self.areas.values() if area.kind == kind)

    def committees_above(self, code: str) -> Iterator[Committee]:
        """A committee and those above it, nearest first."""
        committee: Committee | None = self.committees[code]
        while committee:
            yield committee
            committee = self.committees[committee.above] if committee.above else None

    def communes_under(self, area: str) -> tuple[str, ...]:
        """The codes of all communes inside an area (itself, if it is one)."""
        kind = self.levels[0].of
        if self.areas[area].kind == kind:
            return (area,)
        return tuple(code for child in self.children(area) for code in self.communes_under(child.code))
