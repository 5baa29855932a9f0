"""Correcting what decides eligibility: who may, what is refused, what is written down, and the page."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from academy.core.access import Actor, Role
from academy.core.audit import AuditRow
from academy.core.db import db, transaction
from academy.core.errors import DomainError, Forbidden, NotFound
from academy.people import services
from academy.people.models import Learner
from academy.people.rules import Education, HeldLevel
from academy.people.services import Eligibility, eligibility_of
from tests.accounts.factories import actor_of
from tests.people.factories import load_people, make_user

SignIn = Callable[[FlaskClient, Any], None]
CODE = "L-0025"
PAGE = f"/manage/learners/{CODE}/record"
RIGHT = Eligibility("P11", Education.MASTER, date(1998, 9, 1), HeldLevel.SENIOR, date(2029, 6, 30))


@pytest.fixture(autouse=True)
def people(session: Session, now: datetime) -> None:
    load_people(now)


def person(code: str = CODE) -> Learner:
    return db.session.scalars(select(Learner).where(Learner.code == code)).one()


def correct(
    to: Eligibility, actor: Actor, now: datetime, *, code: str = CODE, reason: str = "看过证书", seen: str = ""
) -> bool:
    db.session.commit()
    with transaction():
        stamp = seen or eligibility_of(person()).stamp
        return services.correct_record(code=code, to=to, seen=stamp, reason=reason, actor=actor, now=now)


def corrections() -> list[AuditRow]:
    query = select(AuditRow).where(AuditRow.action == "people.record_corrected").order_by(AuditRow.id)
    return list(db.session.scalars(query))


@pytest.mark.parametrize("role", [Role.CLASS_MANAGER, Role.ADMINISTRATOR])
def test_staff_correct_it_and_both_states_are_written_down_with_the_reason(now: datetime, role: Role) -> None:
    was = eligibility_of(person())
    actor = actor_of(make_user(now, role))
    assert correct(RIGHT, actor, now, reason=" 看过证书原件 ")
    assert eligibility_of(person()) == RIGHT
    (row,) = corrections()
    assert (row.subject, row.actor_id, row.reason) == (f"learner:{CODE}", actor.user_id, "看过证书原件")
    assert row.before == was.plain
    assert row.after == {
        "person_type_code": "P11",
        "education": "master",
        "works_since": "1998-09-01",
        "held_level": "senior",
        "held_until": "2029-06-30",
    }


def test_everything_can_be_taken_back(now: datetime) -> None:
    actor = actor_of(make_user(now))
    correct(RIGHT, actor, now)
    assert correct(Eligibility("P11"), actor, now)
    assert eligibility_of(person()) == Eligibility("P11", None, None, HeldLevel.NONE, None)


def test_the_same_again_changes_and_writes_nothing(now: datetime) -> None:
    actor = actor_of(make_user(now))
    correct(RIGHT, actor, now)
    assert not correct(RIGHT, actor, now, seen="of an older form")
    assert len(corrections()) == 1


@pytest.mark.parametrize(
    "role", [Role.ORGANIZATION_COORDINATOR, Role.LEARNER, Role.INSTRUCTOR, Role.CERTIFICATE_OFFICER, Role.AUDITOR]
)
def test_nobody_else_may_not_even_the_coordinator_of_her_unit(now: datetime, role: Role) -> None:
    user = make_user(now, role, organization="WU-051" if role is Role.ORGANIZATION_COORDINATOR else "")
    with pytest.raises(Forbidden):
        correct(RIGHT, actor_of(user), now, code="L-0001", seen=eligibility_of(person("L-0001")).stamp)
    assert corrections() == []


def test_nobody_corrects_her_own_record(now: datetime) -> None:
    manager = make_user(now, Role.CLASS_MANAGER)
    person().user_id = manager.id
    with pytest.raises(Forbidden):
        correct(RIGHT, actor_of(manager), now)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"works_since": date(2026, 11, 24)}, services.WorkBeginsInFuture),
        ({"held_level": HeldLevel.NONE}, services.HeldUntilNeedsLevel),
        ({"person_type_code": "P99"}, services.PersonTypeIsUnknown),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(
    now: datetime, changes: dict[str, Any], refusal: type[DomainError]
) -> None:
    was = eligibility_of(person())
    with pytest.raises(refusal) as refused:
        correct(replace(RIGHT, **changes), actor_of(make_user(now)), now)
    assert refused.value.next_text
    assert eligibility_of(person()) == was
    assert corrections() == []


def test_work_begins_today_at_the_latest_and_after_birth(now: datetime) -> None:
    actor, learner = actor_of(make_user(now)), person()
    learner.id_number = "370000199611130029"
    with pytest.raises(services.WorkBeginsBeforeBirth):
        correct(replace(RIGHT, works_since=date(1996, 11, 13)), actor, now)
    assert correct(replace(RIGHT, works_since=date(1996, 11, 14)), actor, now)
    assert correct(replace(RIGHT, works_since=date(2026, 11, 23)), actor, now)


def test_a_correction_says_why(now: datetime) -> None:
    with pytest.raises(services.CorrectionReasonIsMissing):
        correct(RIGHT, actor_of(make_user(now)), now, reason=" ")


def test_what_somebody_else_wrote_meanwhile_is_not_overwritten(now: datetime) -> None:
    actor, seen = actor_of(make_user(now)), eligibility_of(person()).stamp
    correct(RIGHT, actor, now)
    with pytest.raises(services.RecordHasChanged):
        correct(replace(RIGHT, education=Education.DOCTOR), actor, now, seen=seen)
    assert eligibility_of(person()) == RIGHT


def test_a_merged_record_is_not_corrected_and_an_unknown_one_not_found(now: datetime) -> None:
    actor = actor_of(make_user(now))
    person().merged_into_id = person("L-0002").id
    with pytest.raises(services.RecordIsMerged):
        correct(RIGHT, actor, now)
    with pytest.raises(NotFound):
        correct(RIGHT, actor, now, code="L-9999")


# the page


def filled(**changes: str) -> dict[str, str]:
    return {
        "seen": eligibility_of(person()).stamp,
        "person_type": "P11",
        "education": "master",
        "works_since": "1998-09-01",
        "held_level": "senior",
        "held_until": "2029-06-30",
        "reason": "看过证书",
        **changes,
    }


def test_a_manager_finds_the_form_fills_it_in_and_sees_it_on_the_record(
    client: FlaskClient, sign_in: SignIn, now: datetime
) -> None:
    sign_in(client, make_user(now, Role.CLASS_MANAGER))
    assert f'href="{PAGE}"' in client.get(f"/manage/learners/{CODE}").get_data(as_text=True)
    shown = client.get(PAGE).get_data(as_text=True)
    assert f'value="{eligibility_of(person()).stamp}"' in shown
    answer = client.post_form(PAGE, filled())  # type: ignore[attr-defined]
    assert answer.headers["Location"].endswith(f"/manage/learners/{CODE}")
    after = client.get(answer.headers["Location"]).get_data(as_text=True)
    for words in ("档案已更正", "硕士", "高级社会工作师", "1998", "2029"):
        assert words in after
    again = client.post_form(PAGE, filled(), follow_redirects=True)  # type: ignore[attr-defined]
    assert "什么都没有改动" in again.get_data(as_text=True)
    assert len(corrections()) == 1


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"reason": ""}, "请写明原因"),
        ({"works_since": "昨天"}, "请填日期"),
        ({"works_since": "0998-09-01"}, "请填日期"),
        ({"works_since": "2026-11-24"}, "在今天之后"),
        ({"held_level": "none"}, "有效期留空"),
        ({"held_level": "x"}, ""),
        ({"person_type": "P99"}, ""),
        ({"seen": "P01||||"}, "已经有人改过"),
        ({"reason": "长" * 301}, "太长了"),
        ({"reason": "\0"}, ""),
    ],
)
def test_a_wrong_form_comes_back_with_the_reason_and_what_was_typed(
    client: FlaskClient, sign_in: SignIn, now: datetime, monkeypatch: pytest.MonkeyPatch, changes: dict[str, str], says: str
) -> None:
    monkeypatch.setattr("academy.people.web.record.now", lambda: now)
    sign_in(client, make_user(now))
    answer = client.post_form(PAGE, filled(**changes))  # type: ignore[attr-defined]
    shown = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert says in shown
    assert 'value="2029-06-30"' in shown
    assert corrections() == []


def test_a_post_without_its_token_changes_nothing(client: FlaskClient, sign_in: SignIn, now: datetime) -> None:
    sign_in(client, make_user(now))
    client.post(PAGE, data=filled())
    assert corrections() == []


def test_a_coordinator_looks_at_her_people_and_opens_no_form(client: FlaskClient, sign_in: SignIn, now: datetime) -> None:
    person("L-0001").works_since = date(1998, 9, 1)
    sign_in(client, make_user(now, Role.ORGANIZATION_COORDINATOR, organization="WU-051"))
    own = client.get("/manage/learners/L-0001").get_data(as_text=True)
    assert "1998" in own
    assert "/record" not in own
    assert client.get("/manage/learners/L-0002").status_code == 404
    for code in ("L-0001", "L-0002"):
        assert client.get(f"/manage/learners/{code}/record").status_code == 403
        assert client.post(f"/manage/learners/{code}/record", data=filled()).status_code in {400, 403}
    assert corrections() == []


def test_the_code_of_a_merged_record_leads_to_the_one_in_use(client: FlaskClient, sign_in: SignIn, now: datetime) -> None:
    person().merged_into_id = person("L-0002").id
    sign_in(client, make_user(now))
    assert client.get(PAGE).headers["Location"].endswith("/manage/learners/L-0002/record")
    assert client.get("/manage/learners/L-9999/record").status_code == 404
