"""The list of providers. A new provider needs its own file and a few lines here."""

from __future__ import annotations

from collections.abc import Callable

from config.aggregators import load_mappings
from config.settings import Settings
from gateway.providers.africastalking import NAME as AFRICASTALKING
from gateway.providers.africastalking import AfricasTalking
from gateway.providers.aggregator import Aggregator
from gateway.providers.base import Provider
from gateway.providers.kannel import NAME as KANNEL
from gateway.providers.kannel import Kannel
from gateway.providers.orange import NAME as ORANGE
from gateway.providers.orange import Orange

STAND_IN = "/simulator/api"
STAND_IN_CALLS = 8
"""The stand-in answers in the threads of this gateway's own pages: more calls would keep people waiting."""
"""The path of the stand-in for Africa's Talking, below the gateway's own address."""


def providers(settings: Settings) -> dict[str, Provider]:
    """Returns the providers whose webhooks are answered, by the name in their address. Raises `PackError`."""
    described = {name: Aggregator(mapping) for name, mapping in load_mappings().items()}
    return {**described, **{name: make(settings) for name, make in PROVIDERS.items()}}


def senders(settings: Settings) -> dict[str, Provider]:
    """Returns the providers for outbound SMS, in the order of preference.

    The simulator is Africa's Talking, calling the stand-in.
    """
    names = [AFRICASTALKING if name == "simulator" else name for name in settings.sms_provider or ("simulator",)]
    made = {name: PROVIDERS[name](settings) for name in names}
    for provider in made.values():
        provider.rate = settings.sms_rate or provider.rate
    return made


def africastalking(settings: Settings) -> Provider:
    """Africa's Talking, or the simulator's stand-in for it."""
    if "simulator" in settings.sms_provider:
        stand_in = AfricasTalking("simulator", "no key", settings.at_sender_id, settings.own_address + STAND_IN)
        stand_in.calls_at_once = STAND_IN_CALLS
        return stand_in
    return AfricasTalking(
        settings.at_username, settings.at_api_key or "unset", settings.at_sender_id, settings.at_api_url
    )


def kannel(settings: Settings) -> Provider:
    """An operator's SMSC through Kannel."""
    reports_to = (
        f"{settings.kannel_reports_to or settings.own_address}/hooks/{settings.webhook_token}/{KANNEL}/delivery"
    )
    return Kannel(settings.kannel_url, settings.kannel_username, settings.kannel_password, reports_to)


def orange(settings: Settings) -> Provider:
    """Orange's SMS API."""
    login = settings.orange_client_id, settings.orange_client_secret
    return Orange(login, settings.orange_sender, settings.orange_sender_name, settings.orange_url)


PROVIDERS: dict[str, Callable[[Settings], Provider]] = {AFRICASTALKING: africastalking, KANNEL: kannel, ORANGE: orange}
