"""Columns that nobody recognizes: said by a person once, proposed the next time, to each organization its own."""

from collections.abc import Callable
from datetime import datetime
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from academy.accounts import sample as accounts_sample
from academy.accounts.queries import organizations_by_code
from academy.core.access import Actor, Grant, Role
from academy.core.clock import now as clock_now
from academy.core.db import transaction
from academy.core.outbox import drain
from academy.people import queries, services
from academy.people.models import RosterImport, RosterState
from academy.people.queries import View
from academy.people.rules.layout import LayoutIsIncomplete
from academy.people.services import ColumnIsTwice, RosterIsDecided
from tests.core.nasty import book
from tests.people.factories import import_all, make_user, upload_and_read

STAFF = Actor(user_id=None, name="孔延玲", grants=frozenset({Grant(Role.CLASS_MANAGER)}))
ODD = ("序号", "受训人", "证照", "联络", "隶属")
ROW = ("1", "赵晓梅", "370000199611130029", "19900006745", "某某公司")
SAID = {"name": 1, "id_number": 2, "mobile": 3, "unit": 4}


@pytest.fixture(autouse=True)
def registers(session: Session, now: datetime) -> None:
    accounts_sample.load(now=now)


def say(roster: RosterImport, now: datetime, columns: dict[str, int] = SAID, person_type: str = "P11", **given: Any) -> None:
    with transaction():
        services.map_roster(
            code=roster.code,
            sheet=given.get("sheet", ""),
            header_row=given.get("header_row", 1),
            columns=columns,
            person_type=person_type,
            actor=given.get("actor", STAFF),
            now=now,
        )
    drain(now=now)


def test_unknown_headings_wait_for_a_person_and_every_value_is_shown(session: Session, now: datetime) -> None:
    roster = upload_and_read(book(ODD, ROW), actor=STAFF, now=now)
    assert roster.state is RosterState.MAPPING
    proposal = services.propose(roster=roster)
    assert proposal.layout.missing == ["姓名", "身份证号", "手机号", "人员类别"]
    assert [one.samples for one in proposal.headings] == [(value,) for value in ROW]


def test_what_was_said_is_read_and_remembered_and_only_proposed_the_next_time(session: Session, now: datetime) -> None:
    roster = upload_and_read(book(ODD, ROW), actor=STAFF, now=now)
    say(roster, now)
    assert (roster.state, roster.good_count) == (RosterState.PREVIEWED, 1)
    again = upload_and_read(book(tuple(reversed(ODD)), tuple(reversed(ROW))), actor=STAFF, now=now)
    assert again.state is RosterState.MAPPING  # a person looks at it, and has it chosen already
    proposal = services.propose(roster=again)
    assert proposal.said is not None
    assert proposal.layout.columns == {"name": 3, "id_number": 2, "mobile": 1, "unit": 0}
    assert (proposal.layout.person_type, proposal.layout.missing) == ("P11", [])


def test_each_organization_remembers_its_own_and_learns_from_the_academy(session: Session, now: datetime) -> None:
    units = organizations_by_code()
    own, other = units["WU-051"].id, units["WU-052"].id
    coordinator = Actor(None, "王莎莎", frozenset({Grant(Role.ORGANIZATION_COORDINATOR, own)}))
    stranger = Actor(None, "别处", frozenset({Grant(Role.ORGANIZATION_COORDINATOR, other)}))
    say(upload_and_read(book(ODD, ROW), actor=coordinator, now=now), now, person_type="P12", actor=coordinator)
    mine = upload_and_read(book(ODD, ROW), actor=coordinator, now=now)
    assert services.propose(roster=mine).layout.person_type == "P12"
    theirs = upload_and_read(book(ODD, ROW), actor=stranger, now=now)
    assert services.propose(roster=theirs).said is None
    say(upload_and_read(book(ODD, ROW), actor=STAFF, now=now), now)
    assert services.propose(roster=theirs).layout.person_type == "P11"
    assert services.propose(roster=mine).layout.person_type == "P12"


def test_a_choice_that_is_not_enough_or_names_a_column_twice_is_refused(session: Session, now: datetime) -> None:
    roster = upload_and_read(book(ODD, ROW), actor=STAFF, now=now)
    with pytest.raises(LayoutIsIncomplete, match="手机号"):
        say(roster, now, {"name": 1, "id_number": 2})
    with pytest.raises(LayoutIsIncomplete, match="人员类别"):
        say(roster, now, person_type="P99")
    with pytest.raises(ColumnIsTwice):
        say(roster, now, {**SAID, "email": 1})
    assert roster.state is RosterState.MAPPING


def test_columns_can_be_changed_until_the_decision_and_not_after(session: Session, now: datetime) -> None:
    content = book(("姓名", "身份证号", "手机号", "人员类别", "联络单位"), (*ROW[1:4], "P11", "某某公司"))
    roster = upload_and_read(content, actor=STAFF, now=now)
    assert queries.roster_lines(roster.id, View.ALL, limit=5)[0].row.unit == ""
    assert any("联络单位" in str(note) for note in roster.notes)
    say(roster, now, {"name": 0, "id_number": 1, "mobile": 2, "person_type": 3, "unit": 4}, person_type="")
    assert queries.roster_lines(roster.id, View.ALL, limit=5)[0].row.unit == "某某公司"
    import_all(roster, actor=STAFF, now=now)
    with pytest.raises(RosterIsDecided):
        say(roster, now)


def test_the_sheet_whose_columns_are_known_is_taken_and_the_others_are_named(session: Session, now: datetime) -> None:
    header = ("姓名", "身份证号", "手机号", "人员类别")
    content = book(("填表说明", "请勿改动"), 人员=(header, (*ROW[1:4], "P11")), 备用=(("x", "y"),))
    roster = upload_and_read(content, actor=STAFF, now=now)
    assert (roster.sheet_name, roster.good_count) == ("人员", 1)
    assert any("备用" in str(note) for note in roster.notes)


# through the browser door


@pytest.fixture
def staff(client: FlaskClient, sign_in: Callable[[FlaskClient, Any], None], session: Session, now: datetime) -> FlaskClient:
    sign_in(client, make_user(now, Role.CLASS_MANAGER))
    session.commit()
    return client


def test_a_person_says_it_on_a_page_with_long_numbers_covered(staff: FlaskClient, session: Session) -> None:
    token = staff.token("/manage/learners/import")  # type: ignore[attr-defined]
    data = {"csrf_token": token, "file": (BytesIO(book(ODD, ROW)), "受训人.xlsx")}
    address = staff.post("/manage/learners/import", data=data, content_type="multipart/form-data").headers["Location"]
    page = f"{address}/columns"
    assert staff.get(address).headers["Location"] == page
    shown = staff.get(page).get_data(as_text=True)
    assert "受训人" in shown
    assert "370000••••••••0029" in shown
    assert "370000199611130029" not in shown
    said = {"header": "1", "c-1": "name", "c-2": "id_number", "person_type": "P11"}
    assert "还缺这些列：手机号" in staff.post_form(page, said).get_data(as_text=True)  # type: ignore[attr-defined]
    staff.post_form(page, {**said, "c-3": "mobile"})  # type: ignore[attr-defined]
    drain(now=clock_now())
    assert "1 人都可导入" in staff.get(address).get_data(as_text=True)
    for odd in ("?header=99999999", "?header=x&sheet=%00", "?header=0", "?sheet=没有"):
        assert staff.get(page + odd).status_code == 200
