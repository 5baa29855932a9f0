"""Who is invited, who applies, what they answer."""

from datetime import datetime

from sqlalchemy import update

from academy.core.access import Actor
from academy.core.audit import record
from academy.core.codes import random_code16
from academy.core.db import db
from academy.core.errors import Conflict, Forbidden, Invalid, NotFound
from academy.core.text import N_, Text
from academy.people import queries as people
from academy.people.queries import Instructor
from academy.timetable import messages, queries
from academy.timetable.models import NeedCandidate, TeachingNeed
from academy.timetable.policies import can_manage_needs
from academy.timetable.rules import CANDIDATE_WORDS, Answer, CandidateState
from academy.timetable.services.needs import lock_open_need


class AlreadyAsked(Conflict):
    """One invitation or application an instructor and need; who declined is not asked again."""

    message = N_("%(name)s已经在这条需求里：%(state)s。")
    next_step = N_("每人每条需求只问一次。")


class AnsweredAlready(Conflict):
    """An answer is given once."""

    message = N_("您已经答复过，或者邀请已经失效，什么都没有改动。")


class ReasonIsNeeded(Invalid):
    """Who declines says why."""

    message = N_("不能来请写明原因，教务好另请他人。")


class FieldIsNotHers(Conflict):
    """An instructor applies in her own fields."""

    message = N_("这条需求不在您登记的领域里，不能应征。")
    next_step = N_("要加领域请联系教务。")


def invite(*, code: str, instructor_code: str, actor: Actor, now: datetime) -> NeedCandidate:
    """Invite an instructor of the pool. Raises NotFound, Forbidden, NeedIsClosed, AlreadyAsked."""
    if not can_manage_needs(actor):
        raise Forbidden
    need = lock_open_need(code)
    instructor = people.get_instructor(instructor_code)
    _refuse_if_asked(need, instructor)
    made = _add(need, instructor, CandidateState.INVITED, now)
    after = {"instructor": instructor.code, "state": made.state.value}
    record(actor, "timetable.need_invited", f"need:{code}", now=now, after=after)
    messages.tell_candidates(messages.NEED_INVITED, need, [instructor.id], now=now)
    return made


def apply_for(*, code: str, actor: Actor, now: datetime, note: str = "") -> NeedCandidate:
    """Offer oneself for a need of one's field. Raises NotFound, NeedIsClosed, FieldIsNotHers, AlreadyAsked."""
    instructor = own_instructor(actor)
    need = lock_open_need(code)
    if need.field_code not in instructor.field_codes:
        raise FieldIsNotHers
    known = queries.find_candidate(need.id, instructor.id)
    if known is not None and known.state is CandidateState.WITHDRAWN:
        _answer(known, CandidateState.WITHDRAWN, CandidateState.APPLIED, now, note)
        made = known
    else:
        _refuse_if_asked(need, instructor)
        made = _add(need, instructor, CandidateState.APPLIED, now, note)
    after = {"instructor": instructor.code, "state": CandidateState.APPLIED.value}
    record(actor, "timetable.need_applied", f"need:{code}", now=now, after=after)
    _tell(need, instructor, N_("应征了"), note, key=f"{made.code}:applied:{now.isoformat()}", now=now)
    return made


def answer_invitation(*, code: str, answer: Answer, reason: str, actor: Actor, now: datetime) -> NeedCandidate:
    """Accept or decline one's own invitation; declining needs a reason.

    Raises NotFound (also for somebody else's), ReasonIsNeeded, NeedIsClosed, AnsweredAlready.
    """
    instructor = own_instructor(actor)
    found = queries.get_candidate(code, instructor_id=instructor.id)
    if answer is Answer.DECLINE and not reason.strip():
        raise ReasonIsNeeded
    need = lock_open_need(queries.need_by_id(found.need_id).code)
    target = CandidateState.ACCEPTED if answer is Answer.ACCEPT else CandidateState.DECLINED
    _answer(found, CandidateState.INVITED, target, now, reason)
    was, is_now = {"state": "invited"}, {"state": target.value, "instructor": instructor.code}
    action = f"timetable.need_{target}"
    record(actor, action, f"need:{need.code}", now=now, before=was, after=is_now, reason=reason.strip())
    words = N_("接受了") if answer is Answer.ACCEPT else N_("谢绝了")
    _tell(need, instructor, words, reason, key=f"{code}:{target}", now=now)
    return found


def take_back(*, code: str, actor: Actor, now: datetime) -> NeedCandidate:
    """Take one's own application back. Raises NotFound, NeedIsClosed, AnsweredAlready."""
    instructor = own_instructor(actor)
    found = queries.get_candidate(code, instructor_id=instructor.id)
    need = lock_open_need(queries.need_by_id(found.need_id).code)
    _answer(found, CandidateState.APPLIED, CandidateState.WITHDRAWN, now)
    was, is_now = {"state": "applied"}, {"state": "withdrawn", "instructor": instructor.code}
    record(actor, "timetable.need_application_withdrawn", f"need:{need.code}", now=now, before=was, after=is_now)
    return found


def own_instructor(actor: Actor) -> Instructor:
    """The member of the pool who acts. Raises NotFound while the account is nobody's."""
    found = people.find_instructor_of_user(actor.user_id) if actor.user_id is not None else None
    if found is None:
        raise NotFound
    return found


def _refuse_if_asked(need: TeachingNeed, instructor: Instructor) -> None:
    known = queries.find_candidate(need.id, instructor.id)
    if known is not None:
        raise AlreadyAsked(name=instructor.name_zh, state=Text(CANDIDATE_WORDS[known.state]))


def _add(need: TeachingNeed, instructor: Instructor, state: CandidateState, now: datetime, note: str = "") -> NeedCandidate:
    made = NeedCandidate(
        code=random_code16(),
        need_id=need.id,
        instructor_id=instructor.id,
        is_invited=state is CandidateState.INVITED,
        state=state,
        reason=note.strip()[:300],
        asked_at=now,
        answered_at=None if state is CandidateState.INVITED else now,
    )
    db.session.add(made)
    db.session.flush()
    return made


def _answer(found: NeedCandidate, source: CandidateState, target: CandidateState, now: datetime, reason: str = "") -> None:
    taken = db.session.execute(
        update(NeedCandidate)
        .where(NeedCandidate.id == found.id, NeedCandidate.state == source)
        .values(state=target, answered_at=now, reason=reason.strip()[:300])
        .returning(NeedCandidate.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if taken is None:
        raise AnsweredAlready
    db.session.refresh(found)


def _tell(need: TeachingNeed, instructor: Instructor, words: str, reason: str, *, key: str, now: datetime) -> None:
    said = Text(N_("说明：%(reason)s"), reason=reason.strip()) if reason.strip() else ""
    messages.tell_opener(
        messages.NEED_ANSWERED, need, key=key, now=now, instructor=instructor.name_zh, answer=Text(words), reason=said
    )
