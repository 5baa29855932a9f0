"""Appointing instructors: proposed by one, appointed by another, ended in time or early."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from academy.core.access import SYSTEM, Actor
from academy.core.audit import record
from academy.core.clock import today
from academy.core.codes import random_code16
from academy.core.db import db
from academy.core.errors import Conflict, Forbidden, Invalid
from academy.core.text import N_, Text
from academy.people import messages, queries, rules
from academy.people.models import Instructor, InstructorAppointment
from academy.people.policies import can_appoint, can_manage_instructors
from academy.people.rules import FEE_TIER_WORDS, LONGEST_APPOINTMENT, AppointmentState
from academy.people.services.qualifications import ReasonIsMissing

OVER = N_("聘期届满")


class AppointmentIsUnusable(Invalid):
    """Days out of order or too far apart, no position, an unknown fee tier."""

    message = N_("聘任没有登记：要有岗位和课酬档，聘期先始后终，最长五年。")


class IsAppointedAlready(Conflict):
    """Two appointments never cover one day."""

    message = N_("聘期和聘书 %(letter_no)s（%(starts_on)s 至 %(ends_on)s）重叠，没有聘任。")
    next_step = N_("先结束原来的聘任，或改聘期。")


class ProposerMayNotAppoint(Conflict):
    """Two people appoint."""

    message = N_("提出人不能自己批准聘任。")
    next_step = N_("请另一位管理员办理。")


class AppointmentHasMovedOn(Conflict):
    """Somebody else took the step."""

    message = N_("这项聘任已经不在这一步，什么都没有改动。")
    next_step = N_("请刷新页面。")


@dataclass(frozen=True, slots=True)
class Terms:
    """What an appointment says."""

    position_zh: str
    fee_tier: str
    starts_on: date
    ends_on: date


def propose_appointment(*, instructor_code: str, terms: Terms, actor: Actor, now: datetime) -> InstructorAppointment:
    """Propose to appoint somebody. Raises NotFound, Forbidden, AppointmentIsUnusable."""
    if not can_manage_instructors(actor):
        raise Forbidden
    instructor = queries.get_instructor(instructor_code)
    days_fit = rules.are_dates_usable(terms.starts_on, terms.ends_on, longest=LONGEST_APPOINTMENT)
    if not days_fit or not terms.position_zh.strip() or terms.fee_tier not in FEE_TIER_WORDS:
        raise AppointmentIsUnusable
    made = InstructorAppointment(
        code=random_code16(),
        instructor_id=instructor.id,
        position_zh=terms.position_zh.strip(),
        fee_tier=terms.fee_tier,
        starts_on=terms.starts_on,
        ends_on=terms.ends_on,
        state=AppointmentState.PROPOSED,
        proposed_by_id=actor.user_id,
        proposed_by=actor.name,
        proposed_at=now,
        letter={},
    )
    db.session.add(made)
    db.session.flush()
    after = {"instructor": instructor.code, "position_zh": made.position_zh, "fee_tier": made.fee_tier}
    days = {"starts_on": made.starts_on.isoformat(), "ends_on": made.ends_on.isoformat()}
    record(actor, "people.appointment_proposed", f"appointment:{made.code}", now=now, after={**after, **days})
    return made


def appoint(*, code: str, actor: Actor, now: datetime) -> InstructorAppointment:
    """Appoint whom somebody else proposed; the letter gets its number and its facts, which never change.

    Raises NotFound, Forbidden, ProposerMayNotAppoint, AppointmentHasMovedOn, IsAppointedAlready.
    """
    if not can_appoint(actor):
        raise Forbidden
    instructor = queries.lock_instructor(queries.instructor_by_id(queries.get_appointment(code).instructor_id).code)
    found = queries.get_appointment(code)
    if found.proposed_by_id is not None and found.proposed_by_id == actor.user_id:
        raise ProposerMayNotAppoint
    if found.state is not AppointmentState.PROPOSED:
        raise AppointmentHasMovedOn
    _refuse_overlap(found)
    year = today(now).year
    letter_no = f"{queries.letter_prefix(year)}{queries.next_letter_serial(year):04}"
    try:
        with db.session.begin_nested():
            _step(found, AppointmentState.PROPOSED, state=AppointmentState.APPOINTED, appointed_at=now, letter_no=letter_no,
                  letter=_letter(found, instructor, letter_no, actor, now))  # fmt: skip
    except IntegrityError:  # another appointment took the number, or the days, between our look and our write
        raise AppointmentHasMovedOn from None
    facts = {"letter_no": letter_no, "position_zh": found.position_zh}
    record(actor, "people.instructor_appointed", f"appointment:{code}", now=now, before={"state": "proposed"}, after=facts)
    told = {"position": found.position_zh, "starts_on": found.starts_on, "ends_on": found.ends_on, "letter_no": letter_no}
    messages.tell(messages.APPOINTED, instructor.id, key=code, now=now, **told)
    return found


def _refuse_overlap(found: InstructorAppointment) -> None:
    other = queries.find_overlapping_appointment(found.instructor_id, found.starts_on, found.ends_on)
    if other is not None:
        raise IsAppointedAlready(letter_no=other.letter_no or "", starts_on=other.starts_on, ends_on=other.ends_on)


def _letter(
    found: InstructorAppointment, instructor: Instructor, letter_no: str, actor: Actor, now: datetime
) -> dict[str, str]:
    """The facts of the letter of appointment, frozen."""
    return {
        "letter_no": letter_no,
        "name_zh": instructor.name_zh,
        "instructor_code": instructor.code,
        "title_zh": instructor.title_zh,
        "position_zh": found.position_zh,
        "starts_on": found.starts_on.isoformat(),
        "ends_on": found.ends_on.isoformat(),
        "issued_on": today(now).isoformat(),
        "appointed_by": actor.name,
    }


def end_appointment(*, code: str, reason: str, actor: Actor, now: datetime) -> InstructorAppointment:
    """End an appointment today, or withdraw a proposal. Raises NotFound, Forbidden, ReasonIsMissing, AppointmentHasMovedOn."""
    if not can_appoint(actor):
        raise Forbidden
    if not reason.strip():
        raise ReasonIsMissing
    return _end(queries.get_appointment(code), reason.strip(), today(now), actor, now)


def end_past_appointment(*, appointment_id: int, now: datetime) -> None:
    """End an appointment whose last day has gone by. Raises AppointmentHasMovedOn."""
    found = db.session.get_one(InstructorAppointment, appointment_id)
    _end(found, OVER, found.ends_on, SYSTEM, now)


def _end(found: InstructorAppointment, reason: str, day: date, actor: Actor, now: datetime) -> InstructorAppointment:
    before = found.state
    if before is AppointmentState.ENDED:
        raise AppointmentHasMovedOn
    _step(found, before, state=AppointmentState.ENDED, ended_on=day, ended_reason=reason[:200])
    was, is_now = {"state": before.value}, {"state": "ended", "ended_on": day.isoformat()}
    record(actor, "people.appointment_ended", f"appointment:{found.code}", now=now, before=was, after=is_now, reason=reason)
    if before is AppointmentState.APPOINTED:
        told = {"position": found.position_zh, "letter_no": found.letter_no or "", "ended_on": day, "reason": Text(reason)}
        messages.tell(messages.ENDED, found.instructor_id, key=found.code, now=now, **told)
    return found


def _step(found: InstructorAppointment, source: AppointmentState, **values: object) -> None:
    """Take an appointment from a state to another, once."""
    taken = db.session.execute(
        update(InstructorAppointment)
        .where(InstructorAppointment.id == found.id, InstructorAppointment.state == source)
        .values(**values)
        .returning(InstructorAppointment.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if taken is None:
        raise AppointmentHasMovedOn
    db.session.refresh(found)
