"""Leave: the instructor reads, the class's manager decides."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from wtforms import StringField
from wtforms.validators import Length, Optional

from academy.attendance import queries, services
from academy.attendance.policies import can_decide_leave
from academy.attendance.queries import LeaveRequest
from academy.attendance.rules import (
    LEAVE_KIND_WORDS,
    LEAVE_STATE_SIGNS,
    LEAVE_STATE_WORDS,
    MARK_SIGNS,
    MARK_WORDS,
    LeaveShare,
    LeaveState,
)
from academy.attendance.web import blueprint
from academy.attendance.web.wall import MARKERS, marked_session
from academy.core.access import Role, allow, current_actor
from academy.core.clock import now
from academy.core.db import transaction
from academy.core.errors import DomainError
from academy.core.text import N_, Text
from academy.people import queries as people
from academy.timetable import queries as timetable
from academy.ui.flash import say, say_error
from academy.ui.forms import Form, clean_text

STAFF = (Role.ADMINISTRATOR, Role.CLASS_MANAGER)


class AnswerForm(Form):
    """A decision with its words."""

    answer = StringField(_l("说明"), [Optional(), Length(max=500, message=N_("最多 500 字。")), clean_text])


@blueprint.get("/attendance/<code>/<int(max=2147483647):seq>/leave")
@allow(*MARKERS)
def session_leave(code: str, seq: int) -> ResponseReturnValue:
    """Who asks to be away from this session."""
    session = marked_session(code, seq)
    asked = queries.leave_of_session(session.id)
    return render_template(
        "attendance/session_leave.html",
        session=session,
        found=timetable.class_by_id(session.class_id),
        asked=sorted(asked.values(), key=lambda one: (one.state is not LeaveState.PENDING, one.requested_at, one.id)),
        learners=people.learners_by_ids(asked),
        **_words(),
    )


def _words() -> dict[str, object]:
    return {
        "kind_words": LEAVE_KIND_WORDS,
        "state_words": LEAVE_STATE_WORDS,
        "state_signs": LEAVE_STATE_SIGNS,
        "may_decide": can_decide_leave(current_actor()),
        "form": AnswerForm(),
    }


@blueprint.get("/attendance/leave/<request_code>")
@allow(*STAFF)
def leave_request(request_code: str) -> ResponseReturnValue:
    """One request: what it asks, what it would come to, and the decision."""
    asked = queries.get_leave_request(request_code)
    sessions = queries.sessions_of_requests([asked.id])[asked.id]
    share = queries.leave_share(asked.class_id, asked.learner_id)
    marks = queries.marks_of_learner(asked.class_id, asked.learner_id)
    return render_template(
        "attendance/leave_request.html",
        asked=asked,
        sessions=sessions,
        found=timetable.class_by_id(asked.class_id),
        learner=people.learner_by_id(asked.learner_id),
        marks=marks,
        share=share,
        after=_after(asked, share, sum(one.minutes for one in sessions)),
        others=[one for one in queries.leave_requests_of_class(asked.class_id) if one.id != asked.id][:10],
        mark_words=MARK_WORDS,
        mark_signs=MARK_SIGNS,
        **_words(),
    )


def _after(asked: LeaveRequest, share: LeaveShare, minutes: int) -> LeaveShare:
    return share.with_more(minutes) if asked.state is LeaveState.PENDING else share


@blueprint.post("/attendance/leave/<request_code>")
@allow(*STAFF)
def decide_leave(request_code: str) -> ResponseReturnValue:
    """Approve or refuse."""
    form = AnswerForm()
    if form.validate_on_submit() and request.form.get("decision") in {"approve", "refuse"}:
        approve = request.form["decision"] == "approve"
        try:
            with transaction():
                services.decide_leave(
                    code=request_code, approve=approve, answer=form.answer.data or "", actor=current_actor(), now=now()
                )
            say(N_("已准假，本人会收到通知；点名时按请假记。") if approve else N_("没有准假，本人会收到原因。"))
        except DomainError as error:
            say_error(error)
    return redirect(url_for("attendance.leave_request", request_code=request_code))


@blueprint.post("/attendance/removals/<proposal>")
@allow(*STAFF)
def decide_removal(proposal: str) -> ResponseReturnValue:
    """Remove somebody whose leave exceeds the limit, or keep her with a reason."""
    found, form = queries.get_proposal(proposal), AnswerForm()
    learner = people.learner_by_id(found.learner_id)
    if form.validate_on_submit() and request.form.get("decision") in {"remove", "keep"}:
        remove = request.form["decision"] == "remove"
        try:
            with transaction():
                services.decide_removal(
                    code=proposal, remove=remove, reason=form.answer.data or "", actor=current_actor(), now=now()
                )
            done = N_("已将%(name)s移出，本人会收到通知；已得的学时保留。") if remove else N_("%(name)s留下，原因已记录。")
            say(Text(done, name=learner.name_zh))
        except DomainError as error:
            say_error(error)
    return redirect(url_for("attendance.overview", code=timetable.class_by_id(found.class_id).code))
