"""Staff: the sessions of a class."""

from datetime import datetime, time, timedelta
from typing import Any

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from academy.catalog import queries as catalog
from academy.core.access import Role, allow, current_actor
from academy.core.clock import TZ, now
from academy.core.db import transaction
from academy.core.errors import DomainError
from academy.core.text import N_, Text, render
from academy.core.wording import MINUTES_PER_HOUR
from academy.people import queries as people
from academy.sites import queries as sites
from academy.timetable import queries, services
from academy.timetable.queries import ClassSession, TrainingClass
from academy.timetable.services.sessions import SessionPlan
from academy.timetable.web import blueprint
from academy.timetable.web.forms import SessionForm
from academy.timetable.web.manage import plan_form
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
    begin = datetime.combine(found.starts_on, time(8, 30), tzinfo=TZ)
    defaults = {"starts_at": begin, "ends_at": begin + timedelta(minutes=100), "hours": 2, "room": str(found.room_id or "")}
    return _edited(found, None, SessionForm(**defaults))


@blueprint.route("/manage/classes/<code>/sessions/<int(max=2147483647):seq>", methods=["GET", "POST"])
@allow(*STAFF)
def edit_session(code: str, seq: int) -> ResponseReturnValue:
    """Change a session."""
    found, session = queries.get_class(code), queries.get_session(code, seq)
    return _edited(found, session, SessionForm(obj=session, data=_values(session)))


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
    _fill(form, found)
    if form.validate_on_submit():
        try:
            with transaction():
                services.save_session(
                    code=found.code, seq=session.seq if session else None, plan=_plan(form), actor=current_actor(), now=now()
                )
        except DomainError as error:
            form.form_errors.append(" ".join(filter(None, [render(error.text), render(error.next_text)])))
        else:
            say(N_("课次已保存，教室和讲师已占用。"))
            return redirect(url_for("timetable.manage_class", code=found.code))
    status = 422 if form.errors else 200
    return render_template("timetable/session.html", form=form, found=found, session=session, button=EmptyForm()), status


def _fill(form: SessionForm, found: TrainingClass) -> None:
    none = ("", render(N_("不指定")))
    pool = [(str(one.id), f"{one.name_zh} {one.title_zh}") for one in people.instructors()]
    form.lead.choices = form.assistant.choices = [none, *pool]
    form.course.choices = [none, *((str(one.id), one.title_zh) for one in catalog.program_courses(found.program_id))]
    site = sites.site_by_id(found.site_id)
    rooms: dict[str, list[tuple[str, str]]] = {"": [none], site.name_zh: []}
    names = {one.id: one.name_zh for one in sites.sites() if one.city_code == site.city_code}
    for room in sites.rooms():
        if room.site_id in names:
            label = render(Text(N_("%(room)s（%(capacity)s 人）"), room=room.name_zh, capacity=room.capacity))
            rooms.setdefault(names[room.site_id], []).append((str(room.id), label))
    form.room.choices = rooms


def _values(session: ClassSession) -> dict[str, Any]:
    taught_by = [str(id_) for id_ in queries.session_instructors([session.id]).get(session.id, [])]
    return {
        "course": str(session.course_id or ""),
        "room": str(session.room_id or ""),
        "hours": session.minutes // MINUTES_PER_HOUR,
        "lead": taught_by[0] if taught_by else "",
        "assistant": taught_by[1] if len(taught_by) > 1 else "",
    }


def _plan(form: SessionForm) -> SessionPlan:
    given: dict[str, Any] = form.data
    return SessionPlan(
        title_zh=given["title_zh"].strip(),
        starts_at=given["starts_at"],
        ends_at=given["ends_at"],
        minutes=given["hours"] * MINUTES_PER_HOUR,
        course_id=int(given["course"]) if given["course"] else None,
        room_id=int(given["room"]) if given["room"] else None,
        instructor_ids=form.instructor_ids(),
    )
