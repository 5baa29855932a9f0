"""Slots: the staff plans them, a candidate books one."""

from datetime import datetime, timedelta

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from academy.core.access import Role, allow, current_actor
from academy.core.clock import TZ, now
from academy.core.db import transaction
from academy.core.errors import DomainError, NotFound
from academy.core.text import N_, render
from academy.enrollment import queries as enrollment
from academy.exams import queries, services
from academy.exams.models import ExamSlotGroup
from academy.exams.policies import SITTING_ROLES
from academy.exams.services.slots import SlotPlan
from academy.exams.web import blueprint
from academy.exams.web.forms import SlotsForm
from academy.exams.web.manage import sitting_choices
from academy.people import queries as people
from academy.timetable import queries as timetable
from academy.ui.flash import say, tried
from academy.ui.forms import EmptyForm


def _group_of_mine(code: str) -> tuple[ExamSlotGroup, int]:
    """A group of a class in which the reader has a seat, and who she is. Raises NotFound for everybody else."""
    group = queries.get_slot_group(code)
    learner = people.find_learner_of_user(current_actor().user_id or 0)
    if learner is None or not enrollment.is_admitted(group.class_id, learner.id):
        raise NotFound
    return group, learner.id


@blueprint.get("/exams/slots/<code>")
@allow(Role.LEARNER)
def slots(code: str) -> ResponseReturnValue:
    """The slots with the seats that are left, and my own."""
    group, learner_id = _group_of_mine(code)
    booking, at = queries.find_booking(group.id, learner_id), now()
    return render_template(
        "exams/slots.html",
        group=group,
        training_class=timetable.class_by_id(group.class_id),
        slots=queries.slots_of(group.id),
        mine=booking.sitting_id if booking else None,
        is_fixed=at >= group.change_until,
        button=EmptyForm(),
        now=at,
    )


@blueprint.post("/exams/slots/<code>/<sitting_code>")
@allow(Role.LEARNER)
def book_slot(code: str, sitting_code: str) -> ResponseReturnValue:
    """Book a slot, or change to it."""
    group, _ = _group_of_mine(code)
    sitting, back = queries.get_sitting(sitting_code), url_for("exams.slots", code=code)
    found = queries.find_slot(sitting.id)
    if found is None or found[1].id != group.id:
        raise NotFound
    if not EmptyForm().validate_on_submit():
        return redirect(back)
    return tried(
        back, lambda: services.book_slot(sitting_id=sitting.id, actor=current_actor(), now=now()), N_("约好了，已发消息给您。")
    )


@blueprint.post("/exams/slots/<code>/give-back")
@allow(Role.LEARNER)
def give_back_slot(code: str) -> ResponseReturnValue:
    """Give the booked seat back."""
    _group_of_mine(code)
    back = url_for("exams.slots", code=code)
    if not EmptyForm().validate_on_submit():
        return redirect(back)
    return tried(
        back,
        lambda: services.give_back_slot(group_code=code, actor=current_actor(), now=now()),
        N_("退掉了，座位让给别人。截止前可以再约。"),
    )


@blueprint.route("/manage/exams/slots/new", methods=["GET", "POST"])
@allow(*SITTING_ROLES)
def new_slots() -> ResponseReturnValue:
    """Plan several slots of one exam at once."""
    form = SlotsForm()
    sitting_choices(form)
    if form.validate_on_submit():
        try:
            with transaction():
                services.plan_slots(
                    class_id=timetable.get_class(form.training_class.data).id,
                    paper_ids=[queries.get_paper(form.paper.data).id],
                    title_zh=(form.title_zh.data or "").strip(),
                    minutes=form.minutes.data or 0,
                    entry_minutes=form.entry_minutes.data,
                    change_until=_instant(form.change_until.data),
                    slots=_plans(form),
                    actor=current_actor(),
                    now=now(),
                )
        except DomainError as error:
            form.form_errors.append(" ".join(filter(None, [render(error.text), render(error.next_text)])))
        else:
            say(N_("场次排好了。录取的学员在“考试”里自己约，约了才编考生号。"))
            return redirect(url_for("exams.manage"))
    elif not form.is_submitted():
        _suggest(form)
    return render_template("exams/new_slots.html", form=form), 422 if form.errors else 200


def _suggest(form: SlotsForm) -> None:
    """A morning and an afternoon in a week, to be changed."""
    day = (now().astimezone(TZ) + timedelta(days=7)).replace(hour=9, minute=0, second=0, microsecond=0, tzinfo=None)
    form.title_zh.data, form.minutes.data, form.entry_minutes.data = render(N_("结业考试")), 120, 15
    form.change_until.data = day - timedelta(days=2)
    form.opens_1.data, form.closes_1.data = day, day + timedelta(hours=2, minutes=30)
    form.opens_2.data, form.closes_2.data = day + timedelta(hours=5), day + timedelta(hours=7, minutes=30)


def _instant(typed: datetime | None) -> datetime:
    if typed is None:
        raise ValueError("the form has checked that a time was given")
    return typed.replace(tzinfo=TZ)


def _plans(form: SlotsForm) -> list[SlotPlan]:
    """The rows that were filled in."""
    rows = (
        (form.opens_1, form.closes_1, form.seats_1),
        (form.opens_2, form.closes_2, form.seats_2),
        (form.opens_3, form.closes_3, form.seats_3),
        (form.opens_4, form.closes_4, form.seats_4),
    )
    return [
        SlotPlan(_instant(opens.data), _instant(closes.data), seats.data or 0)
        for opens, closes, seats in rows
        if opens.data is not None and closes.data is not None
    ]
