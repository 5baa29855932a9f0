"""The pages of hours: what each shows, to whom, and that no input makes them fall over."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from academy.accounts.models import User
from academy.attendance import queries, services
from academy.attendance.models import RegistrationPeriod
from academy.core.access import Role
from academy.core.db import db, transaction
from academy.people.models import Learner
from academy.people.rules import HeldLevel
from tests.accounts.factories import actor_of, make_organization, make_user
from tests.attendance.hours_factories import claim, give_period, ledger, ledger_sum, make_keeper, make_registered, write_down
from tests.statements import counted
from tests.timetable.factories import FIRST_DAY, at, make_class, make_session, make_world

SignIn = Callable[..., None]


@pytest.fixture
def browser(client: FlaskClient, monkeypatch: pytest.MonkeyPatch, now: datetime) -> Any:
    """A browser on Monday 23 November 2026."""
    for module in ("hours", "ledger", "conversions", "decrees"):
        monkeypatch.setattr(f"academy.attendance.web.{module}.now", lambda: now)
    for module in ("hours", "ledger"):
        monkeypatch.setattr(f"academy.attendance.web.{module}.today", lambda: now.date())
    return client


def account(now: datetime, **given: Any) -> tuple[User, Learner]:
    user = make_user(Role.LEARNER)
    return user, make_registered(now, user=user, **given)


def test_the_gap_stands_first_and_the_class_that_closes_it_below(
    session: Session, browser: Any, sign_in: SignIn, now: datetime
) -> None:
    world, keeper = make_world(), make_keeper()
    found = make_class(world, now=now)
    for place in range(8):
        make_session(found, at(FIRST_DAY + timedelta(days=place // 2), 8 if place % 2 else 14), minutes=180)
    user, learner = account(now)
    give_period(learner, keeper, now)
    write_down(learner, 80, date(2025, 4, 1), keeper, now)
    sign_in(browser, user)
    shown = browser.get("/my/hours").get_data(as_text=True)
    assert shown.index("还差 30 学时") < shown.index("报下面这 1 个班") < shown.index(found.title_zh) < shown.index("学时入账")
    for words in ("2026年度（山东）", "登记有效期（全国）", "0</b> / 30", "80</b> / 90", "富余 22", "再登记自2026年12月1日"):
        assert words in shown.replace('<span class="keep">', "").replace("</span>", "")


def test_a_page_costs_the_same_whatever_the_ledger_holds(
    session: Session, browser: Any, sign_in: SignIn, now: datetime
) -> None:
    keeper, (user, learner) = make_keeper(), account(now)
    give_period(learner, keeper, now)
    sign_in(browser, user)

    def statements() -> int:
        with counted("SELECT") as seen:
            browser.get("/my/hours")
        return len(seen)

    write_down(learner, 1, date(2026, 3, 1), keeper, now)
    few = statements()
    for day in range(1, 29):
        write_down(learner, 1, date(2026, 2, day), keeper, now)
    assert statements() == few


def test_somebody_who_is_no_learner_is_told(session: Session, browser: Any, sign_in: SignIn) -> None:
    sign_in(browser, make_user(Role.INSTRUCTOR))
    assert "还没有登记为学员" in browser.get("/my/hours").get_data(as_text=True)
    assert browser.get("/my/hours/conversions/new").status_code == 404


def test_she_asks_and_takes_back(session: Session, browser: Any, sign_in: SignIn, now: datetime) -> None:
    user, learner = account(now)
    sign_in(browser, user)
    path = "/my/hours/conversions/new"
    form = {"kind": "degree", "title": "社会工作硕士", "units": "1", "earned_on": "2026-06-30", "evidence": "毕业证书原件"}
    done = browser.post_form(path, form, page=path, follow_redirects=True).get_data(as_text=True)
    assert "已提交" in done
    again = browser.post_form(path, form, page=path)
    assert (again.status_code, "一生只认一次" in again.get_data(as_text=True)) == (409, True)
    [row] = queries.conversions_of(learner.id)
    browser.post_form(f"/my/hours/conversions/{row.code}/withdraw", page=path)
    session.expire_all()
    assert row.state == "withdrawn"


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "lottery"}, {"units": "-1"}, {"units": "1e9"}, {"units": "９９９９９９９９９９９９"},
        {"earned_on": "2026-02-30"}, {"earned_on": "0001-01-01"}, {"earned_on": "9999-12-31"},
        {"title": "\x00"}, {"title": "题" * 500}, {"evidence": ""},
    ],
)  # fmt: skip
def test_no_claim_makes_it_fall_over(
    session: Session, browser: Any, sign_in: SignIn, now: datetime, wrong: dict[str, str]
) -> None:
    user, learner = account(now)
    sign_in(browser, user)
    path = "/my/hours/conversions/new"
    form = {"kind": "paper", "title": "论文", "units": "1", "earned_on": "2026-06-30", "evidence": "刊物原件", **wrong}
    assert browser.post_form(path, form, page=path).status_code == 422
    assert queries.conversions_of(learner.id) == []


def test_the_staff_records_corrects_and_voids(session: Session, browser: Any, sign_in: SignIn, now: datetime) -> None:
    _, learner = account(now)
    sign_in(browser, make_user(Role.CLASS_MANAGER))
    page = f"/manage/learners/{learner.code}/hours"
    form = {"level": "intermediate", "starts_on": "2024-02-29", "ends_on": "", "source": "first", "note": ""}
    assert "已记下" in browser.post_form(f"{page}/periods", form, page=page, follow_redirects=True).get_data(as_text=True)
    [row] = queries.periods_of(learner.id)
    assert row.ends_on == date(2027, 2, 28)
    overlap = browser.post_form(f"{page}/periods", form, page=page, follow_redirects=True).get_data(as_text=True)
    assert "重叠" in overlap
    where = f"/manage/hours/periods/{row.code}"
    right = {"level": "junior", "starts_on": "2024-03-01", "ends_on": "2027-02-28", "reason": "登记证上如此", "version": "1"}
    assert "已更正" in browser.post_form(where, right, page=where, follow_redirects=True).get_data(as_text=True)
    assert "被别人改过" in browser.post_form(where, right, page=where, follow_redirects=True).get_data(as_text=True)
    void = {"void-reason": "记错了人", "version": "2"}
    assert "已作废" in browser.post_form(f"{where}/void", void, page=where, follow_redirects=True).get_data(as_text=True)
    session.expire_all()
    assert (row.level, row.void_reason) == (HeldLevel.JUNIOR, "记错了人")
    for wrong in (
        {"starts_on": "x"},
        {"starts_on": "9999-12-31"},
        {"level": "none"},
        {"source": "x"},
        {"ends_on": "0001-01-01"},
    ):
        assert browser.post_form(f"{page}/periods", {**form, **wrong}, page=page).status_code == 422
    assert session.query(RegistrationPeriod).count() == 1


def test_the_staff_writes_down_and_counters(session: Session, browser: Any, sign_in: SignIn, now: datetime) -> None:
    _, learner = account(now)
    sign_in(browser, make_user(Role.CLASS_MANAGER))
    page = f"/manage/learners/{learner.code}/hours"
    form = {"title": "省厅培训", "hours": "16", "earned_on": "2026-05-01", "reason": "结业证原件"}
    assert "已入账" in browser.post_form(f"{page}/entries", form, page=page, follow_redirects=True).get_data(as_text=True)
    assert ledger_sum(learner) == 16 * 45
    for wrong in ({"hours": "0"}, {"hours": "x"}, {"earned_on": "2027-01-01"}, {"reason": "短"}, {"title": ""}):
        browser.post_form(f"{page}/entries", {**form, **wrong}, page=page)
    assert ledger_sum(learner) == 16 * 45
    [entry] = ledger(learner)
    counter = f"{page}/entries/{entry.id}/counter"
    assert "请写明原因" in browser.post_form(counter, {"reason": ""}, page=page, follow_redirects=True).get_data(as_text=True)
    assert "已冲回" in browser.post_form(counter, {"reason": "记重了吧"}, page=page, follow_redirects=True).get_data(
        as_text=True
    )
    assert ledger_sum(learner) == 0
    _, other = account(now)
    stolen = f"/manage/learners/{other.code}/hours/entries/{entry.id}/counter"
    assert browser.post_form(stolen, {"reason": "别人的一条"}, page=page).status_code == 404
    assert browser.post_form(f"{page}/entries/2147483647/counter", {"reason": "没有这条"}, page=page).status_code == 404
    assert browser.post_form(f"{page}/entries/99999999999999/counter", {"reason": "太大的号"}, page=page).status_code == 404


def test_the_queue_is_worked_off(session: Session, browser: Any, sign_in: SignIn, now: datetime) -> None:
    user, learner = account(now)
    with transaction():
        row = services.apply_for_conversion(learner_id=learner.id, claim=claim(), actor=actor_of(user), now=now)
    sign_in(browser, make_user(Role.ADMINISTRATOR))
    assert "有 1 份折算申请等您审核" in browser.get("/manage/hours").get_data(as_text=True)
    assert "社会工作硕士" in browser.get("/worklist").get_data(as_text=True)
    where = f"/manage/hours/conversions/{row.code}"
    assert browser.post_form(f"{where}/refuse", {"reason": "短"}, page=where).status_code == 422
    approved = browser.post_form(f"{where}/approve", page=where, follow_redirects=True).get_data(as_text=True)
    assert "已认定，记入 90 学时" in approved
    late = browser.post_form(f"{where}/approve", page=where, follow_redirects=True).get_data(as_text=True)
    assert "已经有人处理过" in late
    revoked = browser.post_form(f"{where}/revoke", {"reason": "学位证是假的"}, page=where, follow_redirects=True)
    assert "学时已冲回" in revoked.get_data(as_text=True)
    assert ledger_sum(learner) == 0
    assert "没有等审核的折算申请" in browser.get("/manage/hours?state=x&page=999").get_data(as_text=True)


def test_doors_are_closed_to_those_who_have_no_business(session: Session, browser: Any, sign_in: SignIn, now: datetime) -> None:
    unit = make_organization()
    user, learner = account(now, organization=unit)
    row = give_period(learner, make_keeper(), now)
    person, period, desk = f"/manage/learners/{learner.code}/hours", f"/manage/hours/periods/{row.code}", "/manage/hours"
    own = make_user(Role.ORGANIZATION_COORDINATOR, organization=unit)
    other = make_user(Role.ORGANIZATION_COORDINATOR, organization=make_organization())
    auditor = make_user(Role.AUDITOR)
    for who, codes in ((user, (403, 403, 403)), (own, (200, 403, 403)), (other, (404, 403, 403)), (auditor, (200, 403, 200))):
        sign_in(browser, who)
        assert tuple(browser.get(path).status_code for path in (person, period, desk)) == codes
    sign_in(browser, own)
    assert "记一期" not in browser.get(person).get_data(as_text=True)
    for path in (f"{person}/periods", f"{person}/entries", f"{period}/void", "/manage/hours/decrees/new"):
        assert browser.post_form(path, {}, page="/verify").status_code == 403
    db.session.expire_all()
    assert ledger(learner) == []
