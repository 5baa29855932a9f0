"""Staff's pages of the timetable: weeks, one session, series, and how places are run."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from academy.core.access import Role
from academy.core.db import transaction
from academy.people.models import InstructorAbsence
from academy.sites.models import Closure, OpeningHours, Room, TravelTime
from academy.timetable import queries, services
from academy.timetable.models import Booking, ClassSession, RepeatRule, TrainingClass
from academy.timetable.rules import ClassState
from academy.timetable.services import SessionPlan
from tests.accounts.factories import make_user
from tests.conftest import ContextClient
from tests.timetable.factories import FIRST_DAY, World, at, make_class, make_site, make_world

SignIn = Callable[[ContextClient, Any], None]
BEGIN = at(FIRST_DAY, 8, 30)
WEEKS = "?week=2026-12-09"


@pytest.fixture
def world(session: Session, client: ContextClient, sign_in: SignIn) -> World:
    made = make_world()
    sign_in(client, make_user(Role.CLASS_MANAGER, name="值班教务"))
    return made


def book(world: World, found: TrainingClass, begin: datetime = BEGIN, *, room: Room | None = None) -> ClassSession:
    staff = (world.instructors[0].id,)
    wanted = SessionPlan("议事规则", begin, begin + timedelta(minutes=100), 90, None, (room or world.room).id, staff)
    with transaction():
        return services.save_session(code=found.code, seq=None, plan=wanted, actor=world.manager, now=BEGIN - timedelta(days=9))


def form_of(world: World, **given: object) -> dict[str, object]:
    return {
        "title_zh": "议事规则",
        "course": "",
        "hours": "2",
        "room": str(world.room.id),
        "starts_at": "2026-12-07T08:30",
        "ends_at": "2026-12-07T10:10",
        "instructor_1": str(world.instructors[0].id),
        "role_1": "lead",
        **given,
    }


@pytest.mark.parametrize("page", ["sites/TS-T-001", "rooms/TS-T-001-302", "instructors/F-001", "classes/{code}"])
def test_a_week_shows_what_is_planned_and_leads_to_the_weeks_beside_it(
    client: ContextClient, world: World, now: datetime, page: str
) -> None:
    found = make_class(world, now=now)
    book(world, found)
    address = f"/manage/timetable/{page.format(code=found.code)}"
    shown = client.get(address + WEEKS).get_data(as_text=True)
    assert "议事规则" in shown
    assert "?week=2026-11-30" in shown
    assert "?week=2026-12-14" in shown
    empty = client.get(f"{address}?week=2026-11-16").get_data(as_text=True)
    assert "看下一个有课的周" in empty
    assert "week=2026-12-07" in empty
    for broken in ("99999-01-01", "2026-02-31", "x" * 500, "0001-01-01", "9999-12-31"):
        assert client.get(f"{address}?week={broken}").status_code == 200


def test_the_chooser_leads_to_a_week(client: ContextClient, world: World, now: datetime) -> None:
    found = make_class(world, now=now)
    assert client.get("/manage/timetable").status_code == 200
    answer = client.get(f"/manage/timetable?kind=class&code={found.code.lower()}")
    assert answer.headers["Location"].endswith(f"/classes/{found.code}")
    assert client.get("/manage/timetable?kind=room&code=NIX", follow_redirects=True).status_code == 404


def test_a_refused_save_names_the_booking_and_offers_times_that_fill_the_form(
    client: ContextClient, world: World, now: datetime
) -> None:
    other, found = make_class(world, now=now), make_class(world, now=now)
    book(world, other)
    page = f"/manage/classes/{found.code}/sessions/new"
    refused = client.post_form(page, form_of(world))
    shown = refused.get_data(as_text=True)
    assert refused.status_code == 422
    assert other.code in shown
    assert "302" in shown
    assert "梁伯渊" in shown
    assert shown.count('name="slot"') == 3
    slot = shown.split('name="slot" value="')[1].split('"')[0]
    filled = client.post_form(page, form_of(world, slot=slot))
    assert 'value="2026-12-07T10:10"' in filled.get_data(as_text=True)
    assert queries.sessions_of(found.id) == []
    saved = client.post_form(page, form_of(world, starts_at="2026-12-07T10:10", ends_at="2026-12-07T11:50"))
    assert saved.status_code == 302
    again = client.post_form(page, form_of(world, starts_at="2026-12-07T10:10", ends_at="2026-12-07T11:50"))
    assert again.status_code == 422  # pressed twice: the class itself is taken
    assert len(queries.sessions_of(found.id)) == 1


@pytest.mark.parametrize(
    "given",
    [
        {"starts_at": "99999-12-07T08:30"},
        {"starts_at": "10000-01-01T08:30", "ends_at": "10000-01-01T09:30"},
        {"starts_at": "2026-12-07T22:00", "ends_at": "2026-12-08T00:30"},
        {"starts_at": "2026-12-07T10:10", "ends_at": "2026-12-07T08:30"},
        {"slot": "2026-12-07T08:30"},
        {"slot": "9999-12-31T23:59:59+08:00/99999"},
        {"slot": "0001-01-01T00:00:00+08:00/0001-01-01T01:00:00+08:00", "title_zh": ""},
        {"room": "999999"},
        {"instructor_1": "999999"},
        {"role_1": "boss"},
        {"equipment": "月球车"},
        {"hours": "1e9"},
    ],
)
def test_what_nobody_can_mean_is_refused_in_words(
    client: ContextClient, world: World, now: datetime, given: dict[str, object]
) -> None:
    found = make_class(world, now=now)
    answer = client.post_form(f"/manage/classes/{found.code}/sessions/new", form_of(world, **given))
    assert answer.status_code in ((422, 302) if "slot" in given and "title_zh" not in given else (422,))
    if answer.status_code == 422:
        assert queries.sessions_of(found.id) == []


def test_roles_are_chosen_and_shown_again(client: ContextClient, world: World, now: datetime, session: Session) -> None:
    found = make_class(world, now=now)
    second = str(world.instructors[1].id)
    client.post_form(
        f"/manage/classes/{found.code}/sessions/new",
        form_of(world, instructor_2=second, role_1="assistant", role_2="lead"),
    )
    (one,) = queries.sessions_of(found.id)
    assert queries.session_instructors([one.id])[one.id][0] == int(second)
    shown = client.get(f"/manage/classes/{found.code}/sessions/{one.seq}").get_data(as_text=True)
    assert f'<option selected value="{second}">' in shown


def repeat_form(world: World, **given: object) -> dict[str, object]:
    values = form_of(world, first="2026-12-07", begins="09:00", ends="10:40", weekdays=["1"], interval="1")
    return {**values, "ends_by": "times", "times": "3", **given}


def test_a_repeat_rule_is_previewed_then_written_once(
    client: ContextClient, world: World, now: datetime, session: Session
) -> None:
    found = make_class(world, now=now, ends_on=FIRST_DAY + timedelta(weeks=5))
    page = f"/manage/classes/{found.code}/sessions/repeat"
    looked = client.post_form(page, repeat_form(world, do="look")).get_data(as_text=True)
    assert "3 次课都能排" in looked
    assert queries.sessions_of(found.id) == []
    assert client.post_form(page, repeat_form(world, do="write")).status_code == 302
    again = client.post_form(page, repeat_form(world, do="write"))
    assert again.status_code == 422
    assert "重复规则“每周一 09:00—10:40”" in again.get_data(as_text=True)
    assert session.scalar(select(func.count(RepeatRule.id))) == 1


@pytest.mark.parametrize(
    "given",
    [
        {"times": "99999"},
        {"times": "9999"},
        {"weekdays": []},
        {"weekdays": ["9"]},
        {"weekdays": ["²"]},
        {"first": "10000-01-01"},
        {"begins": "25:00"},
        {"begins": "23:00", "ends": "01:00"},
        {"skip": "2026-13-45"},
        {"skip": "99999-01-01"},
        {"interval": "0"},
        {"ends_by": "until", "until": "12026-01-01"},
        {"ends_by": "until", "until": ""},
        {"ends_by": "never"},
        {"hours": "12"},
    ],
)
def test_repeat_rules_that_nobody_can_mean_are_refused(
    client: ContextClient, world: World, now: datetime, given: dict[str, object]
) -> None:
    found = make_class(world, now=now, ends_on=FIRST_DAY + timedelta(weeks=5))
    for do in ("look", "write"):
        answer = client.post_form(f"/manage/classes/{found.code}/sessions/repeat", repeat_form(world, do=do, **given))
        assert answer.status_code == 422
    assert queries.sessions_of(found.id) == []


def test_a_copy_is_previewed_then_written(client: ContextClient, world: World, now: datetime) -> None:
    source = make_class(world, now=now)
    book(world, source)
    later = FIRST_DAY + timedelta(weeks=3)
    found = make_class(world, now=now, starts_on=later, ends_on=later + timedelta(days=4))
    page = f"/manage/classes/{found.code}/sessions/copy"
    given = {"source": source.code, "with_instructors": "y"}
    assert "1 次课都能排" in client.post_form(page, {**given, "do": "look"}).get_data(as_text=True)
    assert client.post_form(page, {**given, "do": "write"}).status_code == 302
    assert client.post_form(page, {**given, "do": "write"}).status_code == 422
    assert client.post_form(page, {"source": "NIX", "do": "write"}).status_code == 422
    assert [one.starts_at for one in queries.sessions_of(found.id)] == [at(later, 8, 30)]


def test_a_room_is_closed_after_its_sessions_were_shown_and_waits_in_the_work_list(
    client: ContextClient, world: World, now: datetime, session: Session, sign_in: SignIn
) -> None:
    found = make_class(world, now=now, state=ClassState.OPEN)
    kept = book(world, found)
    page = f"/manage/places/{world.site.code}/closures/new"
    given = {"room": world.room.code, "starts_at": "2026-12-07T00:00", "ends_at": "2026-12-08T00:00", "reason": "消防检修"}
    looked = client.post_form(page, {**given, "do": "look"}).get_data(as_text=True)
    assert "1 次已排的课落在停用里" in looked
    assert found.code in looked
    assert session.scalar(select(func.count(Closure.id))) == 0
    written = client.post_form(page, {**given, "do": "write"}, follow_redirects=True).get_data(as_text=True)
    assert f"/manage/classes/{found.code}/sessions/{kept.seq}/move" in written
    assert "1 次课要另排" in client.get("/worklist").get_data(as_text=True)
    refused = client.post_form(
        f"/manage/classes/{make_class(world, now=now).code}/sessions/new",
        form_of(world, starts_at="2026-12-07T14:00", ends_at="2026-12-07T15:40"),
    )
    assert "消防检修" in refused.get_data(as_text=True)
    code = session.scalars(select(Closure.code)).one()
    client.post_form(f"/manage/closures/{code}/lift", page=f"/manage/closures/{code}")
    assert "1 次课要另排" not in client.get("/worklist").get_data(as_text=True)


@pytest.mark.parametrize(
    "given",
    [
        {"ends_at": "2026-12-06T00:00"},
        {"ends_at": "2099-12-06T00:00"},
        {"reason": ""},
        {"room": "TS-X-1"},
        {"starts_at": "99999-01-01T00:00"},
    ],
)
def test_impossible_closures_are_refused(client: ContextClient, world: World, given: dict[str, str], session: Session) -> None:
    page = f"/manage/places/{world.site.code}/closures/new"
    fine = {"room": "", "starts_at": "2026-12-07T00:00", "ends_at": "2026-12-08T00:00", "reason": "消防检修"}
    assert client.post_form(page, {**fine, **given, "do": "write"}).status_code == 422
    assert session.scalar(select(func.count(Closure.id))) == 0


def hours_form(**given: object) -> dict[str, object]:
    week = {f"open_{n}": "y" for n in range(1, 6)}
    times = {f"opens_{n}": "09:00" for n in range(1, 8)} | {f"closes_{n}": "17:00" for n in range(1, 8)}
    return {"limits": "week", **week, **times, **given}


def test_opening_hours_are_set_after_what_falls_outside_was_shown(
    client: ContextClient, world: World, now: datetime, session: Session
) -> None:
    found = make_class(world, now=now)
    book(world, found)  # begins at 08:30
    page = f"/manage/places/{world.site.code}/hours"
    looked = client.post_form(page, hours_form())
    assert "1 次已排的课落在开放时间之外" in looked.get_data(as_text=True)
    assert session.scalar(select(func.count(OpeningHours.id))) == 0
    assert client.post_form(page, hours_form(do="write")).status_code == 302
    assert session.scalar(select(func.count(OpeningHours.id))) == 5
    assert client.post_form(page, hours_form(opens_1="18:00", do="write")).status_code == 422
    assert client.post_form(page, {"limits": "week", "do": "write"}).status_code == 422
    assert client.post_form(page, {"limits": "none", "do": "write"}).status_code == 302
    assert session.scalar(select(func.count(OpeningHours.id))) == 0
    assert client.get(page + "?room=NIX").status_code == 404


def test_a_room_is_edited_after_what_no_longer_suits_was_shown(client: ContextClient, world: World, now: datetime) -> None:
    found = make_class(world, now=now)  # 20 seats
    book(world, found)
    page = f"/manage/places/{world.site.code}/rooms/{world.room.code}"
    smaller = {"name_zh": "302", "capacity": "12", "equipment": "投影、 录音，投影"}
    assert "1 次已排的课不再适合" in client.post_form(page, smaller).get_data(as_text=True)
    assert client.post_form(page, {**smaller, "do": "write"}).status_code == 302
    shown = client.get(f"/manage/places/{world.site.code}").get_data(as_text=True)
    assert "投影、录音" in shown
    taken = client.post_form(f"/manage/places/{world.site.code}/rooms/new", {"name_zh": "302", "capacity": "9"})
    assert taken.status_code == 422
    assert (
        client.post_form(f"/manage/places/{world.site.code}/rooms/new", {"name_zh": "新", "capacity": "9"}).status_code == 302
    )
    far = make_site()
    assert client.get(f"/manage/places/{world.site.code}/rooms/{far.code}").status_code == 404


def test_a_room_saved_as_it_is_shown_stays_as_it_is(client: ContextClient, world: World, session: Session) -> None:
    world.room.equipment = ["移动桌椅", "白板"]
    session.commit()
    page = f"/manage/places/{world.site.code}/rooms/{world.room.code}"
    assert 'value="移动桌椅、白板"' in client.get(page).get_data(as_text=True)
    given = {"name_zh": world.room.name_zh, "capacity": str(world.room.capacity), "equipment": "移动桌椅、白板"}
    assert client.post_form(page, {**given, "do": "write"}).status_code == 302
    assert session.get_one(Room, world.room.id, populate_existing=True).equipment == ["移动桌椅", "白板"]


def test_a_room_cannot_take_the_name_of_another(client: ContextClient, world: World, session: Session) -> None:
    rooms = f"/manage/places/{world.site.code}/rooms"
    client.post_form(f"{rooms}/new", {"name_zh": "小组活动室", "capacity": "9"})
    given = {"name_zh": "小组活动室", "capacity": str(world.room.capacity), "do": "write"}
    answer = client.post_form(f"{rooms}/{world.room.code}", given)
    assert answer.status_code == 422
    assert "已有叫“小组活动室”的教室" in answer.get_data(as_text=True)


def test_a_closure_pressed_twice_is_there_once(client: ContextClient, world: World, session: Session) -> None:
    page = f"/manage/places/{world.site.code}/closures/new"
    given = {"starts_at": "2026-12-20T08:00", "ends_at": "2026-12-20T18:00", "reason": "检修", "do": "write"}
    assert [client.post_form(page, given).status_code for _ in range(2)] == [302, 422]
    assert len(session.scalars(select(Closure)).all()) == 1


@pytest.mark.parametrize("blank", [" ", "　"])
def test_blanks_are_nothing_typed_and_no_choice(
    client: ContextClient, world: World, now: datetime, session: Session, blank: str
) -> None:
    found = make_class(world, now=now)
    for page, names in {
        "sessions/repeat": ("begins", "ends", "course", "room", "instructor_1"),
        "sessions/new": ("course", "room", "instructor_1"),
        "terms": ("min_education", "required_level"),
    }.items():
        for name in names:
            given = {**repeat_form(world), name: blank}
            assert client.post_form(f"/manage/classes/{found.code}/{page}", given).status_code in {200, 302, 422}


def test_a_travel_time_is_set_and_put_back(client: ContextClient, world: World, session: Session) -> None:
    far = make_site(lat=37.75)
    page = f"/manage/places/{world.site.code}/travel"
    assert ">55<" in client.get(page).get_data(as_text=True)
    client.post_form(page, {"other": "TS-P-009", "minutes": "80", "reason": "修路"})
    assert "人工改过" in client.get(page).get_data(as_text=True)
    assert "80" in client.get("/manage/places/TS-P-009/travel").get_data(as_text=True)
    client.post_form(page, {"other": "TS-P-009", "minutes": "", "reason": ""})
    assert "人工改过" not in client.get(page).get_data(as_text=True)
    row = session.scalars(select(TravelTime)).one()
    assert (row.minutes, far.site_id in {row.site_id, row.other_site_id}) == (55, True)
    for wrong in ({"minutes": "481"}, {"minutes": "-1"}, {"other": world.site.code}, {"other": ""}, {"minutes": "1.5"}):
        assert client.post_form(page, {"other": "TS-P-009", "minutes": "5", **wrong}).status_code == 422


PAGES = [
    "/manage/timetable",
    "/manage/timetable/sites/TS-T-001",
    "/manage/places/TS-T-001",
    "/manage/places/TS-T-001/hours",
    "/manage/places/TS-T-001/closures/new",
    "/manage/places/TS-T-001/travel",
    "/manage/places/TS-T-001/rooms/new",
    "/manage/classes/{code}/sessions/new",
    "/manage/classes/{code}/sessions/1",
    "/manage/classes/{code}/sessions/repeat",
    "/manage/classes/{code}/sessions/copy",
    "/manage/classes/{code}/sessions/add",
    "/manage/classes/{code}/sessions/1/move",
    "/manage/classes/{code}/sessions/1/cancel",
]


@pytest.mark.parametrize("role", [Role.LEARNER, Role.INSTRUCTOR, Role.ORGANIZATION_COORDINATOR, Role.CERTIFICATE_OFFICER])
def test_others_do_not_enter(client: ContextClient, world: World, now: datetime, sign_in: SignIn, role: Role) -> None:
    found = make_class(world, now=now)
    book(world, found)
    sign_in(client, make_user(Role.LEARNER if role is Role.ORGANIZATION_COORDINATOR else role, name="外人"))
    for page in PAGES:
        assert client.get(page.format(code=found.code)).status_code == 403, page
        assert client.post(page.format(code=found.code)).status_code in (400, 403, 405), page


def test_another_class_s_session_numbers_are_not_found(client: ContextClient, world: World, now: datetime) -> None:
    one, other = make_class(world, now=now), make_class(world, now=now)
    book(world, one)
    book(world, one, at(FIRST_DAY, 14))
    for seq in (2, 3, 2147483647):
        for page in ("", "/move", "/cancel"):
            answer = client.get(f"/manage/classes/{other.code}/sessions/{seq}{page}", follow_redirects=True)
            assert answer.status_code == 404
    assert client.get(f"/manage/classes/{one.code}/sessions/99999999999/move").status_code == 404


def test_an_absence_is_named_on_the_page(client: ContextClient, world: World, now: datetime, session: Session) -> None:
    one = world.instructors[0]
    session.add(
        InstructorAbsence(
            instructor_id=one.id, starts_at=at(FIRST_DAY, 0), ends_at=at(FIRST_DAY, 23), reason="外出授课", created_at=now
        )
    )
    found = make_class(world, now=now)
    shown = client.post_form(f"/manage/classes/{found.code}/sessions/new", form_of(world)).get_data(as_text=True)
    assert "外出授课" in shown
    assert date(2026, 12, 8).isoformat() in shown  # a proposal on the next day
    assert session.scalar(select(func.count(Booking.id))) == 0
