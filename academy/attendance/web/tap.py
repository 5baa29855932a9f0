"""Marking one person by one press."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from academy.attendance import queries, services
from academy.attendance.rules import MARK_SIGNS, MARK_WORDS, SOURCE_WORDS, MarkState, arrival_at
from academy.attendance.services import MARKABLE, OPENS_BEFORE, Seen
from academy.attendance.web import blueprint
from academy.attendance.web.roster import MarkIsUnreadable, learners_of, typed_reason, waiting_leave
from academy.attendance.web.wall import MARKERS, marked_session
from academy.core.access import allow, current_actor
from academy.core.clock import now
from academy.core.db import transaction
from academy.core.errors import DomainError
from academy.core.text import render
from academy.people.queries import Learner
from academy.timetable import queries as timetable
from academy.timetable.queries import ClassSession
from academy.ui.forms import EmptyForm


@blueprint.route("/attendance/<code>/<int(max=2147483647):seq>/tap", methods=["GET", "POST"])
@allow(*MARKERS)
def tap(code: str, seq: int) -> ResponseReturnValue:
    """Mark one person by one press. With htmx her row comes back, without it the page."""
    session = marked_session(code, seq)
    learners = learners_of(session)
    tapped = next((one for one in learners if one.code == request.form.get("learner")), None)
    if tapped is None or not EmptyForm().validate_on_submit():
        return render_template("attendance/tap.html", learners=learners, **_tap_facts(session))
    words, status = _tap(session, tapped)
    facts = _tap_facts(session)
    if request.headers.get("HX-Request"):
        return render_template("attendance/_tap_row.html", learner=tapped, error=words, **facts)
    if status != 200:
        return render_template("attendance/tap.html", learners=learners, wrong=tapped, error=words, **facts), status
    return redirect(url_for("attendance.tap", code=code, seq=seq, _anchor=f"l-{tapped.code}"))


def _tap(session: ClassSession, learner: Learner) -> tuple[str, int]:
    """Mark her; what was refused, and the status."""
    state, at = request.form.get("state", ""), now()
    try:
        if state not in set(MarkState):
            raise MarkIsUnreadable(name=learner.name_zh, most=session.minutes)
        minutes = arrival_at(at, session.starts_at, session.minutes, 0).minutes if at < session.ends_at else None
        seen = Seen(MarkState(state), minutes if state == MarkState.LATE.value else None)
        with transaction():
            services.mark_session(
                session_id=session.id, marks={learner.id: seen}, actor=current_actor(), now=at, reason=typed_reason()
            )
    except DomainError as error:
        return " ".join(filter(None, [render(error.text), render(error.next_text)])), error.status
    return "", 200


def _tap_facts(session: ClassSession) -> dict[str, object]:
    found = timetable.class_by_id(session.class_id)
    return {
        "session": session,
        "found": found,
        "marks": queries.marks_of_session(session.id),
        "on_leave": queries.learners_on_leave(session.id),
        "states": list(MarkState),
        "mark_words": MARK_WORDS,
        "mark_signs": MARK_SIGNS,
        "source_words": SOURCE_WORDS,
        "is_open": found.state in MARKABLE and now() >= session.starts_at - OPENS_BEFORE,
        "opens_at": session.starts_at - OPENS_BEFORE,
        "waiting": waiting_leave(session),
        "button": EmptyForm(),
    }
