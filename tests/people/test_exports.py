"""Files of people: masked, written down, without formulas; and an import that knows its own export again."""

import io
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from academy.core.access import Actor, Grant, Role
from academy.core.audit import AuditRow
from academy.core.sheets import csv_content, read_sheet
from academy.people import queries
from academy.people.models import Learner
from academy.people.services import PurposeIsMissing, log_export
from tests.people.factories import import_all, load_people, make_user, upload_and_read

STAFF = Actor(user_id=None, name="孔延玲", grants=frozenset({Grant(Role.CLASS_MANAGER)}))
SignIn = Callable[[FlaskClient, Any], None]


@pytest.fixture(autouse=True)
def people(session: Session, now: datetime) -> None:
    load_people(now)


def exported(client: FlaskClient, **form: str) -> Any:
    return client.post_form("/manage/learners/export", form, page="/manage/learners")  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
@pytest.mark.parametrize("numbers", ["masked", "full"])
def test_an_export_is_known_again_and_changes_nothing(
    client: FlaskClient, sign_in: SignIn, session: Session, now: datetime, kind: str, numbers: str
) -> None:
    sign_in(client, make_user(now))
    content = exported(client, format=kind, numbers=numbers, purpose="核对名册").data
    before = {one.code: (one.mobile, one.organization_id, one.email) for one in session.scalars(select(Learner))}
    roster = upload_and_read(content, actor=STAFF, now=now)
    assert (roster.good_count, roster.error_count, roster.known_count) == (600, 0, 600)
    import_all(roster, actor=STAFF, now=now)
    assert (roster.created_count, roster.updated_count, roster.unchanged_count) == (0, 0, 600)
    assert {one.code: (one.mobile, one.organization_id, one.email) for one in session.scalars(select(Learner))} == before


def test_one_cell_changed_in_a_masked_export_changes_one_field_of_one_person(
    client: FlaskClient, sign_in: SignIn, session: Session, now: datetime
) -> None:
    sign_in(client, make_user(now))
    book = load_workbook(io.BytesIO(exported(client, format="xlsx", q="L-0001").data))
    sheet = book.worksheets[0]
    sheet["F2"], sheet["E2"] = "new@example.org", None  # a new address; an emptied mobile number
    target = io.BytesIO()
    book.save(target)
    roster = upload_and_read(target.getvalue(), actor=STAFF, now=now)
    line = queries.roster_lines(roster.id, queries.View.CHANGED, limit=5)[0]
    assert [(one.field, one.new) for one in line.row.changes] == [("email", "new@example.org")]
    learner = queries.get_learner("L-0001")
    kept = learner.mobile
    import_all(roster, actor=STAFF, now=now)
    assert (learner.email, learner.mobile) == ("new@example.org", kept)


def test_a_covered_number_under_another_code_is_refused(session: Session, now: datetime) -> None:
    first, second = queries.get_learner("L-0001"), queries.get_learner("L-0002")
    rows = list(queries.export_rows([first, second], is_full=False))
    rows[0][0] = second.code
    roster = upload_and_read(csv_content(queries.EXPORT_COLUMNS, rows), actor=STAFF, now=now)
    assert next(queries.refused_lines(roster.id)).row.reasons[0].code == "mask_differs"


def test_a_learners_file_covers_numbers_and_holds_no_formula(
    client: FlaskClient, sign_in: SignIn, session: Session, now: datetime
) -> None:
    learner = queries.get_learner("L-0001")
    learner.organization_id, learner.unit_zh, learner.name_zh = None, "=HYPERLINK(1)", "＝1+1"
    sign_in(client, make_user(now))
    text = exported(client, format="csv").data.decode("utf-8-sig")
    assert learner.id_number not in text
    cells = [cell for line in text.splitlines() for cell in line.split(",")]
    assert not [cell for cell in cells if cell[:1] in set("=+-@\t\r＝＋－＠")]
    sheet = load_workbook(io.BytesIO(exported(client, format="xlsx").data)).worksheets[0]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value is not None} <= {"s", "d", "n"}
    assert read_sheet(exported(client, format="xlsx").data).rows[1].cells[11].kind.value == "date"


def test_numbers_in_full_ask_for_a_purpose_and_are_logged(
    client: FlaskClient, sign_in: SignIn, session: Session, now: datetime
) -> None:
    sign_in(client, make_user(now))
    assert exported(client, numbers="full").status_code == 302
    assert exported(client, numbers="full", purpose="年度核对").status_code == 200
    rows = session.scalars(select(AuditRow).where(AuditRow.action == "people.exported")).all()
    assert [(row.after, row.reason) for row in rows] == [({"people": 600, "numbers": "full"}, "年度核对")]


def test_more_than_a_thousand_people_ask_for_a_purpose(session: Session, now: datetime) -> None:
    with pytest.raises(PurposeIsMissing):
        log_export(what="learners:all", count=1_001, is_full=False, purpose=" ", actor=STAFF, now=now)
    log_export(what="learners:all", count=1_000, is_full=False, purpose="", actor=STAFF, now=now)
    log_export(what="learners:all", count=1_001, is_full=False, purpose="年度报表", actor=STAFF, now=now)


def test_a_coordinator_gets_her_own_people_masked_whatever_she_asks_for(
    client: FlaskClient, sign_in: SignIn, session: Session, now: datetime
) -> None:
    sign_in(client, make_user(now, Role.ORGANIZATION_COORDINATOR, organization="WU-051"))
    assert exported(client, numbers="full", purpose="想要").status_code == 403
    text = exported(client, format="csv", unit="WU-052").data.decode("utf-8-sig")
    assert len(text.splitlines()) == 1
    text = exported(client, format="csv").data.decode("utf-8-sig")
    assert "L-0001" in text
    assert "L-0002" not in text


def test_staff_narrow_a_file_to_an_organization(client: FlaskClient, sign_in: SignIn, now: datetime) -> None:
    sign_in(client, make_user(now))
    text = exported(client, format="csv", unit="WU-051").data.decode("utf-8-sig")
    assert "L-0001" in text
    assert "L-0002" not in text
