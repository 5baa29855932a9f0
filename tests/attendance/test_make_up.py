"""Making up: what was missed is credited once, never more, and the first mark stays."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from academy.attendance import queries, services
from academy.attendance.models import MakeUp
from academy.attendance.rules import MakeUpState, MarkSource, MarkState, compute_made_up
from academy.attendance.services import Seen, SessionPlan
from academy.core.access import Actor, Role
from academy.core.db import db, transaction
from academy.core.errors import Forbidden, NotFound
from academy.enrollment.services import enroll
from academy.timetable import queries as timetable
from academy.timetable.rules import ClassState
from tests.accounts.factories import make_user
from tests.attendance.factories import Room, account_of, make_room, mark
from tests.enrollment.factories import make_account
from tests.timetable.factories import FIRST_DAY, at, make_class, make_program, make_session

P, LATE, ABSENT = MarkState.PRESENT, MarkState.LATE, MarkState.ABSENT
LATER = at(FIRST_DAY + timedelta(days=7), 8)


@pytest.fixture
def room(session: Session, now: datetime) -> Room:
    """A class whose two sessions teach one course each, and another one that teaches the first course a week later."""
    room = make_room(now)
    for one, course in zip(room.sessions, room.world.courses, strict=False):
        one.course_id = course.id
    other = make_class(room.world, now=now, starts_on=LATER.date(), ends_on=LATER.date())
    host = make_session(other, LATER, minutes=180, instructor=room.world.instructors[0])
    host.course_id = room.world.courses[0].id
    other.state = ClassState.RUNNING
    session.commit()
    room.sessions.append(host)
    return room


def host_of(room: Room) -> tuple[str, int]:
    return timetable.class_by_id(room.sessions[2].class_id).code, 1


def book(room: Room, actor: Actor, now: datetime, *, seq: int = 1, special: str = "") -> MakeUp:
    with transaction():
        host = None if special else host_of(room)
        return services.book_make_up(class_code=room.found.code, seq=seq, actor=actor, now=now, host=host, special=special)


def came(room: Room, make_up: MakeUp, minutes: int, actor: Actor | None = None) -> MakeUp:
    with transaction():
        return services.record_make_up(code=make_up.code, minutes=minutes, actor=actor or room.instructor, now=LATER)


def special(room: Room, now: datetime, places: int = 1) -> str:
    plan = SessionPlan(room.world.courses[0].code, LATER, LATER + timedelta(hours=4), 180, "302 教室", places)
    with transaction():
        return services.open_make_up_session(plan=plan, actor=room.world.manager, now=now).code


def test_what_was_missed_is_credited_once_and_the_first_mark_stays(room: Room) -> None:
    mark(room, {0: Seen(LATE, 60)})
    _, actor = account_of(room, 0)
    ends, learner = room.sessions[0].ends_at, room.learners[0].id
    assert queries.credited_minutes_of_class(room.found.id) == {}
    done = came(room, book(room, actor, ends), 180)
    assert (done.state, done.minutes) == (MakeUpState.DONE, 120)
    history = queries.mark_history(room.sessions[0].id, learner)
    assert [(one.state, one.minutes, one.made_up_minutes, one.source) for one in history] == [
        (LATE, 60, 0, MarkSource.ROSTER), (LATE, 180, 120, MarkSource.MAKE_UP),
    ]  # fmt: skip
    assert queries.credited_minutes_of_class(room.found.id) == {learner: 180}
    assert queries.attended_minutes_of(room.found.id, learner) == 180
    with pytest.raises(services.MakeUpIsSettled):
        came(room, done, 180)
    with pytest.raises(services.NothingIsMissed):
        book(room, actor, ends)


def test_a_correction_keeps_what_was_made_up_within_the_session(room: Room) -> None:
    mark(room, {0: ABSENT})
    _, actor = account_of(room, 0)
    came(room, book(room, actor, room.sessions[0].ends_at), 100)
    mark(room, {0: Seen(LATE, 90)})
    now_stands = queries.marks_of_session(room.sessions[0].id)[room.learners[0].id]
    assert (now_stands.minutes, now_stands.made_up_minutes) == (180, 90)
    mark(room, {0: P})
    now_stands = queries.marks_of_session(room.sessions[0].id)[room.learners[0].id]
    assert (now_stands.minutes, now_stands.made_up_minutes) == (180, 0)
    assert queries.credited_minutes_of_class(room.found.id) == {room.learners[0].id: 180}


def test_one_make_up_for_one_missed_session(room: Room, session: Session) -> None:
    mark(room, {0: ABSENT})
    _, actor = account_of(room, 0)
    ends = room.sessions[0].ends_at
    booked = book(room, actor, ends)
    with pytest.raises(services.MakeUpIsBooked):
        book(room, actor, ends)
    with pytest.raises(IntegrityError), session.begin_nested():
        session.add(
            MakeUp(
                code="twice", learner_id=booked.learner_id, session_id=booked.session_id, state=MakeUpState.PLANNED,
                host_session_id=room.sessions[1].id, planned_at=ends,
            )
        )  # fmt: skip
        session.flush()
    with pytest.raises(NotFound), transaction():
        services.cancel_make_up(code=booked.code, actor=account_of(room, 1)[1], now=ends)
    with transaction():
        services.cancel_make_up(code=booked.code, actor=actor, now=ends)
    assert book(room, actor, ends).state is MakeUpState.PLANNED


def test_only_the_same_course_ahead_in_other_classes_counts(room: Room, now: datetime) -> None:
    mark(room, {0: ABSENT, 1: P}, session=1)
    mark(room, {0: ABSENT, 1: P})
    _, actor = account_of(room, 0)
    ends = room.sessions[0].ends_at
    with pytest.raises(services.NotTheSameCourse):
        book(room, actor, ends, seq=2)
    with pytest.raises(services.NotTheSameCourse):
        book(room, actor, LATER + timedelta(minutes=1))
    with pytest.raises(services.NothingIsMissed):
        book(room, account_of(room, 1)[1], ends)
    with pytest.raises(services.NothingIsMissed):
        book(room, account_of(room, 2)[1], ends)  # nobody has marked her
    with pytest.raises(NotFound):
        book(room, make_account(now)[1], ends)


def test_nobody_makes_up_while_she_sits_elsewhere(room: Room, now: datetime) -> None:
    mark(room, {0: ABSENT})
    _, actor = account_of(room, 0)
    other = make_program(room.world)
    third = make_class(room.world, now=now, program_id=other.id, starts_on=LATER.date(), ends_on=LATER.date())
    make_session(third, LATER + timedelta(hours=1))
    with transaction():
        enroll(class_id=third.id, learner_id=room.learners[0].id, actor=room.world.manager, now=now)
    with pytest.raises(services.MakeUpClashes):
        book(room, actor, room.sessions[0].ends_at)


def test_a_special_session_has_its_places_and_staff_record_it(room: Room, now: datetime) -> None:
    mark(room, {0: ABSENT, 1: ABSENT})
    code, ends = special(room, now), room.sessions[0].ends_at
    first, second = account_of(room, 0)[1], account_of(room, 1)[1]
    booked = book(room, first, ends, special=code)
    with pytest.raises(services.MakeUpIsFull):
        book(room, second, ends, special=code)
    with transaction():
        services.cancel_make_up(code=booked.code, actor=first, now=ends)
    booked = book(room, second, ends, special=code)
    with pytest.raises(Forbidden):
        came(room, booked, 90)
    with pytest.raises(services.SessionHasNotBegun), transaction():
        services.record_make_up(code=booked.code, minutes=90, actor=room.world.manager, now=ends)
    assert came(room, booked, 90, room.world.manager).minutes == 90
    with pytest.raises(NotFound), transaction():
        services.book_make_up(class_code=room.found.code, seq=1, actor=first, now=ends, special="NOTHING")


def test_who_does_not_come_gets_nothing_and_may_try_again(room: Room) -> None:
    mark(room, {0: ABSENT})
    _, actor = account_of(room, 0)
    assert came(room, book(room, actor, room.sessions[0].ends_at), 0).state is MakeUpState.MISSED
    assert queries.credited_minutes_of_class(room.found.id) == {}
    assert book(room, actor, room.sessions[0].ends_at).state is MakeUpState.PLANNED


def test_what_no_session_can_be_is_refused(room: Room, now: datetime) -> None:
    good = SessionPlan(room.world.courses[0].code, LATER, LATER + timedelta(hours=4), 180, "302 教室", 10)
    bad = [{"minutes": 0}, {"minutes": 999}, {"ends_at": LATER}, {"starts_at": now - timedelta(days=1)}, {"places": 0},
           {"place_zh": " "}, {"ends_at": LATER + timedelta(days=3)}]  # fmt: skip
    for change in bad:
        with pytest.raises(services.MakeUpSessionIsUnusable), transaction():
            plan = replace(good, **change)  # type: ignore[arg-type]
            services.open_make_up_session(plan=plan, actor=room.world.manager, now=now)
    with pytest.raises(Forbidden), transaction():
        services.open_make_up_session(plan=good, actor=room.instructor, now=now)


@given(st.integers(-10, 1000), st.integers(-10, 1000))
def test_never_more_than_was_missed(attended: int, missed: int) -> None:
    assert 0 <= compute_made_up(attended, missed) <= max(missed, 0)


def test_the_learner_books_on_her_page_and_the_instructor_records_on_his_roster(
    room: Room, client: FlaskClient, sign_in: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = [room.sessions[0].ends_at]
    for door in ("mine", "make_up", "roster", "tap"):
        monkeypatch.setattr(f"academy.attendance.web.{door}.now", lambda: moment[0])
    mark(room, {0: ABSENT})
    user, _ = account_of(room, 0)
    sign_in(client, user)
    page = f"/my/attendance/{room.found.code}/1/make-up"
    assert "约这场" in client.get(page).get_data(as_text=True)
    code, seq = host_of(room)
    for wrong in ({"host": "nothing"}, {"host": "x/99999999999"}, {"special": "x"}, {}):
        assert client.post_form(page, wrong).status_code in {302, 404}  # type: ignore[attr-defined]
    booked = client.post_form(page, {"host": f"{code}/{seq}"}, follow_redirects=True)  # type: ignore[attr-defined]
    assert "已约好" in booked.get_data(as_text=True)
    assert "已约补课" in booked.get_data(as_text=True)
    moment[0] = LATER
    sign_in(client, room.user)
    roster = f"/attendance/{code}/{seq}"
    assert "来补课的 1 人" in client.get(roster).get_data(as_text=True)
    (make_up,) = queries.guests_of_session(room.sessions[2].id)
    for typed, words in (("much", "什么都没有写入"), ("180", "补上 180 分钟"), ("180", "已经处理过")):
        path = f"/attendance/make-ups/{make_up.code}"
        done = client.post_form(path, {"minutes": typed}, page="/my/check-in", follow_redirects=True)  # type: ignore[attr-defined]
        assert words in done.get_data(as_text=True)
    sign_in(client, make_user(Role.CLASS_MANAGER))
    form = {"course": room.world.courses[0].code, "starts_at": "2026-12-20T08:00", "ends_at": "2026-12-20T12:00",
            "hours": "4", "place": "302", "places": "5"}  # fmt: skip
    opened = client.post_form("/manage/make-ups", form, follow_redirects=True)  # type: ignore[attr-defined]
    assert "补课场次已开放" in opened.get_data(as_text=True)
    for change in ({"hours": "x"}, {"ends_at": "2026-12-20T07:00"}, {"course": "XX"}, {"starts_at": "0001-01-01T00:00"}):
        assert client.post_form("/manage/make-ups", {**form, **change}).status_code == 422  # type: ignore[attr-defined]
    found = queries.make_up_sessions()[0]
    assert client.get(f"/manage/make-ups/{found.code}").status_code == 200
    assert db.session.get(MakeUp, make_up.id) is not None
