"""The texts of refusals: in the language of the page for pages, English for commands."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from config.spreadsheets import Fault
from gateway.translations import N_, _
from storage.refusals import Refusal, Why

FRENCH: Mapping[StrEnum, str] = {
    Fault.NOT_CSV: N_("ce n'est pas du CSV"),
    Fault.NOT_UTF8: N_("ces lettres ne se lisent pas ; enregistrez le fichier sous « CSV UTF-8 » ou « XLSX »"),
    Fault.NOT_XLSX: N_("ce classeur ne se lit pas ; enregistrez-le de nouveau sous « XLSX » ou « CSV UTF-8 »"),
    Fault.OLD_EXCEL: N_("ancien format d'Excel, ou mot de passe ; enregistrez sous « XLSX », sans mot de passe"),
    Fault.TOO_LARGE: N_("ce classeur est trop grand ; gardez la seule feuille des comités, sans images"),
    Fault.TOO_MANY_LINES: N_("trop de lignes ou de colonnes ; supprimez celles qui sont vides autour du tableau"),
    Fault.SEVERAL_SHEETS: N_("plusieurs feuilles sont remplies ; gardez celle des comités seule"),
    Fault.FORMULA: N_("la case {about} contient une formule ; collez-y sa valeur (collage spécial, valeurs)"),
    Fault.CELL_ERROR: N_("la case {about} contient une erreur d'Excel ; corrigez-la ou videz-la"),
    Fault.TOO_MANY_CELLS: N_(
        "il y a plus de cases que de colonnes (entre guillemets, une case peut tenir le séparateur)"
    ),
    Fault.TWO_COLUMNS: N_("la colonne `{about}` est là deux fois"),
    Why.SETTING_UNKNOWN: N_("`{name}` n'est pas un réglage d'un comité"),
    Why.NO_MEETING_RULE: N_(
        "règle de réunion non comprise : écrivez par exemple « chaque 2e jeudi 9h », "
        "« le dernier lundi du mois, 15:00 », « chaque vendredi » ou « le 15 du mois » (du 1er au 28)"
    ),
    Why.NO_TIME_ZONE: N_("`{text}` n'est pas un fuseau horaire, comme Africa/Bamako"),
    Why.NO_LANGUAGE: N_("la langue est l'une de {known}"),
    Why.NO_WEEKDAY: N_("le jour est l'un de : lundi, mardi, mercredi, jeudi, vendredi, samedi, dimanche"),
    Why.NO_WHOLE_NUMBER: N_("`{name}` est un nombre entier de 0 à {most}"),
    Why.NO_YES_OR_NO: N_("`{name}` est oui ou non ; écrivez l'un des deux"),
    Why.NO_AMOUNT: N_("`{name}` est un montant en {currency} de 0 à {most}, comme {example}"),
    Why.NO_WHOLE_AMOUNT: N_("`{name}` est un nombre entier de 0 à {most}, comme {example}"),
    Why.NO_DAY: N_("`{text}` n'est pas un jour, comme 2026-11-24"),
    Why.DAY_OF_A_SPREADSHEET: N_(
        "`{text}` n'est pas un jour, comme 2026-11-24 ; c'est le nombre du tableur pour {day}"
    ),
    Why.NOT_INSTALLED: N_("ce comité n'est pas installé"),
    Why.ALWAYS_INSTALLED: N_("ce niveau existe toujours"),
    Why.COLUMN_UNKNOWN: N_("colonne inconnue `{name}` (possibles : {known})"),
    Why.COLUMN_MISSING: N_("il manque la colonne `{name}` (possibles : {known})"),
    Why.COMMITTEE_UNCLEAR: N_("`{text}` nomme plus d'un comité, ou aucun de votre zone ; écrivez son code"),
    Why.COMMITTEE_TWICE: N_("{code} est déjà sur la ligne {first} ; gardez une seule ligne"),
    Why.NAME_DIFFERS: N_("{code} s'appelle {name} ; les lignes ont peut-être glissé : vérifiez le code et le nom"),
    Why.NO_NUMBER: N_("une partie n'est pas un numéro ; écrivez +22370000000, avec une virgule entre deux numéros"),
    Why.NUMBER_SHORTENED: N_(
        "Excel a abrégé un numéro (`{text}`) ; mettez la colonne au format Texte, puis retapez-le"
    ),
    Why.NUMBER_MASKED: N_("aucun secrétaire de ce comité n'a un numéro qui finit par {ending} ; écrivez-le en entier"),
    Why.NUMBER_ABROAD: N_("aucun SMS ne part vers le pays du numéro qui finit par {ending} ; prenez un numéro du pays"),
    Why.MEETING_OVER: N_("Cette réunion est déjà tenue, ou annulée."),
    Why.MEETING_TO_COME: N_("Cette réunion n'a pas encore eu lieu."),
    Why.MEETING_IN_THE_PAST: N_("Choisissez un jour à venir."),
    Why.MEETING_HOUR_TAKEN: N_("Une autre réunion est déjà prévue à cette heure."),
    Why.MEETING_CANCELLED: N_("Cette réunion est annulée : elle n'a pas de procès-verbal."),
    Why.NOBODY_PRESENT: N_("Écrivez qui était présent, une personne par ligne."),
    Why.NO_MEETING_HOUR: N_("Écrivez le jour et l'heure, comme 2026-12-10T09:00."),
    Why.BROADCAST_NOT_AS_READ: N_("Cette annonce n'est pas celle que vous avez lue. Relisez-la, puis recommencez."),
    Why.BROADCAST_NOT_WAITING: N_("Cette annonce n'attend plus d'accord."),
    Why.BROADCAST_OWN: N_("Une autre personne doit donner son accord."),
    Why.BROADCAST_OVER: N_("Cette annonce est déjà partie, ou arrêtée."),
    Why.BROADCAST_EMPTY: N_("Écrivez l'annonce."),
    Why.BROADCAST_WITH_NUMBER: N_("L'annonce contient un numéro de téléphone : retirez-le."),
    Why.BROADCAST_WITH_LINK: N_("L'annonce contient un lien : retirez-le, des citoyens le suivraient sans le voir."),
    Why.BROADCAST_TOO_LONG: N_("Trop long : {most} SMS au plus, ici {count}."),
    Why.BROADCAST_TO_NOBODY: N_("Personne dans cette zone n'a accepté de recevoir des annonces."),
    Why.BROADCAST_WITHOUT_AREA: N_("Choisissez la zone."),
    Why.BROADCAST_OUTSIDE: N_("Zone inconnue, ou hors de la vôtre."),
    Why.ADDRESS_MALFORMED: N_("Une adresse s'écrit comme nom@exemple.org."),
    Why.ADDRESS_TAKEN: N_("{email} a déjà un compte."),
    Why.ACCOUNT_UNKNOWN: N_("Personne n'a cette adresse."),
    Why.ACCOUNT_DISABLED: N_("Ce compte est désactivé : réactivez-le d'abord."),
    Why.ACCOUNT_OF_A_SECRETARY: N_("Le compte d'un secrétaire suit son téléphone : invitez-le depuis son comité."),
    Why.SECRETARY_UNKNOWN: N_("Cette personne n'est pas secrétaire de {committee}."),
    Why.AREA_UNKNOWN: N_("`{text}` n'est pas une zone, ou plusieurs : son code est sûr."),
    Why.ADMINISTRATORS_ONLY: N_("Réservé aux administrateurs."),
    Why.ANSWER_EMPTY: N_("Écrivez la réponse qui ira au citoyen."),
    Why.ANSWER_TOO_LONG: N_("La réponse est trop longue : {most} SMS au plus, environ 430 caractères."),
    Why.ANSWER_WITH_LINK: N_("La réponse contient un lien : retirez-le, des citoyens le suivraient sans le voir."),
    Why.ANSWER_WITH_NUMBER: N_(
        "La réponse contient un numéro de téléphone : retirez-le, un SMS n'est pas un lieu sûr."
    ),
    Why.CATEGORY_UNKNOWN: N_("Choisissez une catégorie de la liste."),
    Why.CLOSED_ALREADY: N_("Ce message est déjà clos."),
    Why.CLOSED_FOR_CORRECTION: N_("Ce message est clos : il ne se corrige plus."),
    Why.CLOSED_FOR_QUESTION: N_("Ce message est clos : rouvrez-le pour poser une question."),
    Why.COMMITTEE_UNKNOWN: N_("Choisissez un comité de la liste."),
    Why.COMMUNE_AMBIGUOUS: N_("Plusieurs communes portent ce nom. Écrivez l'une d'elles en entier : {known}."),
    Why.COMMUNE_FIRST: N_("Corrigez d'abord la commune : sans elle, aucun comité n'est compétent."),
    Why.COMMUNE_NOT_FOUND: N_("Commune inconnue : « {text} ». Choisissez une commune du pays, ou un quartier."),
    Why.COMMUNE_OUTSIDE: N_("Cette commune est hors de votre zone."),
    Why.COMMUNE_UNKNOWN: N_("Choisissez une commune de la liste."),
    Why.DEADLINE_FORM: N_("Le délai s'écrit AAAA-MM-JJ."),
    Why.DEADLINE_PAST: N_("Le délai doit être un jour à venir."),
    Why.DECISION_TOO_LONG: N_("Trop long : {most} caractères au plus."),
    Why.INSTALLED_ON_FORM: N_("Le jour d'installation s'écrit AAAA-MM-JJ."),
    Why.IN_NO_ITEM: N_("Ce message n'est dans aucun point ouvert."),
    Why.ITEM_EMPTY: N_("Ce point n'a plus de message ouvert."),
    Why.ITEM_GONE: N_("Déjà traité par quelqu'un d'autre. Relisez, puis recommencez."),
    Why.ITEM_HAD_ITS_TURN: N_("Ce point a déjà été discuté ou traité : reportez-le, ou donnez-lui une suite."),
    Why.KIND_UNKNOWN: N_("Choisissez un genre de la liste."),
    Why.MERGE_GOES_ABOVE: N_("Un sujet qui passe au-dessus de ce comité ne se joint pas à un autre."),
    Why.MERGE_OTHER_ITEM: N_("Choisissez un autre point ouvert du même comité."),
    Why.MERGE_SENSITIVE: N_("Un sujet sensible ne se joint qu'à un sujet sensible."),
    Why.NOTE_EMPTY: N_("Écrivez la note."),
    Why.NOTE_TOO_LONG: N_("La note est trop longue : {most} caractères au plus."),
    Why.NOTHING_TO_CHECK: N_("Ce message n'est pas à vérifier."),
    Why.NOT_CLOSED: N_("Ce message n'est pas clos."),
    Why.NOT_REFERRED: N_("Ce point n'est pas transmis à un service."),
    Why.NO_COMMITTEE_ABOVE: N_("Aucun comité au-dessus."),
    Why.ON_AGENDA_OR_CLOSED: N_("Ce message est déjà à l'ordre du jour, ou clos."),
    Why.PLACE_WITH_NUMBER: N_("Le lieu contient un numéro ou un lien : retirez-le, le lieu se lit dans des SMS."),
    Why.QUESTION_CANNOT_GO: N_("Aucun SMS ne peut partir vers ce citoyen (STOP, ou pays non permis)."),
    Why.QUESTION_TOO_LONG: N_("La question est trop longue : un seul SMS, environ 110 caractères."),
    Why.QUESTION_WITHOUT_NUMBER: N_("Ce citoyen n'a pas laissé de numéro : aucune question n'est possible."),
    Why.RECOMMENDATION_ACCEPTED: N_("Déjà acceptée."),
    Why.RECOMMENDATION_GONE: N_("Déjà traitée par quelqu'un d'autre. Relisez, puis recommencez."),
    Why.RECOMMENDATION_LENGTH: N_("Écrivez la recommandation, {most} caractères au plus."),
    Why.RECOMMENDATION_WAITS: N_("La recommandation attend sa réponse."),
    Why.REPLY_STANDS_ALONE: N_("Cette réponse est déjà un message à part, ou n'est pas encore lue par le tri."),
    Why.REPLY_TOO_LONG: N_("Trop long : {most} caractères au plus, elle part aussi par SMS."),
    Why.SCORE_NUMBER: N_("Le score est un nombre de 0 à 999."),
    Why.SCORE_REASON: N_("Dites pourquoi : le score changé se voit avec sa raison."),
    Why.SERVICE_CONCERNED: N_("Ce sujet peut concerner ce service : passez-le au comité au-dessus."),
    Why.SERVICE_REPLY_LENGTH: N_("Écrivez la réponse du service, {most} caractères au plus."),
    Why.SERVICE_REPLY_WITH_NUMBER: N_("La réponse contient un numéro ou un lien : retirez-le."),
    Why.SERVICE_UNKNOWN: N_("Choisissez un service de la liste."),
    Why.SET_ASIDE_REASON: N_("Choisissez pourquoi : indésirable, ou essai."),
    Why.SPLIT_PART: N_("Choisissez une partie des messages : au moins un, et pas tous."),
    Why.SPLIT_TOO_LATE: N_("Ce point est déjà traité : il ne se divise plus."),
    Why.TOP_LEVEL_ANSWERS: N_("Aucun niveau au-dessus : répondez, ou déclinez avec une raison."),
    Why.TOP_LEVEL_DECIDES: N_("Aucun niveau au-dessus : décidez ici."),
    Why.TREATED_ALREADY: N_("Déjà traité."),
    Why.UNDO_OVERTAKEN: N_("Quelqu'un a agi depuis sur ce message : cela ne s'annule plus."),
    Why.UNDO_TOO_LATE: N_("Trop tard : cinq minutes ont passé, ce qui est parti ne s'annule plus."),
    Why.URGENCY_UNKNOWN: N_("Choisissez une urgence de la liste."),
    Why.WORDING_OF_SENSITIVE: N_("Sujet sensible : seul le nombre de messages paraît, sans titre ni résumé."),
    Why.WORDING_TOO_LONG: N_("Trop long : titre {most} caractères, résumé {most_summary} au plus."),
    Why.WORDING_WITH_NUMBER: N_("Un numéro ou un lien n'a pas sa place dans un titre ou un résumé : retirez-le."),
    Why.STALE: N_(
        "Quelqu'un d'autre vient de modifier ce message. Relisez-le, puis recommencez : votre texte est gardé."
    ),
}
ENGLISH: Mapping[StrEnum, str] = {
    Fault.NOT_CSV: "this is not CSV",
    Fault.NOT_UTF8: "these letters cannot be read; save the file as “CSV UTF-8” or XLSX",
    Fault.NOT_XLSX: "this workbook cannot be read; save it again as XLSX or “CSV UTF-8”",
    Fault.OLD_EXCEL: "an old format of Excel, or a password; save it as XLSX, without a password",
    Fault.TOO_LARGE: "this workbook is too large; keep only the sheet of the committees, without pictures",
    Fault.TOO_MANY_LINES: "too many rows or columns; delete the empty ones around the table",
    Fault.SEVERAL_SHEETS: "several sheets are filled; keep only the one of the committees",
    Fault.FORMULA: "the cell {about} has a formula; paste its value in its place",
    Fault.CELL_ERROR: "the cell {about} has an error of Excel; mend or empty it",
    Fault.TOO_MANY_CELLS: "there are more cells than columns (a cell in quotes can hold the separator)",
    Fault.TWO_COLUMNS: "the column `{about}` is there twice",
    Why.SETTING_UNKNOWN: "`{name}` is not a setting of a committee",
    Why.NO_MEETING_RULE: "{rule}",
    Why.NO_TIME_ZONE: "`{text}` is not a time zone such as Africa/Bamako",
    Why.NO_LANGUAGE: "the language is one of {known}",
    Why.NO_WEEKDAY: "the day is one of {known}",
    Why.NO_WHOLE_NUMBER: "`{name}` is a whole number from 0 to {most}",
    Why.NO_YES_OR_NO: "`{name}` is yes or no; write one of them",
    Why.NO_AMOUNT: "`{name}` is an amount in {currency} from 0 to {most}, such as {example}",
    Why.NO_WHOLE_AMOUNT: "`{name}` is a whole number from 0 to {most}, such as {example}",
    Why.NO_DAY: "`{text}` is not a day such as 2026-11-24",
    Why.DAY_OF_A_SPREADSHEET: "`{text}` is not a day such as 2026-11-24; it is the spreadsheet's number for {day}",
    Why.NOT_INSTALLED: "this committee is not installed",
    Why.ALWAYS_INSTALLED: "committees of this level are always installed",
    Why.COLUMN_UNKNOWN: "unknown column `{name}` (possible: {known})",
    Why.COLUMN_MISSING: "the column `{name}` is missing (possible: {known})",
    Why.COMMITTEE_UNCLEAR: "`{text}` names several committees, or none; give its code",
    Why.COMMITTEE_TWICE: "{code} stands on line {first} already; keep one line",
    Why.NAME_DIFFERS: "{code} is called {name}; perhaps the lines have shifted: check code and name",
    Why.NO_NUMBER: "a part is no phone number; write +22370000000, with a comma between two numbers",
    Why.NUMBER_SHORTENED: "Excel has shortened a number (`{text}`); format the column as text and type it again",
    Why.NUMBER_MASKED: "no secretary of this committee has a number that ends in {ending}; write the whole number",
    Why.NUMBER_ABROAD: "no SMS go to the country of the number that ends in {ending}",
    Why.ADDRESS_MALFORMED: "an administrator's address must look like name@example.org",
    Why.ADDRESS_TAKEN: "{email} is an administrator already",
    Why.ACCOUNT_UNKNOWN: "nobody has that address",
    Why.ACCOUNT_DISABLED: "this account is disabled: `gateway people invite` lets it in again",
    Why.ACCOUNT_OF_A_SECRETARY: "a secretary's account follows a phone: give its number with --msisdn",
    Why.SECRETARY_UNKNOWN: "that number is no secretary of {committee}",
    Why.AREA_UNKNOWN: "no area `{text}`, or several: areas.csv of the pack has the codes",
    Why.TOKEN_NAME: "a token's name has 1 to {most} characters in one line",
    Why.TOKEN_TAKEN: "a token has that name already, or had it: {name}",
    Why.TOKEN_UNKNOWN: "no token is called `{name}`",
}
"""Only the refusals that can happen in a command."""


def for_page(refusal: Refusal) -> str:
    """The text for a web page, in its language."""
    text = _(FRENCH[refusal.why]).format(**refusal.values)
    return text if refusal.meant is None else _("%(text)s ; écrivez %(meant)s", text=text, meant=refusal.meant)


def in_english(refusal: Refusal) -> str:
    """The text for the command line."""
    text = ENGLISH[refusal.why].format(**refusal.values)
    return text if refusal.meant is None else f"{text}; write {refusal.meant}"
