"""The trained model in use: the pack's own, or one that this deployment has trained and stored in DATA_DIR.

`models/in-use.txt` lists the models that were taken into use, the newest last. To return to the model before, its last
line is removed.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config.examples import Example
from config.own_files import write_private
from config.pack import Pack, PackError
from config.pack.loader import MODEL
from config.settings import Settings
from flows.learning.acceptance import Figures, Loss, losses
from flows.learning.evaluation import Scores
from flows.triage import Triage
from flows.triage.model import ModelError, ModelFile

FOLDER = "models"
IN_USE = "in-use.txt"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Trained:
    """A new model, and how well models of its kind read writers that they have not seen.

    `before` are the same figures of the model in use, or else of the pack's own; None if neither was measured on these
    messages.
    """

    version: str
    data: bytes
    scores: Scores
    before: Figures | None
    report: Mapping[str, Any]

    @property
    def after(self) -> Figures:
        """The new model's figures, by writer."""
        figures: Figures = self.report["by_writer"]
        return figures

    @property
    def losses(self) -> tuple[Loss, ...]:
        """The reasons why the model must not be taken into use; empty if it may."""
        return losses(self.before or {}, self.after)


def read_triage(pack: Pack, settings: Settings) -> Triage:
    """Returns the triage with the model in use or, if that cannot be read, with the pack's own.

    Raises `PackError` if neither can be read.
    """
    if (own := _model_in_use(settings)) is not None:
        try:
            return Triage(pack, own)
        except ModelError as error:
            log.error("the model in use %s: run `gateway train`; until then the pack's own is", error)
    return read_packs_triage(pack, settings.pack)


def read_packs_triage(pack: Pack, folder: Path) -> Triage:
    """Returns the triage with the pack's own model. Raises `PackError`."""
    try:
        return Triage(pack)
    except ModelError as error:
        raise PackError(folder / MODEL, f"{error}: run `gateway train --into-pack`") from None


def _model_in_use(settings: Settings) -> bytes | None:
    """The file of the model that this deployment took into use; None if the pack's own is in use."""
    names = _names(settings)
    try:
        return (settings.data_dir / FOLDER / names[-1]).read_bytes() if names else None
    except OSError as error:
        log.error("the model in use cannot be read (%s): run `gateway train`", type(error).__name__)
        return None


def stamp(settings: Settings) -> int:
    """Returns a number that changes whenever another model is taken into use; 0 if none ever was."""
    try:
        return (settings.data_dir / FOLDER / IN_USE).stat().st_mtime_ns
    except OSError:
        return 0


def train_model(pack: Pack, settings: Settings | None, examples: tuple[Example, ...], kept: list[Example]) -> Trained:
    """Trains a model and compares it with the one in use in `settings`, or with the pack's own if these are None.

    Raises `ValueError` if there are too few examples.
    """
    from flows.learning.training import train  # takes scikit-learn, which nothing else needs

    file, scores = train(pack, examples, kept)
    data = file.encode()
    before = _measured(pack, settings, file.report["measured_on"])
    return Trained(ModelFile.decode(data)[1], data, scores, before, file.report)


def _measured(pack: Pack, settings: Settings | None, on: str) -> Figures | None:
    """The figures of the model in use, or else of the pack's own, if these messages gave them."""
    for data in (_model_in_use(settings) if settings else None, pack.model):
        try:
            report = ModelFile.decode(data)[0].report if data else {}
        except ModelError:
            continue  # none that this release can read: there is nothing to be worse than
        if report.get("measured_on") == on:
            figures: Figures = report["by_writer"]
            return figures
    return None


def take_into_use(settings: Settings, version: str, data: bytes) -> Path:
    """Stores the file of a trained model in DATA_DIR and takes it into use; returns the path of its copy."""
    folder = settings.data_dir / FOLDER
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{version}.zip"
    write_private(path, data)
    _write(settings, [*_names(settings), path.name])
    return path


def bring_back(settings: Settings) -> str:
    """Returns to the model before the one in use, and gives its name. Raises `LookupError` if there is none before."""
    names = _names(settings)
    if not names:
        raise LookupError("the pack's own model is in use: there is none before it")
    _write(settings, names[:-1])
    return names[-2].removesuffix(".zip") if len(names) > 1 else "the pack's own"


def _names(settings: Settings) -> list[str]:
    path = settings.data_dir / FOLDER / IN_USE
    return path.read_text().split() if path.exists() else []


def _write(settings: Settings, names: list[str]) -> None:
    path = settings.data_dir / FOLDER / IN_USE
    draft = path.with_suffix(f".{os.getpid()}")
    write_private(draft, "\n".join(names).encode())
    draft.replace(path)  # a worker that looks sees the old list or the new one, never half of one
