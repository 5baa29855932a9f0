import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from academy.accounts import sample as accounts_sample
from academy.core.access import Actor, Grant, Role
from academy.core.audit import AuditRow
from academy.core.clock import now as clock_now
from academy.core.db import db, transaction
from academy.core.errors import Forbidden
from academy.core.files import StoredFile
from academy.core.outbox import drain
from academy.core.sheets import Book, Column
from academy.people import queries, services
from academy.people.models import Learner, RosterImport, RosterState
from academy.people.rules.roster import COLUMNS
from academy.people.services import NothingToImport, RosterIsDecided
from academy.people.web.rosters import ASKED_FOR
from tests.people.factories import import_all, make_learner, make_user, upload_and_read

SAMPLES = Path(__file__).parents[1] / "data"
WITH_ERRORS = (SAMPLES / "roster_with_errors.xlsx").read_bytes()
STAFF = Actor(user_id=None, name="孔延玲", grants=frozenset({Grant(Role.CLASS_MANAGER)}))
HEADER = [Column(COLUMNS[key][0]) for key in ASKED_FOR]


@pytest.fixture(autouse=True)
def registers(request: pytest.FixtureRequest, now: datetime) -> None:
    if "live_app" not in request.fixturenames:
        request.getfixturevalue("session")
        accounts_sample.load(now=now)


def upload(content: bytes, now: datetime, name: str = "花名册.xlsx") -> RosterImport:
    return upload_and_read(content, actor=STAFF, now=now, name=name)


def count(session: Session) -> int:
    return session.scalar(select(func.count(Learner.id))) or 0


def roster_of(*rows: tuple[str, ...], now: datetime) -> bytes:
    book = Book(as_of=now)
    book.sheet("花名册", HEADER, rows)
    return book.content()


def row(
    name: str = "赵晓梅", id_number: str = "370000199611130029", mobile: str = "19900006745", unit: str = ""
) -> tuple[str, ...]:
    return (name, "女", id_number, mobile, "", unit, "专职社区工作者", "大专")


def test_a_preview_writes_nothing_to_the_register(session: Session, now: datetime) -> None:
    roster = upload(WITH_ERRORS, now)
    assert (roster.good_count, roster.error_count, roster.known_count) == (49, 11, 0)
    assert count(session) == 0


def test_the_kept_file_is_sealed(session: Session, now: datetime) -> None:
    roster = upload(roster_of(row(), now=now), now)
    stored = session.get_one(StoredFile, roster.file_id)
    assert not stored.content.startswith(b"PK")
    assert b"370000199611130029" not in stored.content


def test_it_imports_the_good_rows_and_skips_the_others(session: Session, now: datetime) -> None:
    roster = import_all(upload(WITH_ERRORS, now), actor=STAFF, now=now)
    assert (roster.created_count, roster.updated_count, roster.refused_count) == (49, 0, 11)
    assert count(session) == 49
    repaired = queries.find_learner_by_id_number("37000019951222592X")
    assert repaired is not None
    assert repaired.name_zh == "曲梓萱"
    assert queries.find_learner_by_id_number("370000200208097607") is not None


def test_confirming_twice_imports_once(session: Session, now: datetime) -> None:
    code = upload(WITH_ERRORS, now).code
    with transaction():
        services.import_roster(code=code, actor=STAFF, now=now)
    for again in (services.import_roster, services.discard_roster):
        with pytest.raises(RosterIsDecided), transaction():
            again(code=code, actor=STAFF, now=now)
    drain(now=now)
    with pytest.raises(RosterIsDecided), transaction():
        services.import_roster(code=code, actor=STAFF, now=now)
    assert count(session) == 49


def test_a_roster_that_was_put_aside_writes_nothing(session: Session, now: datetime) -> None:
    code = upload(WITH_ERRORS, now).code
    with transaction():
        assert services.discard_roster(code=code, actor=STAFF, now=now).state is RosterState.DISCARDED
    assert count(session) == 0


def test_importing_again_updates_and_drops_nobody(session: Session, now: datetime) -> None:
    import_all(upload(WITH_ERRORS, now), actor=STAFF, now=now)
    again = import_all(upload(WITH_ERRORS, now), actor=STAFF, now=now)
    assert (again.created_count, again.updated_count, again.unchanged_count) == (0, 0, 49)
    assert count(session) == 49


def test_known_people_get_a_new_unit_but_keep_what_the_file_leaves_empty(session: Session, now: datetime) -> None:
    known = make_learner(now, name="赵晓梅", id_number="370000199611130029")
    known.email = "kept@example.org"
    content = roster_of(row(unit="滨城区蒲湖街道办事处（演示）"), now=now)
    roster = import_all(upload(content, now), actor=STAFF, now=now)
    assert (roster.created_count, roster.updated_count) == (0, 1)
    assert known.organization_id is not None
    assert known.email == "kept@example.org"
    assert known.mobile == "19900006745"


def test_a_unit_outside_the_register_is_kept_as_written(session: Session, now: datetime) -> None:
    import_all(upload(roster_of(row(unit="某某公司"), now=now), now), actor=STAFF, now=now)
    learner = queries.find_learner_by_id_number("370000199611130029")
    assert learner is not None
    assert (learner.organization_id, learner.unit_zh) == (None, "某某公司")


def test_another_name_under_a_known_number_is_refused(session: Session, now: datetime) -> None:
    make_learner(now, name="王小明", id_number="370000199611130029")
    roster = upload(roster_of(row(), now=now), now)
    refused = list(queries.refused_lines(roster.id))
    assert [finding.code for finding in refused[0].row.reasons] == ["name_differs_from_record"]
    with pytest.raises(NothingToImport), transaction():
        services.import_roster(code=roster.code, actor=STAFF, now=now)


def test_every_imported_learner_is_in_the_audit_trail_without_numbers(session: Session, now: datetime) -> None:
    import_all(upload(WITH_ERRORS, now), actor=STAFF, now=now)
    rows = session.scalars(select(AuditRow).where(AuditRow.action == "people.learner_imported")).all()
    assert len(rows) == 49
    assert all("37000" not in str(one.after) and "19900" not in str(one.after) for one in rows)


def test_only_staff_and_coordinators_import(session: Session, now: datetime) -> None:
    for role in (Role.LEARNER, Role.INSTRUCTOR, Role.AUDITOR, Role.CERTIFICATE_OFFICER):
        with pytest.raises(Forbidden):
            services.upload_roster(
                name="x.xlsx", content=WITH_ERRORS, actor=Actor(1, "王莎莎", frozenset({Grant(role)})), now=now
            )


# through the browser door


@pytest.fixture
def staff(client: FlaskClient, sign_in: Callable[[FlaskClient, Any], None], session: Session, now: datetime) -> FlaskClient:
    user = make_user(now, Role.CLASS_MANAGER)
    session.commit()
    sign_in(client, user)
    return client


def send(client: FlaskClient, content: bytes, name: str = "花名册.xlsx") -> Any:
    token = client.token("/manage/learners/import")  # type: ignore[attr-defined]
    data = {"csrf_token": token, "file": (io.BytesIO(content), name)}
    return client.post("/manage/learners/import", data=data, content_type="multipart/form-data")


def test_upload_preview_import_and_result(staff: FlaskClient, session: Session) -> None:
    address = send(staff, WITH_ERRORS).headers["Location"]
    assert "正在读取花名册" in staff.get(address).get_data(as_text=True)
    drain(now=clock_now())
    preview = staff.get(address).get_data(as_text=True)
    assert "可导入 49 人，11 行需要更正" in preview
    assert "身份证号校验码错误。" in preview
    assert "370000••••••••1892" in preview
    assert "370000199010121892" not in preview
    staff.post_form(address, {"decision": "import"})  # type: ignore[attr-defined]
    assert "正在导入花名册" in staff.get(address).get_data(as_text=True)
    drain(now=clock_now())
    result = staff.get(address).get_data(as_text=True)
    assert "导入完成：49 人" in result
    assert count(session) == 49


def test_every_view_of_the_preview_opens(staff: FlaskClient) -> None:
    address = send(staff, WITH_ERRORS).headers["Location"]
    drain(now=clock_now())
    for view in ("all", "attention", "no", "fix", "ok", "new", "changed", "nonsense"):
        for page in ("1", "3", "99999", "-1", "x"):
            assert staff.get(f"{address}?v={view}&page={page}").status_code == 200


def test_numbers_in_full_leave_a_trace(staff: FlaskClient, session: Session) -> None:
    address = send(staff, WITH_ERRORS).headers["Location"]
    drain(now=clock_now())
    shown = staff.post_form(f"{address}/unmask", page=address)  # type: ignore[attr-defined]
    assert "370000199010121892" in shown.get_data(as_text=True)
    assert session.scalar(select(func.count(AuditRow.id)).where(AuditRow.action == "people.roster_revealed")) == 1


def test_the_refused_rows_come_back_as_a_file_that_can_be_corrected(staff: FlaskClient) -> None:
    address = send(staff, WITH_ERRORS).headers["Location"]
    drain(now=clock_now())
    answer = staff.post_form(f"{address}/errors.xlsx", page=address)  # type: ignore[attr-defined]
    sheet = load_workbook(io.BytesIO(answer.data)).worksheets[0]
    assert sheet.max_row == 12
    assert {cell.data_type for line in sheet.iter_rows(min_row=2) for cell in line if cell.value is not None} <= {"s", "n"}
    assert "校验码错误" in str(sheet.cell(2, 10).value)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "没有数据行"),
        (b"PK\x03\x04broken", "读不出来"),
        (b"\xd0\xcf\x11\xe0old", "旧格式"),
        (b"\x00\x01\x02\xff", "读不出来"),
        ("姓名,性别\n张三,男\n".encode(), "没有找到这些列：身份证号、手机号、人员类别"),
        ("姓名,性别,身份证号,手机号,人员类别\n".encode(), "没有数据行"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(staff: FlaskClient, session: Session, content: bytes, says: str) -> None:
    answer = send(staff, content)
    assert answer.status_code == 422
    assert says in answer.get_data(as_text=True)
    assert session.scalar(select(func.count(RosterImport.id))) == 0


def test_a_csv_from_a_chinese_excel_is_read(staff: FlaskClient) -> None:
    lines = "姓名,性别,身份证号,手机号,人员类别\n赵晓梅,女,370000199611130029,19900006745,P11\n"
    address = send(staff, lines.encode("gb18030"), "花名册.csv").headers["Location"]
    drain(now=clock_now())
    assert "1 人都可导入" in staff.get(address).get_data(as_text=True)


@pytest.mark.serialized
@pytest.mark.parallel
def test_eight_confirmations_at_once_import_once(live_app: Any, now: datetime) -> None:
    with transaction():
        accounts_sample.load(now=now)
    with transaction():
        code = services.upload_roster(name="花名册.xlsx", content=WITH_ERRORS, actor=STAFF, now=now).code
    drain(now=now)

    def confirm(_: int) -> str:
        with live_app.app.app_context():
            try:
                with transaction():
                    services.import_roster(code=code, actor=STAFF, now=now)
            except RosterIsDecided:
                return "decided"
            return "imported"

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(confirm, range(8)))
    assert sorted(outcomes) == ["decided"] * 7 + ["imported"]
    drain(now=now)
    db.session.rollback()
    assert db.session.scalar(select(func.count(Learner.id))) == 49
