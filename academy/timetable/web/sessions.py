"""Staff: the sessions of a class, one at a time. A class with people in it is changed on enrollment's page."""

from datetime import datetime, time, timedelta

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from academy.core.access import Role, allow, current_actor
from academy.core.clock import TZ, now
from academy.core.db import transaction
from academy.core.errors import DomainError
from academy.core.text import N_, Text
from academy.timetable import queries, services
from academy.timetable.queries import ClassSession, TrainingClass
from academy.timetable.rules import Wanted
from academy.timetable.services.booking import DoesNotFit
from academy.timetable.web import blueprint
from academy.timetable.web.manage import plan_form
from academy.timetable.web.session_form import SessionForm, fill, plan_of, proposals, say_in, values_of
from academy.ui.flash import say, say_error
from academy.ui.forms import EmptyForm

STAFF = (Role.ADMINISTRATOR, Role.CLASS_MANAGER)


@blueprint.post("/manage/classes/<code>/plan")
@allow(*STAFF)
def plan_sessions(code: str) -> ResponseReturnValue:
    """Plan the program's courses over the class's days."""
    form = plan_form()
    if form.validate_on_submit():
        try:
            with transaction():
                made = services.generate_sessions(code=code, instructor_ids=form.chosen(), actor=current_actor(), now=now())
            say(Text(N_("已排 %(count)s 次课。可以逐次调整。"), count=len(made)))
        except DomainError as error:
            say_error(error)
    return redirect(url_for("timetable.manage_class", code=code))


@blueprint.route("/manage/classes/<code>/sessions/new", methods=["GET", "POST"])
@allow(*STAFF)
def new_session(code: str) -> ResponseReturnValue:
    """Add a session."""
    found = queries.get_class(code)
    if found.admitted_count:
        return redirect(url_for("enrollment.add_session", code=code))
    return _edited(found, None, SessionForm(**first_values(found)))


def first_values(found: TrainingClass) -> dict[str, object]:
    """What a new session starts from: the class's first morning in its room."""
    begin = datetime.combine(found.starts_on, time(8, 30), tzinfo=TZ)
    return {"starts_at": begin, "ends_at": begin + timedelta(minutes=100), "hours": 2, "room": str(found.room_id or "")}


@blueprint.route("/manage/classes/<code>/sessions/<int(max=2147483647):seq>", methods=["GET", "POST"])
@allow(*STAFF)
def edit_session(code: str, seq: int) -> ResponseReturnValue:
    """Change a session."""
    found, session = queries.get_class(code), queries.get_session(code, seq)
    if found.admitted_count:
        return redirect(url_for("enrollment.move_session", code=code, seq=seq))
    return _edited(found, session, SessionForm(obj=session, data=values_of(session)))


@blueprint.post("/manage/classes/<code>/sessions/<int(max=2147483647):seq>/delete")
@allow(*STAFF)
def delete_session(code: str, seq: int) -> ResponseReturnValue:
    """Take a session out."""
    if EmptyForm().validate_on_submit():
        try:
            with transaction():
                services.delete_session(code=code, seq=seq, actor=current_actor(), now=now())
            say(N_("这次课已删除，教室和讲师的时间已放开。"))
        except DomainError as error:
            say_error(error)
    return redirect(url_for("timetable.manage_class", code=code))


def _edited(found: TrainingClass, session: ClassSession | None, form: SessionForm) -> ResponseReturnValue:
    fill(form, found)
    slots: list[Wanted] | None = None
    if "slot" in request.form and form.take_slot(request.form["slot"]):
        return _page(found, session, form, slots)
    if form.validate_on_submit():
        plan, seq = plan_of(form), session.seq if session else None
        try:
            with transaction():
                services.save_session(code=found.code, seq=seq, plan=plan, actor=current_actor(), now=now())
        except DomainError as error:
            say_in(form, error)
            slots = proposals(found, plan.wanted, session) if isinstance(error, DoesNotFit) else None
        else:
            say(N_("课次已保存，教室和讲师已占用。"))
            return redirect(url_for("timetable.manage_class", code=found.code))
    return _page(found, session, form, slots)


def _page(
    found: TrainingClass, session: ClassSession | None, form: SessionForm, slots: list[Wanted] | None
) -> ResponseReturnValue:
    values = {"form": form, "found": found, "session": session, "slots": slots, "button": EmptyForm()}
    return render_template("timetable/session.html", **values), 422 if form.errors else 200
