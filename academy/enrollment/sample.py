"""Sample data: who sits in the sample's classes, and who waits."""

from collections import defaultdict
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import insert, select

from academy.accounts import queries as accounts
from academy.core.clock import TZ, today
from academy.core.codes import random_code16
from academy.core.db import db
from academy.enrollment import queries, sample_rounds
from academy.enrollment.models import ClassQuota, Enrollment, Offer
from academy.enrollment.rules import EnrollmentState, Source
from academy.people import queries as people
from academy.people.queries import Learner, LearnerFilter
from academy.timetable import queries as timetable
from academy.timetable.queries import TrainingClass
from academy.timetable.rules import AdmissionMode, ClassState

DEMO_LEARNER = "learner@demo.example"
DEMO_STAYS_OUT = frozenset({ClassState.OPEN})  # the demo learner is left something to enroll in
DEMO_UNIT = "WU-001"  # for which the demo coordinator speaks
STEP = timedelta(minutes=47)  # between two applications
HOUR = timedelta(hours=1)


def load(*, now: datetime) -> None:
    """Fill the classes as their counters say, unless somebody is enrolled already."""
    if db.session.scalar(select(Enrollment.id).limit(1)) is not None:
        return
    learners, _ = people.learners(LearnerFilter(), limit=10_000)
    demo = accounts.find_user_by_email(DEMO_LEARNER)
    learners.sort(key=lambda one: (demo is None or one.user_id != demo.id, one.code))
    busy: dict[int, list[tuple[date, date]]] = defaultdict(list)
    rows: list[dict[str, Any]] = []
    running_first = sorted(timetable.classes(), key=lambda one: (one.state is not ClassState.RUNNING, one.admitted_count))
    for found in running_first:  # and the smaller first: it is taught by the demo instructor
        wanted = found.admitted_count + found.held_count + found.waiting_count
        chosen = _choose(found, learners, busy, wanted, demo.id if demo else None)
        rows += [_row(found, learner.id, place, now) for place, learner in enumerate(chosen, start=1)]
    if rows:
        db.session.execute(insert(Enrollment), rows)
        _load_offers(now)
        _load_quotas(now)
        _load_applications(learners, demo.id if demo else None, now)


def _load_offers(now: datetime) -> None:
    """Whoever is held a seat has been asked, and has a day to answer."""
    asked = db.session.scalars(select(Enrollment).where(Enrollment.state == EnrollmentState.OFFERED)).all()
    for one in asked:
        offer = Offer(code=random_code16(), enrollment_id=one.id, offered_at=now - HOUR, expires_at=now + 23 * HOUR)
        db.session.add(offer)
    db.session.flush()


def _load_quotas(now: datetime) -> None:
    """The demo coordinator's unit has been given places that it has not named anybody for."""
    unit = accounts.get_organization(DEMO_UNIT)
    for found in timetable.classes([ClassState.OPEN]):
        if found.reserved_count:
            quota = ClassQuota(
                class_id=found.id, organization_id=unit.id, seats=found.reserved_count, taken=0, is_named=True,
                returns_at=datetime.combine(today(now) + timedelta(days=4), time(18), tzinfo=TZ), created_at=now - 30 * HOUR,
            )  # fmt: skip
            db.session.add(quota)
    db.session.flush()


def _load_applications(learners: list[Learner], demo_user_id: int | None, now: datetime) -> None:
    """Applications on their way through unit and academy, some of them of the demo coordinator's unit."""
    unit = accounts.get_organization(DEMO_UNIT)
    for found in timetable.classes([ClassState.OPEN]):
        if found.admission is AdmissionMode.DIRECT:
            continue
        verdicts = queries.eligible(found.id, [one.id for one in learners if one.user_id != demo_user_id], now)
        fitting = [one for one in learners if one.id in verdicts and verdicts[one.id].allowed]
        ours = [one for one in fitting if one.organization_id == unit.id][:2]
        others = [one for one in fitting if one.organization_id != unit.id][:4]
        states = [EnrollmentState.APPLIED] * (len(ours) + 1) + [EnrollmentState.UNIT_APPROVED] * 2
        for hours, (learner, state) in enumerate(zip([*ours, *others], [*states, EnrollmentState.RETURNED], strict=False)):
            row = {
                **_row(found, learner.id, 0, now),
                "state": state,
                "admitted_at": None,
                "applied_at": now - (40 - hours) * HOUR,
            }
            reason = "请补充单位推荐意见" if state is EnrollmentState.RETURNED else ""
            db.session.execute(insert(Enrollment), [{**row, "reason": reason}])
    sample_rounds.load(now=now)


def _choose(
    found: TrainingClass,
    learners: list[Learner],
    busy: dict[int, list[tuple[date, date]]],
    wanted: int,
    demo_user_id: int | None,
) -> list[Learner]:
    """Learners of the class's audience who have nothing else on its days."""
    chosen: list[Learner] = []
    start = found.id * 7  # not always the same people
    for learner in [*learners[:1], *learners[1 + start :], *learners[1 : 1 + start]]:
        if len(chosen) == wanted:
            break
        is_kept_out = learner.user_id == demo_user_id and found.state in DEMO_STAYS_OUT
        clashes = any(found.starts_on <= end and begin <= found.ends_on for begin, end in busy[learner.id])
        if is_kept_out or clashes or learner.person_type_code not in found.audience:
            continue
        busy[learner.id].append((found.starts_on, found.ends_on))
        chosen.append(learner)
    if len(chosen) < wanted:
        raise RuntimeError(f"{found.code}: the sample has {len(chosen)} people for {wanted} places")
    return chosen


def _row(found: TrainingClass, learner_id: int, place: int, now: datetime) -> dict[str, Any]:
    is_seat = place <= found.admitted_count
    number = None if is_seat else place - found.admitted_count
    waits = EnrollmentState.OFFERED if number is not None and number <= found.held_count else EnrollmentState.WAITLISTED
    applied_at = min(found.enroll_opens_at + place * STEP, now - timedelta(hours=1))
    return {
        "code": random_code16(),
        "class_id": found.id,
        "learner_id": learner_id,
        "state": EnrollmentState.ADMITTED if is_seat else waits,
        "waitlist_no": number,
        "source": Source.SELF,
        "applied_at": applied_at,
        "admitted_at": applied_at if is_seat else None,
        "reason": "",
    }
