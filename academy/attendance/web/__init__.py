"""The browser door of attendance: sessions to mark, a session's roster, the ledger of hours and all that goes with it."""

from flask import Blueprint

blueprint = Blueprint("attendance", __name__, template_folder="../templates")

from academy.attendance.web import (  # noqa: E402, F401 - the views register on the blueprint
    conversions,
    decrees,
    hours,
    ledger,
    roster,
)
