"""What a person still needs, by when, and which open classes would close the gap."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from academy.attendance.models import RegistrationPeriod
from academy.attendance.queries.ledger import credited_by_learner, hours_rules
from academy.attendance.queries.marks import credited_minutes
from academy.attendance.queries.periods import periods_of
from academy.attendance.rules import (
    REGISTERED_LEVELS,
    Choice,
    HoursRule,
    Option,
    Period,
    Requirement,
    Shortfall,
    Span,
    choose_classes,
    compute_credit,
    compute_renewal_opens,
    compute_requirements,
    credit_rule_on,
    may_renew,
)
from academy.core.clock import TZ, today
from academy.core.text import N_, Text
from academy.core.verdict import Verdict
from academy.core.wording import hours_from_minutes
from academy.enrollment import queries as enrollment
from academy.enrollment.rules import EnrollmentState
from academy.people.queries import Learner
from academy.timetable import queries as timetable
from academy.timetable.queries import ClassSession, TrainingClass
from academy.timetable.rules import ClassState

MOST_CANDIDATES = 60  # open classes that are looked at, those that start first
TO_COME = (ClassState.OPEN, ClassState.APPROVED, ClassState.RUNNING)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An open class that helps: how many minutes count, by rule, and whether a seat or only the line is free."""

    found: TrainingClass
    minutes: int
    counted: Mapping[str, int]
    verdict: Verdict
    is_picked: bool

    @property
    def waits(self) -> bool:
        """Whether enrolling means joining the line."""
        return any(check.state == "wait" for check in self.verdict.checks)


@dataclass(frozen=True, slots=True)
class HoursStanding:
    """All that the page of somebody's hours says. `period` is the one that holds today."""

    learner: Learner
    day: date
    period: RegistrationPeriod | None
    last_period: RegistrationPeriod | None
    shortfalls: tuple[Shortfall, ...]
    choice: Choice
    suggestions: tuple[Suggestion, ...]

    @property
    def urgent(self) -> Shortfall | None:
        """The unmet requirement with the nearest deadline."""
        return next((one for one in self.shortfalls if one.missing), None)

    @property
    def picked(self) -> tuple[Suggestion, ...]:
        """The classes to take, the one that ends first first."""
        return tuple(one for one in self.suggestions if one.is_picked)

    @property
    def others(self) -> tuple[Suggestion, ...]:
        """The other classes that would help."""
        return tuple(one for one in self.suggestions if not one.is_picked)

    @property
    def sentence(self) -> Text:
        """The gap in one sentence: how much, until when."""
        if not self.shortfalls:
            return Text(N_("没有要达到的学时"))
        if self.urgent is None:
            return Text(N_("要求的学时都已达到"))
        missing = hours_from_minutes(self.urgent.missing)
        return Text(N_("还差 %(hours)s 学时，%(day)s截止"), hours=missing, day=self.urgent.deadline)

    @property
    def way_out(self) -> Text | None:
        """How the gap closes: what is booked, how many open classes are enough, or that none are."""
        if self.urgent is None:
            return None
        if not any(one.open for one in self.shortfalls):
            return Text(N_("已报的班上完就够，不用再报。"))
        if not self.choice.picked:
            return Text(N_("现在没有您能报的班可以补，可以申请折算，或留意新开的班。"))
        if self.choice.closes:
            return Text(N_("报下面这 %(count)s 个班，就能在期限前补齐。"), count=len(self.choice.picked))
        left = hours_from_minutes(max(self.choice.left.values()))
        words = N_("现在开放的班不够：报下面这 %(count)s 个之后仍差 %(hours)s 学时，可以申请折算，或留意新开的班。")
        return Text(words, count=len(self.choice.picked), hours=left)

    @property
    def advice(self) -> Text | None:
        """What to do about the registration itself."""
        if self.period is None:
            return self._advice_without_period()
        if may_renew(self.period.ends_on, self.day):
            return Text(N_("再登记正在受理，请在%(day)s前向登记机关办理。"), day=self.period.ends_on)
        opens = compute_renewal_opens(self.period.ends_on)
        return Text(N_("再登记自%(opens)s起受理，%(ends)s截止。"), opens=opens, ends=self.period.ends_on)

    def _advice_without_period(self) -> Text:
        if self.last_period is not None and self.last_period.ends_on < self.day:
            words = N_("登记已于%(day)s到期。请先向登记机关办理再登记，再把新的起止日期告诉教务。")
            return Text(words, day=self.last_period.ends_on)
        if self.last_period is not None:
            return Text(N_("登记自%(day)s起算，到时再看这一期的要求。"), day=self.last_period.starts_on)
        if self.learner.held_level not in REGISTERED_LEVELS:
            return Text(N_("还没有登记职业水平等级，所以没有继续教育的要求；学时照样记在账上。取得证书后请告诉教务。"))
        return Text(N_("还没有登记有效期，所以只能按年度算。请把登记证上的起止日期告诉教务，补登后就能看到这一期还差多少。"))


def standing_of(learner: Learner, *, now: datetime, with_classes: bool = True) -> HoursStanding:
    """Where a person stands with her hours, and what would close the gap (left out unless `with_classes`)."""
    day = today(now)
    periods = periods_of(learner.id)
    period = next((one for one in periods if one.starts_on <= day <= one.ends_on), None)
    required = requirements_of(learner, period.period if period else None, day)
    booked = _booked_sessions(learner.id, required, now)
    shortfalls = tuple(
        Shortfall(one, credited_minutes(learner.id, one.first, one.last), _worth_within(booked, one)) for one in required
    )
    choice, suggestions = Choice((), {}), tuple[Suggestion, ...]()
    if with_classes and any(one.open for one in shortfalls):
        choice, suggestions = _suggest(learner, shortfalls, now)
    return HoursStanding(learner, day, period, periods[0] if periods else None, shortfalls, choice, suggestions)


def requirements_of(learner: Learner, period: Period | None, day: date) -> tuple[Requirement, ...]:
    """What a person has to reach on a day."""
    return compute_requirements(
        hours_rules(), level=learner.held_level, division_code=learner.division_code, period=period, day=day
    )


def yearly_rule_of(learner: Learner, period: Period | None, year: int) -> HoursRule | None:
    """The yearly rule that holds for a person."""
    required = requirements_of(learner, period, date(year, 1, 1))
    return next((one.rule for one in required if one.rule.span is Span.YEAR), None)


def shortfalls_of_many(wanted: Iterable[tuple[Learner, Period]], day: date, span: Span) -> dict[int, Shortfall]:
    """One kind of requirement for many people, by learner, without what is booked. A statement for each span of days."""
    by_span: dict[tuple[date, date], dict[int, Requirement]] = {}
    for learner, period in wanted:
        for one in requirements_of(learner, period, day):
            if one.rule.span is span:
                by_span.setdefault((one.first, one.last), {})[learner.id] = one
    found = {}
    for (first, last), required in by_span.items():
        sums = credited_by_learner(required, first, last)
        found.update({id_: Shortfall(one, sums.get(id_, 0), 0) for id_, one in required.items()})
    return found


def _worth(session: ClassSession) -> tuple[date, int]:
    day = today(session.starts_at)
    return day, compute_credit(session.minutes, session.minutes, credit_rule_on(day))


def _worth_within(sessions: Iterable[ClassSession], requirement: Requirement) -> int:
    return sum(minutes for day, minutes in map(_worth, sessions) if requirement.first <= day <= requirement.last)


def _end_of(day: date) -> datetime:
    return datetime.combine(day, time(23, 59, 59), tzinfo=TZ)


def _booked_sessions(learner_id: int, required: Iterable[Requirement], now: datetime) -> list[ClassSession]:
    """Sessions to come of the classes in which a person has a seat, up to the last deadline."""
    until = max((one.last for one in required), default=None)
    mine = enrollment.enrollments_of_learner(learner_id, states=[EnrollmentState.ADMITTED])
    if until is None or not mine:
        return []
    return timetable.sessions_between(now, _end_of(until), class_ids={one.class_id for one in mine}, states=TO_COME)


def _suggest(learner: Learner, shortfalls: tuple[Shortfall, ...], now: datetime) -> tuple[Choice, tuple[Suggestion, ...]]:
    candidates = _may_enroll(learner, now)
    until = _end_of(max(one.deadline for one in shortfalls))
    sessions: dict[int, list[ClassSession]] = {}
    for session in timetable.sessions_between(now, until, class_ids=candidates):
        sessions.setdefault(session.class_id, []).append(session)
    classes = timetable.classes_by_ids(sessions)
    options = [_option(classes[class_id], held) for class_id, held in sessions.items()]
    choice = choose_classes(shortfalls, options)
    picked = {option.class_id for option in choice.picked}
    unmet = [one for one in shortfalls if one.open]
    suggestions = [
        Suggestion(
            found=classes[option.class_id],
            minutes=sum(minutes for _, minutes in option.earns),
            counted={one.requirement.rule.code: option.counted(one.requirement) for one in unmet},
            verdict=candidates[option.class_id],
            is_picked=option.class_id in picked,
        )
        for option in options
    ]
    return choice, tuple(sorted((one for one in suggestions if any(one.counted.values())), key=_place))


def _option(found: TrainingClass, held: list[ClassSession]) -> Option:
    meets = tuple((session.starts_at, session.ends_at) for session in held)
    return Option(found.id, found.code, found.ends_on, tuple(map(_worth, held)), meets)


def _place(one: Suggestion) -> tuple[bool, date, int, str]:
    """The picked ones by their end; then the others by what they give."""
    return not one.is_picked, one.found.ends_on if one.is_picked else date.max, -sum(one.counted.values()), one.found.code


def _may_enroll(learner: Learner, now: datetime) -> dict[int, Verdict]:
    """The open classes that a person may enroll in now, with the verdict that says so."""
    is_open = (one for one in timetable.classes([ClassState.OPEN]) if one.enroll_opens_at <= now < one.enroll_closes_at)
    verdicts = {one.id: enrollment.explain(one.id, learner.id, now) for one in list(is_open)[:MOST_CANDIDATES]}
    return {class_id: verdict for class_id, verdict in verdicts.items() if verdict.allowed}
