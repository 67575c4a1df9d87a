"""What stands in a model's file, with its form, checksum and report."""

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
"""Of the file; one of another form is refused."""
HEADS = ("category", "urgency", "kind")
"""Those that choose one of several labels. Emergencies have a head of their own: one column, the last."""
Weights = NDArray[np.float32]


class ModelError(ValueError):
    """A model file that cannot be used. The text says why; training anew helps."""


@dataclass(frozen=True)
class Thresholds:
    """Chosen on messages of writers whom the model had not seen.

    `temperatures` make the probabilities of each head mean what they say; an emergency's odds are
    exp(slope * its score + network * the network's own + offset).
    """

    temperatures: Mapping[str, float]
    slope: float
    network: float
    offset: float
    emergency_from: float
    """The probability from which an emergency is told."""
    may_be_from: float
    """The probability from which a person is told that it may be one."""


NO_THRESHOLDS = Thresholds(dict.fromkeys(HEADS, 1.0), 1.0, 1.0, 0.0, 0.5, 0.5)
"""Of a model that was fitted, and whose thresholds are still to be chosen."""


@dataclass(frozen=True)
class ModelFile:
    """What stands in the file.

    `weights` has a row for each feature of `vocabulary` and a column for each label of each head, then one for
    emergencies; `across_weights` speak of emergencies alone.
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
        """The same model gives the same bytes."""
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
        """The model and its version, the beginning of its checksum. Raises `ModelError`."""
        if not data:
            raise ModelError("is missing")
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as file:
                parts = {name: file.read(name) for name in file.namelist()}
            said = parts.pop("checksum.txt").decode()
            head = json.loads(parts["head.json"])
        except (zipfile.BadZipFile, KeyError, ValueError) as error:
            raise ModelError(f"is no model file ({type(error).__name__})") from None
        if head.get("form") != FORM:
            raise ModelError("is a model of another release")
        if said != _checksum(parts):
            raise ModelError("was changed since it was trained")
        try:
            return ModelFile._of(parts, head), said[:12]
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
