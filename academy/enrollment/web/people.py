"""Staff: who is in a class; enrolling and removing people; the number of seats."""

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from academy.accounts import queries as accounts
from academy.core.access import Role, allow, current_actor
from academy.core.clock import now
from academy.core.db import transaction
from academy.core.errors import DomainError, NotFound
from academy.core.text import N_, Text, render
from academy.core.verdict import Verdict
from academy.enrollment import queries, services
from academy.enrollment.policies import can_manage_enrollments
from academy.enrollment.rules import SEATED, SOURCE_WORDS, STATE_SIGNS, STATE_WORDS, EnrollmentState, Source
from academy.enrollment.services import Enrolled
from academy.enrollment.web import blueprint
from academy.people import queries as people_queries
from academy.people.queries import Learner
from academy.timetable import queries as timetable
from academy.timetable.queries import TrainingClass
from academy.ui.flash import say, say_error
from academy.ui.forms import Form, clean_text

MOST_AT_ONCE = 200


class AddForm(Form):
    """Codes of learners, one a line."""

    codes = TextAreaField(
        _l("学员编号"),
        [InputRequired(N_("请填学员编号。")), Length(max=4000, message=N_("一次最多 200 人。"))],
        description=_l("一行一个，如 L-0025。先预览，再登记。"),
        render_kw={"rows": 4, "spellcheck": "false"},
    )


class SeatsForm(Form):
    """A number of seats."""

    seats = IntegerField(_l("席位"), [InputRequired(N_("请填席位数。")), NumberRange(1, 2000, N_("席位须为 1—2000。"))])


class RemoveForm(Form):
    """Why somebody is removed."""

    reason = StringField(_l("原因"), [Optional(), Length(max=500), clean_text])


@blueprint.get("/manage/classes/<code>/people")
@allow(Role.ADMINISTRATOR, Role.CLASS_MANAGER, Role.CERTIFICATE_OFFICER, Role.AUDITOR)
def people(code: str) -> ResponseReturnValue:
    """Who has a seat, who waits, who has left."""
    return _shown(timetable.get_class(code), AddForm(), None)


def _shown(found: TrainingClass, form: AddForm, preview: list[tuple[str, Learner | None, Verdict | None]] | None) -> str:
    enrollments = queries.enrollments_of(found.id)
    learners = people_queries.learners_by_ids(one.learner_id for one in enrollments)
    units = accounts.organizations_by_ids({one.organization_id for one in learners.values() if one.organization_id})
    listed = {EnrollmentState.WAITLISTED, *SEATED}
    return render_template(
        "enrollment/people.html",
        found=found,
        seated=[one for one in enrollments if one.state in SEATED],
        waiting=[one for one in enrollments if one.state is EnrollmentState.WAITLISTED],
        gone=[one for one in enrollments if one.state not in listed],
        learners=learners,
        units=units,
        form=form,
        preview=preview,
        seats_form=SeatsForm(obj=found),
        remove=RemoveForm(),
        may_manage=can_manage_enrollments(current_actor()),
        state_words=STATE_WORDS,
        state_signs=STATE_SIGNS,
        source_words=SOURCE_WORDS,
    )


@blueprint.post("/manage/classes/<code>/people/preview")
@allow(Role.ADMINISTRATOR, Role.CLASS_MANAGER)
def preview_people(code: str) -> ResponseReturnValue:
    """What enrolling these people would do, one by one; nothing is written."""
    found, form = timetable.get_class(code), AddForm()
    if not form.validate_on_submit():
        return _shown(found, form, None), 422
    rows: list[tuple[str, Learner | None, Verdict | None]] = []
    for typed in _codes(form):
        try:
            learner = people_queries.get_learner(typed)
        except NotFound:
            rows.append((typed, None, None))
        else:
            rows.append((typed, learner, queries.explain(found.id, learner.id, now())))
    return _shown(found, form, rows)


@blueprint.post("/manage/classes/<code>/people/add")
@allow(Role.ADMINISTRATOR, Role.CLASS_MANAGER)
def add_people(code: str) -> ResponseReturnValue:
    """Enroll the people of the preview whom the rule lets in."""
    found, form = timetable.get_class(code), AddForm()
    if not form.validate_on_submit():
        return _shown(found, form, None), 422
    with transaction():
        ids = {learner.id: learner for learner in _learners(_codes(form))}
        outcome = services.enroll_many(
            class_id=found.id, learner_ids=ids, actor=current_actor(), now=now(), source=Source.STAFF
        )
    _say_outcome(outcome, ids)
    return redirect(url_for("enrollment.people", code=code))


def _codes(form: AddForm) -> list[str]:
    typed = (form.codes.data or "").replace(",", "\n").replace("，", "\n").split("\n")
    return list(dict.fromkeys(code.strip().upper() for code in typed if code.strip()))[:MOST_AT_ONCE]


def _learners(codes: list[str]) -> list[Learner]:
    found = []
    for code in codes:
        try:
            found.append(people_queries.get_learner(code))
        except NotFound:
            continue
    return found


def _say_outcome(outcome: dict[int, Enrolled | DomainError], learners: dict[int, Learner]) -> None:
    enrolled = [one for one in outcome.values() if isinstance(one, Enrolled)]
    seated = sum(one.is_new and one.number is None for one in enrolled)
    waiting = sum(one.is_new and one.number is not None for one in enrolled)
    say(Text(N_("录取 %(seated)s 人，候补 %(waiting)s 人。"), seated=seated, waiting=waiting), "ok" if seated else "wait")
    for learner_id, one in outcome.items():
        if isinstance(one, DomainError):
            say(Text(N_("%(name)s没有登记：%(why)s"), name=learners[learner_id].name_zh, why=one.text), "lost")


@blueprint.post("/manage/classes/<code>/seats")
@allow(Role.ADMINISTRATOR, Role.CLASS_MANAGER)
def change_seats(code: str) -> ResponseReturnValue:
    """Change the number of seats; those who wait get what was added."""
    found, form = timetable.get_class(code), SeatsForm()
    if not form.validate_on_submit() or form.seats.data is None:
        say(N_("席位没有改：请填 1—2000 的整数。"), "lost")
        return redirect(url_for("enrollment.people", code=code))
    try:
        with transaction():
            promoted = services.change_seats(class_id=found.id, seats=form.seats.data, actor=current_actor(), now=now())
        say(Text(N_("席位改为 %(seats)s，递补 %(count)s 人。"), seats=form.seats.data, count=len(promoted)))
    except DomainError as error:
        say_error(error)
    return redirect(url_for("enrollment.people", code=code))


@blueprint.post("/manage/classes/<code>/people/<enrollment>/remove")
@allow(Role.ADMINISTRATOR, Role.CLASS_MANAGER)
def remove(code: str, enrollment: str) -> ResponseReturnValue:
    """Take somebody out, with a reason that she will read."""
    form = RemoveForm()
    if form.validate_on_submit():
        try:
            with transaction():
                services.withdraw(code=enrollment, actor=current_actor(), now=now(), reason=form.reason.data or "")
            say(render(N_("已移出，本人会收到通知；席位按次序递补。")))
        except DomainError as error:
            say_error(error)
    return redirect(url_for("enrollment.people", code=code))
