"""Who did what: one line for each act, with codes and references, no number and no text."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from storage.models import AuditLine


def write_line(session: Session, now: datetime, actor: str, what: str, **detail: Any) -> None:
    session.add(AuditLine(at=now, actor=actor, what=what, detail=detail))
