"""Every write of people but rosters: registering, and looking behind the mask."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update

from academy.core.access import Actor
from academy.core.audit import record
from academy.core.codes import random_code
from academy.core.db import db
from academy.core.errors import Conflict, Forbidden, Invalid
from academy.core.sealed import blind_index
from academy.core.text import N_
from academy.people import queries, rules
from academy.people.models import Learner
from academy.people.policies import can_unmask, sees_all_learners
from academy.people.rules import Education, Gender


class PersonIsInvalid(Invalid):
    """The identity number, mobile number or name cannot be right."""

    message = N_("姓名、身份证号或手机号写得不对，没有登记。")
    next_step = N_("请按身份证核对后重新填写。")


class PersonIsRegistered(Conflict):
    """The identity number belongs to somebody who is registered otherwise."""

    message = N_("这个身份证号已有档案，但姓名或手机号对不上，没有登记。")
    next_step = N_("请联系教务核对；不要用别人的号码。")


class AlreadyRegistered(Conflict):
    """One account is one person."""

    message = N_("您的学员档案已经登记过了。")
    next_step = N_("要更正请联系教务。")


@dataclass(frozen=True, slots=True)
class Person:
    """What is needed to register somebody."""

    name_zh: str
    id_number: str
    mobile: str
    person_type_code: str
    email: str = ""
    organization_id: int | None = None
    unit_zh: str = ""
    education: Education | None = None
    gender: Gender | None = None


def new_learner_code() -> str:
    """A code that tells nothing and cannot be counted through."""
    return f"L-{random_code(8)}"


def new_learner(person: Person, *, now: datetime) -> Learner:
    """The row of somebody who was not known before. The caller has checked the numbers."""
    return Learner(
        code=new_learner_code(),
        name_zh=person.name_zh,
        gender=person.gender or rules.gender_of(person.id_number),
        id_number=person.id_number,
        id_number_index=blind_index(person.id_number),
        mobile=person.mobile,
        mobile_index=blind_index(person.mobile),
        email=person.email,
        organization_id=person.organization_id,
        unit_zh=person.unit_zh,
        person_type_code=person.person_type_code,
        education=person.education,
        created_at=now,
    )


def register_learner(*, person: Person, user_id: int | None, actor: Actor, now: datetime) -> Learner:
    """Register somebody, or tie an account to the record that a roster made of her.

    A person registers herself (`user_id` is hers); staff register anybody. A record that exists is taken over only when
    name, identity number and mobile number all agree and no account has it. Raises Forbidden, PersonIsInvalid,
    PersonIsRegistered, AlreadyRegistered.
    """
    if not sees_all_learners(actor) and (user_id is None or user_id != actor.user_id):
        raise Forbidden
    if not rules.is_name(person.name_zh) or rules.id_number_problem(person.id_number) or rules.mobile_problem(person.mobile):
        raise PersonIsInvalid
    if user_id is not None and queries.find_learner_of_user(user_id) is not None:
        raise AlreadyRegistered
    known = queries.find_learner_by_id_number(person.id_number)
    if known is None:
        known = new_learner(person, now=now)
        known.user_id = user_id
        db.session.add(known)
        db.session.flush()
        action = "people.learner_registered"
    else:
        _take_over(known, person, user_id)
        action = "people.learner_claimed"
    record(actor, action, f"learner:{known.code}", now=now, after={"name_zh": known.name_zh, "user_id": user_id})
    return known


def _take_over(known: Learner, person: Person, user_id: int | None) -> None:
    if user_id is None or (known.name_zh, known.mobile) != (person.name_zh, person.mobile):
        raise PersonIsRegistered
    claim = update(Learner).where(Learner.id == known.id, Learner.user_id.is_(None)).values(user_id=user_id)
    if not db.session.execute(claim).rowcount:  # type: ignore[attr-defined]
        raise PersonIsRegistered


def unmask_learner(*, code: str, actor: Actor, now: datetime, reason: str = "") -> Learner:
    """Give a learner's record with its numbers in full, and write down who looked. Raises NotFound, Forbidden."""
    learner = queries.get_learner(code)
    if not can_unmask(actor, learner):
        raise Forbidden
    record(actor, "people.learner_unmasked", f"learner:{code}", now=now, reason=reason)
    return learner
