"""Decrees: one act for a set of people, undone exactly, or refused with what builds on it."""

from collections.abc import Callable
from datetime import date, datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from academy.attendance import queries, services
from academy.attendance.models import RegistrationPeriod
from academy.attendance.queries import DecreeFilter
from academy.attendance.services import (
    DecidesAboutOneself,
    DecreeIsBuiltUpon,
    DecreeIsCarriedOut,
    DecreeIsEmpty,
    DecreeIsUndone,
    DecreeOrder,
    DecreePreviewIsStale,
)
from academy.core.access import Actor, Role
from academy.core.audit import AuditRow
from academy.core.db import transaction
from academy.core.errors import Forbidden
from academy.notifications.models import Message
from tests.accounts.factories import actor_of, make_organization, make_user
from tests.attendance.hours_factories import (
    HUNDRED_YEARS,
    JUNIOR,
    carry_out,
    give_period,
    ledger_sum,
    make_keeper,
    make_registered,
)


def ends(session: Session) -> dict[int, date]:
    session.expire_all()
    rows = session.execute(select(RegistrationPeriod.learner_id, RegistrationPeriod.ends_on)).all()
    return dict(rows)


def undo(code: str, keeper: Actor, now: datetime) -> None:
    with transaction():
        services.undo_decree(code=code, reason="文件被收回", actor=keeper, now=now)


def test_one_act_for_a_set_of_people_and_back_exactly(session: Session, now: datetime) -> None:
    keeper = make_keeper()
    people = [make_registered(now, name=f"学员{n}") for n in range(3)]
    for place, learner in enumerate(people):
        give_period(learner, keeper, now, starts_on=date(2024, 3 + place, 1))
    before = ends(session)
    decree = carry_out(keeper, now, months=6, hours=8)
    assert decree.people == 3
    assert ends(session) == {
        people[0].id: date(2027, 8, 31), people[1].id: date(2027, 9, 30), people[2].id: date(2027, 10, 31),
    }  # fmt: skip
    assert [ledger_sum(one) for one in people] == [360, 360, 360]
    letters = select(func.count(Message.id)).where(Message.reason == "attendance.period_extended")
    assert session.scalar(letters) == 3
    undo(decree.code, keeper, now)
    assert ends(session) == before
    assert [ledger_sum(one) for one in people] == [0, 0, 0]
    actions = session.execute(
        select(AuditRow.action, func.count()).where(AuditRow.action.like("attendance.decree%")).group_by(AuditRow.action)
    ).all()
    assert dict(actions) == {
        "attendance.decree_carried_out": 1, "attendance.decree_applied": 3,
        "attendance.decree_undone": 1, "attendance.decree_taken_back": 3,
    }  # fmt: skip
    with pytest.raises(DecreeIsUndone):
        undo(decree.code, keeper, now)


def test_people_are_chosen_by_unit_area_level_and_day(session: Session, now: datetime) -> None:
    keeper, unit = make_keeper(), make_organization("WU-900")
    part = make_organization("WU-901")
    part.parent_id = unit.id
    session.commit()
    inside = make_registered(now, organization=unit, name="本单位")
    below = make_registered(now, organization=part, name="下属单位", level=JUNIOR)
    outside = make_registered(now, name="别处")
    for learner in (inside, below, outside):
        give_period(learner, keeper, now)
    give_period(make_registered(now, organization=unit, name="明年"), keeper, now, starts_on=date(2025, 3, 1))

    def chosen(**given: object) -> list[str]:
        filter_ = DecreeFilter(**{"ends_from": date(2027, 2, 28), "ends_to": date(2027, 2, 28), **given})  # type: ignore[arg-type]
        return sorted(row.learner.name_zh for row in queries.preview_decree(filter_, months=1, minutes=0).included)

    assert chosen() == sorted(["本单位", "下属单位", "别处"])
    assert chosen(organization="WU-900") == sorted(["本单位", "下属单位"])
    assert chosen(organization="WU-900", level=JUNIOR) == ["下属单位"]
    assert chosen(organization="WU-000") == []
    assert chosen(division="371600") == []
    assert chosen(ends_to=date(2028, 12, 31), organization="WU-900") == sorted(["本单位", "下属单位", "明年"])


def test_who_cannot_be_changed_is_left_out_and_says_why(session: Session, now: datetime) -> None:
    keeper, learner = make_keeper(), make_registered(now)
    give_period(learner, keeper, now)
    give_period(learner, keeper, now, starts_on=date(2027, 4, 1))
    preview = queries.preview_decree(DecreeFilter(date(2027, 1, 1), date(2027, 12, 31)), months=3, minutes=0)
    assert preview.included == ()
    assert "2027年4月1日" in str(preview.left_out[0].problem)
    both = queries.preview_decree(DecreeFilter(*HUNDRED_YEARS), months=3, minutes=0)
    assert [row.period.starts_on.year for row in both.included] == [2027]  # the later one is meant


def test_what_is_carried_out_is_what_was_looked_at(session: Session, now: datetime) -> None:
    keeper, learner = make_keeper(), make_registered(now)
    give_period(learner, keeper, now)
    filter_ = DecreeFilter(*HUNDRED_YEARS)
    digest = queries.preview_decree(filter_, months=6, minutes=0).digest
    give_period(make_registered(now, name="刚登记的"), keeper, now)
    for order in (DecreeOrder("测试文1号", "按文件顺延", 6, 0), DecreeOrder("测试文1号", "按文件顺延", 12, 0)):
        with pytest.raises(DecreePreviewIsStale), transaction():
            services.carry_out_decree(order=order, chosen=filter_, digest=digest, actor=keeper, now=now)
    assert set(ends(session).values()) == {date(2027, 2, 28)}


def test_a_document_is_carried_out_once(session: Session, now: datetime) -> None:
    keeper = make_keeper()
    give_period(make_registered(now), keeper, now)
    first = carry_out(keeper, now)
    with pytest.raises(DecreeIsCarriedOut, match="测试文"):
        carry_out(keeper, now)
    undo(first.code, keeper, now)
    carry_out(keeper, now)
    assert set(ends(session).values()) == {date(2027, 8, 31)}


def test_decrees_are_undone_the_last_first(session: Session, now: datetime) -> None:
    keeper = make_keeper()
    give_period(make_registered(now, name="吕志鹏"), keeper, now)
    first = carry_out(keeper, now, number="测试文1号")
    second = carry_out(keeper, now, number="测试文2号", months=1)
    granted = carry_out(keeper, now, number="测试文3号", months=0, hours=4)  # builds on nothing, nothing builds on it
    with pytest.raises(DecreeIsBuiltUpon, match=r"吕志鹏.*测试文2号"):
        undo(first.code, keeper, now)
    undo(second.code, keeper, now)
    undo(first.code, keeper, now)
    undo(granted.code, keeper, now)
    assert set(ends(session).values()) == {date(2027, 2, 28)}
    assert session.scalars(select(RegistrationPeriod.version)).one() == 1


def test_a_next_period_that_builds_on_it_is_named(session: Session, now: datetime) -> None:
    keeper, learner = make_keeper(), make_registered(now)
    give_period(learner, keeper, now)
    decree = carry_out(keeper, now)
    give_period(learner, keeper, now, starts_on=date(2027, 9, 1))
    with pytest.raises(DecreeIsBuiltUpon, match="2027年9月1日"):
        undo(decree.code, keeper, now)
    assert [str(problem) for problem in queries.undo_problems(decree, queries.decree_people(decree.id)).values()] == [
        "已登记2027年9月1日（周三）开始的下一期"
    ]


def test_nothing_without_people_effect_number_or_right(session: Session, now: datetime) -> None:
    keeper = make_keeper()
    with pytest.raises(DecreeIsEmpty):
        carry_out(keeper, now)
    user = make_user(Role.CLASS_MANAGER)
    give_period(make_registered(now, user=user), keeper, now)
    for wrong in ({"months": 0}, {"months": -1}, {"months": 37}, {"hours": 301}, {"number": " "}):
        with pytest.raises(DecreeIsEmpty):
            carry_out(keeper, now, **wrong)
    with pytest.raises(DecidesAboutOneself):
        carry_out(actor_of(user), now)
    with pytest.raises(Forbidden):
        carry_out(actor_of(make_user(Role.AUDITOR)), now)


def test_the_page_shows_who_and_how_then_does_just_that(
    session: Session, client: FlaskClient, sign_in: Callable[..., None], now: datetime
) -> None:
    keeper = make_keeper()
    for n in range(2):
        give_period(make_registered(now, name=f"延期的人{n}"), keeper, now)
    sign_in(client, make_user(Role.CLASS_MANAGER))
    path = "/manage/hours/decrees/new"
    form = {
        "number": "测试文〔2026〕9号", "reason": "登记窗口搬迁", "months": "6", "hours": "0", "ends_from": "2027-01-01",
        "ends_to": "2027-12-31", "organization": "", "division": "", "level": "",
    }  # fmt: skip
    shown = client.post_form(path, form, page=path).get_data(as_text=True)  # type: ignore[attr-defined]
    assert "涉及 2 人" in shown
    assert "2027年8月31日" in shown
    assert set(ends(session).values()) == {date(2027, 2, 28)}  # looking changes nothing
    digest = shown.split('name="digest" value="')[1].split('"')[0]
    stale = client.post_form(path, {**form, "digest": "0" * 32}, page=path)  # type: ignore[attr-defined]
    assert stale.status_code == 409
    done = client.post_form(path, {**form, "digest": digest}, page=path, follow_redirects=True)  # type: ignore[attr-defined]
    assert "已执行，涉及 2 人" in done.get_data(as_text=True)
    assert set(ends(session).values()) == {date(2027, 8, 31)}
    assert client.post_form(path, {**form, "months": "x"}, page=path).status_code == 422  # type: ignore[attr-defined]
    decree = queries.decrees()[0]
    where = f"/manage/hours/decrees/{decree.code}"
    back = client.post_form(f"{where}/undo", {"reason": "文件被收回"}, page=where, follow_redirects=True)  # type: ignore[attr-defined]
    assert "都恢复到执行之前" in back.get_data(as_text=True)
    assert set(ends(session).values()) == {date(2027, 2, 28)}
