"""Letters that nobody asks for: re-registration is open, the year's hours are short."""

from datetime import date, datetime, timedelta

from academy.attendance import messages, queries
from academy.attendance.queries import RegistrationPeriod
from academy.attendance.rules import RENEWAL_DAYS, Shortfall, Span, may_renew
from academy.core.clock import today
from academy.core.wording import hours_from_minutes
from academy.people import queries as people

YEAR_REMINDER = (10, 1)  # month and day from which a short year is told


def remind_of_periods(*, now: datetime) -> int:
    """Write to everybody whose registration period is in its last three months; returns how many were considered.

    Once per person, period and last day (a decree may move it), however often it runs: the ledger of messages knows the
    key. Whoever has the next period recorded already is left alone.
    """
    day = today(now)
    ending = queries.periods_ending(day, day + timedelta(days=RENEWAL_DAYS))
    theirs = queries.periods_by_learner(one.learner_id for one in ending)
    due = [one for one in ending if may_renew(one.ends_on, day) and theirs[one.learner_id][-1].id == one.id]
    shortfalls = _shortfalls(due, day, Span.PERIOD)
    facts = [
        (one.learner_id, f"{one.code}:{one.ends_on}", {"ends_on": one.ends_on, **_figures(shortfalls[one.learner_id])})
        for one in due
        if one.learner_id in shortfalls
    ]
    messages.tell(messages.PERIOD_ENDS, facts, now=now)
    return len(facts)


def remind_of_year(*, now: datetime) -> int:
    """From 1 October on: write to everybody registered whose hours of the year are short; once a year."""
    day = today(now)
    if (day.month, day.day) < YEAR_REMINDER:
        return 0
    holding = queries.periods_ending(day, date.max, starts_by=day)
    shortfalls = _shortfalls(holding, day, Span.YEAR)
    facts = [
        (learner_id, str(day.year), {"year": day.year, **_figures(one)})
        for learner_id, one in shortfalls.items()
        if one.missing
    ]
    messages.tell(messages.YEAR_SHORT, facts, now=now)
    return len(facts)


def _shortfalls(periods: list[RegistrationPeriod], day: date, span: Span) -> dict[int, Shortfall]:
    learners = people.learners_by_ids(one.learner_id for one in periods)
    return queries.shortfalls_of_many([(learners[one.learner_id], one.period) for one in periods], day, span)


def _figures(one: Shortfall) -> dict[str, object]:
    shown = {"needed": one.needed, "credited": one.credited, "missing": one.missing}
    return {name: hours_from_minutes(minutes) for name, minutes in shown.items()}
