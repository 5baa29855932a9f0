"""Conversions: asked for by one, decided by another, credited once, up to the year's cap."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from academy.attendance import queries, services
from academy.attendance.models import HoursConversion
from academy.attendance.rules import ConversionState, EntryKind, compute_conversion, conversion_rule_on, parse_conversions
from academy.attendance.services import (
    Claim,
    ClaimIsInvalid,
    ConversionIsDecided,
    ConversionIsUnknown,
    CountsOnce,
    DecidesAboutOneself,
    ReasonIsMissing,
    YearIsFull,
)
from academy.core.access import Actor, Role
from academy.core.audit import AuditRow
from academy.core.data import data_rows
from academy.core.db import transaction
from academy.core.errors import Forbidden, NotFound
from academy.notifications.models import Message
from academy.people.models import Learner
from tests.accounts.factories import actor_of, make_user
from tests.attendance.hours_factories import claim, ledger, ledger_sum, make_keeper, make_registered

DEGREE_MINUTES = 90 * 45


def apply(learner: Learner, asked: Claim, actor: Actor, now: datetime) -> HoursConversion:
    with transaction():
        return services.apply_for_conversion(learner_id=learner.id, claim=asked, actor=actor, now=now)


def approve(row: HoursConversion, keeper: Actor, now: datetime) -> int:
    with transaction():
        return services.approve_conversion(code=row.code, actor=keeper, now=now)


def herself(now: datetime) -> tuple[Learner, Actor]:
    user = make_user(Role.LEARNER)
    return make_registered(now, user=user), actor_of(user)


def test_a_degree_counts_ninety_hours_in_the_year_of_the_degree(session: Session, now: datetime) -> None:
    keeper, (learner, me) = make_keeper(), herself(now)
    row = apply(learner, claim(earned_on=date(2025, 6, 30)), me, now)
    assert ledger_sum(learner) == 0
    assert approve(row, keeper, now) == DEGREE_MINUTES
    [entry] = ledger(learner)
    assert (entry.earned_on, entry.rule, entry.conversion_id) == (date(2025, 6, 30), "degree 2009-09-07", row.id)
    letters = session.scalars(select(Message).where(Message.reason == "attendance.conversion_approved")).all()
    assert letters
    assert session.scalars(select(AuditRow.action).where(AuditRow.subject == f"conversion:{row.code}")).all() == [
        "attendance.conversion_applied", "attendance.conversion_approved",
    ]  # fmt: skip


def test_a_second_degree_is_refused_once_in_a_life(session: Session, now: datetime) -> None:
    keeper, (learner, me) = make_keeper(), herself(now)
    first = apply(learner, claim(), me, now)
    with pytest.raises(CountsOnce):
        apply(learner, claim(title="另一个学位"), me, now)  # one that waits keeps the next away
    approve(first, keeper, now)
    with pytest.raises(CountsOnce):
        apply(learner, claim(title="十年后的学位"), me, now + timedelta(days=3650))
    assert ledger_sum(learner) == DEGREE_MINUTES


def test_the_same_thing_handed_in_twice_is_there_once(session: Session, now: datetime) -> None:
    learner, me = herself(now)
    asked = claim(kind="paper", title="社区议事协商研究", units=1)
    apply(learner, asked, me, now)
    with pytest.raises(services.ClaimIsThere):
        apply(learner, asked, me, now)
    apply(learner, claim(kind="paper", title="另一篇论文", units=1), me, now)
    assert len(session.scalars(select(HoursConversion)).all()) == 2


def test_a_refused_or_withdrawn_degree_may_be_asked_for_again(session: Session, now: datetime) -> None:
    keeper, (learner, me) = make_keeper(), herself(now)
    row = apply(learner, claim(), me, now)
    with transaction():
        services.refuse_conversion(code=row.code, reason="没有学位证原件", actor=keeper, now=now)
    row = apply(learner, claim(), me, now)
    with transaction():
        services.withdraw_conversion(code=row.code, actor=me, now=now)
    approve(apply(learner, claim(), me, now), keeper, now)
    assert [one.state for one in queries.conversions_of(learner.id)] == [
        ConversionState.APPROVED, ConversionState.WITHDRAWN, ConversionState.REFUSED,
    ]  # fmt: skip


def test_what_was_revoked_is_countered_not_erased_and_may_be_asked_for_again(session: Session, now: datetime) -> None:
    keeper, (learner, me) = make_keeper(), herself(now)
    row = apply(learner, claim(), me, now)
    approve(row, keeper, now)
    with transaction():
        services.revoke_conversion(code=row.code, reason="学位证是别人的", actor=keeper, now=now)
    assert [(one.kind, one.minutes) for one in ledger(learner)] == [
        (EntryKind.CREDIT, DEGREE_MINUTES), (EntryKind.COUNTER, -DEGREE_MINUTES),
    ]  # fmt: skip
    with pytest.raises(ConversionIsDecided), transaction():
        services.revoke_conversion(code=row.code, reason="再撤一次看看", actor=keeper, now=now)
    approve(apply(learner, claim(), me, now), keeper, now)
    assert ledger_sum(learner) == DEGREE_MINUTES


def test_the_years_cap_cuts_and_then_refuses(session: Session, now: datetime) -> None:
    keeper, (learner, me) = make_keeper(), herself(now)
    papers = [apply(learner, claim("paper", units=units, title=f"论文{units}"), me, now) for units in (1, 2)]
    third = apply(learner, claim("paper", title="第三篇"), me, now)
    last_year = apply(learner, claim("paper", title="去年的一篇", earned_on=date(2025, 12, 31)), me, now)
    assert approve(papers[0], keeper, now) == 10 * 45
    assert approve(papers[1], keeper, now) == 10 * 45  # worth 20 hours, of which the year leaves 10
    with pytest.raises(YearIsFull, match="20 学时"):
        approve(third, keeper, now)
    assert approve(last_year, keeper, now) == 10 * 45
    with transaction():
        services.revoke_conversion(code=papers[0].code, reason="一稿两投，不能认", actor=keeper, now=now)
    assert approve(third, keeper, now) == 10 * 45  # what was taken back is free again


def test_nobody_decides_about_her_own(session: Session, now: datetime) -> None:
    user = make_user(Role.LEARNER, Role.CLASS_MANAGER)
    learner, me = make_registered(now, user=user), actor_of(user)
    keeper, other = make_keeper(), make_keeper("段维栋")
    row = apply(learner, claim(), me, now)
    with pytest.raises(DecidesAboutOneself):
        approve(row, me, now)
    by_staff = apply(learner, claim("paper"), keeper, now)
    with pytest.raises(DecidesAboutOneself):
        approve(by_staff, keeper, now)  # who writes it down in her name does not decide it
    approve(by_staff, other, now)
    for role in (Role.LEARNER, Role.CERTIFICATE_OFFICER, Role.AUDITOR):
        with pytest.raises(Forbidden):
            approve(row, actor_of(make_user(role)), now)


def test_a_stranger_neither_asks_nor_withdraws(session: Session, now: datetime) -> None:
    learner, me = herself(now)
    _, stranger = herself(now)
    with pytest.raises(Forbidden):
        apply(learner, claim(), stranger, now)
    row = apply(learner, claim(), me, now)
    with pytest.raises(NotFound), transaction():
        services.withdraw_conversion(code=row.code, actor=stranger, now=now)


def test_a_decision_is_taken_once(session: Session, now: datetime) -> None:
    keeper, (learner, me) = make_keeper(), herself(now)
    row = apply(learner, claim(), me, now)
    approve(row, keeper, now)
    with pytest.raises((ConversionIsDecided, YearIsFull)):
        approve(row, keeper, now)
    with pytest.raises(ConversionIsDecided), transaction():
        services.refuse_conversion(code=row.code, reason="改主意了吧", actor=keeper, now=now)
    with pytest.raises(ConversionIsDecided), transaction():
        services.withdraw_conversion(code=row.code, actor=me, now=now)
    with pytest.raises(ReasonIsMissing), transaction():
        services.revoke_conversion(code=row.code, reason="", actor=keeper, now=now)
    assert ledger_sum(learner) == DEGREE_MINUTES


@pytest.mark.parametrize(
    "wrong",
    [
        Claim("degree", "硕士", 2, date(2026, 6, 30), "毕业证书"),
        Claim("paper", "论文", 0, date(2026, 6, 30), "刊物原件"),
        Claim("paper", "论文", 1, date(2026, 11, 24), "明天才发表"),
        Claim("degree", "硕士", 1, date(1979, 6, 30), "毕业证书"),
        Claim("paper", " ", 1, date(2026, 6, 30), "刊物原件"),
        Claim("paper", "论文", 1, date(2026, 6, 30), "无"),
        Claim("paper", "论文", 1, date(2024, 8, 7), "学院办法生效前一天"),
        Claim("lottery", "彩票", 1, date(2026, 6, 30), "彩票原件"),
    ],
)
def test_a_claim_that_cannot_be_is_refused(session: Session, now: datetime, wrong: Claim) -> None:
    learner, me = herself(now)
    with pytest.raises((ClaimIsInvalid, ConversionIsUnknown)):
        apply(learner, wrong, me, now)
    assert queries.conversions_of(learner.id) == []


def test_the_rule_of_the_day_of_the_achievement_decides() -> None:
    rows = data_rows("ce_conversions.csv")
    stricter = [{**row, "valid_from": "2030-01-01", "hours_per_unit": "5"} for row in rows if row["code"] == "paper"]
    rules = parse_conversions([*rows, *stricter])
    before = conversion_rule_on(rules, "paper", date(2029, 12, 31))
    after = conversion_rule_on(rules, "paper", date(2030, 1, 1))
    assert before is not None
    assert after is not None
    assert (compute_conversion(before, 1, 0), compute_conversion(after, 1, 0)) == (450, 225)
    assert all(len(rule.version) <= 20 for rule in rules)  # fits the ledger's column
