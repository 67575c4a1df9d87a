"""Triage models as earlier releases wrote them."""

from __future__ import annotations

import io
import zipfile

from flows.triage.model import FORM


def older(data: bytes) -> bytes:
    """The model file `data` as an earlier release would have written it."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as file, zipfile.ZipFile(out, "w") as changed:
        for name in file.namelist():
            changed.writestr(name, file.read(name).replace(f'"form": {FORM}'.encode(), b'"form": 1'))
    return out.getvalue()
