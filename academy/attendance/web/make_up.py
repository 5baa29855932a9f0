"""Make-ups: special sessions that staff open, and recording who came."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, SelectField, StringField
from wtforms.validators import InputRequired, Length, NumberRange

from academy.attendance import queries, services
from academy.attendance.rules import MAKE_UP_SIGNS, MAKE_UP_WORDS
from academy.attendance.services import SessionPlan
from academy.attendance.web import blueprint
from academy.attendance.web.wall import MARKERS
from academy.catalog import queries as catalog
from academy.core.access import Role, allow, current_actor
from academy.core.clock import now
from academy.core.db import transaction
from academy.core.errors import DomainError, Forbidden, NotFound
from academy.core.text import N_, Text, render
from academy.core.wording import MINUTES_PER_HOUR
from academy.people import queries as people
from academy.timetable import queries as timetable
from academy.ui.fields import REQUIRED, MomentField
from academy.ui.flash import say, say_error
from academy.ui.forms import EmptyForm, Form, clean_text

STAFF = (Role.ADMINISTRATOR, Role.CLASS_MANAGER)


class SessionForm(Form):
    """A session for those who missed a course."""

    course = SelectField(_l("课程"), [InputRequired(REQUIRED)], validate_choice=False)
    starts_at = MomentField(_l("开始"), [InputRequired(REQUIRED)])
    ends_at = MomentField(_l("结束"), [InputRequired(REQUIRED)])
    hours = IntegerField(_l("学时"), [InputRequired(N_("请填整数。")), NumberRange(1, 12, N_("学时须为 1—12。"))])
    place = StringField(_l("地点"), [InputRequired(REQUIRED), Length(max=60, message=N_("最多 60 字。")), clean_text])
    places = IntegerField(
        _l("名额"), [InputRequired(N_("请填整数。")), NumberRange(1, 500, N_("名额须为 1—500。"))], default=30
    )


@blueprint.route("/manage/make-ups", methods=["GET", "POST"])
@allow(*STAFF)
def make_up_sessions() -> ResponseReturnValue:
    """The special sessions, and opening one."""
    form = SessionForm()
    form.course.choices = [("", render(N_("请选择"))), *((one.code, f"{one.code} {one.title_zh}") for one in _courses())]
    starts_at, ends_at = form.starts_at.data, form.ends_at.data
    if form.validate_on_submit() and starts_at and ends_at:
        plan = SessionPlan(
            course_code=form.course.data or "",
            starts_at=starts_at,
            ends_at=ends_at,
            minutes=(form.hours.data or 0) * MINUTES_PER_HOUR,
            place_zh=form.place.data or "",
            places=form.places.data or 0,
        )
        try:
            with transaction():
                services.open_make_up_session(plan=plan, actor=current_actor(), now=now())
            say(N_("补课场次已开放，缺了这门课的学员现在就能约。"))
            return redirect(url_for("attendance.make_up_sessions"))
        except NotFound:
            form.course.errors = [N_("没有这门课程。")]
        except DomainError as error:
            form.refuse(error)
    sessions = queries.make_up_sessions()
    page = render_template(
        "attendance/make_up_sessions.html",
        form=form,
        sessions=sessions,
        courses=catalog.courses_by_ids({one.course_id for one in sessions}),
        at=now(),
    )
    return page, 422 if form.errors else 200


def _courses() -> list[catalog.Course]:
    """The courses of classes that are taught: what can have been missed."""
    taught = [one for found in timetable.classes() for one in catalog.program_courses(found.program_id)]
    return sorted({one.id: one for one in taught}.values(), key=lambda one: one.code)


@blueprint.get("/manage/make-ups/<session_code>")
@allow(*STAFF)
def make_up_session(session_code: str) -> ResponseReturnValue:
    """Who comes to a special session, and who came."""
    session = queries.get_make_up_session(session_code)
    booked = queries.people_of_make_up_session(session.id)
    missed = timetable.sessions_by_ids({one.session_id for one in booked})
    return render_template(
        "attendance/make_up_session.html",
        session=session,
        course=catalog.course_by_id(session.course_id),
        booked=booked,
        learners=people.learners_by_ids(one.learner_id for one in booked),
        missed=missed,
        classes=timetable.classes_by_ids({one.class_id for one in missed.values()}),
        state_words=MAKE_UP_WORDS,
        state_signs=MAKE_UP_SIGNS,
        may_record=now() >= session.starts_at - services.OPENS_BEFORE,
        button=EmptyForm(),
    )


@blueprint.post("/attendance/make-ups/<code>")
@allow(*MARKERS)
def record_make_up(code: str) -> ResponseReturnValue:
    """Record what somebody attended; 0 says that she did not come."""
    booked = queries.get_make_up(code)
    typed = request.form.get("minutes", "").strip()
    if EmptyForm().validate_on_submit():
        if not (typed.isascii() and typed.isdigit() and len(typed) < 5):
            say(N_("分钟数填 0 或正整数；什么都没有写入。"), "lost")
        else:
            try:
                with transaction():
                    done = services.record_make_up(code=code, minutes=int(typed), actor=current_actor(), now=now())
                say(Text(N_("已记，补上 %(minutes)s 分钟。"), minutes=done.minutes) if done.minutes else N_("已记：没有来。"))
            except (NotFound, Forbidden):
                raise
            except DomainError as error:
                say_error(error)
    if booked.host_session_id is None:
        special = queries.make_up_sessions_by_ids([booked.make_up_session_id or 0])[booked.make_up_session_id or 0]
        return redirect(url_for("attendance.make_up_session", session_code=special.code))
    host = timetable.session_by_id(booked.host_session_id)
    return redirect(url_for("attendance.roster", code=timetable.class_by_id(host.class_id).code, seq=host.seq))
