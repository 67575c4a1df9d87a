"""The rows of years of concerns, with the people, items, SMS and history that come with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from config.pack import Pack
from flows.msisdn import Msisdn
from flows.references import ALPHABET, GROUP, PREFIX, check_character
from storage.concerns.concerns import ANSWER, TEXT
from storage.people.contacts import MSISDN
from storage.safety.vault import Vault

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
YEARS = timedelta(days=3 * 365)
BUSIEST = 50
"""One of so many concerns comes from the busiest commune."""
REPORTS_A_PERSON = 5
TEXTS = 500
"""How many different sealed texts there are; sealing each one anew would take longer than everything else."""
WORDS = ("on a volé ma moto près du marché", "sonw ye butigi kari su in na", "aucun lampadaire ne marche",
         "dispute de parcelle avec le voisin", "bagarre devant l'école samedi", "un fou armé rôde la nuit")  # fmt: skip
Row = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Filling:
    """The rows for one table: the names of its columns, and their values."""

    table: str
    columns: tuple[str, ...]
    rows: Iterator[Row]


@dataclass
class Years:
    """Concerns of three years: one in ten is open, one in a hundred is an emergency, one in thirty a repetition.

    `committees` are the committees by commune; the first commune is the busiest.
    """

    vault: Vault
    pack: Pack
    committees: Mapping[str, str]
    size: int
    _texts: list[bytes] = field(init=False)
    _answer: bytes = field(init=False)

    def __post_init__(self) -> None:
        self.communes = list(self.committees)
        self.categories = list(self.pack.categories)
        self.quarters = max(1, 12 * self.size // 1_000_000)
        self._texts = [self.vault.seal(TEXT, f"{WORDS[at % len(WORDS)]} {at}") for at in range(TEXTS)]
        self._answer = self.vault.seal(ANSWER, "Une patrouille passe chaque soir.")

    def fillings(self) -> list[Filling]:
        """The rows of all tables, in the order in which they refer to each other."""
        return [
            Filling("contacts", CONTACTS, (self._contact(at) for at in range(self.people))),
            Filling("meetings", MEETINGS, (self._meeting(at) for at in range(len(self.communes)))),
            Filling("agenda_items", ITEMS, (self._item(at) for at in range(self.items))),
            Filling("concerns", CONCERNS, (self._concern(at) for at in range(self.size))),
            Filling("concern_events", EVENTS, self._events()),
            Filling("messages", MESSAGES, (self._message(at) for at in range(self.size))),
        ]

    @property
    def people(self) -> int:
        """How many people report."""
        return self.size // REPORTS_A_PERSON

    @property
    def items(self) -> int:
        """One open item for each commune and category, and a closed one for each of them and each quarter."""
        return len(self.communes) * len(self.categories) * (1 + self.quarters)

    def msisdn(self, at: int) -> Msisdn:
        """The number of the person `at`."""
        return Msisdn(f"+2236{at:07d}")

    def _contact(self, at: int) -> Row:
        msisdn = self.msisdn(at)
        return (
            at + 1, self.vault.msisdn_hashes(msisdn)[0], self.vault.seal(MSISDN, msisdn), False, 0, False, False,
            NOW - YEARS,
        )  # fmt: skip

    def _meeting(self, at: int) -> Row:
        return at + 1, self.committees[self.communes[at]], NOW + timedelta(days=3), "planned", False, f"growth-{at}", 0

    def _item(self, at: int) -> Row:
        commune_at = at // len(self.categories) % len(self.communes)
        commune, category = self.communes[commune_at], self.categories[at % len(self.categories)]
        is_open = at < len(self.communes) * len(self.categories)
        return (
            at + 1, self.committees[commune], commune_at + 1, category, commune, "concern", f"{category}|{commune}|",
            is_open, "proposed" if is_open else "closed", NOW, 0, 1,
        )  # fmt: skip

    def _commune(self, at: int) -> int:
        return 0 if at % BUSIEST == 0 else 1 + at % (len(self.communes) - 1)

    def _received_at(self, at: int) -> datetime:
        return NOW - YEARS * ((self.size - at) / self.size)

    def _is_open(self, at: int) -> bool:
        return at * 7 % 1000 < 100

    def _concern(self, at: int) -> Row:
        commune_at, category_at = self._commune(at), at // 11 % len(self.categories)
        is_open, received_at, rank = self._is_open(at), self._received_at(at), _rank(at)
        item = commune_at * len(self.categories) + category_at
        if not is_open:
            item += len(self.communes) * len(self.categories) * (1 + at * self.quarters // self.size)
        doubt = at * 3 % 100
        needs_review = doubt < (10 if is_open else 2)
        return (
            at + 1, reference_of(at), at.to_bytes(8, "big"), "sms" if at % 10 < 3 else "ussd", received_at,
            1 + at % self.people, False, self._texts[at % TEXTS], rank == 0, "fr", "bm" if at % 3 else "fr",
            self.communes[commune_at], "Marché" if at % 2 else None, self.categories[category_at],
            ("emergency", "priority", "routine")[rank], rank, "concern", "", 0.9, needs_review,
            '["may_be_urgent"]' if doubt == 0 else "[]", received_at, "growth", at if at % 30 == 29 else None, False,
            received_at + timedelta(minutes=1 + at * 37 % 600) if at % 20 else None,
            self.committees[self.communes[commune_at]], item + 1,
            "received" if is_open else "closed", None if is_open or at % 5 == 0 else self._answer,
            None if is_open or at % 4 else at % 8 == 0, 1,
        )  # fmt: skip

    def _events(self) -> Iterator[Row]:
        id = 0
        for at in range(self.size):
            received_at = self._received_at(at)
            id += 1
            yield id, at + 1, received_at, "citizen", "received", "{}"
            if not self._is_open(at):
                id += 1
                yield id, at + 1, received_at + timedelta(hours=1 + at * 31 % 480), "growth", "closed", "{}"

    def _message(self, at: int) -> Row:
        created_at = self._received_at(at)
        state = "failed" if at % 100 == 1 else "delivered"
        return (
            at + 1, f"growth:{at}", 1 + at % self.people, at + 1, self._texts[at % TEXTS], 1, 10, "XOF", state,
            "growth", f"growth-{at}", 1, 1, False, created_at, created_at,
        )  # fmt: skip


def reference_of(at: int) -> str:
    """The reference of the concern `at`: its number in the alphabet of references, with the check character."""
    body = ""
    for _ in range(2 * GROUP - 1):
        at, digit = divmod(at, len(ALPHABET))
        body += ALPHABET[digit]
    return f"{PREFIX}{body[:GROUP]}-{body[GROUP:]}{check_character(body)}"


def _rank(at: int) -> int:
    """0 for one concern in a hundred, 1 for three in ten, 2 for the others."""
    place = at * 13 % 100
    return 0 if place == 0 else 1 if place < 31 else 2


CONTACTS = ("id", "msisdn_hash", "msisdn_sealed", "asked_answerable", "reports_that_day", "wants_news",
            "kept_for_draft", "created_at")  # fmt: skip
MEETINGS = ("id", "committee", "starts_at", "state", "set_by_hand", "calendar_id", "changes")
ITEMS = ("id", "committee", "meeting_id", "category", "commune", "kind", "subject_key", "is_open", "state",
         "created_at", "came_back", "version")  # fmt: skip
CONCERNS = (
    "id", "reference", "source", "channel", "received_at", "contact_id", "without_number", "text_sealed", "danger",
    "spoken", "language", "commune", "place", "category", "urgency", "urgency_rank", "kind", "subjects", "confidence",
    "needs_review", "reasons", "triaged_at", "model", "duplicate_of", "is_reply", "taken_up_at", "committee", "item_id",
    "state", "answer_sealed", "satisfied", "version",
)  # fmt: skip
EVENTS = ("id", "concern_id", "at", "actor", "what", "detail")
MESSAGES = (
    "id", "key", "contact_id", "concern_id", "text_sealed", "parts", "price", "currency", "state", "provider",
    "provider_message_id", "tries", "priority", "perhaps_twice", "created_at", "changed_at",
)  # fmt: skip
