"""What instructors can show."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, or_, select

from academy.core.db import db
from academy.core.errors import NotFound
from academy.people.models import InstructorQualification as InstructorQualification  # what reads give back is public by name
from academy.people.rules import (
    EXPIRED_STAGE,
    EXPIRING_DAYS,
    REMINDED_AFTER,
    QualificationKind,
    QualificationState,
    Standing,
    standing_on,
)

_Q = InstructorQualification
_successor = select(_Q.supersedes_id).where(_Q.supersedes_id.is_not(None), _Q.state == QualificationState.CHECKED)


def get_qualification(code: str, *, instructor_id: int | None = None) -> InstructorQualification:
    """A qualification by its code; with `instructor_id`, only one of hers. Raises NotFound."""
    query = select(_Q).where(_Q.code == code)
    if instructor_id is not None:
        query = query.where(_Q.instructor_id == instructor_id)
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound
    return found


class Held(NamedTuple):
    """A qualification with what it is worth on a day."""

    row: InstructorQualification
    standing: Standing
    is_renewable: bool  # nothing follows it yet


def qualifications_of(instructor_ids: Iterable[int], day: date) -> dict[int, list[Held]]:
    """Every qualification of each instructor, the newest first; who has none is left out."""
    query = select(_Q).where(_Q.instructor_id.in_(list(instructor_ids)))
    rows = list(db.session.scalars(query.order_by(_Q.issued_on.desc(), _Q.id.desc())))
    followed = {row.supersedes_id for row in rows if row.state is not QualificationState.REJECTED}
    superseded = {row.supersedes_id for row in rows if row.state is QualificationState.CHECKED}
    found: dict[int, list[Held]] = {}
    for row in rows:
        standing = standing_on(day, row.state, row.issued_on, row.expires_on, is_superseded=row.id in superseded)
        is_renewable = row.id not in followed and row.state is QualificationState.CHECKED
        found.setdefault(row.instructor_id, []).append(Held(row, standing, is_renewable))
    return found


def qualified_on(day: date, kind: QualificationKind | None = None) -> dict[int, list[QualificationKind]]:
    """Which kinds of qualification each instructor validly holds on a day (of one kind only, if asked)."""
    query = select(_Q.instructor_id, _Q.kind).where(_valid(day)).order_by(_Q.instructor_id, _Q.kind)
    if kind is not None:
        query = query.where(_Q.kind == kind)
    found: dict[int, list[QualificationKind]] = {}
    for instructor_id, held in db.session.execute(query.distinct()):
        found.setdefault(instructor_id, []).append(held)
    return found


def _valid(day: date) -> ColumnElement[bool]:
    """`rules.is_valid_on` in SQL."""
    return (_Q.state == QualificationState.CHECKED) & (_Q.issued_on <= day) & or_(_Q.expires_on.is_(None), _Q.expires_on >= day)


def _standing(day: date, standing: Standing) -> ColumnElement[bool]:
    """Rows that need somebody: expiring, expired, or to be checked. Superseded ones need nobody."""
    if standing is Standing.SUBMITTED:
        return _Q.state == QualificationState.SUBMITTED
    current = (_Q.state == QualificationState.CHECKED) & _Q.id.not_in(_successor)
    if standing is Standing.EXPIRED:
        return current & (_Q.expires_on < day)
    return current & _Q.expires_on.between(day, day + timedelta(days=EXPIRING_DAYS))


def instructor_ids_with(standing: Standing, day: date) -> set[int]:
    """Who holds a qualification that is expiring, expired or to be checked."""
    return set(db.session.scalars(select(_Q.instructor_id).where(_standing(day, standing)).distinct()))


def standing_counts(day: date) -> dict[Standing, int]:
    """How many instructors hold something that is expiring, expired or to be checked."""
    wanted = (Standing.EXPIRING, Standing.EXPIRED, Standing.SUBMITTED)
    counts = [select(func.count(_Q.instructor_id.distinct())).where(_standing(day, one)).scalar_subquery() for one in wanted]
    return dict(zip(wanted, db.session.execute(select(*counts)).one(), strict=True))


def qualifications_to_remind(day: date) -> list[InstructorQualification]:
    """Current qualifications that end soon or ended lately, and whose last stage has not been written about."""
    query = select(_Q).where(
        _Q.state == QualificationState.CHECKED,
        _Q.id.not_in(_successor),
        _Q.expires_on.between(day - REMINDED_AFTER, day + timedelta(days=EXPIRING_DAYS)),
        or_(_Q.reminded_stage.is_(None), _Q.reminded_stage > EXPIRED_STAGE),
    )
    return list(db.session.scalars(query.order_by(_Q.expires_on, _Q.id)))
