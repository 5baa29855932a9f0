"""The browser door of the timetable. The page of one class, with its why and why-not, is enrollment's."""

from flask import Blueprint, Flask

from academy.core.clock import now
from academy.timetable import queries

blueprint = Blueprint("timetable", __name__, template_folder="../templates")

from academy.timetable.web import classes, manage, needs, sessions, teaching  # noqa: E402, F401 - the views register on the blueprint


def install(app: Flask) -> None:
    """Give the catalog's pages the classes that are open."""
    app.extensions["catalog.open_classes"] = lambda: queries.open_class_cards(now=now())
