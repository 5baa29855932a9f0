"""Staff: a site's rooms, opening hours, closures and travel times. Which planned sessions a change touches is shown first.

The pages stand in the timetable, not with the sites, because they show what is planned there.
"""

from datetime import datetime, time, timedelta
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from academy.core.access import Role, allow, current_actor
from academy.core.clock import TZ, now, today
from academy.core.db import transaction
from academy.core.errors import DomainError, NotFound
from academy.core.text import N_, render
from academy.sites import queries as sites
from academy.sites import services as sites_services
from academy.sites.queries import Closure, Room, TeachingSite
from academy.sites.rules import WEEKDAY_WORDS, OpenSpan, Travel, TravelSource, WeekHours, clock_words, compute_distance_km
from academy.timetable import queries
from academy.timetable.queries import PlannedThere
from academy.timetable.web import blueprint
from academy.timetable.web.place_forms import ClosureForm, HoursForm, RoomForm, TravelForm
from academy.timetable.web.session_form import say_in
from academy.ui.flash import say, say_error
from academy.ui.forms import EmptyForm

NEAREST = 12  # sites that are listed unless all are asked for
STAFF = (Role.ADMINISTRATOR, Role.CLASS_MANAGER)


@blueprint.get("/manage/places/<code>")
@allow(*STAFF)
def place(code: str) -> ResponseReturnValue:
    """A site as it is run: its rooms, when they are open, when they are not."""
    site, at = sites.get_site(code), now()
    rooms = sites.rooms(site.id)
    closures = sites.closures_of(site.id, since=at)
    return render_template(
        "timetable/place.html",
        site=site,
        rooms=rooms,
        names={room.id: room.name_zh for room in rooms},
        hours=sites.own_hours(site.id, None),
        room_hours={room.id: sites.own_hours(site.id, room.id) for room in rooms},
        closures=closures,
        touched={closure.id: len(queries.in_closure(closure, now=at)) for closure in closures},
        weekdays=WEEKDAY_WORDS,
        clock=clock_words,
    )


@blueprint.route("/manage/places/<code>/rooms/new", methods=["GET", "POST"])
@allow(*STAFF)
def new_room(code: str) -> ResponseReturnValue:
    """Add a room."""
    site, form = sites.get_site(code), RoomForm()
    if form.validate_on_submit():
        try:
            with transaction():
                sites_services.add_room(
                    site_code=code,
                    name_zh=form.name_zh.data or "",
                    capacity=form.capacity.data or 0,
                    equipment=form.words(),
                    actor=current_actor(),
                    now=now(),
                )
        except DomainError as error:
            say_in(form, error)
        else:
            say(N_("教室已添加，可以排课了。"))
            return redirect(url_for("timetable.place", code=code))
    return _room_page(site, None, form, None)


@blueprint.route("/manage/places/<code>/rooms/<room_code>", methods=["GET", "POST"])
@allow(*STAFF)
def edit_room(code: str, room_code: str) -> ResponseReturnValue:
    """Change a room, after seeing which planned sessions would no longer suit it."""
    site, room = _room_of(code, room_code)
    shown = {"name_zh": room.name_zh, "capacity": room.capacity, "equipment": "、".join(room.equipment)}
    form = RoomForm(data=shown)
    touched: list[PlannedThere] | None = None
    if form.validate_on_submit():
        capacity = form.capacity.data or 0
        touched = queries.unsuited(room, capacity, form.words(), now=now())
        if not touched or request.form.get("do") == "write":
            try:
                with transaction():
                    sites_services.edit_room(
                        code=room_code,
                        name_zh=form.name_zh.data or "",
                        capacity=capacity,
                        equipment=form.words(),
                        actor=current_actor(),
                        now=now(),
                    )
            except DomainError as error:
                say_in(form, error)
            else:
                say(N_("教室已改。"))
                return redirect(url_for("timetable.place", code=code))
    return _room_page(site, room, form, touched)


def _room_of(code: str, room_code: str) -> tuple[TeachingSite, Room]:
    site, room = sites.get_site(code), sites.get_room(room_code)
    if room.site_id != site.id:
        raise NotFound
    return site, room


def _room_page(
    site: TeachingSite, room: Room | None, form: RoomForm, touched: list[PlannedThere] | None
) -> ResponseReturnValue:
    values = {"site": site, "room": room, "form": form, "touched": touched}
    return render_template("timetable/room.html", **values), 422 if form.errors else 200


@blueprint.route("/manage/places/<code>/hours", methods=["GET", "POST"])
@allow(*STAFF)
def place_hours(code: str) -> ResponseReturnValue:
    """Set the opening hours of a site, or of one room, after seeing which planned sessions fall outside."""
    site = sites.get_site(code)
    room = _room_of(code, request.args["room"])[1] if request.args.get("room") else None
    kept = sites.own_hours(site.id, room.id if room else None)
    form = HoursForm(**_hours_values(kept))
    touched: list[PlannedThere] | None = None
    if form.validate_on_submit():
        days = form.days()
        inherited = sites.week_hours(site.id) if room and not days else WeekHours(days or None)
        touched = queries.outside_hours(site.id, room.id if room else None, inherited, now=now())
        if not touched or request.form.get("do") == "write":
            try:
                with transaction():
                    sites_services.set_hours(
                        site_code=code, room_code=room.code if room else None, days=days, actor=current_actor(), now=now()
                    )
            except DomainError as error:
                say_in(form, error)
                touched = None
            else:
                say(N_("开放时间已改，排课时照此检查。"))
                return redirect(url_for("timetable.place", code=code))
    values = {"site": site, "room": room, "form": form, "touched": touched}
    return render_template("timetable/hours.html", **values), 422 if form.errors else 200


def _hours_values(kept: dict[int, OpenSpan]) -> dict[str, Any]:
    values: dict[str, Any] = {"limits": "week" if kept else "none"}
    for day in WEEKDAY_WORDS:
        span = kept.get(day) or OpenSpan(8 * 60, 18 * 60)
        values[f"open_{day}"] = day in kept if kept else True
        values[f"opens_{day}"], values[f"closes_{day}"] = _clock(span.opens), _clock(min(span.closes, 1439))
    return values


def _clock(minutes: int) -> time:
    return time(minutes // 60, minutes % 60)


@blueprint.route("/manage/places/<code>/closures/new", methods=["GET", "POST"])
@allow(*STAFF)
def close_place(code: str) -> ResponseReturnValue:
    """Close a site or a room for a time, after seeing which planned sessions fall into it."""
    site = sites.get_site(code)
    rooms = sites.rooms(site.id)
    tomorrow = datetime.combine(today() + timedelta(days=1), time(0), tzinfo=TZ)
    form = ClosureForm(starts_at=tomorrow, ends_at=tomorrow + timedelta(days=1), room=request.args.get("room", ""))
    form.room.choices = [("", render(N_("整个教学点"))), *((room.code, room.name_zh) for room in rooms)]
    touched: list[PlannedThere] | None = None
    if form.validate_on_submit():
        given: dict[str, Any] = form.data
        room_id = {room.code: room.id for room in rooms}.get(given["room"])
        touched = [
            one
            for one in queries.planned_there(site.id, room_id, since=max(given["starts_at"], now()), until=given["ends_at"])
            if one.starts_at < given["ends_at"]
        ]
        if request.form.get("do") == "write":
            try:
                with transaction():
                    closure = sites_services.close_place(
                        site_code=code,
                        room_code=given["room"] or None,
                        starts_at=given["starts_at"],
                        ends_at=given["ends_at"],
                        reason=given["reason"],
                        actor=current_actor(),
                        now=now(),
                    )
            except DomainError as error:
                say_in(form, error)
                touched = None
            else:
                say(N_("停用已登记。那段时间不能再排课，已排的课次在待办里等您处理。"))
                return redirect(url_for("timetable.closure", code=closure.code))
    values = {"site": site, "form": form, "touched": touched}
    return render_template("timetable/close.html", **values), 422 if form.errors else 200


@blueprint.get("/manage/closures/<code>")
@allow(*STAFF)
def closure(code: str) -> ResponseReturnValue:
    """A closure with the sessions that are planned into it, each to be moved or cancelled."""
    found: Closure = sites.get_closure(code)
    touched = [] if found.lifted_at else queries.in_closure(found, now=now())
    return render_template(
        "timetable/closure.html",
        closure=found,
        site=sites.site_by_id(found.site_id),
        room=sites.room_by_id(found.room_id) if found.room_id else None,
        touched=touched,
        button=EmptyForm(),
    )


@blueprint.post("/manage/closures/<code>/lift")
@allow(*STAFF)
def lift_closure(code: str) -> ResponseReturnValue:
    """Open again."""
    found = sites.get_closure(code)
    if EmptyForm().validate_on_submit():
        try:
            with transaction():
                sites_services.lift_closure(code=code, actor=current_actor(), now=now())
            say(N_("停用已解除，可以排课了。"))
        except DomainError as error:
            say_error(error)
    return redirect(url_for("timetable.place", code=sites.site_by_id(found.site_id).code))


@blueprint.route("/manage/places/<code>/travel", methods=["GET", "POST"])
@allow(*STAFF)
def travel(code: str) -> ResponseReturnValue:
    """How long it takes from a site to the others, the nearest first; and setting one of them."""
    site = sites.get_site(code)
    others = [one for one in sites.sites() if one.id != site.id]
    form = TravelForm(other=request.args.get("to", ""))
    form.other.choices = [("", render(N_("请选择"))), *((one.code, f"{one.city_zh} {one.name_zh}") for one in others)]
    if form.validate_on_submit():
        try:
            with transaction():
                sites_services.set_travel_time(
                    site_code=code,
                    other_code=form.other.data,
                    minutes=form.minutes.data,
                    reason=form.reason.data or "",
                    actor=current_actor(),
                    now=now(),
                )
        except DomainError as error:
            say_in(form, error)
        else:
            say(N_("路程已改，之后排课照此检查。"))
            return redirect(url_for("timetable.travel", code=code))
    times = sites.travel_times({site.id, *(one.id for one in others)})
    rows = [
        (one, compute_distance_km((site.lon, site.lat), (one.lon, one.lat)), times.between(site.id, one.id)) for one in others
    ]
    rows.sort(key=lambda row: (row[2].minutes, row[1], row[0].code))
    near = rows if request.args.get("all") else [row for n, row in enumerate(rows) if n < NEAREST or _is_set(row[2])]
    values = {"site": site, "rows": near, "more": len(rows) if len(near) < len(rows) else 0, "form": form}
    return render_template("timetable/travel.html", **values), 422 if form.errors else 200


def _is_set(way: Travel) -> bool:
    return way.source is TravelSource.ADJUSTED
