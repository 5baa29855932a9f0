"""Registration periods: read one by one, or by the day on which they end."""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import select

from academy.attendance.models import RegistrationPeriod as RegistrationPeriod  # what reads give back is public by name
from academy.attendance.rules import Period, is_overlapping
from academy.core.db import db
from academy.core.errors import NotFound
from academy.people.rules import HeldLevel

_STANDS = RegistrationPeriod.voided_at.is_(None)


def get_period(code: str, *, is_locked: bool = False) -> RegistrationPeriod:
    """A period by its code; read anew and locked until the transaction ends, if asked. Raises NotFound."""
    query = select(RegistrationPeriod).where(RegistrationPeriod.code == code)
    if is_locked:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound
    return found


def periods_of(learner_id: int, *, with_voided: bool = False) -> list[RegistrationPeriod]:
    """A person's periods, the latest first."""
    query = select(RegistrationPeriod).where(RegistrationPeriod.learner_id == learner_id)
    if not with_voided:
        query = query.where(_STANDS)
    return list(db.session.scalars(query.order_by(RegistrationPeriod.starts_on.desc(), RegistrationPeriod.id.desc())))


def find_overlap(learner_id: int, period: Period, *, except_id: int | None = None) -> RegistrationPeriod | None:
    """Another period of the same person that shares a day with this one."""
    others = (one for one in periods_of(learner_id) if one.id != except_id)
    return next((one for one in others if is_overlapping(one.period, period)), None)


def periods_ending(
    first: date, last: date, *, level: HeldLevel | None = None, starts_by: date | None = None, is_locked: bool = False
) -> list[RegistrationPeriod]:
    """Periods whose last day lies in [first, last], by id; of one level, or begun by a day, if given."""
    query = select(RegistrationPeriod).where(_STANDS, RegistrationPeriod.ends_on >= first, RegistrationPeriod.ends_on <= last)
    if level is not None:
        query = query.where(RegistrationPeriod.level == level)
    if starts_by is not None:
        query = query.where(RegistrationPeriod.starts_on <= starts_by)
    if is_locked:
        query = query.with_for_update().execution_options(populate_existing=True)
    return list(db.session.scalars(query.order_by(RegistrationPeriod.id)))


def periods_by_learner(learner_ids: Iterable[int]) -> dict[int, list[RegistrationPeriod]]:
    """The periods of many people, each person's in order."""
    found: dict[int, list[RegistrationPeriod]] = {}
    ids = sorted(set(learner_ids))
    for start in range(0, len(ids), 500):
        query = select(RegistrationPeriod).where(_STANDS, RegistrationPeriod.learner_id.in_(ids[start : start + 500]))
        for one in db.session.scalars(query.order_by(RegistrationPeriod.starts_on, RegistrationPeriod.id)):
            found.setdefault(one.learner_id, []).append(one)
    return found
