"""The one rule of enrollment: whether a person may enroll in a class, and why. No database, no clock, no Flask."""

from datetime import datetime

from academy.core.clock import local
from academy.core.text import N_, Text
from academy.core.verdict import Check, Verdict
from academy.enrollment.rules.facts import ApplicationFacts
from academy.enrollment.rules.requirements import requirement_checks
from academy.enrollment.rules.states import STATE_WORDS
from academy.timetable.rules import ClassState, EnrollmentFacts


def explain_application(facts: ApplicationFacts, *, now: datetime) -> Verdict:
    """Whether this person may enroll in this class now. The same verdict decides and explains."""
    found = facts.training_class
    checks = [_window_check(found, now), _start_check(found, now), *_round_checks(facts)]
    return _verdict([*checks, *_person_checks(facts), _seats_check(facts), _once_check(facts)], facts, now)


def explain_admission(facts: ApplicationFacts, *, now: datetime) -> Verdict:
    """Whether somebody who has applied may be admitted now: the window and her own application do not stand in her way."""
    found = facts.training_class
    return _verdict([_open_check(found), _start_check(found, now), *_person_checks(facts)], facts, now)


def _verdict(checks: list[Check], facts: ApplicationFacts, now: datetime) -> Verdict:
    elsewhere = [check for check in (_equivalent_check(facts), _time_check(facts)) if check is not None]
    return Verdict((*checks, *elsewhere), at=now)


def _window_check(found: EnrollmentFacts, now: datetime) -> Check:
    if found.state is not ClassState.OPEN:
        return Check("window", "no", Text(N_("报名：这个班现在不接受报名")), fix=Text(N_("可以看看同一项目的其他班。")))
    if now < found.enroll_opens_at:
        return Check("window", "no", Text(N_("报名：%(at)s 开放"), at=found.enroll_opens_at), fix=Text(N_("到时再来。")))
    if now >= found.enroll_closes_at:
        return Check("window", "no", Text(N_("报名：已于 %(at)s 截止"), at=found.enroll_closes_at))
    return Check("window", "ok", Text(N_("报名时间：%(at)s 截止"), at=found.enroll_closes_at))


def _open_check(found: EnrollmentFacts) -> Check:
    if found.state is ClassState.OPEN:
        return Check("window", "ok", Text(N_("班次：正在招生")))
    return Check("window", "no", Text(N_("班次：已经不在招生")))


def _start_check(found: EnrollmentFacts, now: datetime) -> Check:
    if local(now).date() >= found.starts_on:
        return Check("start", "no", Text(N_("开班：%(day)s 已经开始"), day=found.starts_on))
    return Check("start", "ok", Text(N_("开班：%(day)s，还没有开始"), day=found.starts_on))


def _round_checks(facts: ApplicationFacts) -> list[Check]:
    """Nobody is quicker than an allocation that is under way."""
    if facts.round is None or facts.by_allocation:
        return []
    say = Text(N_("统一分配：本班的席位由“%(title)s”分配，不单独报名"), title=facts.round.title)
    return [Check("round", "no", say, fix=Text(N_("去填志愿")), link=f"/choices/{facts.round.code}")]


def _person_checks(facts: ApplicationFacts) -> list[Check]:
    return [_type_check(facts), *requirement_checks(facts)]


def _type_check(facts: ApplicationFacts) -> Check:
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


def _seats_check(facts: ApplicationFacts) -> Check:
    found, quota = facts.training_class, facts.quota
    if quota is not None:
        say = Text(N_("席位：为您这一类留了 %(seats)s 席，余 %(left)s 席"), seats=quota.seats, left=quota.left)
        return Check("seats", "ok", say, record=_kept(found))
    if found.has_free_seat:
        return Check("seats", "ok", Text(N_("席位：余 %(left)s 席"), left=found.free_seats), record=_kept(found))
    if found.waiting_count or not found.reserved_count + found.held_count:
        say = Text(N_("席位：%(seats)s 席已满，可以候补"), seats=found.seats)
    else:
        say = Text(N_("席位：余下的 %(kept)s 席已留出，可以候补"), kept=found.reserved_count + found.held_count)
    return Check(
        "seats",
        "wait",
        say,
        record=Text(N_("现有 %(count)s 人候补，您会排在后面"), count=found.waiting_count),
        fix=Text(N_("有席位空出时按次序征询，报名截止后不再征询。")),
    )


def _kept(found: EnrollmentFacts) -> Text | None:
    if not found.reserved_count:
        return None
    return Text(N_("另有 %(count)s 席留给有名额的单位和人员"), count=found.reserved_count)


def _once_check(facts: ApplicationFacts) -> Check:
    if facts.own is None:
        return Check("once", "ok", Text(N_("未重复报名")))
    return Check("once", "no", Text(N_("您已经报过这个班：%(state)s"), state=Text(STATE_WORDS[facts.own.state])))


def _equivalent_check(facts: ApplicationFacts) -> Check | None:
    other = facts.equivalent
    if facts.applicant is None or other is None:
        return None
    return Check(
        "equivalent",
        "no",
        Text(N_("同一项目：您已报另一期，%(state)s"), state=Text(STATE_WORDS[other.state])),
        record=Text(N_("“%(title)s”（%(code)s）"), title=other.class_title, code=other.class_code),
        fix=Text(N_("要换这一期，请在那一期申请转班或先退出。")),
        link=f"/classes/{other.class_code}",
    )


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
