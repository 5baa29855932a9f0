"""Time in an exam, by the server's clock alone, and who may sit."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from academy.core.text import N_, Text
from academy.core.verdict import Check, Verdict
from academy.exams.rules.kinds import AttemptState, SittingState

GRACE = timedelta(seconds=5)  # for what was on its way when time ended
MOST_MINUTES = 480


def compute_due_at(started_at: datetime, *, minutes: int, closes_at: datetime) -> datetime:
    """When an attempt ends: after its minutes, but never after the window."""
    return min(started_at + timedelta(minutes=minutes), closes_at)


def is_late(now: datetime, due_at: datetime) -> bool:
    """Whether an answer that arrives now is refused."""
    return now > due_at + GRACE


def candidate_number(place: int) -> str:
    """The candidate number of the nth candidate: K0001."""
    return f"K{place:04}"


@dataclass(frozen=True, slots=True)
class AdmissionFacts:
    """What the decision about sitting an exam looks at. `attendance` is a percentage of the planned minutes."""

    class_title: str
    class_link: str
    is_enrolled: bool
    attendance: Decimal | None
    least_attendance: int
    opens_at: datetime
    closes_at: datetime
    minutes: int
    sitting_state: SittingState
    attempt_state: AttemptState | None


def explain_admission(facts: AdmissionFacts, *, now: datetime) -> Verdict:
    """Whether a learner may sit now, and why not. Entering needs every check to hold; "wait" is not yet."""
    checks = (_enrolled_check(facts), _attendance_check(facts), _window_check(facts, now), _attempt_check(facts))
    return Verdict(checks, at=now)


def may_enter(verdict: Verdict) -> bool:
    """Whether nothing refuses and nothing waits."""
    return not verdict.unmet


def _enrolled_check(facts: AdmissionFacts) -> Check:
    title = facts.class_title
    if facts.is_enrolled:
        return Check("enrolled", "ok", Text(N_("学籍：已录取《%(title)s》"), title=title))
    return Check(
        "enrolled",
        "no",
        Text(N_("学籍：您不在这个班里")),
        record=Text(N_("考试只对《%(title)s》录取的学员开放。"), title=title),
        fix=Text(N_("看这个班能不能报名")),
        link=facts.class_link,
    )


def _attendance_check(facts: AdmissionFacts) -> Check:
    rate = Decimal(0) if facts.attendance is None else facts.attendance
    shown = f"{rate.quantize(Decimal('0.1')).normalize():f}"
    if rate >= facts.least_attendance:
        return Check(
            "attendance", "ok", Text(N_("出勤：%(rate)s%%，要求 %(least)s%%"), rate=shown, least=facts.least_attendance)
        )
    return Check(
        "attendance",
        "no",
        Text(N_("出勤：%(rate)s%%，不到 %(least)s%%"), rate=shown, least=facts.least_attendance),
        record=Text(N_("按点名记录，以出席的分钟数除以全班计划的分钟数。")),
        fix=Text(N_("记录有误请在考前请讲师更正；缺的课可以到下一期补。")),
    )


def _window_check(facts: AdmissionFacts, now: datetime) -> Check:
    if facts.sitting_state is SittingState.CANCELLED:
        return Check("window", "no", Text(N_("时间：这场考试已取消")), fix=Text(N_("请留意班级通知的新安排。")))
    if now < facts.opens_at:
        return Check(
            "window",
            "wait",
            Text(N_("时间：还没到开考时间")),
            record=Text(N_("%(opens)s 开考，%(closes)s 收卷。"), opens=facts.opens_at, closes=facts.closes_at),
            fix=Text(N_("到时间回到这一页，就能进入。")),
        )
    if now >= facts.closes_at or facts.sitting_state is SittingState.CLOSED:
        return Check(
            "window",
            "no",
            Text(N_("时间：已经收卷")),
            record=Text(N_("这场考试在 %(closes)s 收卷。"), closes=facts.closes_at),
            fix=Text(N_("没有赶上的，请联系班主任安排补考。")),
        )
    return Check("window", "ok", Text(N_("时间：现在可以进入，%(closes)s 收卷"), closes=facts.closes_at))


def _attempt_check(facts: AdmissionFacts) -> Check:
    if facts.attempt_state is None:
        return Check("attempt", "ok", Text(N_("次数：还没有用过，只有一次，限时 %(minutes)s 分钟"), minutes=facts.minutes))
    if facts.attempt_state is AttemptState.IN_PROGRESS:
        return Check("attempt", "ok", Text(N_("次数：已经开始，可以接着答")))
    return Check("attempt", "no", Text(N_("次数：已经交卷")), fix=Text(N_("成绩确认并发布后在这里看。")))
