"""The file of a model: its contents, form, checksum and report."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flows.triage.network import Network

FORM = 3
"""The form of the file. A file of another form is refused."""
HEADS = ("category", "urgency", "kind")
"""The heads that choose one of several labels. Emergencies have a head of their own: the last column."""
Weights = NDArray[np.float32]


class ModelError(ValueError):
    """A model file that cannot be used. The text says why; training a new one helps."""


@dataclass(frozen=True)
class Thresholds:
    """How scores become probabilities and decisions; chosen on messages of writers whom the model had not seen.

    `temperatures` calibrate the probabilities of each head. The odds of an emergency are
    exp(slope * score + network * logit of the network + offset).
    """

    temperatures: Mapping[str, float]
    slope: float
    network: float
    offset: float
    emergency_from: float
    """The probability from which a message is an emergency."""
    may_be_from: float
    """The probability from which a message is marked as a possible emergency."""


NO_THRESHOLDS = Thresholds(dict.fromkeys(HEADS, 1.0), 1.0, 1.0, 0.0, 0.5, 0.5)
"""The thresholds of a model whose own are still to be chosen."""


@dataclass(frozen=True)
class ModelFile:
    """The contents of a model's file.

    `weights` has a row for each feature of `vocabulary` and a column for each label of each head, then one for
    emergencies; `across_weights` belong to emergencies only.
    """

    vocabulary: tuple[str, ...]
    weights: Weights
    across: tuple[str, ...]
    across_weights: Weights
    bias: Weights
    network: Network
    labels: Mapping[str, tuple[str, ...]]
    thresholds: Thresholds
    everyday: tuple[str, ...]
    report: Mapping[str, Any]

    def encode(self) -> bytes:
        """The bytes of the file; the same model always gives the same bytes."""
        head = {"form": FORM, "labels": self.labels, "thresholds": vars(self.thresholds), "report": self.report}
        parts = {
            "vocabulary.txt": "\n".join(self.vocabulary).encode(),
            "across.txt": "\n".join(self.across).encode(),
            "everyday.txt": "\n".join(self.everyday).encode(),
            "weights.f2": self.weights.astype("<f2").tobytes(),
            "across.f2": self.across_weights.astype("<f2").tobytes(),
            "bias.f4": self.bias.astype("<f4").tobytes(),
            "network.npy": self.network.encode(),
            "head.json": json.dumps(head, ensure_ascii=False, sort_keys=True, indent=1).encode(),
        }
        parts["checksum.txt"] = _checksum(parts).encode()
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
            for name, data in parts.items():
                file.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
        return buffer.getvalue()

    @staticmethod
    def decode(data: bytes) -> tuple[ModelFile, str]:
        """The model in a file and its version, which is the beginning of the checksum. Raises `ModelError`."""
        if not data:
            raise ModelError("is missing")
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as file:
                parts = {name: file.read(name) for name in file.namelist()}
            checksum = parts.pop("checksum.txt").decode()
            head = json.loads(parts["head.json"])
        except (zipfile.BadZipFile, KeyError, ValueError) as error:
            raise ModelError(f"is no model file ({type(error).__name__})") from None
        if head.get("form") != FORM:
            raise ModelError("is a model of another release")
        if checksum != _checksum(parts):
            raise ModelError("was changed since it was trained")
        try:
            return ModelFile._of(parts, head), checksum[:12]
        except (KeyError, ValueError, TypeError) as error:
            raise ModelError(f"is no model file ({type(error).__name__})") from None

    @staticmethod
    def _of(parts: Mapping[str, bytes], head: Mapping[str, Any]) -> ModelFile:
        vocabulary = tuple(parts["vocabulary.txt"].decode().split("\n"))
        return ModelFile(
            vocabulary=vocabulary,
            weights=np.frombuffer(parts["weights.f2"], "<f2").astype(np.float32).reshape(len(vocabulary), -1),
            across=tuple(parts["across.txt"].decode().split("\n")),
            across_weights=np.frombuffer(parts["across.f2"], "<f2").astype(np.float32),
            bias=np.frombuffer(parts["bias.f4"], "<f4").astype(np.float32),
            network=Network.decode(parts["network.npy"]),
            labels={name: tuple(labels) for name, labels in head["labels"].items()},
            thresholds=Thresholds(**head["thresholds"]),
            everyday=tuple(parts["everyday.txt"].decode().split("\n")),
            report=head["report"],
        )


def _checksum(parts: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name in sorted(parts):
        digest.update(name.encode() + b"\0" + parts[name])
    return digest.hexdigest()
