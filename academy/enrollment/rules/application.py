"""Words, states and the one rule of enrollment. No database, no clock, no Flask."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from academy.core.clock import local
from academy.core.text import N_, Text
from academy.core.verdict import Check, Verdict
from academy.timetable.rules import Clash, ClassState, EnrollmentFacts


class EnrollmentState(StrEnum):
    """Where a person stands in a class (domain.md, "States")."""

    APPLIED = "applied"
    ADMITTED = "admitted"
    WAITLISTED = "waitlisted"
    OFFERED = "offered"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    REMOVED = "removed"
    COMPLETED = "completed"
    FAILED = "failed"
    LAPSED = "lapsed"


class Source(StrEnum):
    """By which door a person came."""

    SELF = "self"
    STAFF = "staff"
    IMPORT = "import"
    NOMINATION = "nomination"


LIVE = frozenset({EnrollmentState.APPLIED, EnrollmentState.ADMITTED, EnrollmentState.WAITLISTED, EnrollmentState.OFFERED})
SEATED = frozenset({EnrollmentState.ADMITTED, EnrollmentState.COMPLETED, EnrollmentState.FAILED})

STATE_WORDS = {
    EnrollmentState.APPLIED: N_("已申请"),
    EnrollmentState.ADMITTED: N_("已录取"),
    EnrollmentState.WAITLISTED: N_("候补"),
    EnrollmentState.OFFERED: N_("待答复"),
    EnrollmentState.REJECTED: N_("未录取"),
    EnrollmentState.WITHDRAWN: N_("已退出"),
    EnrollmentState.REMOVED: N_("已移出"),
    EnrollmentState.COMPLETED: N_("已结业"),
    EnrollmentState.FAILED: N_("未结业"),
    EnrollmentState.LAPSED: N_("候补已失效"),
}
STATE_SIGNS = {
    EnrollmentState.APPLIED: "wait",
    EnrollmentState.ADMITTED: "ok",
    EnrollmentState.WAITLISTED: "wait",
    EnrollmentState.OFFERED: "wait",
    EnrollmentState.REJECTED: "no",
    EnrollmentState.WITHDRAWN: "draft",
    EnrollmentState.REMOVED: "no",
    EnrollmentState.COMPLETED: "ok",
    EnrollmentState.FAILED: "no",
    EnrollmentState.LAPSED: "draft",
}
SOURCE_WORDS = {
    Source.SELF: N_("本人报名"),
    Source.STAFF: N_("教务登记"),
    Source.IMPORT: N_("名册导入"),
    Source.NOMINATION: N_("单位推荐"),
}


class Applicant(NamedTuple):
    """The person who wants to enroll. `type_name` is what her person type is called."""

    id: int
    name_zh: str
    person_type_code: str
    type_name: str


class OwnEnrollment(NamedTuple):
    """A live enrollment of the same person."""

    class_id: int
    state: EnrollmentState
    waitlist_no: int | None
    applied_at: datetime


@dataclass(frozen=True, slots=True)
class ApplicationFacts:
    """All that the decision looks at."""

    training_class: EnrollmentFacts
    applicant: Applicant | None  # nobody: a visitor, or a user who is not registered as a learner
    is_signed_in: bool
    own: OwnEnrollment | None  # the live enrollment in this very class
    clash: Clash | None


def explain_application(facts: ApplicationFacts, *, now: datetime) -> Verdict:
    """Whether this person may enroll in this class now. The same verdict decides and explains."""
    checks = (
        _window_check(facts.training_class, now),
        _start_check(facts.training_class, now),
        _person_check(facts),
        _seats_check(facts.training_class),
        _once_check(facts.own),
        _time_check(facts),
    )
    return Verdict(tuple(check for check in checks if check is not None), at=now)


def _window_check(found: EnrollmentFacts, now: datetime) -> Check:
    if found.state is not ClassState.OPEN:
        return Check("window", "no", Text(N_("报名：这个班现在不接受报名")), fix=Text(N_("可以看看同一项目的其他班。")))
    if now < found.enroll_opens_at:
        return Check("window", "no", Text(N_("报名：%(at)s 开放"), at=found.enroll_opens_at), fix=Text(N_("到时再来。")))
    if now >= found.enroll_closes_at:
        return Check("window", "no", Text(N_("报名：已于 %(at)s 截止"), at=found.enroll_closes_at))
    return Check("window", "ok", Text(N_("报名时间：%(at)s 截止"), at=found.enroll_closes_at))


def _start_check(found: EnrollmentFacts, now: datetime) -> Check:
    if local(now).date() >= found.starts_on:
        return Check("start", "no", Text(N_("开班：%(day)s 已经开始"), day=found.starts_on))
    return Check("start", "ok", Text(N_("开班：%(day)s，还没有开始"), day=found.starts_on))


def _person_check(facts: ApplicationFacts) -> Check:
    audience = facts.training_class.audience
    record = Text(N_("本班面向 %(count)s 类人员"), count=len(audience)) if audience else Text(N_("本班不限人员类别"))
    if facts.applicant is None and not facts.is_signed_in:
        return Check("person_type", "wait", Text(N_("人员类别：登录后核对")), record=record)
    if facts.applicant is None:
        return Check(
            "person_type",
            "no",
            Text(N_("学员身份：这个账号还没有登记为学员")),
            fix=Text(N_("请联系单位联络员或教务登记，登记后就能报名。")),
        )
    shown = facts.applicant.type_name
    if audience and facts.applicant.person_type_code not in audience:
        return Check(
            "person_type",
            "no",
            Text(N_("人员类别：您登记的是“%(type)s”，不在本班范围"), type=shown),
            record=record,
            fix=Text(N_("登记有误请联系教务更正，或换一个面向您的班。")),
        )
    return Check("person_type", "ok", Text(N_("人员类别：%(type)s"), type=shown), record=record)


def _seats_check(found: EnrollmentFacts) -> Check:
    if found.has_free_seat:
        return Check("seats", "ok", Text(N_("席位：余 %(left)s 席"), left=found.seats - found.admitted_count))
    return Check(
        "seats",
        "wait",
        Text(N_("席位：%(seats)s 席已满，可以候补"), seats=found.seats),
        record=Text(N_("现有 %(count)s 人候补，您会排在后面"), count=found.waiting_count),
        fix=Text(N_("有人退出时按次序递补，报名截止后不再递补。")),
    )


def _once_check(own: OwnEnrollment | None) -> Check:
    if own is None:
        return Check("once", "ok", Text(N_("未重复报名")))
    return Check("once", "no", Text(N_("您已经报过这个班：%(state)s"), state=Text(STATE_WORDS[own.state])))


def _time_check(facts: ApplicationFacts) -> Check | None:
    if facts.applicant is None:
        return None
    clash = facts.clash
    if clash is None:
        return Check("time", "ok", Text(N_("时间：与您已报的班不冲突")))
    return Check(
        "time",
        "no",
        Text(N_("时间冲突：%(day)s"), day=local(clash.starts_at).date()),
        record=Text(N_("您已报“%(title)s”，那天有“%(session)s”"), title=clash.class_title, session=clash.session_title),
        fix=Text(N_("看那一班")),
        link=f"/classes/{clash.class_code}",
    )


def may_promote(found: EnrollmentFacts, *, now: datetime) -> bool:
    """Whether a free seat may still go to whoever waits: never after the deadline or the start."""
    return (
        found.state is ClassState.OPEN
        and found.enroll_opens_at <= now < found.enroll_closes_at
        and local(now).date() < found.starts_on
    )


def may_withdraw(found: EnrollmentFacts, *, now: datetime) -> bool:
    """Whether a learner may leave by herself: until the class starts."""
    return found.state is ClassState.OPEN and local(now).date() < found.starts_on
