"""The rest of the citizen's menu: follow a report, my committee, emergency numbers, my settings."""

from __future__ import annotations

from config.language import Language
from flows.conversation.citizen import citizen, language, typed_place
from flows.conversation.effects import TOO_MANY, AllowMessages, ForgetPerson, LookUp, WantNews
from flows.conversation.facts import CommitteeFacts
from flows.conversation.machine import End, Menu, ScreenContext, Step, View, go
from flows.emergency_numbers import numbers_lines

LONGEST_TYPED = 24
"""Characters of a typed reference that are read. A reference has 13; some people add blanks."""


@citizen.screen
def follow(context: ScreenContext) -> View:
    """Lists the days and states of this number's reports only, because somebody else may use the phone or number now.

    The contents of a report, and reports without a number, are shown by their reference only.
    """
    reports = context.facts.reports
    choices = [
        (f"{day} {context.language.state(state, about)}", go("follow_reference")) for day, state, about in reports
    ]
    return Menu(context.say("follow.list") if reports else context.say("follow"), choices, typed=_report)


@citizen.screen
def follow_reference(context: ScreenContext) -> View:
    """Asks for a reference."""
    return Menu(context.say("follow.reference"), typed=_report)


def _report(typed: str) -> Step:
    return go(f"report:{typed[:LONGEST_TYPED]}", LookUp("report", typed[:LONGEST_TYPED]))


@citizen.screen
def report(context: ScreenContext) -> View:
    """Shows the state and the answer of a report, or asks again for a reference that was not found."""
    shown = context.facts.report
    if shown == TOO_MANY:
        return End(context.say("follow.later"))
    if not shown or isinstance(shown, str):
        return Menu(context.say("follow.unknown"), typed=_report)
    reference, state, about, reply = shown
    known = context.language.state(state, about)
    return Menu(context.say("follow.report", reference=reference, state=known, answer=reply))


@citizen.screen
def committee_place(context: ScreenContext) -> View:
    """Asks for the place whose committee is wanted."""
    return Menu(context.say("committee.ask"), typed=lambda typed: _committee_of(context, typed))


def _committee_of(context: ScreenContext, typed: str) -> Step:
    step = typed_place(context, typed, "committee_confirm")
    screen, _, spot = step.screen.partition(":")
    if screen != "committee_confirm":
        return step
    commune = spot.partition("|")[0]
    return go(f"committee:{commune}", LookUp("committee", commune))


@citizen.screen
def committee(context: ScreenContext) -> View:
    """Shows a committee, its next meeting and its last decisions."""
    committee = context.facts.committee
    if not committee:
        return Menu(context.say("again"))
    decided = committee.decided
    lines = [committee_line(context.language, committee)]
    lines += [context.say("committee.decided", decisions=" ; ".join(decided))] if decided else []
    return Menu("\n".join(lines))


def committee_line(language: Language, committee: CommitteeFacts) -> str:
    """A committee and its next meeting, and how many people reported last month if that is published."""
    key = "committee" if committee.own else "committee.covers"
    line = language.say(key, commune=committee.commune, name=committee.name, meeting=committee.meeting)
    return f"{line} {language.say('committee.month', month=committee.month)}" if committee.month else line


@citizen.screen
def numbers(context: ScreenContext) -> View:
    """Shows the emergency numbers."""
    return Menu(context.say("numbers", numbers=numbers_lines(context.pack, context.language)))


@citizen.screen
def settings(context: ScreenContext) -> View:
    """Lists the settings. Of two opposite ones it shows the one that can be chosen, by the state when the session
    began: by the current state, a choice would undo itself when a lost session is replayed."""
    languages = [(context.say("settings.language"), go("settings_language"))] if len(context.pack.languages) > 1 else []
    choices = [
        *languages,
        (context.say("settings.forget"), go("forget")),
        (context.say("settings.start"), go("started", AllowMessages(True)))
        if context.facts.muted
        else (context.say("settings.stop"), go("stopped", AllowMessages(False))),
        (context.say("settings.no_news"), go("news_off", WantNews(False)))
        if context.facts.wants_news
        else (context.say("settings.news"), go("news_on", WantNews(True))),
    ]
    return Menu(context.say("settings"), choices)


@citizen.screen
def settings_language(context: ScreenContext) -> View:
    """Asks for another language."""
    return language(context)


@citizen.screen
def forget(context: ScreenContext) -> View:
    """Asks whether all data of this number should be erased."""
    return Menu(
        context.say("forget"), [(context.say("yes"), go("forgotten", ForgetPerson())), (context.say("no"), go("main"))]
    )


@citizen.screen
def forgotten(context: ScreenContext) -> View:
    """Ends after the erasure."""
    return End(context.say("forgotten.role" if context.facts.keeps_role else "forgotten"))


@citizen.screen
def stopped(context: ScreenContext) -> View:
    """Ends after STOP: no more SMS."""
    return End(context.say("stopped.role" if context.facts.keeps_role else "stopped"))


@citizen.screen
def started(context: ScreenContext) -> View:
    """Ends after START: SMS again."""
    return End(context.say("started"))


@citizen.screen
def news_on(context: ScreenContext) -> View:
    """Ends after agreeing to announcements."""
    return End(context.say("news_on"))


@citizen.screen
def news_off(context: ScreenContext) -> View:
    """Ends after declining announcements."""
    return End(context.say("news_off"))
