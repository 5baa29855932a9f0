"""Registering, checking and renewing what instructors can show; reminding them of its end."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import or_, update

from academy.core.access import Actor
from academy.core.audit import record
from academy.core.clock import today
from academy.core.codes import random_code16
from academy.core.db import db
from academy.core.errors import Conflict, Forbidden, Invalid, NotFound
from academy.core.text import N_
from academy.people import messages, queries, rules
from academy.people.models import InstructorQualification
from academy.people.policies import can_manage_instructors, is_this_instructor
from academy.people.rules import EXPIRED_STAGE, QualificationKind, QualificationState


class QualificationIsUnusable(Invalid):
    """Days out of order, a name or number missing."""

    message = N_("资格没有登记：名称和编号都要填，发证日期不能在今天之后，有效期不能早于发证日期。")


class QualificationIsRenewed(Conflict):
    """Another paper already follows this one."""

    message = N_("这份资格已经有新证接替，或者新证正等核验。")
    next_step = N_("请刷新页面，看最新的一份。")


class QualificationIsDecided(Conflict):
    """Somebody has checked or rejected it."""

    message = N_("这份资格已经有人核验过了，什么都没有改动。")


class ReasonIsMissing(Invalid):
    """A refusal says why."""

    message = N_("请写明原因，本人会看到。")


@dataclass(frozen=True, slots=True)
class Paper:
    """What is written on a qualification."""

    kind: QualificationKind
    name_zh: str
    number: str
    issued_on: date
    expires_on: date | None = None
    evidence_note: str = ""


def register_qualification(
    *, instructor_code: str, paper: Paper, actor: Actor, now: datetime, renews: str | None = None
) -> InstructorQualification:
    """Register a qualification, or the one that follows `renews` (a code). The old one stays as it is.

    What the staff register is checked at once; what the instructor hands in waits for them. Raises NotFound, Forbidden,
    QualificationIsUnusable, QualificationIsRenewed.
    """
    instructor = queries.lock_instructor(instructor_code)
    is_own = is_this_instructor(actor, instructor)
    is_staff = can_manage_instructors(actor) and not is_own  # nobody checks her own papers
    if not is_staff and not is_own:
        raise Forbidden
    _check_paper(paper, today(now))
    old = queries.get_qualification(renews, instructor_id=instructor.id) if renews else None
    if old is not None and not _is_renewable(old, today(now)):
        raise QualificationIsRenewed
    made = InstructorQualification(
        code=random_code16(),
        instructor_id=instructor.id,
        kind=paper.kind,
        name_zh=paper.name_zh.strip(),
        number=paper.number.strip(),
        issued_on=paper.issued_on,
        expires_on=paper.expires_on,
        evidence_note=paper.evidence_note.strip(),
        state=QualificationState.CHECKED if is_staff else QualificationState.SUBMITTED,
        supersedes_id=old.id if old else None,
        submitted_by_id=actor.user_id,
        submitted_by=actor.name,
        submitted_at=now,
        checked_by_id=actor.user_id if is_staff else None,
        checked_by=actor.name if is_staff else "",
        checked_at=now if is_staff else None,
    )
    db.session.add(made)
    db.session.flush()
    after = {**_shown(made), "renews": old.code if old else None}
    record(actor, "people.qualification_registered", f"qualification:{made.code}", now=now, after=after)
    return made


def _check_paper(paper: Paper, day: date) -> None:
    named = paper.name_zh.strip() and paper.number.strip()
    if not named or paper.issued_on > day or not rules.are_dates_usable(paper.issued_on, paper.expires_on):
        raise QualificationIsUnusable


def _is_renewable(old: InstructorQualification, day: date) -> bool:
    held = queries.qualifications_of([old.instructor_id], day)[old.instructor_id]
    return any(one.row.id == old.id and one.is_renewable for one in held)


def check_qualification(*, code: str, actor: Actor, now: datetime) -> InstructorQualification:
    """Say that the original was seen: from now on it counts. Raises NotFound, Forbidden, QualificationIsDecided."""
    found = _decide(code, QualificationState.CHECKED, actor, now)
    messages.tell(messages.CHECKED, found.instructor_id, key=code, now=now, title=found.name_zh)
    return found


def reject_qualification(*, code: str, reason: str, actor: Actor, now: datetime) -> InstructorQualification:
    """Say that it does not count, and why. Raises NotFound, Forbidden, ReasonIsMissing, QualificationIsDecided."""
    if not reason.strip():
        raise ReasonIsMissing
    found = _decide(code, QualificationState.REJECTED, actor, now, reason.strip())
    messages.tell(messages.REJECTED, found.instructor_id, key=code, now=now, title=found.name_zh, reason=reason.strip())
    return found


def _decide(code: str, state: QualificationState, actor: Actor, now: datetime, reason: str = "") -> InstructorQualification:
    if not can_manage_instructors(actor):
        raise Forbidden
    found = queries.get_qualification(code)
    if is_this_instructor(actor, queries.instructor_by_id(found.instructor_id)):
        raise Forbidden  # nobody checks her own papers
    decided = db.session.execute(
        update(InstructorQualification)
        .where(InstructorQualification.id == found.id, InstructorQualification.state == QualificationState.SUBMITTED)
        .values(state=state, checked_by_id=actor.user_id, checked_by=actor.name, checked_at=now, rejected_reason=reason[:300])
        .returning(InstructorQualification.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if decided is None:
        raise QualificationIsDecided
    db.session.refresh(found)
    action, was = f"people.qualification_{state}", {"state": QualificationState.SUBMITTED.value}
    record(actor, action, f"qualification:{code}", now=now, before=was, after={"state": state.value}, reason=reason)
    return found


def unmask_qualification(*, code: str, actor: Actor, now: datetime) -> str:
    """A qualification's number in full; who looked is written down. Raises NotFound, Forbidden."""
    if not can_manage_instructors(actor):
        raise Forbidden
    found = queries.get_qualification(code)
    record(actor, "people.qualification_unmasked", f"qualification:{code}", now=now)
    return found.number


def remind_of_end(*, qualification_id: int, now: datetime) -> bool:
    """Write the letter that is due about a qualification's end, each stage once; whether one was written."""
    found = db.session.get(InstructorQualification, qualification_id)
    if found is None:
        raise NotFound
    stage = rules.reminder_stage(today(now), found.expires_on)
    if stage is None or found.expires_on is None:
        return False
    column = InstructorQualification.reminded_stage
    claimed = db.session.execute(
        update(InstructorQualification)
        .where(InstructorQualification.id == found.id, or_(column.is_(None), column > stage))
        .values(reminded_stage=stage)
        .returning(InstructorQualification.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if claimed is None:
        return False
    letter = messages.EXPIRED if stage == EXPIRED_STAGE else messages.EXPIRING
    facts = {"title": found.name_zh, "expires_on": found.expires_on, "days": stage}
    messages.tell(letter, found.instructor_id, key=f"{found.code}:{stage}", now=now, **facts)
    return True


def _shown(row: InstructorQualification) -> dict[str, object]:
    """A qualification for the audit trail; its number is personal and stays out."""
    expires = row.expires_on.isoformat() if row.expires_on else None
    return {
        "kind": row.kind.value,
        "name_zh": row.name_zh,
        "issued_on": row.issued_on.isoformat(),
        "expires_on": expires,
        "state": row.state.value,
    }
