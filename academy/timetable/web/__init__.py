"""The browser door of the timetable. The page of one class, with its why and why-not, is enrollment's."""

from flask import Blueprint, Flask

from academy.core.clock import now
from academy.timetable import queries

blueprint = Blueprint("timetable", __name__, template_folder="../templates")

from academy.timetable.web import (  # noqa: E402 - the views register on the blueprint
    classes,
    manage,
    needs,
    places,
    series,
    sessions,
    teaching,
    weeks,
)

__all__ = ["blueprint", "classes", "install", "manage", "needs", "places", "series", "sessions", "teaching", "weeks"]


def install(app: Flask) -> None:
    """Give the catalog's pages the classes that are open."""
    app.extensions["catalog.open_classes"] = lambda: queries.open_class_cards(now=now())
