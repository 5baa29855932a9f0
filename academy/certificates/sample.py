"""Sample data: some certificates of the class with released results, really signed, one revoked, and a batch that waits."""

from datetime import datetime, timedelta

from sqlalchemy import select

from academy.accounts import queries as accounts
from academy.certificates import queries, services
from academy.certificates.models import CertificateBatch
from academy.core.access import Actor, Grant, Role
from academy.core.db import db
from academy.people import queries as people
from academy.timetable import queries as timetable
from academy.timetable.sample import SAMPLE_EXAM_CLASS

MOST_ISSUED = 14
ISSUED_AGO, REVOKED_AGO = timedelta(days=3), timedelta(days=1)


def load(*, now: datetime) -> None:
    """Load what is missing; running it again changes nothing."""
    found = timetable.find_class(SAMPLE_EXAM_CLASS)
    officers = [_officer(f"{name}@demo.example") for name in ("officer", "officer2")]
    if found is None or None in officers or db.session.scalar(select(CertificateBatch.id).limit(1)) is not None:
        return
    first, second = (officer for officer in officers if officer is not None)
    issued_at = now - ISSUED_AGO
    entitled = [p.learner_id for p in queries.evaluate_class(found.id, now=issued_at) if p.verdict.allowed]
    chosen = _demo_learner_first(entitled)[:MOST_ISSUED]
    if not chosen:
        return
    batch = services.prepare_batch(class_id=found.id, actor=first, now=issued_at, only=chosen)
    services.approve_batch(code=batch.code, actor=second, now=issued_at)
    services.issue_whole_batch(batch_id=batch.id, now=issued_at)
    _revoke_last(found.id, first, now - REVOKED_AGO)
    if len(entitled) > len(chosen):
        services.prepare_batch(class_id=found.id, actor=first, now=now)


def _officer(email: str) -> Actor | None:
    user = accounts.find_user_by_email(email)
    return Actor(user.id, user.name_zh, frozenset({Grant(Role.CERTIFICATE_OFFICER)})) if user else None


def _demo_learner_first(learner_ids: list[int]) -> list[int]:
    user = accounts.find_user_by_email("learner@demo.example")
    demo = people.find_learner_of_user(user.id) if user else None
    return sorted(learner_ids, key=lambda learner_id: demo is None or learner_id != demo.id)


def _revoke_last(class_id: int, actor: Actor, now: datetime) -> None:
    issued = queries.certificates_of(class_id)
    if len(issued) > 1:
        services.revoke(number=issued[-1].number, reason="出勤记录经核实有误，学时不足。", actor=actor, now=now)
