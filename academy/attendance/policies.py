"""Who may mark whom, and who reads and keeps the ledger of hours; also decides whether a button shows."""

from academy.core.access import Actor, Role
from academy.people import queries as people
from academy.people.policies import can_see_learner
from academy.people.queries import Instructor, Learner
from academy.timetable import queries as timetable
from academy.timetable.queries import ClassSession


def can_mark_any(actor: Actor) -> bool:
    """Mark any session of the academy."""
    return actor.has(Role.ADMINISTRATOR, Role.CLASS_MANAGER)


def can_mark(actor: Actor, session: ClassSession) -> bool:
    """Mark this session: its instructors and the staff."""
    if can_mark_any(actor):
        return True
    if not actor.has(Role.INSTRUCTOR) or actor.user_id is None:
        return False
    instructor = people.find_instructor_of_user(actor.user_id)
    return instructor is not None and timetable.teaches(session.id, instructor.id)


def can_decide_leave(actor: Actor) -> bool:
    """Approve leave, decide about a proposal to remove somebody, open make-up sessions."""
    return can_mark_any(actor)


def can_manage_fees(actor: Actor) -> bool:
    """See everybody's teaching hours and fees, and confirm statements."""
    return actor.has(Role.ADMINISTRATOR, Role.CLASS_MANAGER)


def can_see_fees_of(actor: Actor, instructor: Instructor) -> bool:
    """Hours and fees of one instructor: her own, and the staff's."""
    return can_manage_fees(actor) or (actor.user_id is not None and instructor.user_id == actor.user_id)


HOURS_READERS = (Role.ADMINISTRATOR, Role.CLASS_MANAGER, Role.CERTIFICATE_OFFICER, Role.AUDITOR)
HOURS_KEEPERS = (Role.ADMINISTRATOR, Role.CLASS_MANAGER)


def can_see_hours(actor: Actor, learner: Learner) -> bool:
    """Read somebody's ledger: the staff, a coordinator for her organization, a learner for herself."""
    return actor.has(*HOURS_READERS) or can_see_learner(actor, learner)


def can_keep_hours(actor: Actor) -> bool:
    """Record periods, write hours down, decide about conversions, carry out decrees."""
    return actor.has(*HOURS_KEEPERS)


def can_ask_for_conversion(actor: Actor, learner: Learner) -> bool:
    """Apply for a conversion: a learner for herself, the staff for anybody."""
    return can_keep_hours(actor) or is_self(actor, learner)


def is_self(actor: Actor, learner: Learner) -> bool:
    """Whether the actor is this learner: nobody decides about her own hours."""
    return actor.user_id is not None and learner.user_id == actor.user_id
