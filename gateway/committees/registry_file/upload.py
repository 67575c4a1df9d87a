"""A file between its preview and its confirmation: sealed, in the hands of the person who sent it.

The seal holds the digest of the plan that was shown. The confirmation plans the file again and applies the plan only if
it has that digest. So exactly what was shown is done, and the gateway stores nothing in between.
"""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.committees.registry_file.plan import ImportPlan
from storage.safety.vault import Vault, VaultError

PURPOSE = "registry upload"
KEPT_FOR = timedelta(hours=1)


class UploadRefused(Exception):
    """The sealed file is too old, of somebody else, or was changed."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file and the digest of the plan that its sender saw."""

    data: bytes
    digest: str


def seal_upload(vault: Vault, data: bytes, plan: ImportPlan, sender: str, now: datetime) -> str:
    """The file and the digest of its plan, sealed for its sender, as text for a form."""
    head = json.dumps([sender, plan.digest, now.isoformat()]).encode()
    return base64.urlsafe_b64encode(vault.seal_bytes(PURPOSE, head + b"\n" + zlib.compress(data))).decode()


def open_upload(vault: Vault, sealed: str, sender: str, now: datetime) -> Upload:
    """Opens what `seal_upload` made. Raises `UploadRefused`."""
    try:
        head, _, packed = vault.open_bytes(PURPOSE, base64.urlsafe_b64decode(sealed)).partition(b"\n")
    except (VaultError, binascii.Error, ValueError):
        raise UploadRefused from None
    of, digest, sealed_at = json.loads(head)
    if of != sender or not timedelta() <= now - datetime.fromisoformat(sealed_at) <= KEPT_FOR:
        raise UploadRefused
    return Upload(zlib.decompress(packed), digest)
