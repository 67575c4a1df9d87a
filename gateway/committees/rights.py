"""Which concerns a role may see in an area: the rule that the web queue and the JSON API share."""

from __future__ import annotations

from config.pack import Pack
from flows.committees.agenda import area_past
from storage.concerns.access import Access
from storage.people.administrators import Rights


def lies_in(pack: Pack, area: str, outer: str) -> bool:
    """Returns whether `area` is `outer` or lies in it."""
    return area == outer or any(above.code == outer for above in pack.ancestors(area))


def access_in(pack: Pack, area: str, rights: Rights) -> Access:
    """Returns which concerns of an area may be seen with these rights.

    Sensitive ones need a right of their own; those that go past the area's committees are hidden. A secretary whose
    committee left the pack still sees what that committee has: its code is that of its area.
    """
    known = tuple(pack.categories)
    hidden = (
        ()
        if rights.see_sensitive
        else tuple(category.id for category in pack.categories.values() if category.sensitive)
    )
    if rights.audit:
        return Access((), hidden, past_seen=(), known=known)  # an auditor sees no citizen's words
    if rights.own_committee:
        own = next((committee.code for committee in pack.committees.values() if committee.area == area), area)
        own_commune = (area,) if pack.areas[area] in pack.communes else ()
        return Access(own_commune, hidden, past_seen=(), committee=own, known=known)
    if area == pack.country_area.code:
        return Access(None, hidden, known=known)
    communes = pack.communes_under(area)
    past = tuple(category.id for category in pack.categories.values() if category.goes_above)
    past_seen = tuple(commune for commune in communes if lies_in(pack, area_past(pack, commune), area))
    return Access(communes, hidden, past, None if len(past_seen) == len(communes) else past_seen, known=known)
