"""Why something cannot be done: a reason and values, which `gateway.committees.refusal_texts` puts into words."""

from __future__ import annotations

from enum import StrEnum


class Why(StrEnum):
    """The reasons that the registry, its import, meetings, announcements and accounts give."""

    SETTING_UNKNOWN = "setting_unknown"
    NO_MEETING_RULE = "no_meeting_rule"
    NO_TIME_ZONE = "no_time_zone"
    NO_LANGUAGE = "no_language"
    NO_WEEKDAY = "no_weekday"
    NO_WHOLE_NUMBER = "no_whole_number"
    NO_YES_OR_NO = "no_yes_or_no"
    NO_AMOUNT = "no_amount"
    NO_WHOLE_AMOUNT = "no_whole_amount"
    NO_DAY = "no_day"
    DAY_OF_A_SPREADSHEET = "day_of_a_spreadsheet"
    NOT_INSTALLED = "not_installed"
    ALWAYS_INSTALLED = "always_installed"
    COLUMN_UNKNOWN = "column_unknown"
    COLUMN_MISSING = "column_missing"
    COMMITTEE_UNCLEAR = "committee_unclear"
    COMMITTEE_TWICE = "committee_twice"
    MEETING_OVER = "meeting_over"
    MEETING_TO_COME = "meeting_to_come"
    MEETING_IN_THE_PAST = "meeting_in_the_past"
    MEETING_HOUR_TAKEN = "meeting_hour_taken"
    MEETING_CANCELLED = "meeting_cancelled"
    NOBODY_PRESENT = "nobody_present"
    NO_MEETING_HOUR = "no_meeting_hour"
    BROADCAST_NOT_AS_READ = "broadcast_not_as_read"
    BROADCAST_NOT_WAITING = "broadcast_not_waiting"
    BROADCAST_OWN = "broadcast_own"
    BROADCAST_OVER = "broadcast_over"
    BROADCAST_EMPTY = "broadcast_empty"
    BROADCAST_WITH_NUMBER = "broadcast_with_number"
    BROADCAST_WITH_LINK = "broadcast_with_link"
    BROADCAST_TOO_LONG = "broadcast_too_long"
    BROADCAST_TO_NOBODY = "broadcast_to_nobody"
    BROADCAST_WITHOUT_AREA = "broadcast_without_area"
    ADDRESS_MALFORMED = "address_malformed"
    ADDRESS_TAKEN = "address_taken"
    ACCOUNT_UNKNOWN = "account_unknown"
    ACCOUNT_DISABLED = "account_disabled"
    ACCOUNT_OF_A_SECRETARY = "account_of_a_secretary"
    SECRETARY_UNKNOWN = "secretary_unknown"
    AREA_UNKNOWN = "area_unknown"
    TOKEN_NAME = "token_name"
    TOKEN_TAKEN = "token_taken"
    TOKEN_UNKNOWN = "token_unknown"


class Refusal(Exception):
    """Something that cannot be done. `values` fill the text of `why`; `meant` is what to write instead, if known."""

    def __init__(self, why: StrEnum, meant: object = None, **values: object) -> None:
        super().__init__(why.value)
        self.why, self.meant, self.values = why, meant, values


class SettingRefused(Refusal):
    """A setting of a committee, or its closing, that cannot be."""


class AccountRefused(Refusal):
    """An account or a token that cannot be made or changed so."""
