"""A class's attendance on one page: learners by sessions, who is under the line; and as a file."""

from dataclasses import dataclass
from decimal import Decimal
from io import BytesIO

from flask import render_template, send_file
from flask.typing import ResponseReturnValue

from academy.attendance import queries
from academy.attendance.policies import can_decide_leave, can_mark_any
from academy.attendance.queries import AttendanceMark
from academy.attendance.rules import (
    MARK_SHORT,
    MARK_WORDS,
    PARTLY,
    LeaveShare,
    LeaveState,
    MarkState,
    ProposalState,
    compute_rate,
)
from academy.attendance.web import blueprint
from academy.attendance.web.leave import AnswerForm
from academy.attendance.web.wall import MARKERS
from academy.core.access import allow, current_actor
from academy.core.clock import local, now
from academy.core.errors import Forbidden
from academy.core.sheets import XLSX, Book, Column
from academy.core.text import N_, Text, render
from academy.core.wording import hours_from_minutes
from academy.people import queries as people
from academy.people.queries import Learner
from academy.timetable import queries as timetable
from academy.timetable.queries import ClassSession, TrainingClass

MADE_UP = "补"  # added to a sign whose minutes were made up; stands in a file, explained in its legend


@dataclass(frozen=True, slots=True)
class Line:
    """One learner's row."""

    learner: Learner
    marks: dict[int, AttendanceMark]
    attended: int
    rate: Decimal
    leave: LeaveShare
    is_under: bool  # of what has been marked so far


def seen_class(code: str) -> TrainingClass:
    """The class, if the reader teaches in it or works for the academy. Raises NotFound, Forbidden."""
    found, actor = timetable.get_class(code), current_actor()
    if can_mark_any(actor):
        return found
    instructor = people.find_instructor_of_user(actor.user_id) if actor.user_id is not None else None
    if instructor is None or found.id not in timetable.class_ids_of_instructor(instructor.id):
        raise Forbidden
    return found


def lines_of(found: TrainingClass, sessions: list[ClassSession]) -> list[Line]:
    """Everybody who has a seat, by learner code."""
    shares = queries.leave_shares(found.id)
    learners = people.learners_by_ids(shares)
    marks = queries.marks_of_class(found.id)
    least = queries.least_attendance(found.id)
    lines = []
    for learner in sorted(learners.values(), key=lambda one: one.code):
        own = {one.id: marks[learner.id, one.id] for one in sessions if (learner.id, one.id) in marks}
        attended = sum(mark.minutes for mark in own.values())
        marked = sum(one.minutes for one in sessions if one.id in own)
        rate = compute_rate(attended, marked)
        lines.append(Line(learner, own, attended, rate, shares[learner.id], bool(own) and rate < least))
    return lines


@blueprint.get("/attendance/<code>/overview")
@allow(*MARKERS)
def overview(code: str) -> ResponseReturnValue:
    """The grid, the leave that waits, and the proposals that somebody has to decide."""
    found = seen_class(code)
    sessions = timetable.sessions_of(found.id)
    lines = lines_of(found, sessions)
    proposals = [one for one in queries.proposals_of_class(found.id) if one.state is ProposalState.OPEN]
    pending = [one for one in queries.leave_requests_of_class(found.id) if one.state is LeaveState.PENDING]
    return render_template(
        "attendance/overview.html",
        found=found,
        sessions=sessions,
        lines=lines,
        under=[line for line in lines if line.is_under],
        least=queries.least_attendance(found.id),
        short=MARK_SHORT,
        partly=PARTLY,
        mark_words=MARK_WORDS,
        states=list(MarkState),
        proposals=proposals,
        pending=pending,
        names=people.learners_by_ids({*(one.learner_id for one in proposals), *(one.learner_id for one in pending)}),
        granted=queries.granted_leave(found.id),
        may_lead=can_decide_leave(current_actor()),
        at=now(),
        form=AnswerForm(),
    )


@blueprint.get("/attendance/<code>/overview.xlsx")
@allow(*MARKERS)
def overview_file(code: str) -> ResponseReturnValue:
    """The grid as a workbook, with its legend."""
    found, at = seen_class(code), now()
    sessions = timetable.sessions_of(found.id)
    columns = [Column(render(N_("学员编号")), 12), Column(render(N_("姓名")), 12)]
    columns += [Column(f"第{one.seq}节\n{local(one.starts_at):%m-%d %H:%M}", 11) for one in sessions]
    columns += [Column(render(N_("实到学时")), 10), Column(render(N_("出勤率")), 8, "0.0"), Column(render(N_("请假学时")), 10)]
    columns += [Column(render(N_("低于要求")), 10)]
    rows = [_cells(line, sessions) for line in lines_of(found, sessions)]
    legend = "　".join(f"{MARK_SHORT[state]} {render(name)}" for state, name in MARK_WORDS.items())
    words = Text(N_("截至 %(at)s；出勤率按已点名的课计算，要求 %(least)s%%。"), at=at, least=queries.least_attendance(found.id))
    book = Book(as_of=at)
    book.sheet(render(N_("考勤")), columns, rows, title=f"{found.code} {found.title_zh}", notes=[render(words), legend])
    return send_file(BytesIO(book.content()), XLSX, as_attachment=True, download_name=f"attendance-{found.code}.xlsx")


def _cells(line: Line, sessions: list[ClassSession]) -> list[str | Decimal]:
    signs = [_sign(line.marks.get(one.id)) for one in sessions]
    hours = hours_from_minutes(line.attended), line.rate, hours_from_minutes(line.leave.used)
    return [line.learner.code, line.learner.name_zh, *signs, *hours, render(N_("是")) if line.is_under else ""]


def _sign(mark: AttendanceMark | None) -> str:
    if mark is None:
        return ""
    minutes = str(mark.seen_minutes) if mark.state in PARTLY else ""
    return f"{MARK_SHORT[mark.state]}{minutes}{MADE_UP + str(mark.made_up_minutes) if mark.made_up_minutes else ''}"
