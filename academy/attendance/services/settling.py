"""How a class that has ended ends for each of its people: by the attendance that its program asks for."""

from datetime import datetime

from academy.attendance import queries
from academy.enrollment import services as enrollment_services
from academy.timetable import queries as timetable
from academy.timetable.rules import ClassState

ENDED = frozenset({ClassState.CLOSED, ClassState.ARCHIVED})


def settle_class(*, class_id: int, now: datetime) -> None:
    """Mark who completed a class that has ended and who did not. Repeat-safe: a mark corrected later settles it anew.

    Completing is about attendance; what an exam says stands in its result, and a certificate asks for both.
    """
    found = timetable.class_by_id(class_id)
    if found.state not in ENDED:
        return
    least = queries.least_attendance(class_id)
    completed = {learner_id for learner_id, rate in queries.attendance_rate(class_id).items() if rate >= least}
    enrollment_services.finish(class_id=class_id, completed=completed, now=now)
