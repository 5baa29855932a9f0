"""A coordinator's start page: her own organization's people, nobody else's."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, FromClause, and_, func, select

from academy.accounts.models import Organization
from academy.attendance.models import CreditEntry
from academy.core.clock import local
from academy.core.db import db
from academy.enrollment.models import Enrollment
from academy.enrollment.rules import LIVE, EnrollmentState
from academy.people.models import Learner
from academy.timetable.models import TrainingClass
from academy.timetable.rules import ClassState

GOING_ON = (ClassState.APPROVED, ClassState.OPEN, ClassState.RUNNING)


@dataclass(frozen=True, slots=True)
class Member:
    """A person of the organization: hours this year, classes she is in."""

    code: str
    name: str
    person_type_code: str
    minutes: int
    live: int


@dataclass(frozen=True, slots=True)
class Seat:
    """A member in a class, now."""

    name: str
    class_code: str
    class_title: str
    starts_on: date
    ends_on: date
    state: EnrollmentState
    waitlist_no: int | None


@dataclass(frozen=True, slots=True)
class Unit:
    """The organization's page."""

    names: tuple[str, ...]
    people: int
    with_hours: int
    minutes: int
    total: int  # members that the search finds
    members: list[Member]
    seats: list[Seat]


def unit(organizations: Iterable[int], now: datetime, *, search: str = "", limit: int = 20, offset: int = 0) -> Unit:
    """The page for these organizations; the search narrows the members only."""
    ids = list(organizations)
    names = db.session.scalars(select(Organization.name_zh).where(Organization.id.in_(ids)).order_by(Organization.id))
    earned = _earned(local(now).year)
    total, with_hours, minutes = db.session.execute(
        select(func.count(Learner.id), func.count(earned.c.minutes), func.coalesce(func.sum(earned.c.minutes), 0))
        .outerjoin(earned, earned.c.learner_id == Learner.id)
        .where(_matching(ids, ""))
    ).one()
    found = select(func.count(Learner.id)).where(_matching(ids, search))
    return Unit(
        names=tuple(names),
        people=total,
        with_hours=with_hours,
        minutes=int(minutes),
        total=db.session.scalar(found) or 0,
        members=_members(ids, earned, search, limit, offset),
        seats=_seats(ids),
    )


def _matching(ids: list[int], search: str) -> ColumnElement[bool]:
    theirs = and_(Learner.organization_id.in_(ids), Learner.merged_into_id.is_(None))
    return and_(theirs, Learner.name_zh.contains(search, autoescape=True)) if search else theirs


def _earned(year: int) -> FromClause:
    return (
        select(CreditEntry.learner_id, func.sum(CreditEntry.minutes).label("minutes"))
        .where(CreditEntry.earned_on >= date(year, 1, 1), CreditEntry.earned_on <= date(year, 12, 31))
        .group_by(CreditEntry.learner_id)
        .subquery()
    )


def _members(ids: list[int], earned: FromClause, search: str, limit: int, offset: int) -> list[Member]:
    live = (
        select(func.count(Enrollment.id))
        .join(TrainingClass, TrainingClass.id == Enrollment.class_id)
        .where(Enrollment.learner_id == Learner.id, Enrollment.state.in_(LIVE), TrainingClass.state.in_(GOING_ON))
        .correlate(Learner)
        .scalar_subquery()
    )
    query = (
        select(Learner.code, Learner.name_zh, Learner.person_type_code, func.coalesce(earned.c.minutes, 0), live)
        .outerjoin(earned, earned.c.learner_id == Learner.id)
        .where(_matching(ids, search))
        .order_by(func.coalesce(earned.c.minutes, 0), Learner.id)
    )
    return [Member(*row) for row in db.session.execute(query.limit(limit).offset(offset))]


def _seats(ids: list[int]) -> list[Seat]:
    query = (
        select(
            Learner.name_zh,
            TrainingClass.code,
            TrainingClass.title_zh,
            TrainingClass.starts_on,
            TrainingClass.ends_on,
            Enrollment.state,
            Enrollment.waitlist_no,
        )
        .join(Enrollment, Enrollment.learner_id == Learner.id)
        .join(TrainingClass, TrainingClass.id == Enrollment.class_id)
        .where(Learner.organization_id.in_(ids), Enrollment.state.in_(LIVE), TrainingClass.state.in_(GOING_ON))
        .order_by(TrainingClass.starts_on, Learner.id)
        .limit(50)
    )
    return [Seat(*row) for row in db.session.execute(query)]
