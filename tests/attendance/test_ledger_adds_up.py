"""Whatever is marked, corrected, converted, granted and taken back, in whatever order: the ledger is what it should be."""

from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from academy.attendance import queries, services
from academy.attendance.models import AttendanceMark, CreditEntry, HoursConversion, HoursDecree, RegistrationPeriod
from academy.attendance.rules import ConversionState, EntryKind, EntrySource, MarkState, compute_credit, credit_rule_on
from academy.attendance.services import Claim, Seen
from academy.core.access import Actor
from academy.core.db import transaction
from academy.core.errors import Conflict, DomainError
from academy.core.outbox import drain
from academy.people import services as people_services
from academy.people.models import Learner
from tests.attendance.factories import Room, make_room, mark
from tests.attendance.hours_factories import (
    HUNDRED_YEARS,
    INTERMEDIATE,
    carry_out,
    give_period,
    ledger,
    ledger_sum,
    make_keeper,
    write_down,
)
from tests.timetable.factories import FIRST_DAY, make_world

STEPS = st.one_of(
    st.tuples(st.just("mark"), st.integers(0, 1), st.sampled_from(MarkState), st.none() | st.integers(0, 300)),
    st.tuples(st.just("convert"), st.sampled_from(["degree", "paper", "homework"]), st.integers(1, 4), st.integers(0, 300)),
    st.tuples(st.just("revoke"), st.integers(0, 5)),
    st.tuples(st.just("decree"), st.integers(0, 3), st.integers(0, 9)),
    st.tuples(st.just("undo"), st.integers(0, 5)),
    st.tuples(st.just("write"), st.integers(1, 20)),
    st.tuples(st.just("counter"), st.integers(0, 9)),
)


class World:
    """One person, and everything that can happen to her ledger."""

    def __init__(self, session: Session, room: Room, keeper: Actor, asker: Actor, now: datetime) -> None:
        self.session, self.room, self.keeper, self.asker, self.now = session, room, keeper, asker, now
        self.learner = room.learners[0]
        self.decrees: list[str] = []
        self.conversions: list[str] = []
        self.written: list[int] = []
        self.number = 0

    def do(self, step: tuple[Any, ...]) -> None:
        doing: dict[str, Callable[..., None]] = {
            "mark": self.mark, "convert": self.convert, "revoke": self.revoke, "decree": self.decree, "undo": self.undo,
            "write": self.write, "counter": self.counter,
        }  # fmt: skip
        with suppress(DomainError):  # refused: then nothing has happened, which the sums show
            doing[step[0]](*step[1:])

    def mark(self, which: int, state: MarkState, minutes: int | None) -> None:
        mark(self.room, {0: Seen(state, minutes)}, session=which)

    def convert(self, kind: str, units: int, days_ago: int) -> None:
        earned_on = date.fromordinal(date(2026, 11, 23).toordinal() - days_ago)
        asked = Claim(kind, "一项成果", 1 if kind == "degree" else units, earned_on, "证明原件")
        with transaction():
            row = services.apply_for_conversion(learner_id=self.learner.id, claim=asked, actor=self.asker, now=self.now)
            services.approve_conversion(code=row.code, actor=self.keeper, now=self.now)
        self.conversions.append(row.code)

    def revoke(self, place: int) -> None:
        code = self.conversions[place % len(self.conversions)] if self.conversions else "X"
        with transaction():
            services.revoke_conversion(code=code, reason="查实不符", actor=self.keeper, now=self.now)

    def decree(self, months: int, hours: int) -> None:
        self.number += 1
        self.decrees.append(carry_out(self.keeper, self.now, months=months, hours=hours, number=f"文{self.number}号").code)

    def undo(self, place: int) -> None:
        code = self.decrees[place % len(self.decrees)] if self.decrees else "X"
        with transaction():
            services.undo_decree(code=code, reason="文件被收回", actor=self.keeper, now=self.now)

    def write(self, hours: int) -> None:
        self.written.append(write_down(self.learner, hours, date(2026, 5, 1), self.keeper, self.now))

    def counter(self, place: int) -> None:
        entry_id = self.written[place % len(self.written)] if self.written else 0
        with transaction():
            services.counter_written_down(entry_id=entry_id, reason="记重了", actor=self.keeper, now=self.now)

    def recomputed(self) -> int:
        """The hours from the records themselves, not from the ledger."""
        planned = {one.id: one.minutes for one in self.room.sessions}
        marks = select(AttendanceMark).where(AttendanceMark.is_current, AttendanceMark.learner_id == self.learner.id)
        rule = credit_rule_on(FIRST_DAY)
        attended = sum(compute_credit(one.minutes, planned[one.session_id], rule) for one in self.session.scalars(marks))
        approved = select(HoursConversion.id).where(
            HoursConversion.learner_id == self.learner.id, HoursConversion.state == ConversionState.APPROVED
        )
        credited = select(func.coalesce(func.sum(CreditEntry.minutes), 0)).where(
            CreditEntry.conversion_id.in_(approved), CreditEntry.kind == EntryKind.CREDIT
        )
        granted = select(func.coalesce(func.sum(HoursDecree.minutes), 0)).where(HoursDecree.undone_at.is_(None))
        given_ = granted.where(HoursDecree.code.in_(self.decrees))
        taken = queries.countered_ids(self.written)
        kept = [one for one in ledger(self.learner) if one.id in self.written and one.id not in taken]
        return sum([attended, self.sum(credited), self.sum(given_), sum(one.minutes for one in kept)])

    def sum(self, query: Any) -> int:
        return int(self.session.scalar(query) or 0)


def test_the_ledger_always_adds_up(session: Session, now: datetime) -> None:
    world = make_world()
    keeper, asker = make_keeper(), make_keeper("段维栋")

    @settings(max_examples=25, deadline=None)
    @given(st.lists(STEPS, max_size=14))
    def holds(steps: list[tuple[Any, ...]]) -> None:
        session.execute(update(RegistrationPeriod).values(voided_at=now, void_reason="上一个例子"))
        session.commit()
        found = World(session, make_room(now, people=1, world=world), keeper, asker, now)
        period = give_period(found.learner, keeper, now, level=INTERMEDIATE)
        for step in steps:
            found.do(step)
            session.expire_all()
            assert ledger_sum(found.learner) == found.recomputed()
        lines = ledger(found.learner)
        by_id = {one.id: one for one in lines}
        for one in lines:
            if one.counters_id is not None:
                assert (by_id[one.counters_id].minutes, by_id[one.counters_id].earned_on) == (-one.minutes, one.earned_on)
        assert all(one.minutes % 45 == 0 for one in lines)
        assert queries.get_period(period.code).version == 1 + sum(
            decree.undone_at is None and decree.months > 0 for decree in map(queries.get_decree, found.decrees)
        )

    holds()


def test_two_records_of_one_person_become_one_without_losing_an_hour(session: Session, now: datetime) -> None:
    room = make_room(now, people=2)
    keeper = make_keeper()
    mark(room, {0: MarkState.PRESENT, 1: MarkState.PRESENT})
    mark(room, {0: MarkState.PRESENT}, session=1)
    old, new = room.learners
    write_down(old, 3, date(2026, 5, 1), keeper, now)
    before = ledger_sum(old)  # she was once in the session for which both are marked
    with transaction():
        people_services.merge_learners(
            kept_code=new.code, merged_code=old.code, reason="两份档案是同一人", actor=keeper, now=now
        )
    drain(now=now)
    assert (ledger_sum(old), ledger_sum(new)) == (0, before)
    assert [one.source for one in ledger(new)][-1] is EntrySource.MANUAL
    with transaction():
        services.follow_merge(kept_id=new.id, merged_id=old.id, now=now)
    assert (ledger_sum(old), ledger_sum(new)) == (0, before)


def test_what_was_written_down_is_countered_once_and_only_that(session: Session, now: datetime) -> None:
    room, keeper = make_room(now, people=1), make_keeper()
    learner: Learner = room.learners[0]
    mark(room, {0: MarkState.PRESENT})
    attended = ledger(learner)[0].id
    written = write_down(learner, 3, date(2026, 5, 1), keeper, now)
    take_back = partial(services.counter_written_down, reason="记重了吧", actor=keeper, now=now)
    with transaction():
        take_back(entry_id=written)
    for entry_id in (written, attended, ledger(learner)[-1].id):
        with pytest.raises(Conflict), transaction():
            take_back(entry_id=entry_id)
    assert ledger_sum(learner) == 180


@pytest.mark.parametrize(
    ("hours", "day"), [(0, date(2026, 5, 1)), (301, date(2026, 5, 1)), (3, date(2026, 11, 24)), (3, date(1999, 12, 31))]
)
def test_hours_that_nobody_earns_are_not_written_down(session: Session, now: datetime, hours: int, day: date) -> None:
    room, keeper = make_room(now, people=1), make_keeper()
    with pytest.raises(services.HoursAreOutOfBounds):
        write_down(room.learners[0], hours, day, keeper, now)
    assert queries.credited_minutes(room.learners[0].id, *HUNDRED_YEARS) == 0
