"""Which providers there are. A new one is its file and two lines here."""

from __future__ import annotations

from collections.abc import Callable

from config.settings import Settings
from gateway.providers.africastalking import NAME as AFRICASTALKING
from gateway.providers.africastalking import AfricasTalking
from gateway.providers.base import Provider
from gateway.providers.kannel import NAME as KANNEL
from gateway.providers.kannel import Kannel

STAND_IN = "/simulator/api"
"""Where the stand-in for Africa's Talking answers, below the gateway's own address."""


def providers(settings: Settings) -> dict[str, Provider]:
    """The providers whose webhooks are answered, by the name in their address."""
    return {name: make(settings) for name, make in PROVIDERS.items()}


def sms_provider(settings: Settings) -> Provider:
    """The provider that outgoing SMS go through; the simulator is Africa's Talking against the stand-in."""
    return PROVIDERS[AFRICASTALKING if settings.sms_provider == "simulator" else settings.sms_provider](settings)


def africastalking(settings: Settings) -> Provider:
    if settings.sms_provider == "simulator":
        return AfricasTalking("simulator", "no key", settings.at_sender_id, settings.own_address + STAND_IN)
    return AfricasTalking(
        settings.at_username, settings.at_api_key or "unset", settings.at_sender_id, settings.at_api_url
    )


def kannel(settings: Settings) -> Provider:
    reports_to = (
        f"{settings.kannel_reports_to or settings.own_address}/hooks/{settings.webhook_token}/{KANNEL}/delivery"
    )
    return Kannel(settings.kannel_url, settings.kannel_username, settings.kannel_password, reports_to)


PROVIDERS: dict[str, Callable[[Settings], Provider]] = {AFRICASTALKING: africastalking, KANNEL: kannel}
