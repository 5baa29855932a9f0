"""The invigilator's pages: who is expected and has come, tickets, the log, extra time."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from academy.core.access import Role, allow, current_actor, signed_in
from academy.core.clock import now
from academy.core.codes import normalize, random_code16
from academy.core.errors import NotFound
from academy.core.sealed import mask_id_number
from academy.core.text import N_, render
from academy.exams import queries, services
from academy.exams.models import ExamSitting
from academy.exams.policies import can_manage_sittings
from academy.exams.queries.candidates import CandidateView
from academy.exams.rules.incidents import INCIDENT_WORDS, IncidentKind
from academy.exams.rules.kinds import AttemptState, SittingState
from academy.exams.rules.seating import seat_label
from academy.exams.web import blueprint
from academy.exams.web.forms import CounterForm, IncidentForm, ReseatForm
from academy.people import queries as people
from academy.timetable import queries as timetable
from academy.ui.flash import say, tried
from academy.ui.forms import EmptyForm

WATCHING_ROLES = (Role.ADMINISTRATOR, Role.CLASS_MANAGER, Role.INSTRUCTOR)
VIEWS = {"all": N_("全部"), "absent": N_("未到"), "writing": N_("在答"), "done": N_("已交")}


def _watched(code: str) -> ExamSitting:
    """The sitting, for who watches over it. Raises NotFound for everybody else."""
    sitting = queries.get_sitting(code)
    if not queries.may_watch(current_actor(), sitting):
        raise NotFound
    return sitting


def _standing(one: CandidateView) -> str:
    if one.attempt is None:
        return "absent" if one.candidate.checked_at is None else "here"
    return "writing" if one.attempt.state is AttemptState.IN_PROGRESS else "done"


def _by_seat(one: CandidateView) -> tuple[bool, tuple[int, int, int], str]:
    """As one walks along the rows; who has no seat comes last, by number."""
    place = (one.seat.room_number, one.seat.row, one.seat.column) if one.seat else (0, 0, 0)
    return one.seat is None, place, one.candidate.candidate_no


@blueprint.get("/manage/exams/sittings/<code>/watch")
@allow(*WATCHING_ROLES)
def watch(code: str) -> ResponseReturnValue:
    """One sitting on the day: the door list by room, the log, and what can be entered into it."""
    sitting = _watched(code)
    everybody, rooms = queries.candidate_views(sitting.id), queries.rooms_of(sitting.id)
    room = request.args.get("room", "")
    everybody.sort(key=_by_seat)
    there = [one for one in everybody if not room or (one.seat is not None and str(one.seat.room_number) == room)]
    view = request.args.get("v", "all")
    view = view if view in VIEWS else "all"
    log = queries.incidents_of(sitting.id)
    form = _incident_form(everybody)
    if request.args.get("who"):
        form.candidate.data = request.args["who"][:20]
    return render_template(
        "exams/watch.html",
        sitting=sitting,
        training_class=timetable.class_by_id(sitting.class_id),
        rooms=rooms,
        room=room,
        view=view,
        views=VIEWS,
        counts={name: sum(name in ("all", _standing(one)) for one in there) for name in VIEWS},
        shown=[one for one in there if view in ("all", _standing(one))],
        standing=_standing,
        given=lambda one: queries.minutes_given(sitting, one.attempt, percent=one.candidate.extra_percent),
        came=sum(one.candidate.checked_at is not None for one in there),
        total=len(there),
        log=log,
        countered={one.counters_id: one for one in log if one.counters_id is not None},
        names={one.candidate.learner_id: f"{one.candidate.candidate_no} {one.name}" for one in everybody},
        incident_words=INCIDENT_WORDS,
        IncidentKind=IncidentKind,
        form=form,
        counter_form=CounterForm(formdata=None, entry=random_code16()),
        button=EmptyForm(),
        entry_closes_at=queries.entry_closes_at(sitting),
        is_open=sitting.state is SittingState.PLANNED,
        can_manage=can_manage_sittings(current_actor()),
        now=now(),
    )


def _incident_form(everybody: list[CandidateView]) -> IncidentForm:
    form = IncidentForm(formdata=request.form if request.method == "POST" else None)
    form.kind.choices = [(kind.value, render(INCIDENT_WORDS[kind])) for kind in IncidentKind]
    people_there = [(one.candidate.candidate_no, f"{one.candidate.candidate_no} {one.name}") for one in everybody]
    form.candidate.choices = [("", render(N_("全体考生"))), *people_there]
    if request.method != "POST":
        form.entry.data = random_code16()
    return form


@blueprint.post("/manage/exams/sittings/<code>/watch/log")
@allow(*WATCHING_ROLES)
def log_incident(code: str) -> ResponseReturnValue:
    """Add an entry; extra time counts at once."""
    sitting, back = _watched(code), url_for("exams.watch", code=code) + "#log"
    form = _incident_form(queries.candidate_views(sitting.id))
    if not form.validate_on_submit():
        say(N_("没有记：请选类别，写明经过；补时还要填分钟数（1—240）。"), "lost")
        return redirect(back)
    return tried(
        back,
        lambda: services.log_incident(
            code=form.entry.data or "",
            sitting_id=sitting.id,
            kind=IncidentKind(form.kind.data),
            candidate_no=form.candidate.data or None,
            note=form.note.data or "",
            minutes=form.minutes.data,
            lets_in=bool(form.lets_in.data),
            actor=current_actor(),
            now=now(),
        ),
        N_("记好了。补的时间已经算进考生的钟表。") if form.kind.data == IncidentKind.EXTRA_TIME else N_("记好了。"),
    )


@blueprint.post("/manage/exams/sittings/<code>/watch/log/<entry>/counter")
@allow(*WATCHING_ROLES)
def counter_incident(code: str, entry: str) -> ResponseReturnValue:
    """Correct an entry by another one."""
    sitting, form = _watched(code), CounterForm()
    back = url_for("exams.watch", code=code) + "#log"
    if not form.validate_on_submit():
        say(N_("请写明为什么更正。没有记。"), "lost")
        return redirect(back)
    return tried(
        back,
        lambda: services.counter_incident(
            code=form.entry.data or "",
            sitting_id=sitting.id,
            counters=entry[:16],
            note=form.note.data or "",
            actor=current_actor(),
            now=now(),
        ),
        N_("更正记好了，原来那条还在。"),
    )


@blueprint.post("/manage/exams/sittings/<code>/watch/<number>/check")
@allow(*WATCHING_ROLES)
def check_ticket(code: str, number: str) -> ResponseReturnValue:
    """The candidate has come, ticket and identity were looked at."""
    sitting = _watched(code)
    at_ticket = request.args.get("from") == "ticket"
    back = (
        url_for("exams.candidate", code=code, number=number)
        if at_ticket
        else url_for("exams.watch", code=code, room=request.args.get("room"))
    )
    if not EmptyForm().validate_on_submit():
        return redirect(back)
    return tried(
        back,
        lambda: services.check_ticket(sitting_id=sitting.id, candidate_no=number[:20], actor=current_actor(), now=now()),
        N_("已核验入场。"),
    )


@blueprint.post("/manage/exams/sittings/<code>/watch/find")
@allow(*WATCHING_ROLES)
def find_ticket(code: str) -> ResponseReturnValue:
    """From a number, or the code under the picture on a ticket, to its page."""
    sitting = _watched(code)
    typed = request.form.get("number", "").strip().upper()[:40]
    if EmptyForm().validate_on_submit() and typed:
        for one in queries.candidate_rows(sitting.id):
            if typed == one.candidate_no or (one.ticket_code and normalize(typed) == one.ticket_code):
                return redirect(url_for("exams.candidate", code=code, number=one.candidate_no))
    say(N_("这场考试没有这个考生号或准考证代码。"), "lost")
    return redirect(url_for("exams.watch", code=code))


@blueprint.get("/exams/tickets/<ticket>")
@signed_in
def ticket(ticket: str) -> ResponseReturnValue:
    """Where the code on a ticket leads: the invigilator to the candidate, its owner to her exam, nobody else anywhere."""
    found, sitting = queries.candidate_by_ticket(ticket[:16])
    actor = current_actor()
    if queries.may_watch(actor, sitting):
        return redirect(url_for("exams.candidate", code=sitting.code, number=found.candidate_no))
    if actor.user_id is not None and people.learner_by_id(found.learner_id).user_id == actor.user_id:
        return redirect(url_for("exams.enter", code=sitting.code))
    raise NotFound


@blueprint.get("/manage/exams/sittings/<code>/watch/<number>")
@allow(*WATCHING_ROLES)
def candidate(code: str, number: str) -> ResponseReturnValue:
    """One candidate at the door: who she is, where she sits, whether she may enter."""
    sitting = _watched(code)
    found = queries.candidate_by_number(sitting.id, number[:20])
    learner = people.learner_by_id(found.learner_id)
    rooms, attempt = queries.rooms_of(sitting.id), queries.find_attempt(sitting.id, found.learner_id)
    seat = queries.seat_of(sitting.id, found.learner_id)
    return render_template(
        "exams/candidate.html",
        sitting=sitting,
        training_class=timetable.class_by_id(sitting.class_id),
        candidate=found,
        learner=learner,
        unit=queries.units_of([learner.id]).get(learner.id, ""),
        id_number=mask_id_number(learner.id_number),
        seat=seat,
        rooms=rooms,
        room=next((view for view in rooms if seat is not None and view.exam_room.id == seat.exam_room_id), None),
        attempt=attempt,
        given=queries.minutes_given(sitting, attempt, percent=found.extra_percent) if attempt else 0,
        AttemptState=AttemptState,
        verdict=queries.explain_sitting(sitting, found.learner_id, now=now()),
        form=_reseat_form(sitting),
        button=EmptyForm(),
        is_open=sitting.state is SittingState.PLANNED,
    )


def _reseat_form(sitting: ExamSitting) -> ReseatForm:
    """Free seats by room."""
    form = ReseatForm(formdata=request.form if request.method == "POST" else None)
    taken = {seat.place for seat in queries.seats_of(sitting.id).values()}
    form.seat.choices = [
        (f"{place.room}-{place.row}-{place.column}", _seat_words(place.room, place.row, place.column))
        for view in queries.rooms_of(sitting.id)
        for place in view.plan.places
        if place not in taken or request.method == "POST"
    ]
    return form


def _seat_words(room: int, row: int, column: int) -> str:
    return f"{room:02} · {seat_label(row, column)}"


@blueprint.post("/manage/exams/sittings/<code>/watch/<number>/seat")
@allow(*WATCHING_ROLES)
def reseat(code: str, number: str) -> ResponseReturnValue:
    """Move the candidate to a free seat, with the reason."""
    sitting = _watched(code)
    found = queries.candidate_by_number(sitting.id, number[:20])
    form, back = _reseat_form(sitting), url_for("exams.candidate", code=code, number=number)
    if not form.validate_on_submit():
        say(N_("请选一个空座并写明原因。没有换。"), "lost")
        return redirect(back)
    room, row, column = (int(part) for part in form.seat.data.split("-"))
    return tried(
        back,
        lambda: services.reseat(
            sitting_id=sitting.id,
            learner_id=found.learner_id,
            room_number=room,
            row=row,
            column=column,
            reason=form.reason.data or "",
            actor=current_actor(),
            now=now(),
        ),
        N_("座位换好了，原来的座位记在审计里。"),
    )
