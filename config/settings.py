"""The settings of a deployment, from the environment or `.env`. Every default works on one machine."""

from __future__ import annotations

import difflib
import ipaddress
import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from config.database_address import sqlalchemy_address
from config.redis_sentinel import is_sentinel, read_sentinel_address
from config.secret_keys import SettingsError, kept_keys, made_secrets

__all__ = ["Environment", "Settings", "SettingsError", "SmsProvider", "load_settings"]

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
SHORTEST_PRODUCTION_SECRET = 32
"""Characters; 32 random URL-safe ones carry 192 bits."""


SmsProvider = Literal["simulator", "africastalking", "kannel", "orange"]


class Environment(StrEnum):
    """Whether people depend on this deployment: production refuses what only one machine may do."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class Settings(BaseSettings):
    """The settings of `interfaces`: same names, upper case, in the environment.

    Build it with `load_settings`, which turns every mistake into one line.
    """

    model_config = SettingsConfigDict(env_file=".env", extra="forbid", frozen=True, hide_input_in_errors=True)

    host: str = Field("127.0.0.1", description="address the web process listens on")
    port: int = Field(8000, ge=1, le=65535, description="port the web process listens on")
    data_dir: Path = Field(Path("var"), description="everything the embedded mode keeps")
    database_url: str = Field(
        "",
        description="`postgresql://…`, or `postgresql://h1,h2/name` for the one of several that may be written to; "
        "unset: SQLite in DATA_DIR",
    )
    redis_url: str = Field(
        "",
        description="`redis://…`, or `redis+sentinel://h1,h2/name` for the master that Sentinel names; "
        "unset: an embedded server, its socket in DATA_DIR",
    )
    pack: Path = Field(Path(__file__).parent / "mali", description="folder of the country pack")
    secret_keys: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="comma-separated, newest first; unset: made once in DATA_DIR, refused in production"
    )
    secret_keys_file: Path | None = Field(
        None, description="a file with SECRET_KEYS, a line each, instead of the setting"
    )
    secret_keys_command: str = Field(
        "", description="a command that prints SECRET_KEYS, a line each, as a key management service's client does"
    )
    webhook_token: str = Field("", description="part of every webhook address; unset: like SECRET_KEYS")
    webhook_allow: Annotated[tuple[Network, ...], NoDecode] = Field(
        (), description="comma-separated CIDR list of callers; empty: any"
    )
    trusted_proxies: Annotated[tuple[Network, ...], NoDecode] = Field(
        (), description="comma-separated CIDR list of proxies whose X-Forwarded-For counts"
    )
    metrics_allow: Annotated[tuple[Network, ...], NoDecode] = Field(
        (), description="comma-separated CIDR list of who reads /metrics; empty: this machine, without a proxy between"
    )
    worker_metrics_port: int = Field(
        0, ge=0, le=65535, description="port on which a worker answers /metrics with its own figures; 0: none"
    )
    sms_provider: Annotated[tuple[SmsProvider, ...], NoDecode] = Field(
        ("simulator",), description="who carries outgoing SMS; several, comma-separated, the preferred one first"
    )
    sms_rate: int = Field(0, ge=0, description="SMS a second at each provider; 0: what the provider is known to take")
    at_username: str = Field("sandbox", description="Africa's Talking user name")
    at_api_key: str = Field("", description="Africa's Talking key")
    at_sender_id: str = Field("", description="Africa's Talking short code or sender; unset: the account's own")
    at_api_url: str = Field("", description="unset: Africa's Talking itself")
    kannel_url: str = Field("", description="Kannel's smsbox")
    kannel_username: str = Field("", description="Kannel's user for sending")
    kannel_password: str = Field("", description="Kannel's password for sending")
    kannel_reports_to: str = Field("", description="our own address as Kannel reaches it; unset: HOST and PORT")
    orange_client_id: str = Field("", description="Orange's client id for its SMS API")
    orange_client_secret: str = Field("", description="Orange's client secret")
    orange_sender: str = Field("+2230000", description="the number that Orange gives to senders of the country")
    orange_sender_name: str = Field("", description="the name that Orange has agreed to show; unset: the number")
    orange_url: str = Field("", description="unset: Orange itself")
    log_format: Literal["text", "json"] = Field("text", description="lines for people, or JSON Lines for machines")
    environment: Environment = Field(
        Environment.DEVELOPMENT, description="`production` refuses weak settings and has no simulator"
    )

    @field_validator("secret_keys", "webhook_allow", "trusted_proxies", "metrics_allow", "sms_provider", mode="before")
    @classmethod
    def _split_commas(cls, value: Any) -> Any:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("redis_url")
    @classmethod
    def _readable_sentinel(cls, value: str) -> str:
        if is_sentinel(value):
            read_sentinel_address(value)
        return value

    @field_validator("database_url")
    @classmethod
    def _readable_servers(cls, value: str) -> str:
        sqlalchemy_address(value)
        return value

    @field_validator("data_dir", "pack")
    @classmethod
    def _whole_path(cls, value: Path) -> Path:
        return value.expanduser().resolve()

    @model_validator(mode="after")
    def _production_is_strict(self) -> Settings:
        if not self.in_production:
            return self
        if self.secret_keys_file or self.secret_keys_command:
            if not self.secret_keys:
                return self  # the keys are read and checked later
        elif not self.secret_keys:
            raise ValueError("SECRET_KEYS must be set in production, or its file or command")
        if min(map(len, self.secret_keys)) < SHORTEST_PRODUCTION_SECRET:
            raise ValueError(
                f"SECRET_KEYS must be set in production, each of {SHORTEST_PRODUCTION_SECRET} characters or more"
            )
        if len(self.webhook_token) < SHORTEST_PRODUCTION_SECRET:
            raise ValueError(
                f"WEBHOOK_TOKEN must be set in production, {SHORTEST_PRODUCTION_SECRET} characters or more"
            )
        if "kannel" in self.sms_provider and not self.kannel_url:
            raise ValueError("KANNEL_URL must be set where SMS_PROVIDER is kannel")
        if "orange" in self.sms_provider and not (self.orange_client_id and self.orange_client_secret):
            raise ValueError("ORANGE_CLIENT_ID and ORANGE_CLIENT_SECRET must be set where SMS_PROVIDER is orange")
        if "simulator" in self.sms_provider or not self.sms_provider:
            raise ValueError("SMS_PROVIDER must name a real provider in production")
        return self

    @property
    def in_production(self) -> bool:
        """Whether this is a deployment that people depend on."""
        return self.environment is Environment.PRODUCTION

    @property
    def redis_socket(self) -> Path:
        """The socket of the embedded Redis."""
        return self.data_dir / "redis.sock"

    @property
    def redis_is_embedded(self) -> bool:
        """Whether the gateway starts a Redis of its own."""
        return not self.redis_url

    @property
    def redis_address(self) -> str:
        """The address of Redis, or of the embedded one's socket."""
        return self.redis_url or f"unix://{self.redis_socket}"

    @property
    def database_address(self) -> str:
        """An SQLAlchemy URL. A plain `postgresql://` is read as the psycopg driver's, and may name several servers."""
        if not self.database_url:
            return f"sqlite:///{self.data_dir / 'ccs.db'}"
        return sqlalchemy_address(self.database_url)

    @property
    def own_address(self) -> str:
        """The address at which this machine reaches its own web process."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::", "") else self.host  # noqa: S104
        return f"http://{host}:{self.port}"


def load_settings(**given: Any) -> Settings:
    """The settings of this process; secrets that a development machine lacks are made once in DATA_DIR.

    Raises:
        SettingsError: with one line, when a setting is unknown, malformed, or too weak for production.
    """
    _refuse_near_misses()
    try:
        settings = Settings(**given)
        keys = () if settings.secret_keys else kept_keys(settings.secret_keys_file, settings.secret_keys_command)
        if keys:
            settings = Settings(**{**given, "secret_keys": keys})
    except ValidationError as error:
        raise SettingsError(_one_line(error)) from None
    if settings.in_production or (settings.secret_keys and settings.webhook_token):
        return settings
    made = made_secrets(settings.data_dir)
    return settings.model_copy(
        update={
            "secret_keys": settings.secret_keys or (made["SECRET_KEYS"],),
            "webhook_token": settings.webhook_token or made["WEBHOOK_TOKEN"],
        }
    )


def _refuse_near_misses() -> None:
    """Refuses names that are nearly those of settings, because a misspelt setting would silently have its default."""
    known = [name.upper() for name in Settings.model_fields]
    for name in os.environ:
        if "_" in name and name.upper() not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.9)
            if near:
                raise SettingsError(f"unknown setting {name}: did you mean {near[0]}?")


def _one_line(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    name = ".".join(str(part) for part in first["loc"][:1]).upper()
    if first["type"] == "extra_forbidden":
        near = difflib.get_close_matches(name, [field.upper() for field in Settings.model_fields], n=1)
        return f"unknown setting {name} in .env" + (f": did you mean {near[0]}?" if near else "")
    message = first["msg"].removeprefix("Value error, ")
    return f"setting {name}: {message}" if name else message
