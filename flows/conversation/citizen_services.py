"""The rest of the citizen's menu: follow a report, my committee, emergency numbers, my settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from config.language import Language
from flows.conversation.citizen import citizen, language, typed_place
from flows.conversation.effects import TOO_MANY, AllowMessages, ForgetPerson, LookUp, WantNews
from flows.conversation.machine import End, Menu, Step, Talk, View, go
from flows.emergency_numbers import numbers_lines

LONGEST_TYPED = 24
"""Characters that are looked at of a typed reference; one takes 13, some write blanks into it."""


@citizen.screen
def follow(talk: Talk) -> View:
    """The days and states of this number's reports, and no more: the phone may be shared, the number another's now.

    What is in one, and those made without a number, are found by their reference alone.
    """
    reports = talk.fact("reports", ())
    choices = [(f"{day} {talk.language.state(state, about)}", go("follow_reference")) for day, state, about in reports]
    return Menu(talk.say("follow.list") if reports else talk.say("follow"), choices, typed=_report)


@citizen.screen
def follow_reference(talk: Talk) -> View:
    return Menu(talk.say("follow.reference"), typed=_report)


def _report(typed: str) -> Step:
    return go(f"report:{typed[:LONGEST_TYPED]}", LookUp("report", typed[:LONGEST_TYPED]))


@citizen.screen
def report(talk: Talk) -> View:
    found = talk.fact("report")
    if found == TOO_MANY:
        return End(talk.say("follow.later"))
    if not found:
        return Menu(talk.say("follow.unknown"), typed=_report)
    reference, state, about, reply = found
    known = talk.language.state(state, about)
    return Menu(talk.say("follow.report", reference=reference, state=known, answer=reply))


@citizen.screen
def committee_place(talk: Talk) -> View:
    return Menu(talk.say("committee.ask"), typed=lambda typed: _committee_of(talk, typed))


def _committee_of(talk: Talk, typed: str) -> Step:
    step = typed_place(talk, typed, "committee_confirm")
    screen, _, spot = step.screen.partition(":")
    if screen != "committee_confirm":
        return step
    commune = spot.partition("|")[0]
    return go(f"committee:{commune}", LookUp("committee", commune))


@citizen.screen
def committee(talk: Talk) -> View:
    found = talk.fact("committee")
    if not found:
        return Menu(talk.say("again"))
    decided = found.get("decided") or []
    said = [committee_line(talk.language, found)]
    said += [talk.say("committee.decided", decisions=" ; ".join(decided))] if decided else []
    return Menu("\n".join(said))


def committee_line(language: Language, facts: Mapping[str, Any]) -> str:
    """A committee and its next meeting; how many people reported last month, where that may be told at all."""
    said = language.say("committee" if facts["own"] else "committee.covers", **facts)
    return f"{said} {language.say('committee.month', month=facts['month'])}" if facts["month"] else said


@citizen.screen
def numbers(talk: Talk) -> View:
    return Menu(talk.say("numbers", numbers=numbers_lines(talk.pack, talk.language)))


@citizen.screen
def settings(talk: Talk) -> View:
    """Of two opposites the one that applies. What applied when the session began is a fact: a choice that toggled by
    what is kept now would undo itself when a lost session is replayed."""
    languages = [(talk.say("settings.language"), go("settings_language"))] if len(talk.pack.languages) > 1 else []
    choices = [
        *languages,
        (talk.say("settings.forget"), go("forget")),
        (talk.say("settings.start"), go("started", AllowMessages(True)))
        if talk.fact("muted")
        else (talk.say("settings.stop"), go("stopped", AllowMessages(False))),
        (talk.say("settings.no_news"), go("news_off", WantNews(False)))
        if talk.fact("wants_news")
        else (talk.say("settings.news"), go("news_on", WantNews(True))),
    ]
    return Menu(talk.say("settings"), choices)


@citizen.screen
def settings_language(talk: Talk) -> View:
    return language(talk)


@citizen.screen
def forget(talk: Talk) -> View:
    return Menu(talk.say("forget"), [(talk.say("yes"), go("forgotten", ForgetPerson())), (talk.say("no"), go("main"))])


@citizen.screen
def forgotten(talk: Talk) -> View:
    return End(talk.say("forgotten.role" if talk.fact("keeps_role") else "forgotten"))


@citizen.screen
def stopped(talk: Talk) -> View:
    return End(talk.say("stopped.role" if talk.fact("keeps_role") else "stopped"))


@citizen.screen
def started(talk: Talk) -> View:
    return End(talk.say("started"))


@citizen.screen
def news_on(talk: Talk) -> View:
    return End(talk.say("news_on"))


@citizen.screen
def news_off(talk: Talk) -> View:
    return End(talk.say("news_off"))
