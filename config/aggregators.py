"""JSON aggregators: how each names the same values, read from one small file for each in `config/aggregators/`.

A value inside JSON is named by its path: `payload.response`. In an answer `{text}` is the screen, `{session}` and
`{number}` what came under these, `{field:NAME}` what came under NAME, `{count}` how many screens the session has
shown, as a number, and `{goes_on: A, ends: B}` one of the two.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from config.pack.files import PackError

FOLDER = Path(__file__).parent / "aggregators"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Kind(_Strict):
    """Which value says where in a session a request stands, and its words for the first and the last; in any case.

    `goes_on` is its word for those between, which the simulator says.
    """

    field: str
    goes_on: str = ""
    begins: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()


class Ussd(_Strict):
    """A request and its answer. `path` names the parts of the address behind the webhook's own,
    `session/{id}/{event}`."""

    session: str
    number: str
    typed: str
    kind: Kind | None = None
    code: str | None = None
    code_is_typed_first: bool = False
    """Whether `typed` of the first request is the dialled code."""
    counted: str | None = None
    """The path of the aggregator's number of the request."""
    echoed: str | None = None
    """Else the path at which the `{count}` of our last answer comes back."""
    typed_is_whole: bool = False
    path: str | None = None
    longest: int | None = Field(None, ge=100, le=182)
    """The septets of a screen, if they differ from what every operator shows."""
    answer: dict[str, Any]
    end_answer: dict[str, Any] | None = None
    """The answer to the notice that a session has ended, if it is not a screen."""

    @field_validator("answer")
    @classmethod
    def _shows_the_text(cls, answer: dict[str, Any]) -> dict[str, Any]:
        if "{text}" not in str(answer):
            raise ValueError("must hold {text} somewhere")
        return answer


class Sms(_Strict):
    """The values of an SMS; the last three are for long SMS that come in parts."""

    id: str
    number: str
    text: str
    reference: str | None = None
    part: str | None = None
    parts: str | None = None


class Mapping(_Strict):
    """How an aggregator names the values of USSD requests and SMS; `name` is the name of its file."""

    name: str = Field(pattern=r"^[a-z0-9-]{1,30}$")
    ussd: Ussd | None = None
    sms: Sms | None = None


def load_mappings(folder: Path = FOLDER) -> dict[str, Mapping]:
    """The mappings by name, which is the file's name. Raises `PackError`."""
    return {file.stem: _read(file) for file in sorted(folder.glob("*.yaml"))}


def _read(file: Path) -> Mapping:
    where = Path(file.name)
    try:
        document = yaml.safe_load(file.read_text(encoding="utf-8"))
        if not isinstance(document, dict):
            raise PackError(where, "must be a mapping with `ussd`, `sms` or both")
        return Mapping(name=file.stem, **document)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        key = ".".join(map(str, first["loc"]))
        raise PackError(where, f"{key}: {first['msg'].removeprefix('Value error, ')}") from None
    except (yaml.YAMLError, OSError, UnicodeDecodeError, TypeError) as error:
        raise PackError(where, f"cannot be read ({type(error).__name__})") from None
