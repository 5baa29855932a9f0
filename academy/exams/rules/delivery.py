"""Time in an exam, by the server's clock alone, and who may sit."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

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


class SlotStanding(StrEnum):
    """How a candidate stands to a sitting that is one of several to book."""

    NOT_ASKED = "not_asked"  # the sitting is for everybody
    BOOKED = "booked"
    ELSEWHERE = "elsewhere"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class AdmissionFacts:
    """What the decision about sitting an exam looks at. `attendance` is a percentage of the planned minutes.

    `entry_closes_at` is when nobody may begin any more (none: when the window closes), `is_let_in` that the invigilator lets
    this one in all the same.
    """

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
    entry_closes_at: datetime | None = None
    is_let_in: bool = False
    slot: SlotStanding = SlotStanding.NOT_ASKED
    slot_link: str = ""


def explain_admission(facts: AdmissionFacts, *, now: datetime) -> Verdict:
    """Whether a learner may sit now, and why not. Entering needs every check to hold; "wait" is not yet."""
    checks = [_enrolled_check(facts), _attendance_check(facts), _window_check(facts, now), _attempt_check(facts)]
    if facts.slot is not SlotStanding.NOT_ASKED:
        checks.insert(2, _slot_check(facts))
    if facts.entry_closes_at is not None and facts.attempt_state is None and facts.opens_at <= now < facts.closes_at:
        checks.append(_entry_check(facts, facts.entry_closes_at, now))
    return Verdict(tuple(checks), at=now)


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


def _entry_check(facts: AdmissionFacts, entry_closes_at: datetime, now: datetime) -> Check:
    """Only while the window is open and she has not begun: before and after, the window says enough."""
    if now <= entry_closes_at:
        return Check("entry", "ok", Text(N_("入场：%(at)s 前可以入场"), at=entry_closes_at))
    if facts.is_let_in:
        return Check("entry", "ok", Text(N_("入场：已过入场时间，监考员准许进入")))
    return Check(
        "entry",
        "no",
        Text(N_("入场：已停止入场")),
        record=Text(N_("这场考试 %(opens)s 开考，%(at)s 起不再入场。"), opens=facts.opens_at, at=entry_closes_at),
        fix=Text(N_("有特殊情况请当场找监考员，由监考员记录并准许；否则请联系班主任安排补考。")),
    )


def _slot_check(facts: AdmissionFacts) -> Check:
    if facts.slot is SlotStanding.BOOKED:
        return Check("slot", "ok", Text(N_("场次：您约的就是这一场")))
    elsewhere = facts.slot is SlotStanding.ELSEWHERE
    return Check(
        "slot",
        "no",
        Text(N_("场次：您约的是另一场") if elsewhere else N_("场次：您还没有约场次")),
        record=Text(N_("这门考试分几场，每人约一场，只能进自己约的那一场。")),
        fix=Text(N_("看场次和余位")),
        link=facts.slot_link,
    )


def _attempt_check(facts: AdmissionFacts) -> Check:
    if facts.attempt_state is None:
        return Check("attempt", "ok", Text(N_("次数：还没有用过，只有一次，限时 %(minutes)s 分钟"), minutes=facts.minutes))
    if facts.attempt_state is AttemptState.IN_PROGRESS:
        return Check("attempt", "ok", Text(N_("次数：已经开始，可以接着答")))
    return Check("attempt", "no", Text(N_("次数：已经交卷")), fix=Text(N_("成绩确认并发布后在这里看。")))
