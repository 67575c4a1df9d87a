"""The tables. Importing one of them makes all of them known to `Base.metadata`."""

from storage.tables import (
    alerts,
    api,
    audit,
    base,
    committees,
    concerns,
    messages,
    people,
    public,
    registry_version,
    service_contacts,
    sums,
)

__all__ = [
    "alerts",
    "api",
    "audit",
    "base",
    "committees",
    "concerns",
    "messages",
    "people",
    "public",
    "registry_version",
    "service_contacts",
    "sums",
]
