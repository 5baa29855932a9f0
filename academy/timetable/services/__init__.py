"""Every write of the timetable, one use case a file."""

from academy.timetable.services.admission import Terms, set_terms
from academy.timetable.services.classes import change_deadline, create_class, edit_class
from academy.timetable.services.seats import (
    admit_held,
    admit_reserved,
    clear_line,
    clear_seats,
    hold_seat,
    leave_line,
    let_go,
    lock_class,
    release_seat,
    reserve_seats,
    seat_approved,
    set_seats,
    take_seat,
)
from academy.timetable.services.sessions import delete_session, generate_sessions, save_session
from academy.timetable.services.steps import take_step

__all__ = [
    "Terms",
    "admit_held",
    "admit_reserved",
    "change_deadline",
    "clear_line",
    "clear_seats",
    "create_class",
    "delete_session",
    "edit_class",
    "generate_sessions",
    "hold_seat",
    "leave_line",
    "let_go",
    "lock_class",
    "release_seat",
    "reserve_seats",
    "save_session",
    "seat_approved",
    "set_seats",
    "set_terms",
    "take_seat",
    "take_step",
]
