"""The paper sheet: read as people write, a verdict for each row, good rows or none, and again without effect."""

import io
from collections.abc import Callable
from datetime import datetime

import pytest
from flask.testing import FlaskClient
from openpyxl import Workbook, load_workbook
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from academy.attendance import queries, services
from academy.attendance.models import AttendanceMark, SheetImport
from academy.attendance.rules import MarkSource, MarkState
from academy.attendance.rules.sheet import Entry, Person, RowState, SessionColumn, columns_of, judge_sheet
from academy.attendance.web.sheet import template_book
from academy.core.access import Role
from academy.core.db import transaction
from academy.core.errors import Forbidden
from academy.core.sheets import Cell, CellKind, Sheet, SheetRow, find_table
from tests.accounts.factories import make_user
from tests.attendance.factories import Room, make_room, mark

P, LATE, EARLY, LEAVE, ABSENT = MarkState.PRESENT, MarkState.LATE, MarkState.LEFT_EARLY, MarkState.LEAVE, MarkState.ABSENT
SESSIONS = [SessionColumn(11, 1, 180, has_begun=True), SessionColumn(12, 2, 90, has_begun=False)]
ROSTER = [Person(1, "L-0001", "孙婷婷"), Person(2, "L-0002", "李 明"), Person(3, "L-0003", "李明")]


def judged(*cells: str | Cell, header: tuple[str, ...] = ("学员编号", "姓名", "第1节", "第2节")):  # type: ignore[no-untyped-def]
    row = tuple(one if isinstance(one, Cell) else Cell(CellKind.TEXT if one else CellKind.EMPTY, one) for one in cells)
    sheet = Sheet("", (SheetRow(1, tuple(Cell(CellKind.TEXT, one) for one in header)), SheetRow(2, row)))
    return judge_sheet(find_table(sheet, columns=columns_of(sheet, [1, 2]), required=["code"]), SESSIONS, ROSTER)[0]


@pytest.mark.parametrize(
    ("written", "state", "minutes", "verdict"),
    [
        ("√", P, None, RowState.OK), ("△", LATE, None, RowState.OK), ("○", LEAVE, None, RowState.OK),
        ("×", ABSENT, None, RowState.OK), ("迟", LATE, None, RowState.OK), ("早", EARLY, None, RowState.OK),
        ("假", LEAVE, None, RowState.OK), ("旷", ABSENT, None, RowState.OK), ("迟130", LATE, 130, RowState.OK),
        ("早 100 分钟", EARLY, 100, RowState.REPAIRED), ("✓", P, None, RowState.REPAIRED),
        ("１３０", LATE, 130, RowState.REPAIRED), ("180", P, None, RowState.REPAIRED), ("0", ABSENT, None, RowState.REPAIRED),
        ("Ｘ", ABSENT, None, RowState.REPAIRED), (" √ ", P, None, RowState.OK), ("√\ufe0f", P, None, RowState.REPAIRED),
    ],
)  # fmt: skip
def test_signs_are_read_as_people_write_them(written: str, state: MarkState, minutes: int | None, verdict: RowState) -> None:
    row = judged("L-0001", "孙婷婷", written)
    assert row.entries == {11: Entry(state, minutes)}
    assert row.state is verdict


@pytest.mark.parametrize("written", ["?", "181", "-5", "√√", "迟到了", "1.5", "9" * 30, "好" * 500, "迟999"])
def test_what_cannot_be_read_is_refused_with_its_reason(written: str) -> None:
    row = judged("L-0001", "孙婷婷", written)
    assert (row.state, row.entries) == (RowState.ERROR, {})
    assert row.findings[0].say.params


def test_formulas_and_sessions_to_come_are_refused() -> None:
    assert judged("L-0001", "", Cell(CellKind.FORMULA, "=1+1")).state is RowState.ERROR
    assert judged(Cell(CellKind.FORMULA, "=A1"), "孙婷婷", "√").state is RowState.ERROR
    assert judged("L-0001", "孙婷婷", "√", "√").state is RowState.ERROR  # the second session is ahead
    assert judged("L-0001", "孙婷婷", "√", "").state is RowState.OK


def test_people_are_found_by_code_or_by_a_name_that_is_one_person() -> None:
    assert judged("ｌ-0001 ", "孙婷婷", "√").learner_id == 1
    assert judged("ｌ-0001", "孙婷婷", "√").state is RowState.REPAIRED
    assert judged("", "孙婷婷", "√").state is RowState.REPAIRED
    assert judged("", "王五", "√").state is RowState.ERROR
    assert judged("L-9999", "孙婷婷", "√").state is RowState.ERROR
    assert judged("L-0001", "李明", "√").state is RowState.ERROR
    assert judged("L-0002", "李明", "√").state is RowState.OK


def test_columns_are_found_however_their_title_goes_on() -> None:
    row = judged("L-0001", "孙婷婷", "√", "", header=("编号", "姓名", "第 １ 节（12-07 08:30）", "备注"))
    assert row.entries == {11: Entry(P, None)}


def filled(room: Room, *signs: tuple[str, ...], hide: str = "") -> bytes:
    """The room's own template with signs written in, row by row."""
    book = load_workbook(io.BytesIO(template_book(room.found, as_of=room.sessions[0].starts_at)))
    sheet = book.worksheets[0]
    head = next(row[0].row for row in sheet.iter_rows() if row[0].value == "学员编号")
    for down, row in enumerate(signs, start=1):
        for across, sign in enumerate(row):
            sheet.cell(head + down, 3 + across, sign)
    if hide:
        sheet.column_dimensions[hide].hidden = True
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def uploaded(room: Room, content: bytes, at: datetime) -> SheetImport:
    with transaction():
        return services.upload_sheet(
            class_code=room.found.code, name="签到.xlsx", content=content, actor=room.world.manager, now=at
        )


def imported(room: Room, sheet: SheetImport, at: datetime) -> SheetImport:
    with transaction():
        return services.import_sheet(code=sheet.code, class_code=room.found.code, actor=room.world.manager, now=at)


def test_our_own_template_comes_back_and_again_without_effect(session: Session, now: datetime) -> None:
    room = make_room(now)
    at = room.sessions[1].ends_at
    by_code = sorted(room.learners, key=lambda one: one.code)
    mark(room, {room.learners.index(by_code[0]): ABSENT})
    content = filled(room, ("√", "√"), ("△130", "○"), ("×", ""))
    preview = services.preview_sheet(uploaded(room, content, at), now=at)
    assert (preview.new, preview.corrected, preview.unchanged) == (4, 1, 0)
    assert session.scalar(select(func.count(AttendanceMark.id))) == 1  # a preview writes nothing
    done = imported(room, uploaded(room, content, at), at)
    assert (done.new_count, done.corrected_count, done.unchanged_count, done.refused_count) == (4, 1, 0, 0)
    marks = queries.marks_of_session(room.sessions[0].id)
    assert [(marks[one.id].state, marks[one.id].minutes) for one in by_code] == [(P, 180), (LATE, 130), (ABSENT, 0)]
    history = queries.mark_history(room.sessions[0].id, by_code[0].id)
    assert len(history) == 2
    assert history[0].state is ABSENT
    assert "签到.xlsx" in history[1].reason
    assert history[1].source is MarkSource.SHEET
    again = imported(room, uploaded(room, content, at), at)
    assert (again.new_count, again.corrected_count, again.unchanged_count) == (0, 0, 5)
    with pytest.raises(services.SheetIsDecided):
        imported(room, again, at)


def test_good_rows_go_in_and_hidden_columns_are_not_read(session: Session, now: datetime) -> None:
    room = make_room(now)
    at = room.sessions[1].ends_at
    preview = services.preview_sheet(uploaded(room, filled(room, ("√", "√"), hide="D"), at), now=at)
    assert [one.title for one in preview.table.hidden] == ["第2节（12-07 14:00）"]
    assert [one.seq for one in preview.sessions] == [1]
    done = imported(room, uploaded(room, filled(room, ("√", ""), ("?", "√"), ("×", "")), at), at)
    assert (done.new_count, done.refused_count) == (2, 1)
    nothing = uploaded(room, filled(room, ("?", "")), at)
    with pytest.raises(services.NoRowToImport):
        imported(room, nothing, at)


def test_strangers_files_and_people_without_the_right_are_refused(session: Session, now: datetime) -> None:
    room = make_room(now)
    at = room.sessions[0].ends_at
    book = Workbook()
    book.worksheets[0]["A1"] = "别的东西"
    buffer = io.BytesIO()
    book.save(buffer)
    for content in (b"", b"\x00" * 50, b"PK\x03\x04broken", buffer.getvalue(), "名单\n一,二".encode("gb18030")):
        with pytest.raises(Exception, match="什么都没有写入"):
            uploaded(room, content, at)
    with pytest.raises(Forbidden), transaction():
        services.upload_sheet(class_code=room.found.code, name="x", content=filled(room), actor=room.instructor, now=at)
    sheet = uploaded(room, filled(room, ("√",)), at)
    with transaction():
        services.discard_sheet(code=sheet.code, class_code=room.found.code, actor=room.world.manager, now=at)
    assert session.scalar(select(func.count(AttendanceMark.id))) == 0


def test_a_csv_does_as_well_and_one_person_twice_is_refused(session: Session, now: datetime) -> None:
    room = make_room(now)
    at = room.sessions[0].ends_at
    code = room.learners[0].code
    content = f"学员编号,姓名,第1节\n{code},学员1,√\n{code},学员1,×\n".encode("gb18030")
    preview = services.preview_sheet(uploaded(room, content, at), now=at)
    assert [row.state for row in preview.rows] == [RowState.OK, RowState.ERROR]


def test_the_pages_lead_from_the_template_to_the_result(
    session: Session, client: FlaskClient, sign_in: Callable[..., None], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = make_room(now)
    at = room.sessions[1].ends_at
    monkeypatch.setattr("academy.attendance.web.sheet.now", lambda: at)
    path = f"/attendance/{room.found.code}/sheet"
    sign_in(client, room.user)
    assert client.get(path).status_code == 403
    sign_in(client, make_user(Role.CLASS_MANAGER))
    assert client.get(f"{path}/template.xlsx").data[:2] == b"PK"
    wrong = client.post_form(path, {"file": (io.BytesIO(b"x"), "x.xlsx")}, content_type="multipart/form-data")  # type: ignore[attr-defined]
    assert wrong.status_code == 422
    assert client.post_form(path, {}).status_code == 422  # type: ignore[attr-defined]
    content = filled(room, ("√", "√"), ("?", ""))
    shown = client.post_form(  # type: ignore[attr-defined]
        path, {"file": (io.BytesIO(content), "签到.xlsx")}, content_type="multipart/form-data", follow_redirects=True
    )
    assert "还没有写入任何数据" in shown.get_data(as_text=True)
    assert "看不懂" in shown.get_data(as_text=True)
    sheet = queries.recent_sheet_imports(room.found.id)[0]
    assert client.get(f"/attendance/{make_room(now, world=room.world).found.code}/sheet/{sheet.code}").status_code == 404
    done = client.post_form(f"{path}/{sheet.code}", {"decision": "import"}, follow_redirects=True)  # type: ignore[attr-defined]
    assert "新记 2 条" in done.get_data(as_text=True)
    assert client.get(f"{path}/nothing").status_code == 404
