"""Learners who can enroll."""

import secrets
from datetime import datetime
from typing import Any

from academy.accounts.models import Organization, User
from academy.core.access import Actor, Role
from academy.core.db import db, transaction
from academy.enrollment import services
from academy.enrollment.models import Enrollment
from academy.enrollment.services import Enrolled
from academy.people.models import Learner
from academy.people.rules import Gender
from academy.timetable.models import TrainingClass
from tests.accounts.factories import actor_of, make_user


def make_learner(
    now: datetime, *, user: User | None = None, person_type: str = "P12", name: str = "孙婷婷", **given: Any
) -> Learner:
    """A registered learner, with an account if one is given; overrides by name."""
    token = secrets.token_hex(8)
    learner = Learner(
        code=f"L-{token[:12]}", user_id=user.id if user else None, name_zh=name, gender=Gender.FEMALE, id_number=token,
        id_number_index=token * 4, mobile="13900000000", mobile_index=token * 4, email="", person_type_code=person_type,
        created_at=now, **given,
    )  # fmt: skip
    db.session.add(learner)
    db.session.commit()
    return learner


def make_learners(now: datetime, count: int, **given: Any) -> list[Learner]:
    """Several learners without accounts."""
    return [make_learner(now, name=f"学员{number}", **given) for number in range(1, count + 1)]


def make_account(now: datetime, *, person_type: str = "P12") -> tuple[User, Actor, Learner]:
    """A user who is a learner."""
    user = make_user(Role.LEARNER)
    return user, actor_of(user), make_learner(now, user=user, person_type=person_type)


def put_in(found: TrainingClass, learner: Learner, *, actor: Actor, now: datetime) -> Enrolled:
    """Enroll by the staff's door, committed."""
    with transaction():
        return services.enroll(class_id=found.id, learner_id=learner.id, actor=actor, now=now)


def states(found: TrainingClass) -> dict[int, tuple[str, int | None]]:
    """State and number of each learner's newest enrollment in a class."""
    db.session.expire_all()
    rows = db.session.query(Enrollment).filter_by(class_id=found.id).order_by(Enrollment.id)
    return {row.learner_id: (row.state.value, row.waitlist_no) for row in rows}


def own(found: TrainingClass, learner: Learner) -> Enrollment:
    """The learner's newest enrollment in a class, as it is in the database."""
    query = db.session.query(Enrollment).filter_by(class_id=found.id, learner_id=learner.id).populate_existing()
    return query.order_by(Enrollment.id.desc()).first()  # type: ignore[return-value]  # the test made it


def counters(found: TrainingClass) -> tuple[int, int, int, int]:
    """Seats admitted, held and reserved, and people who wait."""
    row = db.session.get_one(TrainingClass, found.id, populate_existing=True)
    return row.admitted_count, row.held_count, row.reserved_count, row.waiting_count


def make_coordinator(unit: Organization) -> tuple[User, Actor]:
    """A user who speaks for the organization."""
    user = make_user(Role.ORGANIZATION_COORDINATOR, organization=unit)
    return user, actor_of(user)
