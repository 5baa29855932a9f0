"""What an instructor teaches, when she cannot, and which account is hers."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, insert
from sqlalchemy.exc import IntegrityError

from academy.accounts import queries as accounts
from academy.core.access import Actor, Role
from academy.core.audit import record
from academy.core.clock import local
from academy.core.db import db
from academy.core.errors import Conflict, Forbidden, Invalid, NotFound
from academy.core.text import N_
from academy.people import queries
from academy.people.models import Instructor, InstructorAbsence, InstructorField
from academy.people.policies import can_manage_instructors, is_this_instructor

MOST_FIELDS = 8
LONGEST_ABSENCE = timedelta(days=366)


class FieldsAreUnusable(Invalid):
    """None, too many, or one that does not exist."""

    message = N_("领域没有改：至少选一个，最多 8 个，都要在领域表里。")


class AbsenceIsUnusable(Invalid):
    """Times out of order, over, or longer than a year."""

    message = N_("没有登记：要先开始后结束，结束时间在现在之后，最长一年。")


class AccountIsUnusable(Conflict):
    """No such account, not an instructor's, or tied to somebody else."""

    message = N_("没有对上：这个邮箱没有讲师账号，或者已经对给了别人。")
    next_step = N_("先在“账号”里给这个人讲师角色。")


def set_fields(*, instructor_code: str, field_codes: Sequence[str], actor: Actor, now: datetime) -> Instructor:
    """Say what an instructor teaches, the main field first. Raises NotFound, Forbidden, FieldsAreUnusable."""
    if not can_manage_instructors(actor):
        raise Forbidden
    instructor = queries.lock_instructor(instructor_code)
    wanted = list(dict.fromkeys(field_codes))
    if not 0 < len(wanted) <= MOST_FIELDS:
        raise FieldsAreUnusable
    before = list(instructor.field_codes)
    if before == wanted:
        return instructor
    db.session.execute(delete(InstructorField).where(InstructorField.instructor_id == instructor.id))
    rows = [{"instructor_id": instructor.id, "field_code": code, "position": n} for n, code in enumerate(wanted, 1)]
    try:
        with db.session.begin_nested():
            db.session.execute(insert(InstructorField), rows)
    except IntegrityError:
        raise FieldsAreUnusable from None
    db.session.expire(instructor)
    subject = f"instructor:{instructor_code}"
    record(actor, "people.fields_set", subject, now=now, before={"fields": before}, after={"fields": wanted})
    return instructor


def tie_account(*, instructor_code: str, email: str, actor: Actor, now: datetime) -> Instructor:
    """Say which account is an instructor's. Raises NotFound, Forbidden, AccountIsUnusable."""
    if not can_manage_instructors(actor):
        raise Forbidden
    instructor = queries.lock_instructor(instructor_code)
    user = accounts.find_user_by_email(email)
    if user is None or all(grant.role is not Role.INSTRUCTOR for grant in user.grants):
        raise AccountIsUnusable
    other = queries.find_instructor_of_user(user.id)
    if other is not None and other.id != instructor.id:
        raise AccountIsUnusable
    before, instructor.user_id = instructor.user_id, user.id
    was, is_now = {"user_id": before}, {"user_id": user.id}
    record(actor, "people.account_tied", f"instructor:{instructor_code}", now=now, before=was, after=is_now)
    return instructor


def add_absence(
    *, instructor_code: str, starts_at: datetime, ends_at: datetime, reason: str, actor: Actor, now: datetime
) -> InstructorAbsence:
    """Write down when an instructor cannot teach; she herself or the staff. What she teaches then is the timetable's to ask.

    Raises NotFound, Forbidden, AbsenceIsUnusable.
    """
    instructor = _absent(instructor_code, actor)
    if not now < ends_at or not timedelta(0) < ends_at - starts_at <= LONGEST_ABSENCE:
        raise AbsenceIsUnusable
    made = InstructorAbsence(
        instructor_id=instructor.id, starts_at=starts_at, ends_at=ends_at, reason=reason.strip()[:200], created_at=now
    )
    db.session.add(made)
    db.session.flush()
    record(actor, "people.absence_added", f"instructor:{instructor_code}", now=now, after=_shown(made), reason=reason)
    return made


def remove_absence(*, instructor_code: str, absence_id: int, actor: Actor, now: datetime) -> None:
    """Take an absence back. Raises NotFound (also for somebody else's), Forbidden."""
    instructor = _absent(instructor_code, actor)
    found = db.session.get(InstructorAbsence, absence_id)
    if found is None or found.instructor_id != instructor.id:
        raise NotFound
    record(actor, "people.absence_removed", f"instructor:{instructor_code}", now=now, before=_shown(found))
    db.session.delete(found)
    db.session.flush()


def _absent(instructor_code: str, actor: Actor) -> Instructor:
    instructor = queries.lock_instructor(instructor_code)
    if not can_manage_instructors(actor) and not is_this_instructor(actor, instructor):
        raise Forbidden
    return instructor


def _shown(row: InstructorAbsence) -> dict[str, object]:
    return {"starts_at": local(row.starts_at).isoformat(), "ends_at": local(row.ends_at).isoformat(), "reason": row.reason}
