"""Correcting what a record says about whom a class takes: person type, education, years of work, qualification."""

from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy import select

from academy.accounts.queries import person_types
from academy.core.access import Actor
from academy.core.audit import record
from academy.core.clock import today
from academy.core.db import db
from academy.core.errors import Conflict, Forbidden, Invalid, NotFound
from academy.core.text import N_
from academy.people import rules
from academy.people.models import Learner
from academy.people.policies import can_correct
from academy.people.rules import Education, HeldLevel

LONGEST_REASON = 300


class CorrectionReasonIsMissing(Invalid):
    """Who reads the record later learns what it rests on."""

    message = N_("没有写更正的原因，档案没有改动。")
    next_step = N_("请写明为什么更正、看过什么材料。")


class PersonTypeIsUnknown(Invalid):
    """A person type that the academy does not have."""

    message = N_("没有这个人员类别，档案没有改动。")
    next_step = N_("请从列表里选一类。")


class WorkBeginsInFuture(Invalid):
    """Years are counted from a day that has come."""

    message = N_("开始从事社会工作的日期在今天之后，档案没有改动。")
    next_step = N_("请填实际开始的那一天；还没有开始的留空。")


class WorkBeginsBeforeBirth(Invalid):
    """Nobody worked before she was born."""

    message = N_("开始从事社会工作的日期不晚于出生日期，档案没有改动。")
    next_step = N_("请按证明材料核对日期。")


class HeldUntilNeedsLevel(Invalid):
    """A last day of what is not held."""

    message = N_("填了资格有效期，却没有选资格，档案没有改动。")
    next_step = N_("请选持有的资格，或把有效期留空。")


class RecordHasChanged(Conflict):
    """Somebody else wrote while the form was open; nobody overwrites what she has not seen."""

    message = N_("您填写的时候，这份档案已经有人改过，您的更正没有保存。")
    next_step = N_("请重新打开本页，看现在的内容再改。")


class RecordIsMerged(Conflict):
    """A record that is a signpost only is not corrected."""

    message = N_("这份档案已经并入别的档案，没有改动。")
    next_step = N_("请更正仍在使用的那一份。")


@dataclass(frozen=True, slots=True)
class Eligibility:
    """What a class may ask of a person. None: not on record; `held_until` is the qualification's last day."""

    person_type_code: str
    education: Education | None = None
    works_since: date | None = None
    held_level: HeldLevel = HeldLevel.NONE
    held_until: date | None = None

    @property
    def plain(self) -> dict[str, str | None]:
        """As plain JSON values."""
        return {name: str(value) if value is not None else None for name, value in asdict(self).items()}

    @property
    def stamp(self) -> str:
        """The same for the same content: what a form says it was filled in from."""
        return "|".join(value or "" for value in self.plain.values())


def eligibility_of(learner: Learner) -> Eligibility:
    """What the record says now."""
    return Eligibility(learner.person_type_code, learner.education, learner.works_since, learner.held_level, learner.held_until)


def correct_record(*, code: str, to: Eligibility, seen: str, reason: str, actor: Actor, now: datetime) -> bool:
    """Correct a record; whether anything changed. `seen` is the stamp of the content that it was corrected from.

    Raises NotFound, Forbidden, RecordIsMerged, CorrectionReasonIsMissing, RecordHasChanged, PersonTypeIsUnknown,
    WorkBeginsInFuture, WorkBeginsBeforeBirth, HeldUntilNeedsLevel.
    """
    learner = _locked(code)
    if not can_correct(actor, learner):
        raise Forbidden
    if learner.merged_into_id is not None:
        raise RecordIsMerged
    if not reason.strip():
        raise CorrectionReasonIsMissing
    was = eligibility_of(learner)
    if was == to:
        return False
    if was.stamp != seen:
        raise RecordHasChanged
    _check(to, rules.birth_date(learner.id_number), today(now))
    for name, value in asdict(to).items():
        setattr(learner, name, value)
    db.session.flush()
    why = reason.strip()[:LONGEST_REASON]
    record(actor, "people.record_corrected", f"learner:{code}", now=now, before=was.plain, after=to.plain, reason=why)
    return True


def _locked(code: str) -> Learner:
    """The record, held as who enrolls holds it: nobody is admitted on what is being corrected."""
    query = select(Learner).where(Learner.code == code).with_for_update(key_share=True)
    learner = db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if learner is None:
        raise NotFound
    return learner


def _check(to: Eligibility, birth: date | None, day: date) -> None:
    if to.person_type_code not in {kind.code for kind in person_types()}:
        raise PersonTypeIsUnknown
    if to.works_since is not None and to.works_since > day:
        raise WorkBeginsInFuture
    if to.works_since is not None and birth is not None and to.works_since <= birth:
        raise WorkBeginsBeforeBirth
    if to.held_until is not None and to.held_level is HeldLevel.NONE:
        raise HeldUntilNeedsLevel
