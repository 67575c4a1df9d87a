"""Which providers there are. A new one is its file and one line here."""

from __future__ import annotations

from config.settings import Settings
from gateway.providers.africastalking import NAME as AFRICASTALKING
from gateway.providers.africastalking import AfricasTalking
from gateway.providers.base import Provider

STAND_IN = "/simulator/api"
"""Where the stand-in for Africa's Talking answers, below the gateway's own address."""


def providers(settings: Settings) -> dict[str, Provider]:
    """The providers whose webhooks are answered, by the name in their address."""
    return {AFRICASTALKING: africastalking(settings)}


def sms_provider(settings: Settings) -> Provider:
    """The provider that outgoing SMS go through; the simulator is Africa's Talking against the stand-in."""
    return africastalking(settings)


def africastalking(settings: Settings) -> Provider:
    if settings.sms_provider == "simulator":
        return AfricasTalking("simulator", "no key", settings.at_sender_id, settings.own_address + STAND_IN)
    return AfricasTalking(
        settings.at_username, settings.at_api_key or "unset", settings.at_sender_id, settings.at_api_url
    )
