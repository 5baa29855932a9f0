"""Staff: all classes, a new one, its states, dates and deadline."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from academy.accounts import queries as accounts
from academy.accounts.rules import short_type_name
from academy.catalog import queries as catalog
from academy.core.access import Role, allow, current_actor
from academy.core.clock import TZ, now, today
from academy.core.db import transaction
from academy.core.errors import DomainError
from academy.core.text import N_, Text, render
from academy.people import queries as people
from academy.sites import queries as sites
from academy.timetable import queries, services
from academy.timetable.policies import can_edit_facts, can_edit_sessions, can_take
from academy.timetable.queries import TrainingClass
from academy.timetable.rules import (
    EDITABLE,
    STATE_SIGNS,
    STATE_WORDS,
    STEP_WORDS,
    ClassState,
    Step,
    explain_step,
    steps_from,
)
from academy.timetable.services.classes import ClassPlan
from academy.timetable.services.steps import class_facts
from academy.timetable.web import blueprint
from academy.timetable.web.forms import ClassForm, DeadlineForm, NewClassForm, PlanForm, StepForm
from academy.timetable.week import compute_weeks
from academy.ui.filters import bilingual
from academy.ui.flash import say, say_error
from academy.ui.forms import EmptyForm
from academy.ui.paging import page_of

PER_PAGE = 20
STAFF = (Role.ADMINISTRATOR, Role.CLASS_MANAGER)
PATH = (ClassState.DRAFT, ClassState.SUBMITTED, ClassState.APPROVED, ClassState.OPEN, ClassState.RUNNING, ClassState.CLOSED)


@blueprint.get("/manage/classes")
@allow(*STAFF)
def manage() -> ResponseReturnValue:
    """All classes, by state."""
    wanted, search = request.args.get("state", ""), request.args.get("q", "").strip()[:40]
    states = frozenset({ClassState(wanted)}) if wanted in set(ClassState) else None
    page = page_of(request.args.get("page"))
    filter_ = queries.ClassFilter(search=search, states=states)
    found, total = queries.find_classes(filter_, limit=PER_PAGE, offset=page.offset(PER_PAGE))
    return render_template(
        "timetable/manage.html",
        classes=found,
        sites=sites.sites_by_ids({one.site_id for one in found}),
        counts=queries.counts_by_state(),
        wanted=wanted if states else "",
        search=search,
        total=total,
        page=page,
        pages=page.count(total, PER_PAGE),
        per_page=PER_PAGE,
        states=list(ClassState),
        state_words=STATE_WORDS,
        state_signs=STATE_SIGNS,
    )


@blueprint.route("/manage/classes/new", methods=["GET", "POST"])
@allow(*STAFF)
def new_class() -> ResponseReturnValue:
    """A new class of a program."""
    form = NewClassForm(**_defaults())
    form.program.choices = [
        ("", render(N_("请选择"))),
        *((one.code, f"{one.code} {one.title_zh}") for one in catalog.programs()),
    ]
    _fill(form)
    if form.validate_on_submit():
        create = lambda: services.create_class(  # noqa: E731 - one call, made inside the transaction
            program_code=form.program.data, plan=_plan(form), actor=current_actor(), now=now()
        )
        found = _saved(form, create)
        if found is not None:
            say(Text(N_("班次 %(code)s 已建为草稿。接着排课。"), code=found.code))
            return redirect(url_for("timetable.manage_class", code=found.code))
    return render_template("timetable/edit.html", form=form, found=None), 422 if form.errors else 200


@blueprint.route("/manage/classes/<code>/edit", methods=["GET", "POST"])
@allow(*STAFF)
def edit_class(code: str) -> ResponseReturnValue:
    """Change what a class is, before it opens."""
    found = queries.get_class(code)
    form = ClassForm(obj=found, data={"place": _place_of(found)})
    _fill(form)
    if form.validate_on_submit():
        edit = lambda: services.edit_class(code=code, plan=_plan(form), actor=current_actor(), now=now())  # noqa: E731
        if _saved(form, edit) is not None:
            say(N_("改动已保存。班次回到草稿，要重新提交审批。"), "wait")
            return redirect(url_for("timetable.manage_class", code=code))
    return render_template("timetable/edit.html", form=form, found=found), 422 if form.errors else 200


def _saved(form: ClassForm, save: Callable[[], TrainingClass]) -> TrainingClass | None:
    """Run a save; a refusal becomes the form's message."""
    try:
        with transaction():
            return save()
    except DomainError as error:
        form.refuse(error)
        return None


def _defaults() -> dict[str, Any]:
    """The Monday in five weeks; enrollment from today until six days before."""
    first = today() + timedelta(days=35 - today().weekday())
    return {
        "starts_on": first,
        "ends_on": first + timedelta(days=4),
        "seats": 30,
        "enroll_opens_at": datetime.combine(today(), time(0), tzinfo=TZ),  # as soon as it is approved and opened
        "enroll_closes_at": datetime.combine(first - timedelta(days=6), time(18), tzinfo=TZ),
    }


def _fill(form: ClassForm) -> None:
    """The choices of places and person types."""
    by_site = {site.id: site for site in sites.sites()}
    grouped: dict[str, list[tuple[str, str]]] = {"": [("", render(N_("请选择")))]}
    for room in sites.rooms():
        site = by_site[room.site_id]
        label = render(Text(N_("%(room)s（%(capacity)s 人）"), room=room.name_zh, capacity=room.capacity))
        grouped.setdefault(f"{site.city_zh} {site.name_zh}", []).append((f"{site.code}/{room.code}", label))
    form.place.choices = grouped
    form.audience.choices = [
        (one.code, bilingual(short_type_name(one.name_zh), one.name_en)) for one in accounts.person_types()
    ]


def _place_of(found: TrainingClass) -> str:
    site = sites.site_by_id(found.site_id)
    return f"{site.code}/{sites.room_by_id(found.room_id).code}" if found.room_id else ""


def _plan(form: ClassForm) -> ClassPlan:
    given: dict[str, Any] = form.data
    site_code, _, room_code = given["place"].partition("/")
    by_program = isinstance(form, NewClassForm) and not given["audience"]
    return ClassPlan(
        site_code=site_code,
        room_code=room_code or None,
        starts_on=given["starts_on"],
        ends_on=given["ends_on"],
        seats=given["seats"],
        enroll_opens_at=given["enroll_opens_at"],
        enroll_closes_at=given["enroll_closes_at"],
        audience=None if by_program else tuple(given["audience"] or ()),
        title_zh=(given["title_zh"] or "").strip(),
        is_cadre=bool(given["is_cadre"]),
    )


@blueprint.get("/manage/classes/<code>")
@allow(*STAFF)
def manage_class(code: str) -> ResponseReturnValue:
    """One class: where it stands, what comes next and why not yet, its timetable."""
    return _shown(code)


def _shown(code: str, status: int = 200) -> ResponseReturnValue:
    found, actor, at = queries.get_class(code), current_actor(), now()
    facts = class_facts(found)
    slots = queries.slots_of(found)
    staff = accounts.users_by_ids(id_ for id_ in (found.manager_user_id, found.submitted_by_id, found.approved_by_id) if id_)
    return render_template(
        "timetable/manage_class.html",
        found=found,
        program=catalog.program_by_id(found.program_id),
        site=sites.site_by_id(found.site_id),
        room=sites.room_by_id(found.room_id) if found.room_id else None,
        staff=staff,
        slots=slots,
        cancelled=queries.cancelled_of(found.id),
        weeks=compute_weeks(slots),
        steps=[
            (step, explain_step(step, facts, actor_id=actor.user_id, now=at), can_take(actor, step))
            for step in steps_from(found.state)
        ],
        step_words=STEP_WORDS,
        path=PATH,
        state_words=STATE_WORDS,
        state_signs=STATE_SIGNS,
        may_edit=can_edit_facts(actor, found),
        may_plan=can_edit_sessions(actor, found),
        may_replan=can_edit_sessions(actor, found) and found.state in EDITABLE and not found.admitted_count,
        deadline=DeadlineForm(obj=found),
        plan=plan_form(),
        button=EmptyForm(),
        types=[bilingual(short_type_name(t.name_zh), t.name_en) for t in accounts.person_types() if t.code in found.audience],
    ), status


def plan_form() -> PlanForm:
    """The form for the half-day plan, with the instructor pool to choose from."""
    form = PlanForm()
    pool = [(str(one.id), f"{one.name_zh} {one.title_zh}") for one in people.instructors()]
    for field in (form.first, form.second, form.third):
        field.choices = [("", render(N_("不指定"))), *pool]
    return form


@blueprint.post("/manage/classes/<code>/steps/<step>")
@allow(*STAFF)
def step_class(code: str, step: str) -> ResponseReturnValue:
    """Take a class one step further."""
    found = queries.get_class(code)
    form = StepForm()
    if step in set(Step) and form.validate_on_submit():
        try:
            with transaction():
                stepped = services.take_step(
                    class_id=found.id, step=Step(step), actor=current_actor(), now=now(), reason=form.reason.data or ""
                )
            say(Text(N_("这个班现在是：%(state)s。"), state=Text(STATE_WORDS[stepped.state])))
        except DomainError as error:
            say_error(error)
    return redirect(url_for("timetable.manage_class", code=code))


@blueprint.post("/manage/classes/<code>/deadline")
@allow(*STAFF)
def move_deadline(code: str) -> ResponseReturnValue:
    """Move the end of enrollment."""
    form = DeadlineForm()
    moment = form.enroll_closes_at.data
    if not form.validate_on_submit() or moment is None:
        say(N_("截止时间没有改：请填日期和时间，如 2026-12-01 18:00。"), "lost")
        return redirect(url_for("timetable.manage_class", code=code))
    try:
        with transaction():
            services.change_deadline(code=code, enroll_closes_at=moment, actor=current_actor(), now=now())
        say(N_("截止时间已改。"))
    except DomainError as error:
        say_error(error)
    return redirect(url_for("timetable.manage_class", code=code))
