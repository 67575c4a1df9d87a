"""The public page: what this is, how to use it, and no figure that could expose anyone."""

from flask import Blueprint, render_template

from gateway.runtime.current import deployment

public = Blueprint("public", __name__, template_folder="templates", static_folder="static", static_url_path="/static")


@public.get("/")
def home() -> str:
    here = deployment()
    return render_template(
        "public/home.html",
        pack=here.pack,
        french=here.pack.first_language,
        languages=[language.name for language in here.pack.languages.values()],
    )
