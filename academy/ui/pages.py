"""Pages that belong to no domain: privacy and help."""

from flask import Blueprint, render_template

from academy.core.access import public

blueprint = Blueprint("ui", __name__)


@blueprint.get("/privacy")
@public
def privacy() -> str:
    """What personal data is kept, why, how long, and how to ask for it."""
    return render_template("ui/privacy.html")


@blueprint.get("/help")
@public
def help() -> str:  # noqa: A001 - the endpoint's name
    """How to find one's way."""
    return render_template("ui/help.html")
