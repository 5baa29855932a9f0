"""Rosters as they arrive: every row gets its verdict, nothing is guessed, no upload holds a worker or fails."""

import io
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from academy.accounts import sample as accounts_sample
from academy.core.access import Actor, Grant, Role
from academy.core.clock import now as clock_now
from academy.core.outbox import OutboxRow, OutboxState, drain
from academy.people import queries
from academy.people.models import Learner, RosterImport, RosterState
from academy.people.queries import View
from academy.people.rules.roster import RowState
from tests.core.nasty import HEADER, PERSON, READ, REFUSED, book
from tests.people.factories import import_all, make_user, upload_and_read

STAFF = Actor(user_id=None, name="孔延玲", grants=frozenset({Grant(Role.CLASS_MANAGER)}))
NAME, GENDER, ID, MOBILE, UNIT, KIND = range(6)


@pytest.fixture(autouse=True)
def registers(session: Session, now: datetime) -> None:
    accounts_sample.load(now=now)


def person(**changes: Any) -> tuple[Any, ...]:
    given = dict(zip(("name", "gender", "id", "mobile", "unit", "kind"), PERSON, strict=True))
    return tuple({**given, **changes}.values())


CASES: dict[str, tuple[tuple[Any, ...], str, str]] = {
    "a name of ten thousand characters": (person(name="赵" * 10_000), "error", "name_too_long"),
    "a name with marks that turn the writing round": (person(name="赵\u202e晓\u200f梅"), "repaired", "name_invisible"),
    "a name with blanks to fill a column": (person(name="赵　晓 梅"), "repaired", "name_blanks"),
    "a name that is a formula": (person(name="=1+1"), "error", "name_format"),
    "a number in full-width digits": (person(id="３７００００１９９６１１１３００２９"), "repaired", "id_fullwidth"),
    "a number with invisible characters": (person(id="\u200b370000199611130029\u200b"), "repaired", "trailing_spaces"),
    "a number that lost its last digits": (person(id=370000199611130000), "error", "id_numeric_lost_digits"),
    "a number in scientific notation, as text": (person(id="3.70000199611E+17"), "error", "id_scientific_text"),
    "a number that is a date": (person(id=date(1996, 11, 13)), "error", "id_as_date"),
    "a number of seventeen digits": (person(id="37000019961113002"), "error", "id_format"),
    "a covered number without a code": (person(id="370000••••••••0029"), "error", "id_masked"),
    "an old number of fifteen digits": (person(id="370000961113002"), "error", "id_format"),
    "a mobile number as a number": (person(mobile=19900006745), "ok", ""),
    "a mobile number with its country": (person(mobile="+86 199-0000-6745"), "repaired", "mobile_tidied"),
    "a mobile number with 0086": (person(mobile="008619900006745"), "repaired", "mobile_tidied"),
    "a mobile number in scientific notation": (person(mobile="1.99E+10"), "error", "mobile_scientific"),
    "two mobile numbers": (person(mobile="19900006745/19900006746"), "error", "mobile_format"),
    "a unit of a thousand characters": (person(unit="某" * 1_000), "error", "unit_too_long"),
    "a type by its name": (person(kind="专职社区工作者"), "ok", ""),
    "a type that is none": (person(kind="热心人"), "error", "unknown_person_type"),
    "no gender": (person(gender=""), "repaired", "gender_from_id"),
    "the other gender": (person(gender="男"), "error", "gender_mismatch"),
    "a gender in another language": (person(gender="F"), "ok", ""),
    "nothing but a name": (("赵晓梅", "", "", "", "", ""), "error", "id_missing"),
}


@pytest.mark.parametrize("name", CASES)
def test_a_row_gets_its_verdict(session: Session, now: datetime, name: str) -> None:
    row, state, code = CASES[name]
    other = ("王小明", "男", "370000198910198133", "19900000000", "", "P11")
    roster = upload_and_read(book(HEADER, row, other), actor=STAFF, now=now)
    read = queries.roster_lines(roster.id, View.ALL, limit=1)[0].row
    assert (read.state, read.reasons[0].code if state != "ok" else "") == (RowState(state), code)
    if state == "error":
        assert str(read.reasons[0].say)
        assert read.reasons[0].fix is not None


@pytest.mark.parametrize(
    ("written", "state", "code"),
    [
        (date(1996, 11, 13), "ok", ""),
        ("1996-11-13", "ok", ""),
        ("1996年11月13日", "ok", ""),
        ("19961113", "ok", ""),
        (35382, "repaired", "birth_date_serial"),  # a date that has become a number
        ("1996-11-14", "error", "birth_date_mismatch"),
        (35383, "error", "birth_date_mismatch"),
        ("1996-13-45", "error", "birth_date_format"),
        ("去年", "error", "birth_date_format"),
        ("", "ok", ""),
    ],
)
def test_a_date_of_birth_is_compared_however_it_is_kept(
    session: Session, now: datetime, written: Any, state: str, code: str
) -> None:
    content = book((*HEADER, "出生日期"), (*PERSON, written))
    roster = upload_and_read(content, actor=STAFF, now=now)
    read = queries.roster_lines(roster.id, View.ALL, limit=1)[0].row
    assert (read.state, read.reasons[0].code if state != "ok" else "") == (RowState(state), code)


def test_titles_hidden_rows_and_remarks_are_left_out_and_named(session: Session, now: datetime) -> None:
    other = ("王小明", "男", "370000198910198133", "19900000000", "", "P11")
    content = book(("滨城区花名册",), HEADER, PERSON, other, ("注：以上人员均已核实",), ("合计2人",), hidden_rows=(4,))
    roster = upload_and_read(content, actor=STAFF, now=now)
    assert [line.row.name for line in queries.roster_lines(roster.id, View.ALL, limit=9)] == ["赵晓梅"]
    told = " ".join(str(note) for note in roster.notes)
    assert "隐藏" in told
    assert told.count("trailing") == 0
    assert told.count("表尾说明") == 2


def test_a_lonely_name_at_the_end_is_a_row_and_not_a_remark(session: Session, now: datetime) -> None:
    roster = upload_and_read(book(HEADER, PERSON, ("王小明",)), actor=STAFF, now=now)
    assert (roster.row_count, roster.error_count) == (2, 1)


def test_one_error_says_which_row_and_why(session: Session, now: datetime) -> None:
    roster = upload_and_read(
        book(HEADER, person(), person(name="", id="370000198910198133", gender="男")), actor=STAFF, now=now
    )
    refused = list(queries.refused_lines(roster.id))
    assert [(line.row.number, str(line.row.reasons[0].say)) for line in refused] == [(3, "姓名为空。")]


def test_a_re_import_drops_nobody_and_a_file_with_fewer_people_neither(session: Session, now: datetime) -> None:
    other = ("王小明", "男", "370000198910198133", "19900000000", "某某公司", "P11")
    import_all(upload_and_read(book(HEADER, PERSON, other), actor=STAFF, now=now), actor=STAFF, now=now)
    again = import_all(upload_and_read(book(HEADER, PERSON), actor=STAFF, now=now), actor=STAFF, now=now)
    assert (again.created_count, again.updated_count, again.unchanged_count) == (0, 0, 1)
    assert session.scalar(select(func.count(Learner.id))) == 2


def test_an_empty_cell_never_erases_and_every_change_shows_old_and_new(session: Session, now: datetime) -> None:
    import_all(upload_and_read(book(HEADER, PERSON), actor=STAFF, now=now), actor=STAFF, now=now)
    changed = ("赵晓梅", "", PERSON[ID], "", "另一家公司", "")
    roster = upload_and_read(book(HEADER, changed), actor=STAFF, now=now)
    row = queries.roster_lines(roster.id, View.ALL, limit=1)[0].row
    assert [(one.field, one.old, one.new) for one in row.changes] == [("unit", "某某公司", "另一家公司")]
    import_all(roster, actor=STAFF, now=now)
    learner = queries.find_learner_by_id_number(PERSON[ID])
    assert learner is not None
    assert (learner.unit_zh, learner.mobile, learner.person_type_code) == ("另一家公司", PERSON[MOBILE], "P11")


def test_good_rows_go_in_or_none_do(session: Session, now: datetime) -> None:
    content = book(HEADER, PERSON, person(id="370000198910198134", gender="男"))
    roster = upload_and_read(content, actor=STAFF, now=now)
    assert (roster.good_count, roster.error_count) == (1, 1)
    import_all(roster, actor=STAFF, now=now)
    assert (roster.state, roster.created_count, roster.refused_count) == (RosterState.IMPORTED, 1, 1)


@pytest.fixture
def staff(client: FlaskClient, sign_in: Callable[[FlaskClient, Any], None], session: Session, now: datetime) -> FlaskClient:
    sign_in(client, make_user(now, Role.CLASS_MANAGER))
    session.commit()
    return client


@pytest.mark.parametrize("name", [*REFUSED, *READ])
def test_no_upload_fails(staff: FlaskClient, session: Session, name: str) -> None:
    content = {**REFUSED, **READ}[name]
    token = staff.token("/manage/learners/import")  # type: ignore[attr-defined]
    data = {"csrf_token": token, "file": (io.BytesIO(content), "名册.xlsx")}
    answer = staff.post("/manage/learners/import", data=data, content_type="multipart/form-data")
    assert answer.status_code in {302, 413, 422}
    if answer.status_code == 302:
        drain(now=clock_now())
        assert staff.get(answer.headers["Location"], follow_redirects=True).status_code == 200
    assert session.scalar(select(func.count(OutboxRow.id)).where(OutboxRow.state != OutboxState.DONE)) == 0
    assert session.scalar(select(func.count(RosterImport.id)).where(RosterImport.state == RosterState.READING)) == 0
