"""The letter with which a committee refers an item to a local service and asks for a reply by a date."""

from __future__ import annotations

from sqlalchemy.orm import Session as Transaction

from flows.committees.titles import messages_in
from gateway.documents.document import UNREADABLE, MeetingDocument, Section, few_messages, long_day
from gateway.runtime.deployment import Deployment
from storage.committees.agenda_items import DECISION, ages_of
from storage.committees.committees import zone_of
from storage.committees.service_contacts import address_of, contact_for
from storage.committees.titles import SUMMARY, Titles
from storage.tables.committees import AgendaItem, Committee


def referral_letter(deployment: Deployment, transaction: Transaction, item: AgendaItem) -> MeetingDocument:
    """Builds the letter for an item that has been referred: the addressee, the subject and the date for a reply.

    A sensitive item shows only its category, its commune and a count.
    """
    pack, vault = deployment.pack, deployment.vault
    committee = transaction.get_one(Committee, item.committee)
    service = pack.first_language.services[item.referred_to or ""]
    contact = contact_for(transaction, pack, item.referred_to or "", item.commune)
    to = address_of(contact, vault) if contact else None
    today = deployment.now().astimezone(zone_of(pack, committee)).date()
    sensitive = pack.categories[item.category].sensitive
    count, age = ages_of(transaction, item)
    french = pack.first_language
    messages = few_messages(count) if sensitive else messages_in(french, count, age)
    if sensitive:
        title = f"{french.categories[item.category]}, {pack.areas[item.commune].name}"
    else:
        title = Titles(vault, pack, french).of_all(transaction, [item])[item.id]
    facts = [
        ("Date", long_day(today)),
        ("À", to.addressee if to else f"{service}, {pack.areas[item.commune].name}"),
        *([("Adresse", to.address)] if to and to.address else []),
        *([("Téléphone", to.phone)] if to and to.phone else []),
        ("Objet", title),
    ]
    body = [
        "Madame, Monsieur,",
        f"{committee.name} a été saisi par des citoyens de ce sujet ({messages}).",
        *([] if sensitive else [vault.readable(SUMMARY, item.summary_sealed, UNREADABLE)]),
        *([] if sensitive else [vault.readable(DECISION, item.decision_sealed, UNREADABLE)]),
        "Le comité vous le transmet pour suite à donner, dans votre compétence.",
    ]
    if item.referred_until:
        body.append(f"Votre réponse est attendue avant le {long_day(item.referred_until)}.")
    body.append("Les citoyens concernés seront informés de la suite. Leur identité reste confidentielle.")
    sections = (Section("", tuple(filter(None, body))),)
    signed = ("", committee.chair or "Le président du comité")
    return MeetingDocument(pack.paper_heading, committee.name, "LETTRE DE TRANSMISSION", tuple(facts), sections, signed)
