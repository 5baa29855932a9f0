"""Sessions to mark, and the roster of one."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from academy.attendance import queries, services
from academy.attendance.policies import can_mark, can_mark_any
from academy.attendance.rules import (
    DEFAULT_MISSED_MINUTES,
    LONGEST_REASON,
    MAKE_UP_SIGNS,
    MAKE_UP_WORDS,
    MARK_SIGNS,
    MARK_WORDS,
    PARTLY,
    SOURCE_WORDS,
    CheckInKind,
    LeaveState,
    MarkState,
)
from academy.attendance.services import MARKABLE, OPENS_BEFORE, Marked, Seen
from academy.attendance.web import blueprint
from academy.core.access import Role, allow, current_actor
from academy.core.clock import TZ, now, today
from academy.core.db import transaction
from academy.core.errors import DomainError, Forbidden, Invalid
from academy.core.text import N_, Text, render
from academy.enrollment import queries as enrollment
from academy.people import queries as people
from academy.people.queries import Learner
from academy.sites import queries as sites
from academy.timetable import queries as timetable
from academy.timetable.queries import ClassSession
from academy.ui.flash import say, say_error
from academy.ui.forms import EmptyForm

MARKERS = (Role.INSTRUCTOR, Role.CLASS_MANAGER, Role.ADMINISTRATOR)
LOOK_BACK = timedelta(days=21)
LOOK_AHEAD = timedelta(days=7)
PRESENT = MarkState.PRESENT.value


class MarkIsUnreadable(Invalid):
    """A state that does not exist, or minutes that are no number."""

    message = N_("%(name)s的考勤填得不对：状态从列表里选，分钟数填 0—%(most)s 的整数。什么都没有写入。")


@blueprint.get("/attendance", endpoint="today")
@allow(*MARKERS)
def sessions_to_mark() -> ResponseReturnValue:
    """Today's sessions first, then those that nobody has marked, then what comes and what has been."""
    actor, at = current_actor(), now()
    midnight = datetime.combine(today(at), time(0), tzinfo=TZ)
    instructor = people.find_instructor_of_user(actor.user_id) if actor.user_id is not None else None
    whose = None if can_mark_any(actor) else (instructor.id if instructor else 0)
    found = timetable.sessions_between(midnight - LOOK_BACK, midnight + LOOK_AHEAD, instructor_id=whose, states=MARKABLE)
    marked = queries.marked_counts(session.id for session in found)
    tomorrow = midnight + timedelta(days=1)
    behind = [session for session in found if session.starts_at < midnight]
    classes = timetable.classes_by_ids({session.class_id for session in found})
    done = {one.id for one in found if marked.get(one.id, 0) >= max(classes[one.class_id].admitted_count, 1)}
    return render_template(
        "attendance/today.html",
        todays=[session for session in found if midnight <= session.starts_at < tomorrow],
        unmarked=[session for session in behind if session.id not in done],
        ahead=[session for session in found if session.starts_at >= tomorrow],
        behind=[session for session in reversed(behind) if session.id in done],
        done=done,
        marked=marked,
        counts=queries.state_counts(marked),
        classes=classes,
        rooms=sites.rooms_by_ids({session.room_id for session in found if session.room_id}),
        sites={site.id: site for site in sites.sites()},
        waiting=queries.pending_leave_counts({session.class_id for session in found}),
        may_lead=can_mark_any(actor),
        mark_words=MARK_WORDS,
        day=midnight,
        at=at,
        opens_before=OPENS_BEFORE,
        is_instructor=instructor is not None,
    )


@blueprint.route("/attendance/<code>/<int(max=2147483647):seq>", methods=["GET", "POST"])
@allow(*MARKERS)
def roster(code: str, seq: int) -> ResponseReturnValue:
    """Mark a session on one page: everybody present, but for the exceptions."""
    session = timetable.get_session(code, seq)
    if not can_mark(current_actor(), session):
        raise Forbidden
    learners = learners_of(session)
    if not EmptyForm().validate_on_submit():
        return _shown(session, learners, None)
    try:
        marks = _read(session, learners)
        with transaction():
            marked = services.mark_session(
                session_id=session.id, marks=marks, actor=current_actor(), now=now(), reason=typed_reason()
            )
    except DomainError as error:
        return _shown(session, learners, error), error.status
    say(_words(marked))
    return redirect(url_for("attendance.roster", code=code, seq=seq))


def typed_reason() -> str:
    """Why a mark is corrected, on one line."""
    return " ".join(request.form.get("reason", "").split())[:LONGEST_REASON]


@blueprint.post("/attendance/<code>/<int(max=2147483647):seq>/rest")
@allow(*MARKERS)
def rest(code: str, seq: int) -> ResponseReturnValue:
    """Whoever has no mark yet is absent, or on leave where leave was approved."""
    session = timetable.get_session(code, seq)
    if not can_mark(current_actor(), session):
        raise Forbidden
    if EmptyForm().validate_on_submit():
        try:
            with transaction():
                marked = services.mark_rest(session_id=session.id, actor=current_actor(), now=now())
            say(_words(marked))
        except DomainError as error:
            say_error(error)
    return redirect(url_for("attendance.roster", code=code, seq=seq))


def waiting_leave(session: ClassSession) -> int:
    """How many requests for a session wait."""
    return sum(asked.state is LeaveState.PENDING for asked in queries.leave_of_session(session.id).values())


def learners_of(session: ClassSession) -> list[Learner]:
    """The session's roster, by learner code."""
    ids = enrollment.admitted_learner_ids(session.class_id)
    found = people.learners_by_ids(ids)
    return sorted((found[id_] for id_ in ids), key=lambda learner: learner.code)


def _read(session: ClassSession, learners: list[Learner]) -> dict[int, Seen]:
    """The submitted marks. People who were not on the page, or are left open there, stay as they are."""
    marks = {}
    for learner in learners:
        state = request.form.get(f"state-{learner.code}")
        if not state:  # not on the page, or left open
            continue
        typed = request.form.get(f"minutes-{learner.code}", "").strip()
        is_number = typed.isascii() and typed.isdigit() and len(typed) < 5
        if state not in set(MarkState) or (typed and not (is_number and int(typed) <= session.minutes)):
            raise MarkIsUnreadable(name=learner.name_zh, most=session.minutes)
        marks[learner.id] = Seen(MarkState(state), int(typed) if typed else None)
    return marks


def _words(marked: Marked) -> Text:
    if not marked.new and not marked.corrected:
        return Text(N_("和已有的记录一样，什么都没有改动。"))
    return Text(N_("已记 %(new)s 人，更正 %(corrected)s 人，学时随之入账。"), new=marked.new, corrected=marked.corrected)


def _shown(session: ClassSession, learners: list[Learner], error: DomainError | None) -> str:
    at = now()
    found = timetable.class_by_id(session.class_id)
    marks = queries.marks_of_session(session.id)
    corrected = queries.corrected_learner_ids(session.id)
    on_leave = queries.learners_on_leave(session.id)
    guests = queries.guests_of_session(session.id)
    is_live = bool(queries.live_openings([session.id], at))
    return render_template(
        "attendance/roster.html",
        session=session,
        found=found,
        room=sites.room_by_id(session.room_id) if session.room_id else None,
        learners=learners,
        marks=marks,
        values=_values(session, learners, marks if error is None else None, on_leave, "" if is_live or marks else PRESENT),
        histories={id_: queries.mark_history(session.id, id_) for id_ in corrected},
        on_leave=on_leave,
        checked_out=queries.checked_learner_ids(session.id, CheckInKind.OUT),
        guests=guests,
        guest_names=people.learners_by_ids(one.learner_id for one in guests),
        make_up_words=MAKE_UP_WORDS,
        make_up_signs=MAKE_UP_SIGNS,
        source_words=SOURCE_WORDS,
        waiting=waiting_leave(session),
        is_live=is_live,
        is_over=at >= session.ends_at,
        reason=typed_reason(),
        counts=queries.state_counts([session.id]).get(session.id, {}),
        states=list(MarkState),
        mark_words=MARK_WORDS,
        mark_signs=MARK_SIGNS,
        is_open=found.state in MARKABLE and at >= session.starts_at - OPENS_BEFORE,
        opens_at=session.starts_at - OPENS_BEFORE,
        error=" ".join(filter(None, [render(error.text), render(error.next_text)])) if error else "",
        button=EmptyForm(),
    )


def _values(
    session: ClassSession,
    learners: list[Learner],
    marks: Mapping[int, queries.AttendanceMark] | None,
    on_leave: set[int],
    default: str,
) -> dict[str, tuple[str, str]]:
    """State and minutes to show: what was typed, what is recorded, approved leave, else `default` ("" is left open)."""
    values = {}
    for learner in learners:
        mark = marks.get(learner.id) if marks is not None else None
        if marks is None:
            typed = request.form.get(f"state-{learner.code}", "")
            values[learner.code] = (typed, request.form.get(f"minutes-{learner.code}", ""))
        elif mark is None:
            state = MarkState.LEAVE.value if learner.id in on_leave else default
            values[learner.code] = (state, str(max(session.minutes - DEFAULT_MISSED_MINUTES, 0)))
        else:
            shown = mark.seen_minutes if mark.state in PARTLY else max(session.minutes - DEFAULT_MISSED_MINUTES, 0)
            values[learner.code] = (mark.state.value, str(shown))
    return values
