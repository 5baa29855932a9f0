"""Every write of the timetable, one use case a file."""

from academy.timetable.services.absences import (
    declare_absence,
    withdraw_absence,
)
from academy.timetable.services.assigning import (
    assign,
    assign_at_once,
)
from academy.timetable.services.booking import (
    SessionPlan,
)
from academy.timetable.services.calendar import (
    create_feed,
    revoke_feed,
)
from academy.timetable.services.candidates import (
    answer_invitation,
    apply_for,
    invite,
    take_back,
)
from academy.timetable.services.classes import (
    change_deadline,
    create_class,
    edit_class,
)
from academy.timetable.services.needs import (
    lapse_need,
    open_need,
    withdraw_need,
)
from academy.timetable.services.seats import (
    clear_line,
    clear_seats,
    leave_line,
    lock_class,
    promote_seat,
    release_seat,
    set_seats,
    take_seat,
)
from academy.timetable.services.series import (
    Planned,
    check_repeat,
    copy_sessions,
    save_repeat,
)
from academy.timetable.services.sessions import (
    cancel_session,
    delete_session,
    generate_sessions,
    save_session,
)
from academy.timetable.services.steps import (
    take_step,
)

__all__ = [
    "Planned",
    "SessionPlan",
    "answer_invitation",
    "apply_for",
    "assign",
    "assign_at_once",
    "cancel_session",
    "change_deadline",
    "check_repeat",
    "clear_line",
    "clear_seats",
    "copy_sessions",
    "create_class",
    "create_feed",
    "declare_absence",
    "delete_session",
    "edit_class",
    "generate_sessions",
    "invite",
    "lapse_need",
    "leave_line",
    "lock_class",
    "open_need",
    "promote_seat",
    "release_seat",
    "revoke_feed",
    "save_repeat",
    "save_session",
    "set_seats",
    "take_back",
    "take_seat",
    "take_step",
    "withdraw_absence",
    "withdraw_need",
]
