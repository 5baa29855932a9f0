"""One tap, the rest, the reminder, the verdict for the exam, and the class's grid."""

import io
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from academy.attendance import queries
from academy.attendance.jobs import close_due_check_ins, remind_unmarked
from academy.attendance.rules import MarkState
from academy.core.access import Role
from academy.notifications.models import Message
from tests.accounts.factories import make_user
from tests.attendance.factories import make_room, mark, open_in

P, ABSENT = MarkState.PRESENT, MarkState.ABSENT


def test_one_tap_marks_and_a_second_one_needs_a_reason(
    session: Session, client: FlaskClient, sign_in: Callable[..., None], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = make_room(now)
    at = room.sessions[0].starts_at + timedelta(minutes=30)
    for door in ("tap", "roster"):
        monkeypatch.setattr(f"academy.attendance.web.{door}.now", lambda: at)
    path, learner = f"/attendance/{room.found.code}/1/tap", room.learners[0]
    sign_in(client, make_user(Role.LEARNER))
    assert client.get(path).status_code == 403
    sign_in(client, room.user)
    tap = {"learner": learner.code, "state": "late"}
    assert client.post_form(path, tap).status_code == 302  # type: ignore[attr-defined]
    assert queries.marks_of_session(room.sessions[0].id)[learner.id].minutes == 150
    silent = client.post_form(path, {**tap, "state": "present"})  # type: ignore[attr-defined]
    assert silent.status_code == 409
    token = client.token(path)  # type: ignore[attr-defined]
    row = client.post(
        path, data={**tap, "state": "present", "reason": "一百% 到", "csrf_token": token}, headers={"HX-Request": "true"}
    )
    text = row.get_data(as_text=True)
    assert "<html" not in text
    assert "出勤" in text
    history = queries.mark_history(room.sessions[0].id, learner.id)
    assert [(one.state, one.reason) for one in history] == [(MarkState.LATE, ""), (P, "一百% 到")]
    assert "一百% 到" in client.get(f"/attendance/{room.found.code}/1").get_data(as_text=True)
    for wrong in ({"learner": "nobody", "state": "late"}, {"learner": learner.code, "state": "asleep"}):
        assert client.post_form(path, wrong).status_code in {200, 422}  # type: ignore[attr-defined]


def test_the_rest_is_absent_by_one_press_on_the_roster(
    session: Session, client: FlaskClient, sign_in: Callable[..., None], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = make_room(now)
    mark(room, {0: P})
    monkeypatch.setattr("academy.attendance.web.roster.now", lambda: room.sessions[0].ends_at)
    path = f"/attendance/{room.found.code}/1"
    sign_in(client, room.user)
    form = {f"state-{one.code}": "" for one in room.learners[1:]}
    assert "什么都没有改动" in client.post_form(path, form, follow_redirects=True).get_data(as_text=True)  # type: ignore[attr-defined]
    done = client.post_form(f"{path}/rest", page=path, follow_redirects=True)  # type: ignore[attr-defined]
    assert "已记 2 人" in done.get_data(as_text=True)


def test_the_instructor_is_reminded_once_a_day_after_the_session(session: Session, now: datetime) -> None:
    room = make_room(now)
    mark(room, {0: P})
    ends = room.sessions[0].ends_at
    letters = select(Message.key).where(Message.reason == "attendance.unmarked").distinct()
    remind_unmarked(now=ends + timedelta(hours=23))
    assert session.scalars(letters).all() == []
    for _ in range(2):
        remind_unmarked(now=ends + timedelta(hours=25))
    assert session.scalars(letters).all() == [f"session:{room.sessions[0].id}"]
    opening = open_in(room, session=1)
    close_due_check_ins(now=room.sessions[1].ends_at)
    session.refresh(opening)
    assert opening.closed_at == room.sessions[1].ends_at


def test_the_verdict_says_why_and_what_would_change_it(session: Session, now: datetime) -> None:
    room = make_room(now)  # 180 and 90 minutes; the program asks for 90 percent

    def verdict(place: int) -> list[tuple[str, str]]:
        found = queries.explain_exam_attendance(room.found.id, room.learners[place].id, now=now)
        return [(check.code, check.state) for check in found.checks]

    assert verdict(0) == [("attendance", "wait")]
    mark(room, {0: P, 1: ABSENT})
    mark(room, {0: P}, session=1)
    assert verdict(0) == [("attendance", "ok")]
    assert verdict(1) == [("attendance", "no")]
    refused = queries.explain_exam_attendance(room.found.id, room.learners[1].id, now=now).unmet[0]
    assert refused.fix is not None
    assert refused.fix.params == {"hours": "3.4"}  # 243 needed, 90 left
    assert refused.link == f"/my/attendance/{room.found.code}"
    room.found.is_cadre = True
    session.commit()
    assert verdict(0) == [("attendance", "ok"), ("leave", "ok")]


def test_the_grid_and_its_file_show_who_is_under_the_line(
    session: Session, client: FlaskClient, sign_in: Callable[..., None], now: datetime
) -> None:
    room = make_room(now)
    mark(room, {0: P, 1: ABSENT})
    sign_in(client, room.user)
    page = f"/attendance/{room.found.code}/overview"
    assert "1 人低于 90%" in client.get(page).get_data(as_text=True)
    sheet = load_workbook(io.BytesIO(client.get(f"{page}.xlsx").data)).worksheets[0]
    cells = {str(cell.value) for row in sheet.iter_rows() for cell in row}
    assert {"√", "×", "是"} <= cells
    assert client.get("/attendance/nothing/overview").status_code == 404
