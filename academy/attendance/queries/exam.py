"""Attendance as the reason why somebody may sit the exam, or may not."""

from datetime import datetime

from academy.attendance.queries.leave import least_attendance, leave_share
from academy.attendance.queries.marks import marks_of_learner
from academy.attendance.rules.exam import AttendanceFacts, explain_attendance
from academy.core.verdict import Verdict
from academy.timetable import queries as timetable


def attendance_facts(class_id: int, learner_id: int) -> AttendanceFacts:
    """What the decision about the exam looks at."""
    sessions = timetable.sessions_of(class_id)
    marks = marks_of_learner(class_id, learner_id)
    marked = [(one, marks[one.id]) for one in sessions if one.id in marks]
    return AttendanceFacts(
        planned=sum(one.minutes for one in sessions),
        attended=sum(mark.minutes for _, mark in marked),
        made_up=sum(mark.made_up_minutes for _, mark in marked),
        open_minutes=sum(one.minutes for one in sessions if one.id not in marks),
        missed_minutes=sum(one.minutes - mark.minutes for one, mark in marked),
        least_pct=least_attendance(class_id),
        leave=leave_share(class_id, learner_id),
        link=f"/my/attendance/{timetable.class_by_id(class_id).code}",
    )


def explain_exam_attendance(class_id: int, learner_id: int, *, now: datetime) -> Verdict:
    """Whether a person's attendance lets her sit the exam, with the records and what would change it."""
    return explain_attendance(attendance_facts(class_id, learner_id), now=now)
