"""Labels for what is known of an SMS: its kind, its state, and why it waits or was not sent."""

from __future__ import annotations

from gateway.translations import N_, Labels, _

MESSAGE_STATES = Labels(
    {
        "queued": N_("En attente"),
        "sending": N_("En cours d'envoi"),
        "uncertain": N_("Incertain"),
        "sent": N_("Envoyé"),
        "delivered": N_("Remis"),
        "failed": N_("Échec"),
        "held": N_("Retenu"),
    }
)
HELD_BACK = Labels(
    {
        "answers_an_hour": N_("plus de cinq réponses sans nouvelle dans l'heure à ce numéro"),
        "cost_an_hour": N_("coût des réponses dans l'heure à ce numéro"),
        "country": N_("pays où aucun SMS ne part"),
        "undone": N_("annulé avant l'envoi"),
        "overtaken": N_("message clos avant l'envoi de la question"),
        "budget": N_("attend le budget du mois prochain"),
    }
)
FAILURES = Labels(
    {
        "stopped": N_("arrêté avant l'envoi"),
        "erased": N_("effacé à la demande de la personne"),
        "role_ended": N_("son destinataire n'est plus secrétaire"),
        "restored": N_("repris d'une sauvegarde : parti peut-être déjà"),
        "no answer from the provider": N_("le fournisseur n'a pas répondu : parti peut-être"),
        "refused by the provider": N_("refusé par le fournisseur"),
        "not delivered": N_("non remis"),
        "refused by the SMSC": N_("refusé par l'opérateur"),
        "smsbox is not ready": N_("la passerelle SMS n'est pas prête"),
        "orange gave no token": N_("l'opérateur refuse nos accès"),
        "RiskHold": N_("retenu par le fournisseur"),
        "InvalidSenderId": N_("nom d'expéditeur refusé"),
        "InvalidPhoneNumber": N_("numéro invalide"),
        "UnsupportedNumberType": N_("genre de numéro non desservi"),
        "UserInBlacklist": N_("le destinataire refuse les SMS"),
        "UserInBlackList": N_("le destinataire refuse les SMS"),
        "DoNotDisturbRejection": N_("le destinataire refuse les SMS"),
        "UserIsInactive": N_("numéro inactif"),
        "UserAccountSuspended": N_("numéro suspendu"),
        "UserDoesNotExist": N_("numéro inconnu de l'opérateur"),
        "UserNotSubscribedToProduct": N_("le destinataire n'est pas abonné à ce service"),
        "NotNetworkSubscriber": N_("numéro d'un autre réseau"),
        "CouldNotRoute": N_("aucune route vers ce numéro"),
        "DeliveryFailure": N_("non remis"),
        "AbsentSubscriber": N_("téléphone éteint ou hors de portée"),
        "InsufficientBalance": N_("crédit du compte SMS épuisé"),
        "InsufficientCredit": N_("crédit du compte SMS épuisé"),
        "InternalServerError": N_("panne chez le fournisseur"),
        "GatewayError": N_("panne chez le fournisseur"),
        "RejectedByGateway": N_("refusé par l'opérateur"),
    }
)
"""Why an SMS failed, by our own codes and those of the providers."""
MESSAGE_KINDS = Labels(
    {
        "reply": N_("Réponse à un SMS"),
        "news": N_("Suite donnée"),
        "question": N_("Question"),
        "sms.received": N_("Accusé de réception"),
        "sms.repeated": N_("Accusé de réception"),
        "sms.urgent": N_("Numéros d'urgence"),
        "sms.ask_commune": N_("Demande de la commune"),
        "sms.limit": N_("Limite du jour"),
        "sms.reply_received": N_("Réponse reçue"),
        "sms.thanks": N_("Remerciement"),
        "sms.no_matter": N_("Réponse à un message sans objet"),
        "alert": N_("Alerte d'urgence"),
        "recommendation": N_("Recommandation, aux secrétaires"),
        "referral": N_("Rappel d'un service saisi"),
        "meeting": N_("Réunion déplacée ou annulée"),
        "digest": N_("Résumé hebdomadaire"),
        "broadcast": N_("Annonce"),
        "surge": N_("Hausse inhabituelle"),
        "draft": N_("Message inachevé"),
    }
)
"""The kind of an SMS, by the beginning of its key."""


def reason_label(code: str) -> str:
    """Why an SMS waits or failed, in words. A code that is not in the tables comes from the provider."""
    return HELD_BACK.get(code) or FAILURES.get(code) or _("autre raison du fournisseur")


def message_kind(key: str) -> str:
    """The kind of an SMS in words."""
    return MESSAGE_KINDS.get(key.partition(":")[0], "SMS")
