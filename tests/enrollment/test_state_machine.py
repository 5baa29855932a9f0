"""Whatever happens in whatever order, also while the clock jumps: the counters are true, nobody is oversold or passed.

Three classes: one seats at once, one reviews on two levels, and one meets at the same time as the first. A unit has people,
a quota and allotted places. After each step the invariants 1—4 of the domain are checked against the rows, the third for
learners; those of rooms and instructors are in tests/timetable/test_any_order.py, the fifth, about hours, in
tests/attendance/test_ledger_adds_up.py.
"""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select
from sqlalchemy.orm import Session

from academy.core.access import Actor, Role
from academy.core.db import db, transaction
from academy.core.errors import DomainError
from academy.enrollment import jobs, queries, services
from academy.enrollment.models import ClassQuota, Enrollment, Offer
from academy.enrollment.rules import LIVE, PENDING, Decision, EnrollmentState, OfferState, Source, may_offer
from academy.people.models import Learner
from academy.timetable import queries as timetable
from academy.timetable.models import TrainingClass
from academy.timetable.rules import AdmissionMode
from tests.accounts.factories import actor_of, make_organization, make_user
from tests.enrollment.factories import make_coordinator, make_learner
from tests.timetable.factories import FIRST_DAY, World, at, make_class, make_program, make_session, make_world

PEOPLE = 7
PERSON, CLASS = st.integers(0, PEOPLE - 1), st.integers(0, 2)
Key = tuple[int, int]


class Enrolling(RuleBasedStateMachine):
    """Every door, in any order."""

    world: World
    start: datetime
    units: list[Any]
    coordinator: Actor

    @initialize(seats=st.tuples(*[st.integers(1, 4)] * 3))
    def begin(self, seats: tuple[int, ...]) -> None:
        self.now = self.start
        programs = [make_program(self.world).id for _ in range(2)]
        kinds: list[dict[str, Any]] = [{}, {"program_id": programs[0], "admission": AdmissionMode.UNIT_AND_ACADEMY}]
        kinds.append({"program_id": programs[1]})
        self.classes = [make_class(self.world, now=self.now, seats=n, **kind) for n, kind in zip(seats, kinds, strict=True)]
        for found in self.classes[::2]:
            make_session(found, at(FIRST_DAY, 8, 30))
        unit = self.units[0]
        users = [make_user(Role.LEARNER) for _ in range(PEOPLE)]
        self.learners = [
            make_learner(self.now, user=user, organization_id=unit.id if n % 2 else None) for n, user in enumerate(users)
        ]
        self.themselves = [actor_of(user) for user in users]
        self.has_jumped_back = False
        self.line_before: dict[int, dict[int, Key]] = {found.id: {} for found in self.classes}

    def attempt(self, work: Callable[[], Any]) -> None:
        """Do it; a refusal changes nothing."""
        self.line_before = {found.id: self.line(found) for found in self.classes}
        try:
            with transaction():
                work()
        except DomainError:
            db.session.expire_all()

    def line(self, found: TrainingClass) -> dict[int, Key]:
        return {one.id: (one.priority, one.waitlist_no or 0) for one in queries.line_of(found.id)}

    def own(self, person: int, which: int) -> Enrollment | None:
        return queries.latest_enrollment(self.classes[which].id, self.learners[person].id)

    @rule(person=PERSON, which=CLASS, source=st.sampled_from([Source.STAFF, Source.IMPORT]))
    def enroll(self, person: int, which: int, source: Source) -> None:
        ids = self.classes[which].id, self.learners[person].id
        self.attempt(
            lambda: services.enroll(class_id=ids[0], learner_id=ids[1], actor=self.world.manager, now=self.now, source=source)
        )

    @rule(person=PERSON, which=CLASS)
    def apply(self, person: int, which: int) -> None:
        code, herself = self.classes[which].code, self.themselves[person]
        self.attempt(lambda: services.apply(class_code=code, actor=herself, now=self.now))

    @rule(people=st.lists(PERSON, max_size=PEOPLE), which=CLASS)
    def import_(self, people: list[int], which: int) -> None:
        ids = [self.learners[n].id for n in people]
        found = self.classes[which].id
        self.attempt(lambda: services.enroll_many(class_id=found, learner_ids=ids, actor=self.world.manager, now=self.now))

    @rule(person=PERSON, which=CLASS)
    def nominate(self, person: int, which: int) -> None:
        ids = self.classes[which].id, self.learners[person].id
        self.attempt(lambda: services.nominate(class_id=ids[0], learner_id=ids[1], actor=self.coordinator, now=self.now))

    @rule(person=PERSON, which=CLASS, what=st.sampled_from(Decision), is_unit=st.booleans())
    def decide(self, person: int, which: int, what: Decision, is_unit: bool) -> None:
        if (own := self.own(person, which)) is not None:
            code, actor = own.code, self.coordinator if is_unit else self.world.manager
            self.attempt(lambda: services.decide(code=code, decision=what, actor=actor, now=self.now, reason="理由"))

    @rule(person=PERSON, which=CLASS)
    def resubmit(self, person: int, which: int) -> None:
        if (own := self.own(person, which)) is not None:
            code = own.code
            self.attempt(lambda: services.resubmit(code=code, actor=self.coordinator, now=self.now))

    @rule(person=PERSON, which=CLASS)
    def leave(self, person: int, which: int) -> None:
        if (own := self.own(person, which)) is not None:
            code = own.code
            self.attempt(lambda: services.withdraw(code=code, actor=self.world.manager, now=self.now, reason="测试"))

    @rule(person=PERSON, which=CLASS, accepts=st.booleans())
    def answer(self, person: int, which: int, accepts: bool) -> None:
        own = self.own(person, which)
        offer = queries.open_offer_of(own.id) if own else None
        if offer is not None:
            code, answer = offer.code, services.accept_offer if accepts else services.decline_offer
            self.attempt(lambda: answer(code=code, now=self.now))

    @rule(which=CLASS, seats=st.integers(1, 6))
    def change_seats(self, which: int, seats: int) -> None:
        found = self.classes[which].id
        self.attempt(lambda: services.change_seats(class_id=found, seats=seats, actor=self.world.manager, now=self.now))

    @rule(which=CLASS, seats=st.integers(1, 3), is_named=st.booleans(), hours=st.sampled_from([None, 5, 60]))
    def keep_seats(self, which: int, seats: int, is_named: bool, hours: int | None) -> None:
        found = self.classes[which].id
        returns_at = self.now + timedelta(hours=hours) if hours else None
        plan = services.QuotaPlan(seats, self.units[0].code, None, is_named, returns_at)
        self.attempt(lambda: services.add_quota(class_id=found, plan=plan, actor=self.world.manager, now=self.now))

    @rule(which=CLASS, seats=st.integers(0, 4))
    def change_quota(self, which: int, seats: int) -> None:
        found = self.classes[which].id
        quotas = queries.quotas_of(found)
        if not quotas:
            return
        shared: dict[str, Any] = {
            "class_id": found, "quota_id": quotas[0].id, "actor": self.world.manager, "now": self.now
        }  # fmt: skip
        if seats:
            self.attempt(lambda: services.change_quota(seats=seats, returns_at=None, **shared))
        else:
            self.attempt(lambda: services.return_quota(**shared))

    @rule(person=PERSON, which=CLASS, priority=st.integers(1, 9))
    def set_priority(self, person: int, which: int, priority: int) -> None:
        if (own := self.own(person, which)) is not None:
            code, manager = own.code, self.world.manager
            self.attempt(lambda: services.set_priority(code=code, priority=priority, reason="急", actor=manager, now=self.now))

    @rule(person=PERSON, which=CLASS)
    def transfer(self, person: int, which: int) -> None:
        if (own := self.own(person, which)) is not None:
            code, target = own.code, self.classes[(which + 1) % 3].code
            manager = self.world.manager
            self.attempt(lambda: services.transfer(code=code, target_code=target, actor=manager, now=self.now, reason="调班"))

    @rule(one=PERSON, other=PERSON)
    def swap(self, one: int, other: int) -> None:
        pair = self.own(one, 0), self.own(other, 1)
        if pair[0] is not None and pair[1] is not None:
            codes, manager = (pair[0].code, pair[1].code), self.world.manager
            self.attempt(lambda: services.swap(code=codes[0], other_code=codes[1], actor=manager, now=self.now, reason="互换"))

    @rule(hours=st.sampled_from([1, -1, 6, 25, 100]))
    def let_time_pass(self, hours: int) -> None:
        """Also backward: a clock that is put right must change no order."""
        self.now += timedelta(hours=hours)
        self.has_jumped_back = self.has_jumped_back or hours < 0
        self.line_before = {found.id: self.line(found) for found in self.classes}

    @rule()
    def run_jobs(self) -> None:
        self.line_before = {found.id: self.line(found) for found in self.classes}
        jobs.expire_offers(now=self.now)
        jobs.return_due_quotas(now=self.now)

    @rule(which=CLASS)
    def run_line_again(self, which: int) -> None:
        found = self.classes[which].id
        self.attempt(lambda: services.run_line(found, self.now))

    @invariant()
    def seats_are_counted_and_never_oversold(self) -> None:
        for found in getattr(self, "classes", []):
            row = db.session.get_one(TrainingClass, found.id, populate_existing=True)
            rows, quotas = self.rows(found), self.quotas(found)
            states = Counter(one.state for one in rows)
            held = [one for one in rows if one.state is EnrollmentState.OFFERED or (one.state in PENDING and one.quota_id)]
            kept = sum(quota.seats - quota.taken for quota in quotas if quota.returned_at is None)
            counted = (row.admitted_count, row.held_count, row.reserved_count, row.waiting_count)
            assert counted == (states[EnrollmentState.ADMITTED], len(held), kept, states[EnrollmentState.WAITLISTED])
            assert row.admitted_count + row.held_count + row.reserved_count <= row.seats
            for quota in quotas:
                assert quota.taken == sum(one.quota_id == quota.id and one.state in LIVE for one in rows) <= quota.seats

    @invariant()
    def nobody_is_in_twice(self) -> None:
        for found in getattr(self, "classes", []):
            live = Counter(one.learner_id for one in self.rows(found) if one.state in LIVE)
            assert all(number == 1 for number in live.values())

    @invariant()
    def nobody_is_in_two_places_at_one_time(self) -> None:
        at_one_time = [{one.learner_id for one in self.rows(found) if one.state in LIVE} for found in self.classes[::2]]
        assert not at_one_time[0] & at_one_time[1]

    @invariant()
    def the_line_is_strict(self) -> None:
        """Of those who waited before the step, nobody was asked for a common seat who stood behind somebody left waiting."""
        for found in getattr(self, "classes", []):
            rows = {one.id: one for one in self.rows(found)}
            before = self.line_before.get(found.id, {})
            common = [(rows[id_], key) for id_, key in before.items() if not rows[id_].quota_id]
            asked = [key for row, key in common if row.state is EnrollmentState.OFFERED]
            left = [key for id_, key in before.items() if rows[id_].state is EnrollmentState.WAITLISTED]
            assert not asked or not left or max(asked) < min(left)
            numbers = [one.waitlist_no for one in rows.values() if one.waitlist_no]
            assert sorted(numbers) == list(range(1, found_seq(found) + 1))

    @invariant()
    def no_seat_stays_empty_while_somebody_waits(self) -> None:
        for found in getattr(self, "classes", []):
            facts = timetable.enrollment_facts(found.id)
            if may_offer(facts, now=self.now) and not self.has_jumped_back:
                assert facts.free_seats == 0 or not facts.waiting_count

    @invariant()
    def an_offer_is_made_once_and_in_time(self) -> None:
        for found in getattr(self, "classes", []):
            rows = {one.id: one for one in self.rows(found)}
            offers = list(db.session.scalars(select(Offer).where(Offer.enrollment_id.in_(rows))))
            assert all(number == 1 for number in Counter(offer.enrollment_id for offer in offers).values())
            for offer in offers:
                assert offer.offered_at < offer.expires_at <= found.enroll_closes_at
                is_open = offer.state is OfferState.OPEN
                assert is_open == (rows[offer.enrollment_id].state is EnrollmentState.OFFERED)
                if offer.state in {OfferState.DECLINED, OfferState.EXPIRED}:
                    assert rows[offer.enrollment_id].state is EnrollmentState.LAPSED

    def rows(self, found: TrainingClass) -> list[Enrollment]:
        query = select(Enrollment).where(Enrollment.class_id == found.id)
        return list(db.session.scalars(query.execution_options(populate_existing=True)))

    def quotas(self, found: TrainingClass) -> list[ClassQuota]:
        query = select(ClassQuota).where(ClassQuota.class_id == found.id)
        return list(db.session.scalars(query.execution_options(populate_existing=True)))

    learners: list[Learner]


def found_seq(found: TrainingClass) -> int:
    """How many numbers the class's line has given out."""
    return db.session.get_one(TrainingClass, found.id, populate_existing=True).waitlist_seq


def test_the_invariants_hold_after_every_step(session: Session, now: datetime) -> None:
    unit = make_organization()
    _, coordinator = make_coordinator(unit)
    shared = {"world": make_world(), "start": now, "units": [unit], "coordinator": coordinator}
    machine = type("EnrollingHere", (Enrolling,), shared)
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=40, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck), database=None
        ),
    )
