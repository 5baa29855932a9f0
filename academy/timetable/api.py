"""The JSON door of the timetable."""

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, Field

from academy.catalog import queries as catalog
from academy.core.access import current_actor, public
from academy.core.api import endpoint
from academy.core.errors import NotFound
from academy.sites import queries as sites
from academy.timetable import queries
from academy.timetable.policies import can_see_class
from academy.timetable.queries import TrainingClass
from academy.timetable.rules import PUBLIC, ClassState


class ClassOut(BaseModel):
    """A class in a list."""

    code: str
    title: str
    program: str
    state: ClassState
    starts_on: date
    ends_on: date
    site: str
    seats: int
    admitted: int
    waiting: int
    enroll_opens_at: datetime
    enroll_closes_at: datetime
    person_types: list[str] = Field(description="codes; empty: everybody")


class SessionOut(BaseModel):
    """A session."""

    seq: int
    title: str
    starts_at: datetime
    ends_at: datetime
    minutes: int = Field(description="teaching minutes, 45 to the hour")
    instructors: list[str]


class ClassDetail(ClassOut):
    """A class with its sessions."""

    sessions: list[SessionOut]


class ClassQuery(BaseModel):
    """What to look for, and which page."""

    q: str = Field("", max_length=40)
    state: ClassState | None = None
    page: int = Field(1, ge=1, le=10_000)
    per_page: int = Field(50, ge=1, le=200)


class ClassPage(BaseModel):
    """A page of classes, the latest first day first."""

    total: int
    page: int
    items: list[ClassOut]


@endpoint("GET", "/classes", query=ClassQuery, returns=ClassPage, access=public)
def classes(query: ClassQuery) -> ClassPage:
    """Classes that are open, run or have ended"""
    states = PUBLIC if query.state is None else PUBLIC & {query.state}
    filter_ = queries.ClassFilter(search=query.q, states=states)
    found, total = queries.find_classes(filter_, limit=query.per_page, offset=(query.page - 1) * query.per_page)
    programs = catalog.programs_by_ids({one.program_id for one in found})
    places = sites.sites_by_ids({one.site_id for one in found})
    items = [ClassOut(**_facts(one, programs[one.program_id].code, places[one.site_id].code)) for one in found]
    return ClassPage(total=total, page=query.page, items=items)


@endpoint("GET", "/classes/<code>", returns=ClassDetail, access=public)
def class_(code: str) -> ClassDetail:
    """One class with its sessions"""
    found = queries.get_class(code)
    if not can_see_class(current_actor(), found):
        raise NotFound
    program, site = catalog.program_by_id(found.program_id), sites.site_by_id(found.site_id)
    sessions = [
        SessionOut(
            seq=slot.seq,
            title=slot.title,
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
            minutes=slot.minutes,
            instructors=list(slot.people),
        )
        for slot in queries.slots_of(found)
    ]
    return ClassDetail(**_facts(found, program.code, site.code), sessions=sessions)


def _facts(found: TrainingClass, program: str, site: str) -> dict[str, Any]:
    copied = ("code", "state", "starts_on", "ends_on", "seats", "enroll_opens_at", "enroll_closes_at")
    return {
        **{name: getattr(found, name) for name in copied},
        "title": found.title_zh,
        "program": program,
        "site": site,
        "admitted": found.admitted_count,
        "waiting": found.waiting_count,
        "person_types": found.audience,
    }
