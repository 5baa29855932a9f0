"""The browser door of attendance: sessions to mark, a session's roster, one's own hours."""

from flask import Blueprint

blueprint = Blueprint("attendance", __name__, template_folder="../templates")

from academy.attendance.web import hours, roster, teaching  # noqa: E402, F401 - the views register on the blueprint
