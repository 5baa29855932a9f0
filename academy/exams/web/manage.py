"""Sittings as the staff plans and watches them."""

from datetime import datetime, timedelta

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from academy.core.access import allow, current_actor
from academy.core.clock import TZ, now
from academy.core.db import transaction
from academy.core.errors import DomainError, NotFound
from academy.core.text import N_, Text, render
from academy.exams import queries, services
from academy.exams.policies import READING_ROLES, SITTING_ROLES, can_manage_sittings
from academy.exams.rules.kinds import AttemptState, SittingState
from academy.exams.web import blueprint
from academy.exams.web.forms import SittingForm, SlotsForm, TableForm
from academy.people import queries as people
from academy.timetable import queries as timetable
from academy.timetable.rules import ClassState
from academy.ui.flash import say, say_error
from academy.ui.forms import EmptyForm
from academy.ui.paging import page_of

PER_PAGE = 20
EXAMINED = (ClassState.OPEN, ClassState.RUNNING, ClassState.CLOSED)


@blueprint.get("/manage/exams")
@allow(*READING_ROLES)
def manage() -> ResponseReturnValue:
    """Every sitting, the latest window first; search by class or title. An instructor sees her own."""
    at = now()
    found = queries.sittings_seen_by(current_actor(), queries.sittings())
    classes = timetable.classes_by_ids({sitting.class_id for sitting in found})
    search = request.args.get("q", "").strip()[:80]
    matching = [
        sitting
        for sitting in found
        if search.lower() in f"{sitting.title_zh} {classes[sitting.class_id].title_zh} {classes[sitting.class_id].code}".lower()
    ]
    page = page_of(request.args.get("page"))
    shown = matching[page.offset(PER_PAGE) : page.offset(PER_PAGE) + PER_PAGE]
    return render_template(
        "exams/manage.html",
        sittings=shown,
        classes=classes,
        tallies=queries.tallies([sitting.id for sitting in shown]),
        open_count=sum(s.state is SittingState.PLANNED and s.opens_at <= at < s.closes_at for s in found),
        ahead_count=sum(s.state is SittingState.PLANNED and at < s.opens_at for s in found),
        total=len(matching),
        page=page,
        pages=page.count(len(matching), PER_PAGE),
        per_page=PER_PAGE,
        search=search,
        now=at,
        can_manage=can_manage_sittings(current_actor()),
        AttemptState=AttemptState,
    )


def sitting_choices(form: SittingForm | SlotsForm) -> None:
    """The classes that can be examined, and the papers."""
    classes = timetable.classes(EXAMINED)
    form.training_class.choices = [(found.code, f"{found.title_zh}（{render(found.run)}）") for found in classes]
    form.paper.choices = [
        (paper.code, render(Text(N_("%(title)s（%(minutes)s 分钟）"), title=paper.title_zh, minutes=paper.minutes)))
        for paper in queries.papers()
    ]


@blueprint.route("/manage/exams/new", methods=["GET", "POST"])
@allow(*SITTING_ROLES)
def new_sitting() -> ResponseReturnValue:
    """Plan a sitting for a class."""
    form = SittingForm()
    sitting_choices(form)
    if form.validate_on_submit():
        try:
            with transaction():
                sitting = services.plan_sitting(
                    class_id=timetable.get_class(form.training_class.data).id,
                    paper_id=queries.get_paper(form.paper.data).id,
                    title_zh=(form.title_zh.data or "").strip(),
                    opens_at=_instant(form.opens_at.data),
                    closes_at=_instant(form.closes_at.data),
                    minutes=form.minutes.data or 0,
                    entry_minutes=form.entry_minutes.data,
                    actor=current_actor(),
                    now=now(),
                )
        except DomainError as error:
            form.form_errors.append(" ".join(filter(None, [render(error.text), render(error.next_text)])))
        else:
            say(N_("考试排好了，已给录取的学员编好考生号。"))
            return redirect(url_for("exams.sitting", code=sitting.code))
    elif not form.is_submitted():
        _suggest(form)
    return render_template("exams/new_sitting.html", form=form), 422 if form.errors else 200


def _instant(typed: datetime | None) -> datetime:
    """What was typed is the academy's wall clock."""
    if typed is None:
        raise ValueError("the form has checked that a time was given")
    return typed.replace(tzinfo=TZ)


def _suggest(form: SittingForm) -> None:
    start = (now().astimezone(TZ) + timedelta(days=1)).replace(hour=9, minute=0, second=0, microsecond=0, tzinfo=None)
    form.opens_at.data, form.closes_at.data, form.minutes.data = start, start + timedelta(hours=2), 120
    form.title_zh.data = render(N_("结业考试"))


@blueprint.get("/manage/exams/sittings/<code>")
@allow(*READING_ROLES)
def sitting(code: str) -> ResponseReturnValue:
    """One sitting: candidates, attempts, uploads, and what can be done."""
    found = queries.get_sitting(code)
    if not queries.sittings_seen_by(current_actor(), [found]):
        raise NotFound
    candidates = queries.candidates_of(found.id)
    attempts = {attempt.candidate_no: attempt for attempt in queries.attempts_of(found.id)}
    page = page_of(request.args.get("page"))
    numbers = list(candidates)
    shown = numbers[page.offset(PER_PAGE) : page.offset(PER_PAGE) + PER_PAGE]
    return render_template(
        "exams/sitting.html",
        sitting=found,
        training_class=timetable.class_by_id(found.class_id),
        paper=queries.paper_by_id(found.paper_id),
        candidates=candidates,
        attempts=attempts,
        learners=people.learners_by_ids(candidates[number] for number in shown),
        numbers=shown,
        total=len(numbers),
        page=page,
        pages=page.count(len(numbers), PER_PAGE),
        per_page=PER_PAGE,
        tally=queries.tally(found.id),
        uploads=queries.imports_of(found.id),
        form=TableForm(),
        button=EmptyForm(),
        now=now(),
        can_manage=can_manage_sittings(current_actor()),
        can_watch=queries.may_watch(current_actor(), found),
        rooms=queries.rooms_of(found.id),
        watching=[people.instructor_by_id(one.instructor_id).name_zh for one in queries.invigilators_of(found.id)],
        incident_count=queries.incident_counts([found.id]).get(found.id, 0),
        slot=queries.find_slot(found.id),
        AttemptState=AttemptState,
        SittingState=SittingState,
    )


@blueprint.post("/manage/exams/sittings/<code>/<any(number,cancel):what>")
@allow(*SITTING_ROLES)
def change_sitting(code: str, what: str) -> ResponseReturnValue:
    """Number newly admitted candidates, or call the sitting off."""
    found = queries.get_sitting(code)
    if EmptyForm().validate_on_submit():
        try:
            with transaction():
                if what == "cancel":
                    services.cancel_sitting(sitting_id=found.id, actor=current_actor(), now=now())
                    say(N_("这场考试已取消。"))
                else:
                    count = services.assign_candidate_numbers(sitting_id=found.id, actor=current_actor(), now=now())
                    say(Text(N_("新编了 %(count)s 个考生号，已有的不变。"), count=count))
        except DomainError as error:
            say_error(error)
    return redirect(url_for("exams.sitting", code=code))
