"""The columns of a registry file. A file may use their names or their French titles, in any spelling of capitals."""

from __future__ import annotations

from collections.abc import Mapping

from config.spreadsheets import Fault, Sheet, SpreadsheetError, heading
from gateway.translations import N_, Labels
from gateway.translations.texts import SOURCE, page_language

COMMITTEE, NAME, INSTALLED_ON, SECRETARIES = "committee", "name", "installed_on", "secretaries"
TITLES = Labels(
    {
        COMMITTEE: N_("Comité"),
        NAME: N_("Nom"),
        INSTALLED_ON: N_("Installé le"),
        SECRETARIES: N_("Secrétaires"),
        "chair": N_("Présidence"),
        "venue": N_("Lieu de réunion"),
        "meets": N_("Réunions"),
        "agenda_size": N_("Points à l'ordre du jour"),
        "time_zone": N_("Fuseau horaire"),
        "language": N_("Langue"),
        "digest_weekday": N_("Jour du résumé"),
        "digest_hour": N_("Heure du résumé"),
        "quiet_from": N_("Silence à partir de"),
        "quiet_until": N_("Silence jusqu'à"),
        "monthly_budget": N_("Budget mensuel"),
        "silent_when_quiet": N_("Pas de résumé sans nouvelle"),
    }
)
"""The title of each column, in their order. All but the first four are settings of a committee."""
_KNOWN = {name: name for name in TITLES} | {heading(title): name for name, title in TITLES.french.items()}


def file_titles() -> tuple[str, ...]:
    """The titles of a file that the gateway writes: French on French pages, else the columns' names."""
    return tuple(TITLES.french.values() if page_language() == SOURCE else TITLES)


def named_columns(sheet: Sheet) -> Mapping[str, str]:
    """The name of each column by its heading in the file; empty for an unknown heading.

    Raises `SpreadsheetError` if one column stands twice under two titles.
    """
    names = {title: _KNOWN.get(title, "") for title in sheet.titles}
    for name in names.values():
        if name and list(names.values()).count(name) > 1:
            raise SpreadsheetError(sheet.head, Fault.TWO_COLUMNS, name)
    return names
