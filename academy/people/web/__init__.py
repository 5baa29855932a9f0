"""The browser door of people.

The names of fields belong to the catalog, which stands beside this domain: app.extensions["catalog.fields"] gives them.
"""

from flask import Blueprint, Flask

blueprint = Blueprint("people", __name__, template_folder="../templates")

from academy.people.web import (  # noqa: E402 - the views register on the blueprint
    exports,
    instructors,
    learners,
    merging,
    papers,
    pool,
    profile,
    record,
    rosters,
)

__all__ = [
    "blueprint",
    "exports",
    "install",
    "instructors",
    "learners",
    "merging",
    "papers",
    "pool",
    "profile",
    "record",
    "rosters",
]


def install(app: Flask) -> None:
    """Tell the catalog's pages which person type a reader is."""
    app.extensions["catalog.person_type_of"] = profile.person_type_of
