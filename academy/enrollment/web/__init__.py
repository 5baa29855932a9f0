"""The browser door of enrollment: a class with its why and why-not, the line, offers; a class's people; a unit's places."""

from flask import Blueprint, Flask

blueprint = Blueprint("enrollment", __name__, template_folder="../templates")

from academy.enrollment.web import (  # noqa: E402, F401 - the views register on the blueprint
    apply,
    calendar,
    choices,
    exports,
    imports,
    mine,
    moves,
    offers,
    people,
    previews,
    review,
    rounds,
    terms,
    unit,
    why,
)


def install(app: Flask) -> None:
    """Say where a roster that is for a class is shown."""
    app.extensions.setdefault("people.roster_pages", {})["class"] = imports.page_of_roster
