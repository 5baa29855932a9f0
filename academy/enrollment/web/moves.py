"""Staff: add, move and cancel sessions of a class with people in it. What it does to them is shown before it is written."""

import hashlib

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, StringField
from wtforms.validators import Length, Optional

from academy.core.access import Role, allow, current_actor
from academy.core.clock import now
from academy.core.db import transaction
from academy.core.errors import DomainError
from academy.core.text import N_, Text
from academy.enrollment import queries, services
from academy.enrollment.queries import Effect
from academy.enrollment.services import LearnersClash
from academy.enrollment.web import blueprint
from academy.people import queries as people
from academy.timetable import queries as timetable
from academy.timetable.queries import ClassSession, TrainingClass
from academy.timetable.rules import Wanted
from academy.timetable.services import SessionPlan
from academy.timetable.services.booking import DoesNotFit
from academy.timetable.web.session_form import SessionForm, fill, plan_of, proposals, say_in, values_of
from academy.timetable.web.sessions import first_values
from academy.ui.flash import say
from academy.ui.forms import Form, clean_text

STAFF = (Role.ADMINISTRATOR, Role.CLASS_MANAGER)


class MoveForm(SessionForm):
    """A session with what is needed to put people into two places at once."""

    seen = HiddenField()  # the plan whose effect was shown: another one is shown again first
    accepts_clashes = BooleanField(_l("仍然这样排，冲突的学员由班主任安排"))
    reason = StringField(_l("原因"), [Optional(), Length(max=500, message=N_("最多 500 字。")), clean_text])


class CancelForm(Form):
    """Why a session is called off."""

    reason = StringField(
        _l("取消的原因"),
        [Length(max=500, message=N_("最多 500 字。")), clean_text],
        description=_l("学员和讲师会看到。"),
    )


@blueprint.route("/manage/classes/<code>/sessions/add", methods=["GET", "POST"])
@allow(*STAFF)
def add_session(code: str) -> ResponseReturnValue:
    """Add a session."""
    found = timetable.get_class(code)
    return _moved(found, None, MoveForm(**first_values(found)))


@blueprint.route("/manage/classes/<code>/sessions/<int(max=2147483647):seq>/move", methods=["GET", "POST"])
@allow(*STAFF)
def move_session(code: str, seq: int) -> ResponseReturnValue:
    """Change a session."""
    found, session = timetable.get_class(code), timetable.get_session(code, seq)
    return _moved(found, session, MoveForm(obj=session, data=values_of(session)))


def _moved(found: TrainingClass, session: ClassSession | None, form: MoveForm) -> ResponseReturnValue:
    """First the effect, then the write, by the same form."""
    fill(form, found)
    is_filled = "slot" in request.form and form.take_slot(request.form["slot"])
    if is_filled or not form.validate_on_submit():
        return _page(found, session, form, None, None)
    plan = plan_of(form)
    if request.form.get("do") != "write" or form.seen.data != _digest(plan):
        form.seen.data, form.seen.raw_data = _digest(plan), None
        effect = queries.effect_of_plan(found, session, plan.wanted)
        slots = proposals(found, plan.wanted, session) if effect.obstacles or effect.clashes else None
        return _page(found, session, form, effect, slots)
    try:
        with transaction():
            saved = services.move_session(
                code=found.code,
                seq=session.seq if session else None,
                plan=plan,
                actor=current_actor(),
                now=now(),
                accepts_clashes=bool(form.accepts_clashes.data),
                reason=form.reason.data or "",
            )
    except DomainError as error:
        say_in(form, error)
        found = timetable.get_class(found.code)
        slots = proposals(found, plan.wanted, session) if isinstance(error, DoesNotFit | LearnersClash) else None
        return _page(found, session, form, queries.effect_of_plan(found, session, plan.wanted), slots)
    say(Text(N_("第 %(seq)s 次课已保存，学员和讲师会收到通知。"), seq=saved.seq))
    return redirect(url_for("timetable.manage_class", code=found.code))


def _digest(plan: SessionPlan) -> str:
    return hashlib.sha256(repr(plan).encode()).hexdigest()[:16]


def _page(
    found: TrainingClass,
    session: ClassSession | None,
    form: MoveForm,
    effect: Effect | None,
    slots: list[Wanted] | None,
) -> ResponseReturnValue:
    return render_template(
        "enrollment/move.html",
        found=found,
        session=session,
        form=form,
        slots=slots,
        effect=effect,
        **_named(effect),
    ), 422 if form.errors else 200


def _named(effect: Effect | None) -> dict[str, object]:
    """The people of an effect by name."""
    return {
        "learners": people.learners_by_ids(effect.clashes) if effect else {},
        "instructors": people.instructors_by_ids(effect.instructor_ids) if effect else {},
    }


@blueprint.route("/manage/classes/<code>/sessions/<int(max=2147483647):seq>/cancel", methods=["GET", "POST"])
@allow(*STAFF)
def cancel_session(code: str, seq: int) -> ResponseReturnValue:
    """Call a session off, after seeing whom it concerns."""
    found, session, form = timetable.get_class(code), timetable.get_session(code, seq), CancelForm()
    if form.validate_on_submit():
        try:
            with transaction():
                services.cancel_session(code=code, seq=seq, reason=form.reason.data or "", actor=current_actor(), now=now())
        except DomainError as error:
            say_in(form, error)
        else:
            say(N_("这次课已取消，学员和讲师会收到通知，教室已放开。"))
            return redirect(url_for("timetable.manage_class", code=code))
    effect = queries.effect_of_cancelling(found, session)
    values = {"found": found, "session": session, "form": form, "effect": effect, **_named(effect)}
    return render_template("enrollment/cancel_session.html", **values), 422 if form.errors else 200
