"""Who may act: let in, or helped back in; each act once, with its line of audit."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session as Transaction

from flows.msisdn import Msisdn
from gateway.alerts import hand_over_to
from gateway.deployment import Deployment
from storage import administrators, committees
from storage.audit import write_line
from storage.committee_models import Committee
from storage.contacts import ensure_contact
from storage.models import Administrator
from storage.states import Role


def add_secretary(deployment: Deployment, open_: Transaction, committee: Committee, number: Msisdn, actor: str) -> bool:
    """Makes the holder of a number a committee's secretary; false when they were it already."""
    now = deployment.now()
    contact = ensure_contact(open_, deployment.vault, number, now)
    is_first = not committees.secretaries_of(open_, committee.code)
    is_new = committees.add_secretary(open_, committee, contact, now)
    open_.flush()
    if is_first:
        hand_over_to(deployment, open_, committee.code)
    write_line(open_, now, actor, "secretary_added", committee=committee.code, secretary=contact.id, new=is_new)
    return is_new


def add_administrator(
    deployment: Deployment, open_: Transaction, email: str, password: str, role: Role, area: str, actor: str
) -> Administrator:
    """Raises `ValueError` when the address is taken or malformed, or the password too short."""
    now = deployment.now()
    added = administrators.add_administrator(open_, email, password, role, area, now)
    write_line(open_, now, actor, "administrator_added", account=added.email, role=role.value, area=area)
    return added


def reset_codes(deployment: Deployment, open_: Transaction, email: str, actor: str) -> Administrator:
    """Asks no code of them any more, until they set it up anew. Raises `LookupError` when nobody has that address."""
    found = open_.scalars(select(Administrator).where(Administrator.email == email.strip().lower())).first()
    if found is None:
        raise LookupError("nobody has that address")
    found.totp_sealed = found.totp_used = None
    administrators.end_sessions(found)
    write_line(open_, deployment.now(), actor, "codes_reset", account=found.email)
    return found
