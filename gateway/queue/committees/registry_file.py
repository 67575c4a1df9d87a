"""The registry as a file in the web queue: uploaded, shown line by line, applied as it was shown, and downloaded."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from gateway.committees.registry_file.applying import ImportStopped, RegistryChanged, apply_plan
from gateway.committees.registry_file.columns import TITLES
from gateway.committees.registry_file.export import registry_rows
from gateway.committees.registry_file.plan import ImportPlan
from gateway.committees.registry_file.planning import plan_import
from gateway.committees.registry_file.upload import UploadRefused, open_upload, seal_upload
from gateway.committees.registry_file.wording import changes_for_page, refusal_for_page
from gateway.documents.spreadsheets import csv_response, xlsx_response
from gateway.outbound.alerts import follow_up
from gateway.queue.access import sees_area
from gateway.queue.blueprint import queue
from gateway.queue.login import signed_in
from gateway.runtime.current import deployment
from gateway.runtime.deployment import Deployment
from gateway.runtime.request_sizes import LARGEST_FILE
from gateway.translations import _
from storage.safety.audit import write_line


@queue.get("/committees/import")
@signed_in
def registry_import() -> str:
    """The form for a file, with the columns that it may have."""
    return render_template("queue/registry/import.html", titles=TITLES)


@queue.post("/committees/import")
@signed_in
def registry_preview() -> AnyResponse | str:
    """Shows what a file would change, line by line. Changes nothing."""
    here, file = deployment(), request.files.get("file")
    data = file.read(LARGEST_FILE + 1) if file else b""
    if not data:
        flash(_("Choisissez un fichier qui n'est pas vide."))
        return redirect(url_for("queue.registry_import"))
    if len(data) > LARGEST_FILE:
        flash(_("Le fichier dépasse %(size)s ko : gardez la seule feuille des comités.", size=LARGEST_FILE // 1024))
        return redirect(url_for("queue.registry_import"))
    return _preview(here, _plan(here, data), data)


@queue.post("/committees/import/apply")
@signed_in
def registry_apply() -> AnyResponse | str:
    """Does exactly what was shown; shows the file anew if it would do anything else by now."""
    here = deployment()
    try:
        upload = open_upload(here.vault, request.form.get("upload", ""), g.administrator.email, here.now())
    except UploadRefused:
        flash(_("Cet aperçu est trop ancien. Choisissez le fichier de nouveau."))
        return redirect(url_for("queue.registry_import"))
    plan = _plan(here, upload.data)
    try:
        if plan.refused or plan.digest != upload.digest:
            raise RegistryChanged
        imported = apply_plan(here, plan, g.administrator.email)
    except ImportStopped as stopped:
        _follow(here)
        flash(
            _(
                "Interrompu avant la ligne %(line)s, après %(changed)s comité(s). Voici ce qui reste à importer.",
                line=stopped.line,
                changed=stopped.imported.changed,
            )
        )
        return _preview(here, _plan(here, upload.data), upload.data)
    except RegistryChanged:
        flash(
            _("Rien n'est importé : le registre a changé depuis l'aperçu. Voici ce que le fichier ferait maintenant.")
        )
        return _preview(here, _plan(here, upload.data), upload.data)
    _follow(here)
    flash(
        _(
            "Importé : %(changed)s comité(s) changé(s), dont %(installed)s installé(s) ; %(secretaries)s secrétaire(s) "
            "ajouté(s) ; %(moved)s préoccupation(s) ouverte(s) descendent.",
            changed=imported.changed,
            installed=imported.installed,
            secretaries=imported.secretaries,
            moved=imported.moved,
        )
    )
    return redirect(url_for("queue.registry_import"))


@queue.get("/committees.csv")
@signed_in
def registry_csv() -> AnyResponse:
    """The committees of the person's area as CSV, in the columns that can be imported."""
    return csv_response(_exported("csv"), "comites")


@queue.get("/committees.xlsx")
@signed_in
def registry_xlsx() -> AnyResponse:
    """The same as an Excel file."""
    return xlsx_response(_exported("xlsx"), _("Comités"), "comites")


def _follow(here: Deployment) -> None:
    """Sends the alerts that the import owes, and wakes the worker."""
    follow_up(here, frozenset())
    here.wake_worker()


def _plan(here: Deployment, data: bytes) -> ImportPlan:
    with here.database.read() as transaction:
        return plan_import(transaction, here.pack, here.vault, data, lambda area: sees_area(here.pack, area))


def _preview(here: Deployment, plan: ImportPlan, data: bytes) -> str:
    is_possible = bool(plan.lines) and not plan.refused
    return render_template(
        "queue/registry/preview.html",
        plan=plan,
        lines=[(line, changes_for_page(line)) for line in plan.lines],
        refused=[refusal_for_page(refused) for refused in plan.refused],
        installed=sum(line.installs_on is not None for line in plan.lines),
        secretaries=sum(len(line.secretaries) for line in plan.lines),
        upload=seal_upload(here.vault, data, plan, g.administrator.email, here.now()) if is_possible else "",
    )


def _exported(form: str) -> list[tuple[str, ...]]:
    here = deployment()
    with here.database.write() as transaction:
        write_line(transaction, here.now(), g.administrator.email, "registry_exported", form=form)
    with here.database.read() as transaction:
        return [
            tuple(row)
            for row in registry_rows(transaction, here.pack, here.vault, lambda area: sees_area(here.pack, area))
        ]
