"""Whether attendance lets somebody sit the exam: one evaluation that decides and explains. Pure."""

from dataclasses import dataclass
from datetime import datetime

from academy.attendance.rules.leave import LeaveShare
from academy.attendance.rules.marking import compute_rate
from academy.core.text import N_, Text
from academy.core.verdict import Check, Verdict
from academy.core.wording import hours_from_minutes


@dataclass(frozen=True, slots=True)
class AttendanceFacts:
    """What the decision looks at, in teaching minutes. `open_minutes` are of sessions that are still to be marked."""

    planned: int
    attended: int
    made_up: int  # part of `attended`
    open_minutes: int
    missed_minutes: int  # of marked sessions, less what was made up
    least_pct: int
    leave: LeaveShare
    link: str


def explain_attendance(facts: AttendanceFacts, *, now: datetime) -> Verdict:
    """The percentage, then leave against its limit. Leave over the limit does not forbid the exam: staff decide about it."""
    checks = [_rate_check(facts)]
    if facts.leave.limit is not None:
        checks.append(_leave_check(facts))
    return Verdict(tuple(checks), at=now)


def _rate_check(facts: AttendanceFacts) -> Check:
    rate = compute_rate(facts.attended, facts.planned)
    record = Text(
        N_("应到 %(planned)s 学时，已到 %(attended)s 学时（其中补课 %(made_up)s），还没记的 %(open)s 学时"),
        planned=hours_from_minutes(facts.planned),
        attended=hours_from_minutes(facts.attended),
        made_up=hours_from_minutes(facts.made_up),
        open=hours_from_minutes(facts.open_minutes),
    )
    params: dict[str, str | int] = {"rate": str(rate), "least": facts.least_pct}
    if rate >= facts.least_pct:
        return Check("attendance", "ok", Text(N_("出勤 %(rate)s%%，达到 %(least)s%%，可以参加考核"), **params), record)
    best = compute_rate(facts.attended + facts.open_minutes, facts.planned)
    if best >= facts.least_pct:
        say = Text(N_("出勤现在 %(rate)s%%，要到 %(least)s%% 才能参加考核"), **params)
        return Check("attendance", "wait", say, record, _still_open(facts))
    say = Text(N_("出勤 %(rate)s%%，余下的课全到也不到 %(least)s%%，不能参加考核"), **params)
    short = _needed(facts) - facts.attended - facts.open_minutes
    fix = Text(N_("余下的课全到，再补课 %(hours)s 学时就够了。"), hours=hours_from_minutes(short))
    return Check("attendance", "no", say, record, fix, facts.link)


def _needed(facts: AttendanceFacts) -> int:
    """The fewest minutes that reach the percentage."""
    return -(-facts.planned * facts.least_pct // 100)


def _still_open(facts: AttendanceFacts) -> Text:
    short = _needed(facts) - facts.attended
    return Text(N_("余下的课再上 %(hours)s 学时就够了，缺的课也可以补。"), hours=hours_from_minutes(short))


def _leave_check(facts: AttendanceFacts) -> Check:
    allowed = facts.leave.allowed_minutes or 0
    params = {
        "used": hours_from_minutes(facts.leave.used),
        "allowed": hours_from_minutes(allowed),
        "limit": str(facts.leave.limit),
    }
    if facts.leave.is_over:
        say = Text(N_("请假 %(used)s 学时，超过总学时的 %(limit)s（%(allowed)s 学时）"), **params)
        return Check("leave", "wait", say, fix=Text(N_("按规定应当退学，由班主任决定，决定前可以继续学习。")))
    return Check("leave", "ok", Text(N_("请假 %(used)s 学时，没有超过总学时的 %(limit)s（%(allowed)s 学时）"), **params))
