"""Staff: week by week what is planned in a room, at a site, by an instructor, in a class."""

from dataclasses import dataclass
from datetime import date, timedelta

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from academy.core.access import Role, allow, current_actor
from academy.core.clock import today
from academy.core.text import N_, render
from academy.people import queries as people
from academy.sites import queries as sites
from academy.timetable import queries
from academy.timetable.queries import WeekSlots, Whose
from academy.timetable.web import blueprint
from academy.timetable.week import Day, compute_weeks, read_week

STAFF = (Role.ADMINISTRATOR, Role.CLASS_MANAGER)
LOOKERS = (*STAFF, Role.AUDITOR)
PAGES = {
    "site": "timetable.site_week",
    "room": "timetable.room_week",
    "instructor": "timetable.instructor_week",
    "class": "timetable.class_week",
}


@dataclass(frozen=True, slots=True)
class Group:
    """One grid of the page."""

    title: str
    href: str
    weeks: list[list[Day]]


@blueprint.get("/manage/timetable")
@allow(*LOOKERS)
def weeks() -> ResponseReturnValue:
    """Choose whose week to see: of a site, a room, an instructor or a class."""
    kind, code = request.args.get("kind", ""), request.args.get("code", "").strip()[:40].upper()
    if kind in PAGES and code:
        return redirect(url_for(PAGES[kind], code=code, week=request.args.get("week") or None))
    return render_template(
        "timetable/weeks.html", sites=sites.sites(), instructors=people.instructors(), rooms=sites.rooms(), wanted=kind
    )


def _href() -> str:
    """Where a slot leads: staff change the session, others read about the class."""
    return "/manage/classes/{code}/sessions/{seq}" if current_actor().has(*STAFF) else "/classes/{code}"


def _monday() -> date:
    return read_week(request.args.get("week"), today())


def _page(title: str, lead: str, monday: date, groups: list[tuple[str, str, WeekSlots]], ways: list[tuple[str, str]]) -> str:
    held = [slot for _, _, found in groups for slot in found.held]
    coming = [found.next_monday for _, _, found in groups if found.next_monday]
    return render_template(
        "timetable/week_page.html",
        title=title,
        lead=lead,
        base=request.path,
        monday=monday,
        sunday=monday + timedelta(days=6),
        before=(monday - timedelta(days=7)).isoformat(),
        after=(monday + timedelta(days=7)).isoformat(),
        groups=[Group(name, href, compute_weeks(found.held)) for name, href, found in groups if found.held],
        cancelled=[slot for _, _, found in groups for slot in found.cancelled],
        minutes=sum(slot.minutes for slot in held),
        count=len(held),
        next_monday=min(coming).isoformat() if coming else None,
        ways=ways,
    )


@blueprint.get("/manage/timetable/sites/<code>")
@allow(*LOOKERS)
def site_week(code: str) -> ResponseReturnValue:
    """A week of a site, room by room."""
    site, monday = sites.get_site(code), _monday()
    week = monday.isoformat()
    groups = []
    for room in sites.rooms(site.id):
        found = queries.week_of_slots(Whose(room_ids=[room.id]), monday, href=_href())
        groups.append((room.name_zh, url_for("timetable.room_week", code=room.code, week=week), found))
    roomless = queries.week_of_slots(Whose(roomless_site_id=site.id), monday, href=_href())
    groups.append((render(N_("还没有定教室")), "", roomless))
    ways = [(render(N_("教室、开放时间与停用")), url_for("timetable.place", code=code))]
    return _page(site.name_zh, render(N_("教学点课表")), monday, groups, ways)


@blueprint.get("/manage/timetable/rooms/<code>")
@allow(*LOOKERS)
def room_week(code: str) -> ResponseReturnValue:
    """A week of a room."""
    room, monday = sites.get_room(code), _monday()
    site = sites.site_by_id(room.site_id)
    found = queries.week_of_slots(Whose(room_ids=[room.id]), monday, href=_href())
    ways = [(site.name_zh, url_for("timetable.site_week", code=site.code, week=monday.isoformat()))]
    return _page(f"{site.name_zh} {room.name_zh}", render(N_("教室课表")), monday, [("", "", found)], ways)


@blueprint.get("/manage/timetable/instructors/<code>")
@allow(*LOOKERS)
def instructor_week(code: str) -> ResponseReturnValue:
    """A week of an instructor."""
    one, monday = people.get_instructor(code), _monday()
    found = queries.week_of_slots(Whose(instructor_id=one.id), monday, href=_href())
    ways = [(render(N_("讲师资料")), url_for("people.instructor", code=code))]
    return _page(one.name_zh, render(N_("讲师课表")), monday, [("", "", found)], ways)


@blueprint.get("/manage/timetable/classes/<code>")
@allow(*LOOKERS)
def class_week(code: str) -> ResponseReturnValue:
    """A week of a class; without one in the address, the week in which it begins."""
    found = queries.get_class(code)
    monday = _monday() if request.args.get("week") else read_week(found.starts_on.isoformat(), today())
    slots = queries.week_of_slots(Whose(class_ids=[found.id]), monday, href=_href())
    ways = [(render(N_("班次")), url_for("timetable.manage_class", code=code))]
    return _page(found.title_zh, render(N_("班级课表")), monday, [("", "", slots)], ways)
