"""Checking in by a code that rotates: what is taken, what is refused, and what stays written down."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from academy.attendance import queries, services
from academy.attendance.models import AttendanceMark, CheckIn, CheckInOpening, CreditEntry
from academy.attendance.rules import CheckInKind, MarkSource, MarkState, accepts, code_at, new_secret, seconds_left
from academy.core.audit import AuditRow
from academy.core.db import db, transaction
from academy.core.errors import Forbidden, NotFound
from academy.core.extensions import limiter
from academy.timetable.rules import ClassState
from tests.accounts.factories import actor_of, make_user
from tests.attendance.factories import account_of, arrive, make_room, mark, open_in

P, LATE, EARLY, ABSENT = MarkState.PRESENT, MarkState.LATE, MarkState.LEFT_EARLY, MarkState.ABSENT


def refusals() -> list[str]:
    query = select(AuditRow.after).where(AuditRow.action == "attendance.check_in_refused").order_by(AuditRow.id)
    return [after["why"] for after in db.session.scalars(query) if after]


@pytest.mark.parametrize("second", [0, 1, 7, 19])
def test_a_code_holds_with_five_seconds_of_skew_either_way_and_not_with_forty_five(second: int, now: datetime) -> None:
    secret, at = new_secret(), now.replace(second=0) + timedelta(seconds=second)
    for skew in (-5, 0, 5):
        assert accepts(secret, code_at(secret, at + timedelta(seconds=skew)), at)
    for skew in (-45, 45):
        assert not accepts(secret, code_at(secret, at + timedelta(seconds=skew)), at)
    assert 1 <= seconds_left(at) <= 20


@pytest.mark.parametrize("forged", ["", "1", "12345", "１２３４５６", "abcdef", "000000\n", "é" * 6, "9" * 400])
def test_forged_codes_are_refused(forged: str, now: datetime) -> None:
    secret = next(one for one in iter(new_secret, "") if forged not in {code_at(one, now)})
    assert not accepts(secret, forged, now)


def test_the_secret_is_sealed_at_rest(session: Session, now: datetime) -> None:
    opening = open_in(make_room(now))
    stored = session.connection().exec_driver_sql("SELECT secret FROM check_in_opening").scalar_one()
    assert opening.secret.encode() not in bytes(stored)


def test_whoever_scans_is_present_and_ten_minutes_after_the_start_late(session: Session, now: datetime) -> None:
    room = make_room(now)
    starts = room.sessions[0].starts_at
    opening = open_in(room, at=starts - timedelta(minutes=20))
    came = [(starts - timedelta(minutes=5), P, 180), (starts + timedelta(minutes=10, seconds=59), P, 180),
            (starts + timedelta(minutes=41), LATE, 139)]  # fmt: skip
    for place, (at, state, minutes) in enumerate(came):
        _, actor = account_of(room, place)
        done = arrive(room, opening, actor, at, device=f"phone {place}")
        assert (done.state, done.minutes, done.is_new) == (state, minutes, True)
    marks = queries.marks_of_session(room.sessions[0].id)
    assert {one.source for one in marks.values()} == {MarkSource.CHECK_IN}
    assert queries.credited_minutes_of_class(room.found.id)[room.learners[2].id] == 135


def test_pressing_twice_changes_nothing(session: Session, now: datetime) -> None:
    room = make_room(now)
    opening, (_, actor) = open_in(room), account_of(room, 0)
    at = room.sessions[0].starts_at
    first = arrive(room, opening, actor, at)
    again = arrive(room, opening, actor, at + timedelta(minutes=40), device="another phone")
    assert (first.is_new, again.is_new, again.state, again.at) == (True, False, P, at)
    assert session.scalar(select(func.count(AttendanceMark.id))) == 1
    assert session.scalar(select(func.count(CheckIn.id))) == 1


def test_a_code_of_yesterday_is_refused(session: Session, now: datetime) -> None:
    room = make_room(now)
    opening, (_, actor) = open_in(room), account_of(room, 0)
    at = room.sessions[0].starts_at
    with pytest.raises(services.CodeIsStale), transaction():
        services.check_in(
            opening_code=opening.code, actor=actor, device="phone", typed=code_at(opening.secret, at),
            now=at + timedelta(seconds=45),
        )  # fmt: skip
    assert not queries.marks_of_session(room.sessions[0].id)


def test_a_scan_leaves_time_to_sign_in_and_counts_from_the_scan(session: Session, now: datetime) -> None:
    room = make_room(now)
    opening, (_, actor) = open_in(room), account_of(room, 0)
    scanned = room.sessions[0].starts_at + timedelta(minutes=10)
    ticket = services.issue_ticket(opening=opening, code=code_at(opening.secret, scanned), device="phone", now=scanned)
    assert ticket is not None
    with pytest.raises(services.CodeIsStale), transaction():
        services.check_in(
            opening_code=opening.code, actor=actor, device="phone", now=scanned + timedelta(minutes=6), ticket=ticket
        )
    with transaction():
        done = services.check_in(
            opening_code=opening.code, actor=actor, device="phone", now=scanned + timedelta(minutes=4), ticket=ticket
        )
    assert done.state is P


def test_a_ticket_for_one_opening_opens_no_other(session: Session, now: datetime) -> None:
    room = make_room(now)
    opening, (_, actor) = open_in(room), account_of(room, 0)
    at = room.sessions[0].starts_at
    ticket = services.issue_ticket(opening=opening, code=code_at(opening.secret, at), device="phone", now=at)
    afternoon = open_in(room, session=1, at=room.sessions[1].starts_at - timedelta(minutes=30))
    for wrong in (ticket, "garbled", "====", "é", "QUJD" * 30):
        with pytest.raises(services.CodeIsStale), transaction():
            services.check_in(opening_code=afternoon.code, actor=actor, device="phone", now=at, ticket=wrong or "")


def test_a_device_stands_for_one_learner(session: Session, now: datetime) -> None:
    room = make_room(now)
    opening, at = open_in(room), room.sessions[0].starts_at
    arrive(room, opening, account_of(room, 0)[1], at, device="shared")
    with pytest.raises(services.DeviceIsTaken):
        arrive(room, opening, account_of(room, 1)[1], at, device="shared")
    assert list(queries.marks_of_session(room.sessions[0].id)) == [room.learners[0].id]
    arrive(room, opening, account_of(room, 2)[1], at, device="her own")


def test_people_of_other_classes_and_closed_sessions_are_refused_with_the_reason(session: Session, now: datetime) -> None:
    other = make_room(now)
    room = make_room(now, world=other.world)
    opening, at = open_in(room), room.sessions[0].starts_at
    with pytest.raises(services.NotInThisClass, match="不在这个班的名单里"):
        arrive(room, opening, account_of(other, 0)[1], at)
    with pytest.raises(services.NotALearner):
        arrive(room, opening, actor_of(make_user()), at)
    _, actor = account_of(room, 0)
    with pytest.raises(services.CheckInIsClosed):
        arrive(room, opening, actor, room.sessions[0].ends_at)
    with transaction():
        services.close_check_in(
            session_id=room.sessions[0].id, kind=CheckInKind.IN, actor=room.instructor, now=at + timedelta(minutes=1)
        )
    with pytest.raises(services.CheckInIsClosed):
        arrive(room, opening, actor, at + timedelta(minutes=2))
    assert not queries.marks_of_session(room.sessions[0].id)


def test_opening_twice_is_one_opening_and_a_new_opening_has_a_new_secret(session: Session, now: datetime) -> None:
    room = make_room(now)
    first, again = open_in(room), open_in(room)
    assert first.code == again.code
    with pytest.raises(Forbidden), transaction():
        services.open_check_in(
            session_id=room.sessions[0].id, kind=CheckInKind.IN, actor=actor_of(make_user()), now=room.sessions[0].starts_at
        )
    with transaction():
        services.close_check_in(
            session_id=room.sessions[0].id, kind=CheckInKind.IN, actor=room.instructor, now=room.sessions[0].starts_at
        )
    assert open_in(room).secret != first.secret
    with pytest.raises(services.SessionIsOver):
        open_in(room, at=room.sessions[0].ends_at)
    with pytest.raises(services.SessionHasNotBegun):
        open_in(room, at=room.sessions[0].starts_at - timedelta(minutes=31))


def test_checking_out_early_takes_the_minutes_that_are_left(session: Session, now: datetime) -> None:
    room = make_room(now)
    opening, (_, actor) = open_in(room), account_of(room, 0)
    ends = room.sessions[0].ends_at
    leaving = open_in(room, kind=CheckInKind.OUT)
    with pytest.raises(services.HasNotComeIn):
        arrive(room, leaving, actor, ends - timedelta(minutes=60))
    arrive(room, opening, actor, room.sessions[0].starts_at)
    done = arrive(room, leaving, actor, ends - timedelta(minutes=60))
    assert (done.state, done.minutes) == (EARLY, 120)
    history = queries.mark_history(room.sessions[0].id, room.learners[0].id)
    assert [(one.state, one.reason) for one in history] == [(P, ""), (EARLY, "本人扫码签退")]
    _, other = account_of(room, 1)
    arrive(room, opening, other, room.sessions[0].starts_at, device="b")
    assert arrive(room, leaving, other, ends - timedelta(minutes=5), device="b").state is P


def test_coming_after_all_corrects_an_absence_and_nothing_else(session: Session, now: datetime) -> None:
    room = make_room(now)
    opening, (_, actor) = open_in(room), account_of(room, 0)
    mark(room, {0: ABSENT, 1: MarkState.LATE})
    assert arrive(room, opening, actor, room.sessions[0].starts_at + timedelta(minutes=60)).state is LATE
    done = arrive(room, opening, account_of(room, 1)[1], room.sessions[0].starts_at + timedelta(minutes=60), device="b")
    assert (done.state, done.minutes) == (LATE, 165)  # what the instructor saw stands


def test_at_the_end_check_in_closes_and_the_rest_is_absent_by_one_press(session: Session, now: datetime) -> None:
    room = make_room(now)
    opening, (_, actor) = open_in(room), account_of(room, 0)
    arrive(room, opening, actor, room.sessions[0].starts_at)
    with pytest.raises(services.SessionHasNotEnded), transaction():
        services.mark_rest(session_id=room.sessions[0].id, actor=room.instructor, now=room.sessions[0].starts_at)
    ends = room.sessions[0].ends_at
    with transaction():
        assert services.close_due_check_ins(now=ends) == 1
        assert services.close_due_check_ins(now=ends) == 0
    assert len(queries.marks_of_session(room.sessions[0].id)) == 1  # nobody is absent by herself
    for expected in ((2, 0), (0, 0)):
        with transaction():
            done = services.mark_rest(session_id=room.sessions[0].id, actor=room.instructor, now=ends)
        assert (done.new, done.corrected) == expected
    assert [one.state for one in queries.marks_of_session(room.sessions[0].id).values()].count(ABSENT) == 2


# ---- over HTTP ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    def set_to(at: datetime) -> None:
        monkeypatch.setattr("academy.attendance.web.check_in.now", lambda: at)
        monkeypatch.setattr("academy.attendance.web.wall.now", lambda: at)

    return set_to


def scan(opening: CheckInOpening, at: datetime) -> str:
    return f"/attendance/check-in/{opening.code}/{code_at(opening.secret, at)}"


def test_the_scan_survives_signing_in_and_one_button_checks_in(
    session: Session, client: FlaskClient, sign_in: Callable[..., None], now: datetime, clock: Callable[[datetime], None]
) -> None:
    room = make_room(now)
    opening, (user, _) = open_in(room), account_of(room, 0)
    at = room.sessions[0].starts_at
    clock(at)
    scanned = client.get(scan(opening, at))
    assert scanned.status_code == 302
    target = scanned.headers["Location"]
    asked = client.get(target)
    assert asked.status_code == 302
    assert "/sign-in" in asked.headers["Location"]
    assert "ticket" in asked.headers["Location"]
    sign_in(client, user)
    page = client.get(target).get_data(as_text=True)
    assert room.sessions[0].title_zh in page
    assert session.scalar(select(func.count(CheckIn.id))) == 0  # a GET writes nothing
    form, press = {"ticket": target.partition("ticket=")[2]}, f"/attendance/check-in/{opening.code}"
    done = client.post_form(press, form, page=target, follow_redirects=True)  # type: ignore[attr-defined]
    assert "已签到" in done.get_data(as_text=True)
    again = client.post_form(press, form, page="/my/check-in", follow_redirects=True)  # type: ignore[attr-defined]
    assert "没有改动" in again.get_data(as_text=True)
    assert session.scalar(select(func.count(CheckIn.id))) == 1


def test_a_qr_replayed_from_another_device_is_refused_logged_and_nothing_is_lost(
    app: object, session: Session, client: FlaskClient, sign_in: Callable[..., None], now: datetime,
    clock: Callable[[datetime], None],
) -> None:  # fmt: skip
    room = make_room(now)
    opening, (user, _), (friend, _) = open_in(room), account_of(room, 0), account_of(room, 1)
    at = room.sessions[0].starts_at
    clock(at)
    address = client.get(scan(opening, at)).headers["Location"]  # hers, on her phone
    ticket = address.partition("ticket=")[2]
    path = f"/attendance/check-in/{opening.code}"
    device = client.get_cookie("device")
    assert device is not None
    client.delete_cookie("device")  # the address is sent to a friend, who opens it on his phone
    sign_in(client, friend)
    refused = client.post_form(path, {"ticket": ticket}, page=address)  # type: ignore[attr-defined]
    assert refused.status_code == 409
    assert "另一台设备" in refused.get_data(as_text=True)
    clock(at + timedelta(seconds=45))  # a photo of the code, later
    late = client.get(scan(opening, at))
    assert late.status_code == 409
    assert "已经换了" in late.get_data(as_text=True)
    assert client.post_form(path, {"typed": code_at(opening.secret, at)}, page=address).status_code == 409  # type: ignore[attr-defined]
    client.set_cookie("device", device.value)
    sign_in(client, user)
    assert client.post_form(path, {"ticket": ticket}, page=address).status_code == 302  # type: ignore[attr-defined]
    sign_in(client, friend)  # and on her phone, after her
    clock(at)
    assert client.post_form(path, {"ticket": ticket}, page=address).status_code == 409  # type: ignore[attr-defined]
    assert refusals() == ["scanned_elsewhere", "code_is_stale", "device_is_taken"]
    assert list(queries.marks_of_session(room.sessions[0].id)) == [room.learners[0].id]
    assert session.scalar(select(func.count(CreditEntry.id))) == 1


def test_a_session_of_another_class_and_a_forged_address_are_not_found(
    session: Session, client: FlaskClient, sign_in: Callable[..., None], now: datetime, clock: Callable[[datetime], None]
) -> None:
    other = make_room(now)
    room = make_room(now, world=other.world)
    opening, (stranger, _) = open_in(room), account_of(other, 0)
    at = room.sessions[0].starts_at
    clock(at)
    sign_in(client, stranger)
    address = client.get(scan(opening, at)).headers["Location"]
    form = {"ticket": address.partition("ticket=")[2]}
    refused = client.post_form(f"/attendance/check-in/{opening.code}", form, page="/my/check-in")  # type: ignore[attr-defined]
    assert refused.status_code == 404
    assert "不在这个班的名单里" in refused.get_data(as_text=True)
    assert refusals() == ["not_in_this_class"]
    for forged in ("/attendance/check-in/0000000000000000", "/attendance/check-in/x/123456", "/attendance/check-in/%00/1"):
        assert client.get(forged).status_code == 404
    assert client.get(f"/attendance/check-in/{opening.code}/{'9' * 300}").status_code in {404, 409}


def test_the_wall_shows_the_code_the_seconds_left_and_who_has_come(
    session: Session, client: FlaskClient, sign_in: Callable[..., None], now: datetime, clock: Callable[[datetime], None]
) -> None:
    room = make_room(now)
    at = room.sessions[0].starts_at
    clock(at)
    wall = f"/attendance/{room.found.code}/1/qr"
    sign_in(client, make_user())
    assert client.get(wall).status_code == 403
    sign_in(client, room.user)
    assert "<svg" not in client.get(wall).get_data(as_text=True).partition("<main")[2].partition("</main")[0].replace(
        '<svg class="i"', ""
    )
    opened = client.post_form(f"{wall}/open", {"kind": "in"}, page=wall, follow_redirects=True)  # type: ignore[attr-defined]
    opening = queries.live_openings([room.sessions[0].id], at)[0]
    for shown in (opened, client.get(f"{wall}/now?kind=in")):
        text = shown.get_data(as_text=True)
        assert code_at(opening.secret, at) in text.replace(" ", "")
        assert "<svg" in text
        assert opening.secret not in text
    arrive(room, opening, account_of(room, 0)[1], at)
    assert "1 / 3" in client.get(f"{wall}/now?kind=in").get_data(as_text=True)
    closed = client.post_form(f"{wall}/close", {"kind": "in"}, page=wall, follow_redirects=True)  # type: ignore[attr-defined]
    assert "已关闭" in closed.get_data(as_text=True)


def test_guessing_is_limited_for_each_person(
    session: Session, client: FlaskClient, sign_in: Callable[..., None], now: datetime, clock: Callable[[datetime], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    room = make_room(now)
    opening, (user, _), (other, _) = open_in(room), account_of(room, 0), account_of(room, 1)
    at = room.sessions[0].starts_at
    clock(at)
    wrong = f"{(int(code_at(opening.secret, at)) + 1) % 1_000_000:06}"
    sign_in(client, user)
    token = client.token("/my/check-in")  # type: ignore[attr-defined]
    monkeypatch.setattr(limiter, "enabled", True)
    limiter.reset()
    answers = [client.post("/my/check-in", data={"csrf_token": token, "typed": wrong}).status_code for _ in range(12)]
    assert answers == [409] * 10 + [429] * 2
    sign_in(client, other)  # the same classroom, the same address
    token = client.token("/my/check-in")  # type: ignore[attr-defined]
    right = client.post("/my/check-in", data={"csrf_token": token, "typed": code_at(opening.secret, at)})
    assert right.status_code == 302
    limiter.reset()


def test_without_a_camera_the_digits_are_typed(
    session: Session, client: FlaskClient, sign_in: Callable[..., None], now: datetime, clock: Callable[[datetime], None]
) -> None:
    room = make_room(now)
    opening, (user, _) = open_in(room), account_of(room, 0)
    at = room.sessions[0].starts_at
    clock(at)
    sign_in(client, user)
    digits = code_at(opening.secret, at)
    typed = f" {digits[:3]} {digits[3:]} ".translate({ord(str(n)): chr(0xFF10 + n) for n in range(10)})
    done = client.post_form("/my/check-in", {"typed": typed}, follow_redirects=True)  # type: ignore[attr-defined]
    assert "已签到" in done.get_data(as_text=True)
    room.found.state = ClassState.ARCHIVED
    session.commit()
    assert client.get("/my/check-in").status_code == 200


def test_an_unknown_opening_is_not_found(session: Session, now: datetime) -> None:
    room = make_room(now)
    with pytest.raises(NotFound), transaction():
        services.check_in(opening_code="0" * 16, actor=account_of(room, 0)[1], device="d", now=now, typed="123456")
