"""Words, states and pure decisions of the timetable. No database, no clock, no Flask."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import NamedTuple

from academy.core.clock import TZ, local
from academy.core.text import N_, Text
from academy.core.verdict import Check, Verdict
from academy.core.wording import MINUTES_PER_HOUR


class ClassState(StrEnum):
    """Where a class stands (domain.md, "States")."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    OPEN = "open"
    RUNNING = "running"
    CLOSED = "closed"
    ARCHIVED = "archived"
    CANCELLED = "cancelled"


class ResourceKind(StrEnum):
    """What can be booked."""

    ROOM = "room"
    INSTRUCTOR = "instructor"


class SessionState(StrEnum):
    """Whether a session takes place."""

    PLANNED = "planned"
    CANCELLED = "cancelled"


class TeachingRole(StrEnum):
    """What an instructor does in a session."""

    LEAD = "lead"
    ASSISTANT = "assistant"


class Step(StrEnum):
    """A step from one state to another."""

    SUBMIT = "submit"
    APPROVE = "approve"
    OPEN = "open"
    START = "start"
    CLOSE = "close"
    ARCHIVE = "archive"
    RETURN = "return"
    CANCEL = "cancel"


class Transition(NamedTuple):
    """From which states a step leads, and where to."""

    sources: frozenset[ClassState]
    target: ClassState


TRANSITIONS: dict[Step, Transition] = {
    Step.SUBMIT: Transition(frozenset({ClassState.DRAFT}), ClassState.SUBMITTED),
    Step.RETURN: Transition(frozenset({ClassState.SUBMITTED}), ClassState.DRAFT),
    Step.APPROVE: Transition(frozenset({ClassState.SUBMITTED}), ClassState.APPROVED),
    Step.OPEN: Transition(frozenset({ClassState.APPROVED}), ClassState.OPEN),
    Step.START: Transition(frozenset({ClassState.OPEN}), ClassState.RUNNING),
    Step.CLOSE: Transition(frozenset({ClassState.RUNNING}), ClassState.CLOSED),
    Step.ARCHIVE: Transition(frozenset({ClassState.CLOSED}), ClassState.ARCHIVED),
    Step.CANCEL: Transition(
        frozenset({ClassState.DRAFT, ClassState.SUBMITTED, ClassState.APPROVED, ClassState.OPEN}), ClassState.CANCELLED
    ),
}
EDITABLE = frozenset({ClassState.DRAFT, ClassState.SUBMITTED, ClassState.APPROVED, ClassState.OPEN})
PUBLIC = frozenset({ClassState.OPEN, ClassState.RUNNING, ClassState.CLOSED})  # what a visitor may see
TAUGHT = frozenset({ClassState.RUNNING, ClassState.CLOSED, ClassState.ARCHIVED})

STATE_WORDS = {
    ClassState.DRAFT: N_("草稿"),
    ClassState.SUBMITTED: N_("待审批"),
    ClassState.APPROVED: N_("已批准"),
    ClassState.OPEN: N_("报名中"),
    ClassState.RUNNING: N_("进行中"),
    ClassState.CLOSED: N_("已结束"),
    ClassState.ARCHIVED: N_("已归档"),
    ClassState.CANCELLED: N_("已取消"),
}
STATE_SIGNS = {
    ClassState.DRAFT: "draft",
    ClassState.SUBMITTED: "wait",
    ClassState.APPROVED: "wait",
    ClassState.OPEN: "ok",
    ClassState.RUNNING: "run",
    ClassState.CLOSED: "ok",
    ClassState.ARCHIVED: "ok",
    ClassState.CANCELLED: "no",
}
STEP_WORDS = {
    Step.SUBMIT: N_("提交审批"),
    Step.RETURN: N_("退回修改"),
    Step.APPROVE: N_("批准"),
    Step.OPEN: N_("开放报名"),
    Step.START: N_("开班"),
    Step.CLOSE: N_("结班"),
    Step.ARCHIVE: N_("归档"),
    Step.CANCEL: N_("取消这个班"),
}


def may_step(step: Step, state: ClassState) -> bool:
    """Whether the transition table has this step from this state."""
    return state in TRANSITIONS[step].sources


def steps_from(state: ClassState) -> list[Step]:
    """The steps that lead out of a state, in the table's order."""
    return [step for step in Step if may_step(step, state)]


@dataclass(frozen=True, slots=True)
class ClassFacts:
    """What the decision about a step looks at."""

    state: ClassState
    seats: int
    admitted: int
    session_count: int
    unstaffed_count: int  # sessions without an instructor
    room_capacity: int | None
    submitted_by_id: int | None
    starts_on: date
    ends_on: date
    enroll_closes_at: datetime
    last_session_ends_at: datetime | None


def explain_step(step: Step, facts: ClassFacts, *, actor_id: int | None, now: datetime) -> Verdict:
    """Whether a class may take a step, and why not. `actor_id` None is the system."""
    checks = [_state_check(step, facts.state)]
    checks += {
        Step.SUBMIT: lambda: [_sessions_check(facts), _room_check(facts)],
        Step.APPROVE: lambda: [_sessions_check(facts), _room_check(facts), _second_person_check(facts, actor_id)],
        Step.OPEN: lambda: [_sessions_check(facts), _staff_check(facts), _room_check(facts), _window_check(facts, now)],
        Step.START: lambda: [_started_check(facts, now), _admitted_check(facts)],
        Step.CLOSE: lambda: [_taught_check(facts, now)],
    }.get(step, list)()
    return Verdict(tuple(checks), at=now)


def _state_check(step: Step, state: ClassState) -> Check:
    shown = Text(STATE_WORDS[state])
    if may_step(step, state):
        return Check("state", "ok", Text(N_("状态：%(state)s"), state=shown))
    return Check(
        "state",
        "no",
        Text(N_("这个班%(state)s，不能“%(step)s”"), state=shown, step=Text(STEP_WORDS[step])),
        fix=Text(N_("请刷新页面，看现在能办哪一步。")),
    )


def _sessions_check(facts: ClassFacts) -> Check:
    if facts.session_count:
        return Check("sessions", "ok", Text(N_("课次：已排 %(count)s 次"), count=facts.session_count))
    return Check("sessions", "no", Text(N_("课次：还没有排课")), fix=Text(N_("先按课程生成课次，或逐次添加。")))


def _staff_check(facts: ClassFacts) -> Check:
    if not facts.unstaffed_count:
        return Check("staff", "ok", Text(N_("讲师：每次课都有人上")))
    return Check(
        "staff",
        "no",
        Text(N_("讲师：%(count)s 次课还没有讲师"), count=facts.unstaffed_count),
        fix=Text(N_("给每次课选一位讲师。")),
    )


def _room_check(facts: ClassFacts) -> Check:
    if facts.room_capacity is None:
        return Check("room", "no", Text(N_("教室：还没有选")), fix=Text(N_("在“改基本情况”里选教室。")))
    if facts.room_capacity < facts.seats:
        return Check(
            "room",
            "no",
            Text(N_("教室：只容 %(capacity)s 人，少于 %(seats)s 席"), capacity=facts.room_capacity, seats=facts.seats),
            fix=Text(N_("换一间大的，或减少席位。")),
        )
    return Check("room", "ok", Text(N_("教室：容 %(capacity)s 人"), capacity=facts.room_capacity))


def _second_person_check(facts: ClassFacts, actor_id: int | None) -> Check:
    if actor_id is not None and actor_id == facts.submitted_by_id:
        return Check(
            "second_person",
            "no",
            Text(N_("审批人：您就是提交人")),
            fix=Text(N_("请另一位管理员批准。")),
        )
    return Check("second_person", "ok", Text(N_("审批人：不是提交人")))


def _window_check(facts: ClassFacts, now: datetime) -> Check:
    if now < facts.enroll_closes_at:
        return Check("window", "ok", Text(N_("报名截止：%(at)s"), at=facts.enroll_closes_at))
    return Check(
        "window",
        "no",
        Text(N_("报名截止时间已过：%(at)s"), at=facts.enroll_closes_at),
        fix=Text(N_("先改截止时间。")),
    )


def _started_check(facts: ClassFacts, now: datetime) -> Check:
    if local(now).date() >= facts.starts_on:
        return Check("starts_on", "ok", Text(N_("开班日：%(day)s"), day=facts.starts_on))
    return Check(
        "starts_on",
        "no",
        Text(N_("还没到开班日：%(day)s"), day=facts.starts_on),
        fix=Text(N_("到那天再开班；要提前，先改日期。")),
    )


def _admitted_check(facts: ClassFacts) -> Check:
    if facts.admitted:
        return Check("admitted", "ok", Text(N_("学员：已录取 %(count)s 人"), count=facts.admitted))
    return Check("admitted", "no", Text(N_("学员：一个人也没有录取")), fix=Text(N_("没有人报名的班请取消。")))


def _taught_check(facts: ClassFacts, now: datetime) -> Check:
    last = facts.last_session_ends_at
    if last is not None and now >= last:
        return Check("taught", "ok", Text(N_("课已上完：%(at)s"), at=last))
    return Check("taught", "no", Text(N_("课还没有上完")), record=Text(N_("最后一次课到 %(at)s"), at=last) if last else None)


# ---- the half-day plan -------------------------------------------------------------------------------------------------

HALF_DAYS = (time(8, 30), time(14, 0))
HOURS_PER_HALF_DAY = 4
MINUTES_ON_THE_CLOCK = 50  # 45 minutes of teaching and 5 of break
PAUSE = timedelta(minutes=10)  # between two courses in one half day


class CourseToPlan(NamedTuple):
    """A course as the plan needs it."""

    course_id: int
    title_zh: str
    hours: int


class PlannedSession(NamedTuple):
    """One session of the plan. `minutes` is teaching time; the span on the clock is longer."""

    course_id: int
    title_zh: str
    starts_at: datetime
    ends_at: datetime
    minutes: int


def half_days(starts_on: date, ends_on: date) -> list[datetime]:
    """The instants at which the half days between two dates begin."""
    days = [starts_on + timedelta(days=n) for n in range((ends_on - starts_on).days + 1)]
    return [datetime.combine(day, begin, tzinfo=TZ) for day in days for begin in HALF_DAYS]


def compute_plan(courses: Iterable[CourseToPlan], starts_on: date, ends_on: date) -> list[PlannedSession] | None:
    """Courses in their order over half days of four hours; longer ones go on in the next. None: they do not fit."""
    slots = iter(half_days(starts_on, ends_on))
    begin = next(slots, None)
    left = HOURS_PER_HALF_DAY
    planned: list[PlannedSession] = []
    for course in courses:
        to_place = course.hours
        while to_place:
            if min(to_place, HOURS_PER_HALF_DAY) > left:  # a course is not torn apart for the rest of a half day
                begin, left = next(slots, None), HOURS_PER_HALF_DAY
            if begin is None:
                return None
            hours = min(to_place, left)
            session = _planned(course, begin, hours)
            planned.append(session)
            begin, left, to_place = session.ends_at + PAUSE, left - hours, to_place - hours
    return planned


def _planned(course: CourseToPlan, begin: datetime, hours: int) -> PlannedSession:
    end = begin + timedelta(minutes=hours * MINUTES_ON_THE_CLOCK)
    return PlannedSession(course.course_id, course.title_zh, begin, end, hours * MINUTES_PER_HOUR)


def compute_days_needed(courses: Iterable[CourseToPlan]) -> int:
    """How many whole days the half-day plan of these courses takes."""
    some_day = date(2026, 1, 5)
    listed = list(courses)
    most = sum(-(-course.hours // HOURS_PER_HALF_DAY) for course in listed) or 1
    plan = compute_plan(listed, some_day, some_day + timedelta(days=most)) or []
    return (local(plan[-1].ends_at).date() - some_day).days + 1 if plan else 1


# ---- seats and places --------------------------------------------------------------------------------------------------


class Place(NamedTuple):
    """What came of asking for a seat: the seat (number None), or a number in the line."""

    number: int | None

    @property
    def is_seat(self) -> bool:
        """Whether it is a seat."""
        return self.number is None


def class_code(program_code: str, year: int, run_no: int) -> str:
    """XA-015, third run of 2026 → XA-2026-015-03."""
    prefix, _, number = program_code.partition("-")
    return f"{prefix}-{year}-{number}-{run_no:02}"


def run_words(year: int, run_no: int) -> Text:
    """2026年第3期."""
    return Text(N_("%(year)s年第%(run)s期"), year=str(year), run=run_no)


class EnrollmentFacts(NamedTuple):
    """What the enrollment rule needs of a class; queries read it in one statement."""

    id: int
    code: str
    title_zh: str
    state: ClassState
    seats: int
    admitted_count: int
    waiting_count: int
    enroll_opens_at: datetime
    enroll_closes_at: datetime
    starts_on: date
    audience: list[str]

    @property
    def has_free_seat(self) -> bool:
        """Whether somebody who applies now would get a seat: there is one, and nobody waits for it."""
        return self.admitted_count < self.seats and not self.waiting_count
