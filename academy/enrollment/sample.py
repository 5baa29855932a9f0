"""Sample data: who sits in the sample's classes, and who waits."""

from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select

from academy.accounts import queries as accounts
from academy.core.codes import random_code16
from academy.core.db import db
from academy.enrollment import sample_rounds
from academy.enrollment.models import Enrollment
from academy.enrollment.rules import EnrollmentState, Source
from academy.people import queries as people
from academy.people.queries import Learner, LearnerFilter
from academy.timetable import queries as timetable
from academy.timetable.queries import TrainingClass
from academy.timetable.rules import ClassState

DEMO_LEARNER = "learner@demo.example"
DEMO_STAYS_OUT = frozenset({ClassState.OPEN})  # the demo learner is left something to enroll in
STEP = timedelta(minutes=47)  # between two applications


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
        wanted = found.admitted_count + found.waiting_count
        chosen = _choose(found, learners, busy, wanted, demo.id if demo else None)
        rows += [_row(found, learner.id, place, now) for place, learner in enumerate(chosen, start=1)]
    if rows:
        db.session.execute(insert(Enrollment), rows)
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
    applied_at = min(found.enroll_opens_at + place * STEP, now - timedelta(hours=1))
    return {
        "code": random_code16(),
        "class_id": found.id,
        "learner_id": learner_id,
        "state": EnrollmentState.ADMITTED if is_seat else EnrollmentState.WAITLISTED,
        "waitlist_no": None if is_seat else place - found.admitted_count,
        "source": Source.SELF,
        "applied_at": applied_at,
        "admitted_at": applied_at if is_seat else None,
        "reason": "",
    }
