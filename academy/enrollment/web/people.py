"""Staff: who is in a class; enrolling, moving and removing people; seats and the line."""

from collections.abc import Callable
from typing import Any

from flask import redirect, render_template, request, url_for
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
from academy.enrollment.policies import can_ask_why, can_manage_enrollments
from academy.enrollment.rules import PENDING, SEATED, SOURCE_WORDS, STATE_SIGNS, STATE_WORDS, EnrollmentState, Source
from academy.enrollment.services import Enrolled
from academy.enrollment.web import blueprint
from academy.people import queries as people_queries
from academy.people.queries import Learner
from academy.timetable import queries as timetable
from academy.timetable.queries import TrainingClass
from academy.timetable.rules import TAUGHT, ClassState
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


class ReasonForm(Form):
    """Why somebody is removed, moved or put forward."""

    reason = StringField(_l("原因"), [Optional(), Length(max=500), clean_text])
    priority = IntegerField(_l("优先级"), [Optional()])


@blueprint.get("/manage/classes/<code>/people")
@allow(Role.ADMINISTRATOR, Role.CLASS_MANAGER, Role.CERTIFICATE_OFFICER, Role.AUDITOR)
def people(code: str) -> ResponseReturnValue:
    """Who has a seat, who is asked, who waits, who applies, who has left."""
    return _shown(timetable.get_class(code), AddForm(), None)


def _shown(found: TrainingClass, form: AddForm, preview: list[tuple[str, Learner | None, Verdict | None]] | None) -> str:
    enrollments = queries.enrollments_of(found.id)
    learners = people_queries.learners_by_ids(one.learner_id for one in enrollments)
    units = accounts.organizations_by_ids({one.organization_id for one in learners.values() if one.organization_id})
    listed = {EnrollmentState.WAITLISTED, EnrollmentState.OFFERED, *SEATED, *PENDING}
    return render_template(
        "enrollment/people.html",
        found=found,
        seated=[one for one in enrollments if one.state in SEATED],
        offered=[one for one in enrollments if one.state is EnrollmentState.OFFERED],
        waiting=[one for one in enrollments if one.state is EnrollmentState.WAITLISTED],
        pending=[one for one in enrollments if one.state in PENDING],
        gone=[one for one in enrollments if one.state not in listed],
        offers=queries.open_offers_of(found.id),
        learners=learners,
        units=units,
        form=form,
        preview=preview,
        seats_form=SeatsForm(obj=found),
        reason_form=ReasonForm(formdata=None),
        targets=_targets(found),
        may_manage=can_manage_enrollments(current_actor()),
        may_ask_why=can_ask_why(current_actor()),
        has_begun=found.state in TAUGHT,
        state_words=STATE_WORDS,
        state_signs=STATE_SIGNS,
        source_words=SOURCE_WORDS,
    )


def _targets(found: TrainingClass) -> list[TrainingClass]:
    """Classes into which somebody can be moved: those of the same program first."""
    listed = [one for one in timetable.classes([ClassState.OPEN]) if one.id != found.id]
    return sorted(listed, key=lambda one: (one.program_id != found.program_id, one.starts_on, one.code))


@blueprint.post("/manage/classes/<code>/people/preview")
@allow(Role.ADMINISTRATOR, Role.CLASS_MANAGER)
def preview_people(code: str) -> ResponseReturnValue:
    """What enrolling these people would do, one by one; nothing is written."""
    found, form = timetable.get_class(code), AddForm()
    if not form.validate_on_submit():
        return _shown(found, form, None), 422
    typed = _codes(form)
    known = people_queries.learners_by_codes(typed)
    verdicts = queries.eligible(found.id, [one.id for one in known.values()], now(), by_naming=True)
    return _shown(found, form, [(one, known.get(one), verdicts[known[one].id] if one in known else None) for one in typed])


@blueprint.post("/manage/classes/<code>/people/add")
@allow(Role.ADMINISTRATOR, Role.CLASS_MANAGER)
def add_people(code: str) -> ResponseReturnValue:
    """Enroll the people of the preview whom the rule lets in."""
    found, form = timetable.get_class(code), AddForm()
    if not form.validate_on_submit():
        return _shown(found, form, None), 422
    with transaction():
        known = {one.id: one for one in people_queries.learners_by_codes(_codes(form)).values()}
        outcome = services.enroll_many(
            class_id=found.id, learner_ids=known, actor=current_actor(), now=now(), source=Source.STAFF
        )
    say_outcome(outcome, known)
    return redirect(url_for("enrollment.people", code=code))


def _codes(form: AddForm) -> list[str]:
    typed = (form.codes.data or "").replace(",", "\n").replace("，", "\n").split("\n")
    return list(dict.fromkeys(code.strip().upper() for code in typed if code.strip()))[:MOST_AT_ONCE]


def say_outcome(outcome: dict[int, Enrolled | DomainError], learners: dict[int, Learner]) -> None:
    """Say how many got a seat, a number or a review, and who was refused and why."""
    new = [one for one in outcome.values() if isinstance(one, Enrolled) and one.is_new]
    pending = sum(one.state in PENDING for one in new)
    waiting = sum(one.number is not None for one in new)
    seated = len(new) - pending - waiting
    words = Text(
        N_("录取 %(seated)s 人，候补 %(waiting)s 人，待审核 %(pending)s 人。"), seated=seated, waiting=waiting, pending=pending
    )
    say(words, "ok" if new else "wait")
    for learner_id, one in outcome.items():
        if isinstance(one, DomainError):
            say(Text(N_("%(name)s没有登记：%(why)s"), name=learners[learner_id].name_zh, why=one.text), "lost")


@blueprint.post("/manage/classes/<code>/seats")
@allow(Role.ADMINISTRATOR, Role.CLASS_MANAGER)
def change_seats(code: str) -> ResponseReturnValue:
    """Change the number of seats; those who wait are offered what was added."""
    found, form = timetable.get_class(code), SeatsForm()
    seats = form.seats.data
    if not form.validate_on_submit() or seats is None:
        say(N_("席位没有改：请填 1—2000 的整数。"), "lost")
        return redirect(url_for("enrollment.people", code=code))
    try:
        with transaction():
            asked = services.change_seats(class_id=found.id, seats=seats, actor=current_actor(), now=now())
        say(Text(N_("席位改为 %(seats)s，已征询候补的 %(count)s 人。"), seats=seats, count=len(asked)))
    except DomainError as error:
        say_error(error)
    return redirect(url_for("enrollment.people", code=code))


@blueprint.post("/manage/classes/<code>/people/<enrollment>/remove")
@allow(Role.ADMINISTRATOR, Role.CLASS_MANAGER)
def remove(code: str, enrollment: str) -> ResponseReturnValue:
    """Take somebody out, with a reason that she will read."""
    return _change(
        code,
        enrollment,
        lambda reason: services.withdraw(code=enrollment, actor=current_actor(), now=now(), reason=reason),
        N_("已移出，本人会收到通知；席位按次序征询候补的人。"),
    )


@blueprint.post("/manage/classes/<code>/people/<enrollment>/move")
@allow(Role.ADMINISTRATOR, Role.CLASS_MANAGER)
def move(code: str, enrollment: str) -> ResponseReturnValue:
    """Move somebody to another class, or let her change places with somebody there."""
    target, other = request.form.get("target", "")[:24], request.form.get("swap", "").strip().upper()[:20]
    shared: dict[str, Any] = {"code": enrollment, "actor": current_actor(), "now": now()}
    if not other:
        words = N_("已转班，本人会收到通知；席位按次序征询候补的人。")
        return _change(code, enrollment, lambda reason: services.transfer(target_code=target, reason=reason, **shared), words)
    return _change(
        code,
        enrollment,
        lambda reason: services.swap(other_code=_seat_of(target, other), reason=reason, **shared),
        N_("两人已互换，都会收到通知。"),
    )


def _seat_of(class_code: str, learner_code: str) -> str:
    """The enrollment of the person with whom somebody changes places. Raises NotASwap when she has none."""
    try:
        learner = people_queries.get_learner(learner_code)
        found = queries.live_enrollment(timetable.get_class(class_code).id, learner.id)
    except NotFound as error:
        raise services.NotASwap from error
    if found is None:
        raise services.NotASwap
    return found.code


@blueprint.post("/manage/classes/<code>/people/<enrollment>/priority")
@allow(Role.ADMINISTRATOR, Role.CLASS_MANAGER)
def set_priority(code: str, enrollment: str) -> ResponseReturnValue:
    """Move somebody in the line, with a reason."""
    typed = request.form.get("priority", "").strip()
    priority = int(typed) if typed.isascii() and typed.isdigit() and len(typed) == 1 else 0
    return _change(
        code,
        enrollment,
        lambda reason: services.set_priority(
            code=enrollment, priority=priority, reason=reason, actor=current_actor(), now=now()
        ),
        N_("优先级已改，次序随之变动。"),
    )


def _change(code: str, enrollment: str, change: Callable[[str], object], words: str) -> ResponseReturnValue:
    """Do something with one enrollment of this class for the reason given, and say how it went."""
    if queries.get_enrollment(enrollment).class_id != timetable.get_class(code).id:
        raise NotFound
    form = ReasonForm()
    if form.validate_on_submit():
        try:
            with transaction():
                change(form.reason.data or "")
            say(render(words))
        except DomainError as error:
            say_error(error)
    else:
        say(N_("没有改动：原因最多 500 字，不含换行。"), "lost")
    return redirect(url_for("enrollment.people", code=code))
