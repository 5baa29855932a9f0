"""The browser door of attendance: sessions to mark, check-in, leave, make-ups, a class's grid, one's own attendance."""

from flask import Blueprint

blueprint = Blueprint("attendance", __name__, template_folder="../templates")

from academy.attendance.web import (  # noqa: E402 - the views register on the blueprint
    check_in,  # noqa: F401
    conversions,  # noqa: F401
    decrees,  # noqa: F401
    hours,  # noqa: F401
    leave,  # noqa: F401
    ledger,  # noqa: F401
    make_up,  # noqa: F401
    mine,  # noqa: F401
    overview,  # noqa: F401
    roster,  # noqa: F401
    sheet,  # noqa: F401
    tap,  # noqa: F401
    teaching,  # noqa: F401
    wall,  # noqa: F401
)
