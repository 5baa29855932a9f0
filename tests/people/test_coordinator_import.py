"""A coordinator imports her own organization's people, and reaches nobody else's."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from academy.accounts.queries import organizations_by_code
from academy.core.access import Actor, Grant, Role
from academy.core.audit import AuditRow
from academy.core.errors import Forbidden, NotFound
from academy.people import queries, services
from academy.people.models import Learner
from academy.people.queries import View
from academy.people.rules.roster import RowAction
from academy.people.services import OrganizationIsMissing
from tests.core.nasty import HEADER, book
from tests.people.factories import import_all, load_people, make_learner, make_user, upload_and_read

OWN, OTHER = "WU-051", "WU-052"


@pytest.fixture(autouse=True)
def people(session: Session, now: datetime) -> None:
    load_people(now)


def coordinator(*codes: str) -> Actor:
    units = organizations_by_code()
    return Actor(None, "王莎莎", frozenset(Grant(Role.ORGANIZATION_COORDINATOR, units[code].id) for code in codes or (OWN,)))


def of(session: Session, code: str) -> Learner:
    unit = organizations_by_code()[code].id
    return session.scalars(select(Learner).where(Learner.organization_id == unit).order_by(Learner.code)).first()  # type: ignore[return-value]


def row(learner: Learner, **changes: str) -> tuple[str, ...]:
    given = {"name": learner.name_zh, "mobile": learner.mobile, "unit": "随便写的单位", **changes}
    return (given["name"], "", learner.id_number, given["mobile"], given["unit"], learner.person_type_code)


def facts(learner: Learner) -> tuple[Any, ...]:
    return learner.name_zh, learner.mobile, learner.organization_id, learner.unit_zh, learner.person_type_code, learner.email


def test_a_coordinator_reaching_for_another_organizations_people_is_refused_logged_and_nothing_is_lost(
    session: Session, now: datetime
) -> None:
    victim, mine = of(session, OTHER), of(session, OWN)
    before = facts(victim)
    content = book(HEADER, row(victim, mobile="13900000001"), row(mine, mobile="13900000002"), row(victim, name="别的名字"))
    roster = upload_and_read(content, actor=coordinator(), now=now)
    refused = list(queries.refused_lines(roster.id))
    assert {one.row.reasons[-1].code for one in refused} <= {"belongs_elsewhere", "duplicate_in_file"}
    assert refused[0].row.reasons[0].code == "belongs_elsewhere"
    told = str([finding.say for finding in refused[0].row.findings])
    assert victim.mobile not in told
    assert organizations_by_code()[OTHER].name_zh not in told
    logged = session.scalars(select(AuditRow).where(AuditRow.action == "people.foreign_learner_refused")).all()
    assert (logged[0].subject, logged[0].actor_name) == (f"learner:{victim.code}", "王莎莎")
    import_all(roster, actor=coordinator(), now=now)
    assert facts(victim) == before
    assert (mine.mobile, roster.updated_count, roster.refused_count) == ("13900000002", 1, 2)


def test_the_answer_is_the_same_whatever_name_is_written(session: Session, now: datetime) -> None:
    victim = of(session, OTHER)
    for name in (victim.name_zh, "别的名字"):
        roster = upload_and_read(book(HEADER, row(victim, name=name)), actor=coordinator(), now=now)
        assert [one.row.reasons[0].code for one in queries.refused_lines(roster.id)] == ["belongs_elsewhere"]


def test_every_row_is_registered_with_her_organization_whatever_it_says(session: Session, now: datetime) -> None:
    new = ("赵晓梅", "女", "370000199611130029", "19900006745", organizations_by_code()[OTHER].name_zh, "P11")
    roster = upload_and_read(book(HEADER, new), actor=coordinator(), now=now)
    assert queries.roster_lines(roster.id, View.FIX, limit=5)[0].row.findings[-1].code == "unit_forced"
    import_all(roster, actor=coordinator(), now=now)
    found = queries.find_learner_by_id_number("370000199611130029")
    assert found is not None
    assert found.organization_id == organizations_by_code()[OWN].id


def test_somebody_without_an_organization_is_taken_in_only_with_her_own_mobile_number(session: Session, now: datetime) -> None:
    free = make_learner(now, name="赵晓梅", id_number="370000199611130029")
    content = book(HEADER, row(free, mobile="13900000001"))
    roster = upload_and_read(content, actor=coordinator(), now=now)
    assert [one.row.reasons[0].code for one in queries.refused_lines(roster.id)] == ["mobile_differs_from_record"]
    roster = upload_and_read(book(HEADER, row(free)), actor=coordinator(), now=now)
    assert queries.roster_lines(roster.id, View.ALL, limit=1)[0].row.action is RowAction.UPDATE


def test_who_moved_to_another_organization_between_preview_and_import_is_refused(session: Session, now: datetime) -> None:
    mine = of(session, OWN)
    roster = upload_and_read(book(HEADER, row(mine, mobile="13900000002")), actor=coordinator(), now=now)
    mine.organization_id = organizations_by_code()[OTHER].id
    kept = mine.mobile
    import_all(roster, actor=coordinator(), now=now)
    assert (mine.mobile, roster.updated_count, roster.refused_count) == (kept, 0, 1)


def test_a_coordinator_of_two_organizations_says_for_which(session: Session, now: datetime) -> None:
    with pytest.raises(OrganizationIsMissing):
        upload_and_read(book(HEADER, row(of(session, OWN))), actor=coordinator(OWN, OTHER), now=now)


def test_she_can_neither_see_nor_decide_what_others_upload(session: Session, now: datetime) -> None:
    roster = upload_and_read(book(HEADER, row(of(session, OTHER))), actor=coordinator(OTHER), now=now)
    with pytest.raises(NotFound):
        services.import_roster(code=roster.code, actor=coordinator(), now=now)
    with pytest.raises(Forbidden):
        services.upload_roster(
            name="x", content=b"x", actor=coordinator(), now=now, organization_id=organizations_by_code()[OTHER].id
        )


def test_the_pages_keep_the_scope(
    client: FlaskClient, sign_in: Callable[[FlaskClient, Any], None], session: Session, now: datetime
) -> None:
    theirs = upload_and_read(book(HEADER, row(of(session, OTHER))), actor=coordinator(OTHER), now=now).code
    mine = upload_and_read(book(HEADER, row(of(session, OWN))), actor=coordinator(), now=now).code
    sign_in(client, make_user(now, Role.ORGANIZATION_COORDINATOR, organization=OWN))
    assert client.get(f"/manage/learners/import/{mine}").status_code == 200
    shown = client.get("/manage/learners/import").get_data(as_text=True)
    assert mine in shown
    assert theirs not in shown
    for tail in ("", "/columns"):
        assert client.get(f"/manage/learners/import/{theirs}{tail}").status_code == 404
    for tail in ("", "/unmask", "/errors.xlsx", "/columns"):
        page = "/manage/learners/import"
        assert client.post_form(f"/manage/learners/import/{theirs}{tail}", page=page).status_code == 404  # type: ignore[attr-defined]
