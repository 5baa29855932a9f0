"""Many sessions at once: by a repeat rule, and like an earlier class."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from academy.core.db import transaction
from academy.sites.models import Closure
from academy.timetable import queries, services
from academy.timetable.models import Booking, ClassSession, RepeatRule, TrainingClass
from academy.timetable.queries import Draft
from academy.timetable.rules import MOST_DATES, Repeat, TeachingRole, dates_of
from academy.timetable.services import Planned, SessionPlan
from academy.timetable.services.booking import IsTaken, PlaceIsClosed
from academy.timetable.services.series import NothingToCopy, RepeatIsUnusable, RuleGivesNothing, RuleGivesTooMany
from tests.conftest import NOW
from tests.timetable.factories import FIRST_DAY, World, at, make_class, make_world

WEEK = timedelta(weeks=1)
EVERY_MONDAY = Repeat(FIRST_DAY, time(9), time(10, 40), (1,), times=4)


def long_class(world: World) -> TrainingClass:
    return make_class(world, now=NOW, ends_on=FIRST_DAY + 6 * WEEK)


def plan(world: World, repeat: Repeat, *, staff: tuple[int, ...] = ()) -> SessionPlan:
    begin = at(repeat.first, repeat.begins.hour, repeat.begins.minute)
    end = begin + timedelta(minutes=100)
    return SessionPlan("读书会", begin, end, 90, None, world.room.id, staff)


def repeat_in(
    world: World, found: TrainingClass, repeat: Repeat, *, leave_out: bool = False, staff: tuple[int, ...] = ()
) -> Planned:
    with transaction():
        return services.save_repeat(
            code=found.code,
            repeat=repeat,
            plan=plan(world, repeat, staff=staff),
            leave_out=leave_out,
            actor=world.manager,
            now=NOW,
        )


def test_chosen_weekdays_every_two_weeks_with_dates_left_out() -> None:
    repeat = Repeat(date(2026, 12, 7), time(9), time(10), (1, 4), interval=2, times=5, skip=frozenset({date(2026, 12, 21)}))
    dates = dates_of(repeat)
    assert dates.days == (date(2026, 12, 7), date(2026, 12, 10), date(2026, 12, 24), date(2027, 1, 4))
    assert dates.skipped == (date(2026, 12, 21),)


def test_a_rule_until_a_day_holds_that_day() -> None:
    assert dates_of(replace_until(date(2026, 12, 21))).days[-1] == date(2026, 12, 21)
    assert dates_of(replace_until(date(2026, 12, 20))).days[-1] == date(2026, 12, 14)


def replace_until(until: date) -> Repeat:
    return EVERY_MONDAY._replace(times=None, until=until)


@given(
    weekdays=st.sets(st.integers(1, 7), min_size=1), interval=st.integers(1, 12), times=st.integers(1, 10_000),
    first=st.dates(date(2000, 1, 1), date(2100, 12, 31)),
)  # fmt: skip
def test_any_rule_gives_bounded_dates_in_order_on_its_weekdays(
    weekdays: set[int], interval: int, times: int, first: date
) -> None:
    dates = dates_of(Repeat(first, time(9), time(10), tuple(weekdays), interval, times=times))
    assert len(dates.days) == min(times, MOST_DATES)
    assert dates.is_too_long == (times > MOST_DATES)
    assert list(dates.days) == sorted(set(dates.days))
    assert all(day.isoweekday() in weekdays and day >= first for day in dates.days)


def test_every_date_is_booked_and_the_rule_is_kept(session: Session) -> None:
    world = make_world()
    found = long_class(world)
    made = repeat_in(world, found, EVERY_MONDAY, staff=(world.instructors[0].id,)).made
    assert [one.starts_at for one in made] == [at(FIRST_DAY, 9) + n * WEEK for n in range(4)]
    assert session.scalar(select(func.count(Booking.id))) == 8
    rule = session.scalars(select(RepeatRule)).one()
    assert (rule.rule, {one.repeat_id for one in made}) == ("FREQ=WEEKLY;INTERVAL=1;BYDAY=MO;COUNT=4", {rule.id})
    assert found.timetable_version == 1


def test_a_rule_over_another_is_refused_by_its_name_and_a_double_submit_too(session: Session) -> None:
    world = make_world()
    found = long_class(world)
    repeat_in(world, found, EVERY_MONDAY)
    other = Repeat(FIRST_DAY + timedelta(days=1), time(10), time(11, 40), (1, 2), times=6)
    with pytest.raises(IsTaken, match="来自重复规则“每周一 09:00—10:40”"):
        repeat_in(world, found, other)
    for leave_out in (False, True):
        with pytest.raises(IsTaken, match="重复规则"):
            repeat_in(world, found, EVERY_MONDAY, leave_out=leave_out)
    assert len(queries.sessions_of(found.id)) == 4
    planned = repeat_in(world, found, other, leave_out=True)  # Tuesdays fit, three of the Mondays do not
    assert (len(planned.made), len(planned.left_out)) == (3, 3)


def test_a_closure_stops_one_date_and_the_preview_says_which(session: Session) -> None:
    world = make_world()
    found = long_class(world)
    since = at(FIRST_DAY + 2 * WEEK, 0)
    session.add(
        Closure(
            code="C1", site_id=world.site.id, room_id=world.room.id, starts_at=since, ends_at=since + timedelta(days=1),
            reason="消防检修", created_by="孔延玲", created_at=NOW,
        )
    )  # fmt: skip
    session.commit()
    like = plan(world, EVERY_MONDAY)
    drafts = queries.judged(found, queries.repeat_drafts(EVERY_MONDAY, Draft(like.title_zh, None, like.wanted, ())))
    assert [draft.fits for draft in drafts] == [True, True, False, True]
    assert "消防检修" in str(drafts[2].obstacles[0].say)
    with pytest.raises(PlaceIsClosed):
        repeat_in(world, found, EVERY_MONDAY)
    assert len(repeat_in(world, found, EVERY_MONDAY, leave_out=True).made) == 3


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"times": 10_000}, RuleGivesTooMany),
        ({"times": None, "until": date(2099, 12, 31)}, RuleGivesTooMany),
        ({"times": None}, RepeatIsUnusable),
        ({"times": 0}, RepeatIsUnusable),
        ({"weekdays": ()}, RepeatIsUnusable),
        ({"weekdays": (8,)}, RepeatIsUnusable),
        ({"interval": 0}, RepeatIsUnusable),
        ({"begins": time(22), "ends": time(1)}, RepeatIsUnusable),
        ({"times": None, "until": FIRST_DAY - timedelta(days=1)}, RuleGivesNothing),
        ({"times": 1, "skip": frozenset({FIRST_DAY})}, RuleGivesNothing),
    ],
)
def test_rules_that_nobody_can_mean_are_refused(session: Session, change: dict[str, object], refusal: type[Exception]) -> None:
    world = make_world()
    found = long_class(world)
    with pytest.raises(refusal):
        repeat_in(world, found, EVERY_MONDAY._replace(**change))  # type: ignore[arg-type]
    assert queries.sessions_of(found.id) == []


def earlier(world: World) -> TrainingClass:
    found = make_class(world, now=NOW, room_id=world.room.id)
    ids = tuple(one.id for one in world.instructors)
    begin = at(FIRST_DAY, 8, 30)
    for n, room in enumerate((world.room, world.hall)):
        span = (begin + timedelta(days=n), begin + timedelta(days=n, minutes=100))
        wanted = SessionPlan(f"第{n}讲", *span, 90, world.courses[n].id, room.id, ids)
        with transaction():
            services.save_session(code=found.code, seq=None, plan=wanted, actor=world.manager, now=NOW)
    return found


def copy_to(
    world: World, found: TrainingClass, source: TrainingClass, *, leave_out: bool = False, staff: bool = True
) -> Planned:
    with transaction():
        return services.copy_sessions(
            code=found.code, source_code=source.code, with_instructors=staff, leave_out=leave_out, actor=world.manager, now=NOW
        )


def rows(found: TrainingClass) -> list[tuple[str, datetime, int | None, int | None]]:
    return [(one.title_zh, one.starts_at, one.room_id, one.course_id) for one in queries.sessions_of(found.id)]


def test_a_copy_is_shifted_to_the_new_dates_into_the_new_room_with_its_roles(session: Session) -> None:
    world = make_world()
    source = earlier(world)
    later = FIRST_DAY + 5 * WEEK
    found = make_class(world, now=NOW, starts_on=later, ends_on=later + timedelta(days=4), room_id=world.hall.id)
    made = copy_to(world, found, source).made
    assert rows(found) == [
        ("第0讲", at(later, 8, 30), world.hall.id, world.courses[0].id),
        ("第1讲", at(later + timedelta(days=1), 8, 30), world.hall.id, world.courses[1].id),
    ]
    lead, assistant = (one.id for one in world.instructors)
    assert queries.session_roles(one.id for one in made)[made[0].id, assistant] is TeachingRole.ASSISTANT
    assert queries.session_instructors(one.id for one in made)[made[1].id] == [lead, assistant]
    with pytest.raises(IsTaken):
        copy_to(world, found, source)  # pressed twice
    assert len(rows(found)) == 2


def test_what_clashes_in_a_copy_is_named_or_left_out(session: Session) -> None:
    world = make_world()
    source = earlier(world)
    found = make_class(world, now=NOW, room_id=world.hall.id, ends_on=FIRST_DAY)  # the same days: instructors are taken
    with pytest.raises(IsTaken, match=source.code):
        copy_to(world, found, source, leave_out=True)
    planned = copy_to(world, found, source, leave_out=True, staff=False)  # the second day is not in this class
    assert (len(planned.made), len(planned.left_out)) == (1, 1)


def test_a_class_without_sessions_and_the_class_itself_cannot_be_copied(session: Session) -> None:
    world = make_world()
    found = make_class(world, now=NOW)
    for source in (found, make_class(world, now=NOW), earlier(world)):
        if source.id != found.id and queries.sessions_of(source.id):
            continue
        with pytest.raises(NothingToCopy):
            copy_to(world, found, source)
    assert session.scalar(select(func.count(ClassSession.id)).where(ClassSession.class_id == found.id)) == 0
