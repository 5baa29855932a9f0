"""The log of a sitting, extra time in percent, and tickets checked at the door."""

from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from academy.core.access import Actor
from academy.core.audit import record
from academy.core.codes import is_code16
from academy.core.db import db
from academy.core.errors import Conflict, Forbidden, Invalid
from academy.core.text import N_
from academy.exams import queries
from academy.exams.models import Attempt, ExamAccommodation, ExamCandidate, ExamIncident, ExamSitting
from academy.exams.policies import can_manage_sittings
from academy.exams.rules.incidents import MOST_EXTRA_MINUTES, MOST_PERCENT, IncidentKind
from academy.exams.rules.kinds import AttemptState, SittingState
from academy.exams.services.extending import AttemptIsNotRunning, MinutesAreOutOfReach, extend_attempt

LONGEST_NOTE = 1000


class NoteIsMissing(Invalid):
    """An entry says what happened."""

    message = N_("请写明经过或原因（不超过 1,000 字）。没有记。")


class NobodyIsWriting(Conflict):
    """Extra time goes to attempts that are running."""

    message = N_("现在没有人在答卷，补时没有地方算，没有记。")
    next_step = N_("开考前要加时，请在“合理便利”里按百分比登记。")


class EntryIsCountered(Conflict):
    """A wrong entry is countered once."""

    message = N_("这条记录已经更正过了。")


class TimeIsNotTakenBack(Conflict):
    """A candidate has planned with the minutes that she was given."""

    message = N_("补出去的时间已经算进考生的钟表，不能收回。")
    next_step = N_("记错了请另记一条“其他”，写明情况。")


class AttemptHasBegun(Conflict):
    """Percent are counted when an attempt begins."""

    message = N_("考生 %(number)s 已经开始答卷，不能再改加时比例。")
    next_step = N_("请用补时：写明原因，立刻算进考生的钟表。")


class PercentIsOutOfReach(Invalid):
    """More than three times the time is another exam."""

    message = N_("加时比例要在 0 到 %(most)s 之间，0 表示取消。")


class TicketIsChecked(Conflict):
    """The same ticket twice: somebody else may be using it."""

    message = N_("考生 %(number)s 的准考证在 %(at)s 已由 %(by)s 核验过。请再核对本人证件。")


class SittingIsCalledOff(Conflict):
    """There is nothing to watch over."""

    message = N_("这场考试已取消。")


def _watched(sitting_id: int, actor: Actor) -> ExamSitting:
    sitting = queries.sitting_by_id(sitting_id)
    if not queries.may_watch(actor, sitting):
        raise Forbidden
    if sitting.state is SittingState.CANCELLED:
        raise SittingIsCalledOff
    return sitting


def log_incident(
    *,
    code: str,
    sitting_id: int,
    kind: IncidentKind,
    candidate_no: str | None,
    note: str,
    minutes: int | None = None,
    lets_in: bool = False,
    actor: Actor,
    now: datetime,
) -> ExamIncident:
    """Add an entry to the log. Extra time counts at once: for the candidate, or for everybody who is writing.

    `code` comes with the form: the same form again gives the entry that is there and adds no time.
    Raises NoteIsMissing, MinutesAreOutOfReach, AttemptIsNotRunning, NobodyIsWriting, NotFound, Forbidden.
    """
    sitting, note = _watched(sitting_id, actor), note.strip()
    if not note or len(note) > LONGEST_NOTE or not is_code16(code):
        raise NoteIsMissing
    is_time = kind is IncidentKind.EXTRA_TIME
    if is_time and not (minutes is not None and 0 < minutes <= MOST_EXTRA_MINUTES):
        raise MinutesAreOutOfReach(most=MOST_EXTRA_MINUTES)
    learner_id = queries.candidate_by_number(sitting_id, candidate_no).learner_id if candidate_no else None
    given = minutes if is_time else None
    attempts = _running(sitting_id, learner_id) if given is not None else []
    values: dict[str, Any] = {
        "code": code,
        "sitting_id": sitting_id,
        "learner_id": learner_id,
        "kind": kind,
        "minutes": given,
        "lets_in": lets_in and kind is IncidentKind.LATE and learner_id is not None,
        "extended": len(attempts),
        "note": note,
        "recorded_by_id": actor.user_id,
        "recorded_by": actor.name[:120],
        "recorded_at": now,
    }
    known = _insert_once(values)
    if known is not None:
        return known
    if given is not None:
        _require_running(attempts, candidate_no)
        for attempt_id in attempts:
            extend_attempt(attempt_id=attempt_id, minutes=given, reason=note, actor=actor, now=now)
    after = {"entry": code, "kind": kind.value, "candidate": candidate_no, "minutes": given, "extended": len(attempts)}
    record(actor, "exams.incident_logged", f"exam_sitting:{sitting.code}", now=now, after=after, reason=note)
    return queries.get_incident(sitting_id, code)


def _insert_once(values: dict[str, Any]) -> ExamIncident | None:
    """The entry that is there already under this code; None when it has just been made."""
    dialect = postgresql if db.session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(ExamIncident).values(values).on_conflict_do_nothing(index_elements=["code"])
    if db.session.execute(statement.returning(ExamIncident.id)).one_or_none() is not None:
        return None
    return queries.get_incident(values["sitting_id"], values["code"])


def _running(sitting_id: int, learner_id: int | None) -> list[int]:
    """Attempts that are running, locked in the order of their ids."""
    query = select(Attempt.id).where(Attempt.sitting_id == sitting_id, Attempt.state == AttemptState.IN_PROGRESS)
    query = query if learner_id is None else query.where(Attempt.learner_id == learner_id)
    return list(db.session.scalars(query.order_by(Attempt.id).with_for_update()))


def _require_running(attempts: list[int], candidate_no: str | None) -> None:
    if not attempts and candidate_no:
        raise AttemptIsNotRunning(number=candidate_no)
    if not attempts:
        raise NobodyIsWriting


def counter_incident(*, code: str, sitting_id: int, counters: str, note: str, actor: Actor, now: datetime) -> ExamIncident:
    """Correct an entry by another one; both stay. A late candidate whose entry is countered is not let in any more.

    Raises EntryIsCountered, TimeIsNotTakenBack, NoteIsMissing, NotFound, Forbidden.
    """
    sitting, note = _watched(sitting_id, actor), note.strip()
    if not note or len(note) > LONGEST_NOTE or not is_code16(code):
        raise NoteIsMissing
    wrong = queries.get_incident(sitting_id, counters)
    if wrong.kind is IncidentKind.EXTRA_TIME:
        raise TimeIsNotTakenBack
    dialect = postgresql if db.session.get_bind().dialect.name == "postgresql" else sqlite
    values = {
        "code": code,
        "sitting_id": sitting_id,
        "learner_id": wrong.learner_id,
        "kind": IncidentKind.OTHER,
        "lets_in": False,
        "extended": 0,
        "note": note,
        "counters_id": wrong.id,
        "recorded_by_id": actor.user_id,
        "recorded_by": actor.name[:120],
        "recorded_at": now,
    }
    made = db.session.execute(
        dialect.insert(ExamIncident).values(values).on_conflict_do_nothing().returning(ExamIncident.id)
    ).one_or_none()
    if made is None:
        raise EntryIsCountered
    after = {"entry": code, "counters": counters}
    record(actor, "exams.incident_countered", f"exam_sitting:{sitting.code}", now=now, after=after, reason=note)
    return queries.get_incident(sitting_id, code)


def accommodate(
    *, sitting_id: int, candidate_no: str, percent: int, reason: str, actor: Actor, now: datetime
) -> ExamAccommodation:
    """Grant a candidate extra time in percent before she begins; 0 takes it back. The reason stays between the deciders.

    Her row among the candidates is locked, as the start of her attempt holds it: either comes first, never both at once.
    Raises AttemptHasBegun, PercentIsOutOfReach, NoteIsMissing, NotFound, Forbidden.
    """
    if not can_manage_sittings(actor):
        raise Forbidden
    if not 0 <= percent <= MOST_PERCENT:
        raise PercentIsOutOfReach(most=MOST_PERCENT)
    if not reason.strip() or len(reason) > LONGEST_NOTE:
        raise NoteIsMissing
    candidate = queries.candidate_by_number(sitting_id, candidate_no)
    db.session.refresh(candidate, with_for_update=True)
    if queries.find_attempt(sitting_id, candidate.learner_id) is not None:
        raise AttemptHasBegun(number=candidate_no)
    newest = db.session.scalar(
        select(func.max(ExamAccommodation.version)).where(
            ExamAccommodation.sitting_id == sitting_id, ExamAccommodation.learner_id == candidate.learner_id
        )
    )
    before, candidate.extra_percent = {"percent": candidate.extra_percent}, percent
    made = ExamAccommodation(
        sitting_id=sitting_id,
        learner_id=candidate.learner_id,
        version=(newest or 0) + 1,
        percent=percent,
        reason=reason.strip(),
        decided_by=actor.name[:120],
        decided_at=now,
    )
    db.session.add(made)
    db.session.flush()
    subject = f"exam_candidate:{candidate.ticket_code or candidate.id}"
    record(actor, "exams.accommodated", subject, now=now, before=before, after={"percent": percent, "version": made.version})
    return made


def check_ticket(*, sitting_id: int, candidate_no: str, actor: Actor, now: datetime) -> ExamCandidate:
    """Note that a candidate has come and that ticket and identity were looked at: once, by one conditional update.

    Raises TicketIsChecked with who did it before, NotFound, Forbidden.
    """
    sitting = _watched(sitting_id, actor)
    found = queries.candidate_by_number(sitting_id, candidate_no)
    changed = db.session.execute(
        update(ExamCandidate)
        .where(ExamCandidate.id == found.id, ExamCandidate.checked_at.is_(None))
        .values(checked_at=now, checked_by=actor.name[:120])
        .returning(ExamCandidate.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    db.session.refresh(found)
    if changed is None:
        raise TicketIsChecked(number=candidate_no, at=found.checked_at, by=found.checked_by)
    record(actor, "exams.ticket_checked", f"exam_sitting:{sitting.code}", now=now, after={"candidate": candidate_no})
    return found
