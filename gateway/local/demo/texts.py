"""What the demo's administrators, committees and levels above write, in French as everywhere in the web queue."""

from __future__ import annotations

from dataclasses import dataclass

ANSWERS = {
    "theft": (
        "Des patrouilles passent désormais chaque soir entre 20h et 2h.",
        "La brigade de vigilance est reconnue et travaille avec le commissariat.",
        "Deux suspects ont été remis à la police ; signalez tout nouveau vol.",
    ),
    "lighting": (
        "Les lampadaires ont été réparés avec la mairie.",
        "La mairie pose six lampadaires solaires avant la fin du mois.",
    ),
    "drugs": (
        "Le comité a rencontré les jeunes et les chefs de quartier ; la police surveille le lieu.",
        "La fumerie a été fermée par la police.",
    ),
    "nuisance": (
        "La mairie a curé le caniveau et enlevé les ordures.",
        "Le propriétaire s'est engagé par écrit à baisser la musique après 22h.",
    ),
    "traffic": (
        "Des ralentisseurs ont été posés devant l'école.",
        "La police règle la circulation aux heures d'entrée et de sortie.",
    ),
    "conflict": ("Les deux familles se sont mises d'accord devant le chef de quartier.",),
    "disaster": ("La protection civile est passée ; les maisons touchées sont recensées.",),
    "fraud": ("La mairie rappelle que ses agents portent un badge et donnent un reçu.",),
    "misconduct": ("Le chef de poste a été entendu ; tout paiement doit donner lieu à un reçu.",),
}
ANSWER = "Le comité a examiné votre message et en a parlé avec les services ; merci de l'avoir signalé."
"""The answer where the category has none of its own."""

DECISIONS = (
    "Patrouilles de nuit renforcées pendant deux mois.",
    "Le comité saisit la mairie et rend compte à la prochaine réunion.",
    "Rencontre avec les chefs de quartier la semaine prochaine.",
    "Les jeunes, les femmes et les commerçants sont associés à une sensibilisation.",
)
RECOMMENDATIONS = (
    "Doter la commune d'un poste de police de proximité.",
    "Remettre en état l'éclairage public des axes principaux.",
    "Affecter un véhicule aux patrouilles de nuit.",
    "Étudier un poste de secours de la protection civile.",
)
CARRIED_OUT = "La décision du comité a été mise en œuvre."
SERVICE_ANSWERED = "Le service saisi est intervenu et en a rendu compte au comité."
PASSED_ON = "Dépasse nos moyens : transmis au niveau supérieur."
DECLINED = "Pas de crédits cette année : la mairie est invitée à proposer une autre solution."
ANSWERED = (
    "Accordé : les crédits sont inscrits au prochain budget.",
    "Un poste mobile sera affecté dès le mois prochain.",
)


@dataclass(frozen=True, slots=True)
class Host:
    """Who chairs the committees of a kind of area, where they meet, and who is present, one name a line."""

    chair: str
    venue: str
    present: str


HOSTS = {
    "commune": Host(
        chair="Le maire, {area}",
        venue="Mairie, {area}",
        present="Le maire\nLe commissaire de police\nLa présidente des femmes\nLe représentant des jeunes",
    ),
    "region": Host(
        chair="Le gouverneur, {area}",
        venue="Gouvernorat, {area}",
        present="Le gouverneur\nLe directeur régional de la police\nLe commandant de la gendarmerie\n"
        "La représentante des associations de femmes",
    ),
    "country": Host(
        chair="Le ministre chargé de la sécurité",
        venue="Ministère de la sécurité",
        present="Le ministre chargé de la sécurité\nLe directeur général de la police\n"
        "Le directeur général de la gendarmerie\nLe directeur général de la protection civile",
    ),
}
"""By kind of area, as `of` of a level names it. An area of another kind that another country has is like a commune."""
