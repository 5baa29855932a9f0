"""How a class ends for the people in it."""

from collections.abc import Collection
from datetime import datetime

from academy.core.access import SYSTEM
from academy.enrollment import queries
from academy.enrollment.rules import SEATED, EnrollmentState
from academy.enrollment.services import recording
from academy.timetable import services as seats_of


def finish(*, class_id: int, completed: Collection[int], now: datetime) -> None:
    """Mark who of the people with a seat completed the class (learner ids) and who did not.

    Repeat-safe: called again after a correction of marks, it changes those whom the correction concerns.
    """
    seats_of.lock_class(class_id=class_id)
    seated = queries.fresh_enrollments(class_id, SEATED)
    passed = [one for one in seated if one.learner_id in completed and one.state is not EnrollmentState.COMPLETED]
    failed = [one for one in seated if one.learner_id not in completed and one.state is not EnrollmentState.FAILED]
    recording.change(passed, EnrollmentState.COMPLETED, SYSTEM, now)
    recording.change(failed, EnrollmentState.FAILED, SYSTEM, now)
