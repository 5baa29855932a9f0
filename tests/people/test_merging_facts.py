"""What two merged records say about eligibility: a level with its own last day, and gaps filled."""

from datetime import date, datetime
from typing import Any, TypeAlias

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from academy.core.access import Actor, Grant, Role
from academy.core.audit import AuditRow
from academy.core.db import db, transaction
from academy.people import services
from academy.people.models import Learner
from academy.people.rules import HeldLevel
from tests.enrollment.factories import make_learner
from tests.timetable.factories import make_world

STAFF = Actor(None, "孔延玲", frozenset({Grant(Role.CLASS_MANAGER)}))
SOON, LATE = date(2026, 12, 31), date(2029, 6, 30)
Held: TypeAlias = tuple[HeldLevel, date | None]


@pytest.fixture(autouse=True)
def world(session: Session) -> None:
    make_world()


def merged_facts(kept: Learner, merged: Learner, now: datetime) -> tuple[dict[str, Any], dict[str, Any]]:
    """Merge, and give what the kept record's trail says of both before and after."""
    db.session.commit()
    with transaction():
        services.merge_learners(kept_code=kept.code, merged_code=merged.code, reason="同一个人", actor=STAFF, now=now)
    row = db.session.scalars(select(AuditRow).where(AuditRow.subject == f"learner:{kept.code}")).one()
    assert row.before is not None
    assert row.after is not None
    return row.before, row.after


@pytest.mark.parametrize(
    ("first", "second", "becomes"),
    [
        ((HeldLevel.JUNIOR, LATE), (HeldLevel.SENIOR, SOON), (HeldLevel.SENIOR, SOON)),
        ((HeldLevel.JUNIOR, LATE), (HeldLevel.SENIOR, None), (HeldLevel.SENIOR, None)),
        ((HeldLevel.SENIOR, SOON), (HeldLevel.JUNIOR, LATE), (HeldLevel.SENIOR, SOON)),
        ((HeldLevel.SENIOR, SOON), (HeldLevel.SENIOR, LATE), (HeldLevel.SENIOR, LATE)),
        ((HeldLevel.SENIOR, LATE), (HeldLevel.SENIOR, None), (HeldLevel.SENIOR, LATE)),
        ((HeldLevel.NONE, None), (HeldLevel.JUNIOR, LATE), (HeldLevel.JUNIOR, LATE)),
    ],
)
def test_a_level_goes_over_with_its_own_last_day(now: datetime, first: Held, second: Held, becomes: Held) -> None:
    kept, merged = (make_learner(now, held_level=level, held_until=until) for level, until in (first, second))
    before, after = merged_facts(kept, merged, now)
    assert (kept.held_level, kept.held_until) == becomes
    for facts, (level, until) in ((before["kept"], first), (before["merged"], second), (after["kept"], becomes)):
        assert (facts["held_level"], facts["held_until"]) == (level.value, until.isoformat() if until else None)


@pytest.mark.parametrize(("first", "becomes"), [(None, SOON), (LATE, LATE)])
def test_since_when_she_works_fills_a_gap_only(now: datetime, first: date | None, becomes: date) -> None:
    kept, merged = make_learner(now, works_since=first), make_learner(now, works_since=SOON)
    before, after = merged_facts(kept, merged, now)
    assert kept.works_since == becomes
    assert before["merged"]["works_since"] == SOON.isoformat()
    assert after["kept"]["works_since"] == becomes.isoformat()
