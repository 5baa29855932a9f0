"""Rooms, seats, invigilators and extra time of a sitting, as the staff prepares them."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from academy.core.access import allow, current_actor
from academy.core.clock import now
from academy.core.db import transaction
from academy.core.errors import DomainError, NotFound
from academy.core.text import N_, Text, render
from academy.exams import queries, services
from academy.exams.models import ExamSitting
from academy.exams.policies import SITTING_ROLES
from academy.exams.rules.kinds import SittingState
from academy.exams.rules.seating import count_neighbors, seat_label
from academy.exams.web import blueprint
from academy.exams.web.forms import AccommodationForm, InvigilatorForm, RoomForm
from academy.people import queries as people
from academy.sites import queries as sites
from academy.timetable import queries as timetable
from academy.ui.flash import say, say_error, tried
from academy.ui.forms import EmptyForm

ALL_ROOMS = ""


def _room_choices(sitting: ExamSitting) -> list[tuple[str, str]]:
    """The rooms of the class's site first, then the others; those that the sitting has are left out."""
    home = timetable.class_by_id(sitting.class_id).site_id
    held = {view.exam_room.room_id for view in queries.rooms_of(sitting.id)}
    found = [room for room in sites.rooms() if room.id not in held]
    names = {site.id: site.name_zh for site in sites.sites_by_ids({room.site_id for room in found}).values()}
    found.sort(key=lambda room: (room.site_id != home, names[room.site_id], room.name_zh, room.id))
    return [(room.code, f"{names[room.site_id]} · {room.name_zh}（{room.capacity}）") for room in found]


def _invigilator_form(sitting: ExamSitting) -> InvigilatorForm:
    form = InvigilatorForm(formdata=request.form if request.method == "POST" else None)
    watching = {one.instructor_id for one in queries.invigilators_of(sitting.id)}
    form.instructor.choices = [(one.code, one.name_zh) for one in people.instructors() if one.id not in watching]
    rooms = [
        (str(view.exam_room.number), render(Text(N_("第 %(n)s 考场"), n=view.exam_room.number)))
        for view in queries.rooms_of(sitting.id)
    ]
    form.room.choices = [(ALL_ROOMS, render(N_("各考场"))), *rooms]
    return form


@blueprint.get("/manage/exams/sittings/<code>/rooms")
@allow(*SITTING_ROLES)
def rooms(code: str) -> ResponseReturnValue:
    """The rooms of a sitting with their seats, and who watches."""
    sitting = queries.get_sitting(code)
    views = queries.rooms_of(sitting.id)
    people_there = queries.candidate_views(sitting.id)
    form = RoomForm(formdata=None)
    form.room.choices = _room_choices(sitting)
    watching = queries.invigilators_of(sitting.id)
    seated = [(one.seat.place, one.unit or None) for one in people_there if one.seat is not None]
    return render_template(
        "exams/rooms.html",
        sitting=sitting,
        training_class=timetable.class_by_id(sitting.class_id),
        rooms=views,
        seats=sum(view.seats for view in views),
        candidates=people_there,
        by_seat={(one.seat.room_number, one.seat.row, one.seat.column): one for one in people_there if one.seat is not None},
        pairs=count_neighbors(seated, {view.exam_room.number: view.exam_room.gap for view in views}),
        waiting=sum(one.seat is None for one in people_there),
        watching=[(one, people.instructor_by_id(one.instructor_id)) for one in watching],
        room_numbers={view.exam_room.id: view.exam_room.number for view in views},
        form=form,
        invigilator_form=_invigilator_form(sitting),
        button=EmptyForm(),
        is_open=sitting.state is SittingState.PLANNED,
        has_begun=bool(queries.tally(sitting.id)),
        seat_label=seat_label,
    )


@blueprint.post("/manage/exams/sittings/<code>/rooms")
@allow(*SITTING_ROLES)
def add_room(code: str) -> ResponseReturnValue:
    """Take a room."""
    sitting, form = queries.get_sitting(code), RoomForm()
    form.room.choices = _room_choices(sitting)
    back = url_for("exams.rooms", code=code)
    if not form.validate_on_submit():
        say(N_("请选一间教室，座位数填整数。没有加。"), "lost")
        return redirect(back)
    return tried(
        back,
        lambda: services.add_room(
            sitting_id=sitting.id,
            room_code=form.room.data,
            capacity=form.capacity.data,
            gap=int(form.gap.data),
            actor=current_actor(),
            now=now(),
        ),
        N_("考场加好了。"),
    )


@blueprint.post("/manage/exams/sittings/<code>/rooms/<int:number>/remove")
@allow(*SITTING_ROLES)
def remove_room(code: str, number: int) -> ResponseReturnValue:
    """Give a room back."""
    sitting, back = queries.get_sitting(code), url_for("exams.rooms", code=code)
    if not EmptyForm().validate_on_submit():
        return redirect(back)
    return tried(
        back,
        lambda: services.remove_room(sitting_id=sitting.id, number=number, actor=current_actor(), now=now()),
        N_("考场去掉了。"),
    )


@blueprint.post("/manage/exams/sittings/<code>/rooms/<any(seats,again,tickets):what>")
@allow(*SITTING_ROLES)
def allocate(code: str, what: str) -> ResponseReturnValue:
    """Give out seats, give all of them out anew, or write to those who have one."""
    sitting, back = queries.get_sitting(code), url_for("exams.rooms", code=code)
    if not EmptyForm().validate_on_submit():
        return redirect(back)
    try:
        with transaction():
            if what == "tickets":
                count = services.send_tickets(sitting_id=sitting.id, actor=current_actor(), now=now())
                say(Text(N_("%(count)s 名有座位的考生都通知到了；同一个座位只通知一次。"), count=count))
            else:
                made = services.allocate_seats(sitting_id=sitting.id, again=what == "again", actor=current_actor(), now=now())
                say(
                    Text(N_("排了 %(new)s 个座位，同单位相邻 %(pairs)s 对。"), new=made.new, pairs=made.pairs)
                    if made.new
                    else Text(N_("没有新的考生要排，已有的座位不变。"))
                )
    except DomainError as error:
        if error.status in {403, 404}:
            raise
        say_error(error)
    return redirect(back)


@blueprint.post("/manage/exams/sittings/<code>/invigilators")
@allow(*SITTING_ROLES)
def add_invigilator(code: str) -> ResponseReturnValue:
    """Let an instructor watch."""
    sitting, back = queries.get_sitting(code), url_for("exams.rooms", code=code)
    form = _invigilator_form(sitting)
    if not form.validate_on_submit():
        say(N_("请从名单里选一位监考员。没有安排。"), "lost")
        return redirect(back)
    return tried(
        back,
        lambda: services.assign_invigilator(
            sitting_id=sitting.id,
            instructor_code=form.instructor.data,
            room_number=int(form.room.data) if form.room.data else None,
            actor=current_actor(),
            now=now(),
        ),
        N_("监考员安排好了，在“题库与考试”里能看到这场考试。"),
    )


@blueprint.post("/manage/exams/sittings/<code>/invigilators/<instructor>/remove")
@allow(*SITTING_ROLES)
def remove_invigilator(code: str, instructor: str) -> ResponseReturnValue:
    """Take an instructor off."""
    sitting, back = queries.get_sitting(code), url_for("exams.rooms", code=code)
    if not EmptyForm().validate_on_submit():
        return redirect(back)
    return tried(
        back,
        lambda: services.remove_invigilator(
            sitting_id=sitting.id, instructor_code=instructor, actor=current_actor(), now=now()
        ),
        N_("不再由这位讲师监考。"),
    )


@blueprint.route("/manage/exams/sittings/<code>/accommodations", methods=["GET", "POST"])
@allow(*SITTING_ROLES)
def accommodations(code: str) -> ResponseReturnValue:
    """Extra time in percent for single candidates, with its reason, for those who decide."""
    sitting = queries.get_sitting(code)
    everybody = queries.candidate_views(sitting.id)
    form = AccommodationForm()
    form.candidate.choices = [(one.candidate.candidate_no, f"{one.candidate.candidate_no} {one.name}") for one in everybody]
    if form.validate_on_submit():
        try:
            with transaction():
                services.accommodate(
                    sitting_id=sitting.id,
                    candidate_no=form.candidate.data,
                    percent=form.percent.data or 0,
                    reason=form.reason.data or "",
                    actor=current_actor(),
                    now=now(),
                )
        except NotFound:
            raise
        except DomainError as error:
            say_error(error)
        else:
            say(N_("登记好了，考生进入考试时按这个比例加时。"))
        return redirect(url_for("exams.accommodations", code=code))
    held = queries.accommodations_of(sitting.id)
    return render_template(
        "exams/accommodations.html",
        sitting=sitting,
        form=form,
        rows=[(one, held[one.candidate.learner_id]) for one in everybody if one.candidate.learner_id in held],
        extra=lambda percent: -(-sitting.minutes * percent // 100),
    ), 422 if form.errors else 200
