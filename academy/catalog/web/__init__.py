"""The browser door of the catalog.

What other domains add to its pages they put into app.extensions: "catalog.open_classes", a callable that gives the
OpenClassCards of now, and "catalog.person_type_of", a callable that gives the person type of a user id. What they need
of the catalog's words stands in "catalog.fields".
"""

from flask import Blueprint, Flask

from academy.catalog import queries

blueprint = Blueprint("catalog", __name__, template_folder="../templates")

from academy.catalog.web import browse, pages  # noqa: E402, F401 - the views register on the blueprint


def install(app: Flask) -> None:
    """Lend the names of fields to the pages of domains beside this one."""
    app.extensions["catalog.fields"] = lambda: queries.shelf().fields
