"""Going on with an attempt at another machine, by a code that whoever invigilates gives out."""

from datetime import datetime

from sqlalchemy import update

from academy.core.access import Actor
from academy.core.audit import record
from academy.core.db import db
from academy.core.errors import Conflict, Forbidden, NotFound
from academy.core.text import N_
from academy.exams import queries
from academy.exams.models import Attempt, ResumeCode
from academy.exams.rules.delivery import is_late
from academy.exams.rules.devices import CODE_LIFE, MOST_TRIES, code_mark, new_code
from academy.exams.rules.kinds import AttemptState


class AttemptHasEnded(Conflict):
    """There is nothing left to go on with."""

    message = N_("考生 %(number)s 的答卷已经交了，不能再换机或补时。")


def issue_resume_code(*, code: str, reason: str, actor: Actor, now: datetime) -> str:
    """A code for one other machine, shown this once; an earlier one that is still open ends.

    Raises Forbidden, AttemptHasEnded.
    """
    attempt = _locked(code)
    if not queries.may_watch(actor, queries.sitting_by_id(attempt.sitting_id)):
        raise Forbidden
    if attempt.state is not AttemptState.IN_PROGRESS or is_late(now, attempt.due_at):
        raise AttemptHasEnded(number=attempt.candidate_no)
    _end_open_code(attempt.id, now)
    issued = new_code()
    row = ResumeCode(
        attempt_id=attempt.id,
        code_hash=code_mark(attempt.id, issued),
        reason=reason.strip()[:200],
        issued_at=now,
        issued_by=actor.name[:120],
        expires_at=now + CODE_LIFE,
    )
    db.session.add(row)
    db.session.flush()
    record(actor, "exams.resume_code_issued", f"attempt:{attempt.code}", now=now, after={"code": row.id}, reason=row.reason)
    return issued


def resume_attempt(*, code: str, typed: str, device: str, actor: Actor, now: datetime) -> Attempt | None:
    """Bind the attempt to this machine with a code that is right, open and not over; the machine before is locked out.

    None when the code is not right: the try is counted, so the caller's transaction has to be committed. Raises NotFound,
    AttemptHasEnded.
    """
    if not queries.get_attempt(code, user_id=actor.user_id):
        raise NotFound
    attempt = _locked(code)
    if attempt.state is not AttemptState.IN_PROGRESS or is_late(now, attempt.due_at):
        raise AttemptHasEnded(number=attempt.candidate_no)
    used = db.session.execute(
        update(ResumeCode)
        .where(
            ResumeCode.attempt_id == attempt.id,
            ResumeCode.code_hash == code_mark(attempt.id, typed),
            ResumeCode.ended_at.is_(None),
            ResumeCode.expires_at > now,
        )
        .values(used_at=now, ended_at=now)
        .returning(ResumeCode.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if used is None:
        _count_try(attempt.id, now)
        return None
    attempt.device = device
    record(actor, "exams.attempt_resumed", f"attempt:{code}", now=now, after={"code": used.id, "events": attempt.seq})
    return attempt


def _locked(code: str) -> Attempt:
    """The attempt, locked as it is now: codes and machines change one after the other."""
    attempt = queries.find_attempt_by_code(code)
    if attempt is None:
        raise NotFound
    db.session.refresh(attempt.attempt, with_for_update=True)
    return attempt.attempt


def _end_open_code(attempt_id: int, now: datetime) -> None:
    open_one = (ResumeCode.attempt_id == attempt_id) & ResumeCode.ended_at.is_(None)
    db.session.execute(update(ResumeCode).where(open_one).values(ended_at=now).execution_options(synchronize_session=False))


def _count_try(attempt_id: int, now: datetime) -> None:
    """A wrong code counts against the one that is open; after the last try it has ended."""
    open_one = (ResumeCode.attempt_id == attempt_id) & ResumeCode.ended_at.is_(None)
    counted = db.session.execute(
        update(ResumeCode)
        .where(open_one)
        .values(tries=ResumeCode.tries + 1)
        .returning(ResumeCode.tries)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if counted is not None and counted.tries >= MOST_TRIES:
        _end_open_code(attempt_id, now)
