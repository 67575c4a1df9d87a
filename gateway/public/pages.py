"""The public page: what the service is and how to use it."""

from flask import Blueprint, render_template

from gateway.runtime.current import deployment

public = Blueprint("public", __name__, template_folder="templates", static_folder="static", static_url_path="/static")


@public.get("/")
def home() -> str:
    """The numbers to dial and to write to, the languages, and whom to call in danger."""
    here = deployment()
    return render_template(
        "public/home.html",
        pack=here.pack,
        languages=[language.name for language in here.pack.languages.values()],
    )
