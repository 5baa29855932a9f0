"""Teaching hours and fees from what took place; what is confirmed never changes."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from academy.attendance import queries, services
from academy.attendance.models import FeeStatement
from academy.attendance.queries import Month
from academy.attendance.rules import MarkState
from academy.core.access import Role
from academy.core.audit import AuditRow
from academy.core.db import transaction
from academy.core.errors import Forbidden
from academy.people.models import InstructorAppointment
from academy.people.rules import AppointmentState
from academy.timetable.models import ClassSession
from academy.timetable.rules import ClassState, SessionState
from tests.accounts.factories import actor_of, make_user
from tests.attendance.factories import Room, make_room, mark
from tests.conftest import ContextClient
from tests.statements import counted
from tests.timetable.factories import FIRST_DAY, make_session

SignIn = Callable[[ContextClient, Any], None]
DECEMBER = date(2026, 12, 1)
AFTER = datetime(2027, 1, 4, 2, tzinfo=UTC)


@pytest.fixture
def room(session: Session, now: datetime) -> Room:
    """The lead is full senior: 1,000 yuan an hour; four hours in the morning, two in the afternoon."""
    return make_room(now)


def mark_all(room: Room, session: int = 0) -> None:
    mark(room, dict.fromkeys(range(len(room.learners)), MarkState.PRESENT), session=session)


def december(room: Room, at: datetime = AFTER) -> Month:
    return queries.month_of(room.world.instructors[0].id, DECEMBER, now=at)


def confirm(room: Room, reason: str = "", at: datetime = AFTER) -> FeeStatement:
    with transaction():
        return services.confirm_statement(
            instructor_code="F-001", month=DECEMBER, actor=room.world.manager, now=at, reason=reason
        )


def test_a_session_nobody_marked_is_listed_apart(room: Room) -> None:
    assert ([line.row.title for line in december(room).lines], len(december(room).unmarked)) == ([], 2)
    mark_all(room)
    found = december(room)
    assert ([line.row.title for line in found.lines], [row.title for row in found.unmarked]) == (["第1课"], ["第2课"])
    assert (found.minutes, found.net_fen, found.gross_fen) == (180, 400_000, 476_190)
    assert found.tax_fen == 76_190


def test_what_has_not_ended_or_is_not_held_does_not_count(room: Room, session: Session) -> None:
    mark_all(room)
    before = room.sessions[0].ends_at - timedelta(minutes=1)
    assert december(room, before) == Month(room.world.instructors[0].id, DECEMBER)
    session.execute(update(ClassSession).values(state=SessionState.CANCELLED, cancelled_reason="停课"))
    assert december(room).lines == []
    session.execute(update(ClassSession).values(state=SessionState.PLANNED))
    room.found.state = ClassState.CANCELLED
    session.commit()
    assert december(room).lines == []


def test_the_appointment_of_the_day_decides_the_tier(room: Room, now: datetime, session: Session) -> None:
    mark_all(room)
    row = InstructorAppointment(
        code="a" * 16, instructor_id=room.world.instructors[0].id, position_zh="特聘", fee_tier="national_expert",
        starts_on=FIRST_DAY, ends_on=date(2027, 1, 1), state=AppointmentState.APPOINTED, proposed_by="x", proposed_at=now,
        appointed_at=now, letter_no="XA-PR-2026-0001", letter={},
    )  # fmt: skip
    session.add(row)
    session.commit()
    assert december(room).net_fen == 600_000
    row.starts_on = FIRST_DAY + timedelta(days=1)
    session.commit()
    assert december(room).net_fen == 400_000


def test_a_statement_is_frozen_and_a_correction_is_a_new_version(room: Room, session: Session) -> None:
    mark_all(room)
    first = confirm(room)
    kept = (dict(first.facts), first.net_fen, first.gross_fen)
    assert first.number == "KC-202612-F-001-1"
    with pytest.raises(services.NothingHasChanged):
        confirm(room, "再来一次")
    room.world.instructors[0].fee_tier, room.world.instructors[0].name_zh = "intermediate", "改了名"
    mark_all(room, session=1)
    with pytest.raises(services.CorrectionNeedsReason):
        confirm(room)
    second = confirm(room, "补点名")
    session.expire_all()
    first = queries.get_statement(first.number)
    assert (first.facts, first.net_fen, first.gross_fen) == kept
    assert (first.is_current, second.is_current, second.number) == (False, True, "KC-202612-F-001-2")
    assert second.net_fen == 6 * 50_000
    assert [one.version for one in queries.statements_of(first.instructor_id, month=DECEMBER)] == [2, 1]
    rows = list(session.scalars(select(AuditRow).where(AuditRow.action == "attendance.fees_confirmed")))
    assert [(row.subject, row.reason) for row in rows] == [(f"fees:{first.number}", ""), (f"fees:{second.number}", "补点名")]


def test_a_month_is_confirmed_when_it_is_over_and_by_the_staff(room: Room) -> None:
    with pytest.raises(services.NothingToConfirm):
        confirm(room)
    mark_all(room)
    with pytest.raises(services.MonthIsNotOver):
        confirm(room, at=datetime(2026, 12, 31, 15, 59, tzinfo=AFTER.tzinfo))
    with pytest.raises(Forbidden), transaction():
        services.confirm_statement(instructor_code="F-001", month=DECEMBER, actor=room.instructor, now=AFTER)


def test_the_database_keeps_one_current_version_that_sums_up(room: Room, session: Session) -> None:
    mark_all(room)
    first = confirm(room)
    values = {c.name: getattr(first, c.name) for c in FeeStatement.__table__.columns if c.name != "id"}
    with pytest.raises(IntegrityError), session.begin_nested():
        session.add(FeeStatement(**{**values, "number": "x", "version": 2, "reason": "x"}))
    with pytest.raises(IntegrityError, match="sums_up"), session.begin_nested():
        session.execute(update(FeeStatement).values(net_fen=1))


def test_many_instructors_take_no_more_statements(room: Room, session: Session) -> None:
    mark_all(room)

    def statements() -> int:
        session.expire_all()
        with counted() as seen:
            found = queries.teaching_months(DECEMBER, date(2027, 1, 1), now=AFTER)
        assert found
        return len(seen)

    few = statements()
    make_session(room.found, room.sessions[0].starts_at + timedelta(days=1), instructor=room.world.instructors[1])
    assert statements() == few <= 6


def test_she_sees_her_own_fees_and_nobody_elses(
    room: Room, client: ContextClient, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark_all(room)
    number = confirm(room).number
    for name in ("now", "today"):
        at = AFTER if name == "now" else AFTER.date()
        monkeypatch.setattr(f"academy.attendance.web.teaching.{name}", lambda at=at: at)
    sign_in(client, room.user)
    shown = client.get("/teaching/fees?year=2026").get_data(as_text=True)
    assert "4,000.00元" in shown
    assert number in shown
    for odd in ("20260", "0", "-1", "２０２６", "x", "202611111111"):
        assert client.get(f"/teaching/fees?year={odd}").status_code == 200
    assert "课酬单" in client.get(f"/teaching/fees/{number}").get_data(as_text=True)
    assert client.get("/manage/fees").status_code == 403
    other = make_user(Role.INSTRUCTOR)
    sign_in(client, other)
    assert client.get(f"/teaching/fees/{number}").status_code == 404
    sign_in(client, make_user(Role.LEARNER))
    assert client.get(f"/teaching/fees/{number}").status_code == 403
    assert client.get("/teaching/fees").status_code == 403


def test_the_staff_confirm_on_the_page_and_take_the_workbook(
    room: Room, client: ContextClient, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch, session: Session
) -> None:
    mark_all(room)
    for name in ("now", "today"):
        at = AFTER if name == "now" else AFTER.date()
        monkeypatch.setattr(f"academy.attendance.web.teaching.{name}", lambda at=at: at)
    manager = make_user(Role.CLASS_MANAGER, name="=1+1")
    sign_in(client, manager)
    page = "/manage/fees?month=2026-12"
    assert "1 位讲师的课酬等确认" in client.get(page).get_data(as_text=True)
    client.post_form("/manage/fees/F-001/2026-12/confirm", page=page)
    assert "KC-202612-F-001-1" in client.get(page).get_data(as_text=True)
    book = load_workbook(BytesIO(client.get("/manage/fees.xlsx?month=2026-12").get_data()))
    assert book.sheetnames == ["汇总", "课次明细", "尚未点名"]
    row = [cell.value for cell in book["汇总"][3]]
    assert row[:8] == ["F-001", "梁伯渊", 4, 4000, 761.9, 4761.9, 1, "KC-202612-F-001-1"]
    assert book["汇总"]["I3"].data_type == "s"  # a name is no formula
    assert book["课次明细"].max_row == 2
    assert book["尚未点名"].max_row == 2
    for odd in ("2026-13", "x", "9999-01", "2026-12-01'", ""):
        assert client.get(f"/manage/fees?month={odd}").status_code == 200
    for odd in ("F-001/2026-13", "F-999/2026-12", "F-001/2026-0"):
        assert client.post_form(f"/manage/fees/{odd}/confirm", page="/manage/instructors/F-001").status_code == 404
    assert actor_of(manager).name == "=1+1"
