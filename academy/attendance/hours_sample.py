"""Sample data of the ledger: registration periods, hours of former years, conversions in every state, one decree."""

from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import insert, select

from academy.accounts import queries as accounts
from academy.attendance import queries, services
from academy.attendance.models import CreditEntry, RegistrationPeriod
from academy.attendance.queries import DecreeFilter
from academy.attendance.rules import (
    PERIOD_MONTHS,
    REGISTERED_LEVELS,
    EntryKind,
    EntrySource,
    PeriodSource,
    compute_last_day,
    compute_period_end,
)
from academy.attendance.services import Claim, DecreeOrder
from academy.core.access import Actor, Grant, Role
from academy.core.clock import today
from academy.core.codes import random_code16
from academy.core.db import db
from academy.core.wording import MINUTES_PER_HOUR
from academy.people import queries as people
from academy.people.queries import Learner, LearnerFilter

DEMO_LEARNER = "learner@demo.example"
DECREE_NUMBER = "演示文〔%s〕3号"
DEMO_REGISTERED_AGO = 60  # days: what she has learned since leaves a gap that open classes close
WITHOUT_PERIOD = 0.08  # of the registered: their pages say what to do
FORMER_HOURS = ((2, 18), (1, 12))  # years ago and hours, brought over from the former account
OTHERS_CLAIMS = (
    ("paper", "社区养老志愿服务的组织方式研究", 1, 40, "《社会工作研究》示例刊，第一作者，录用通知和刊物原件"),
    ("teaching", "给社区网格员讲“入户走访的十个要点”", 4, 25, "街道办事处授课通知与签到表"),
    ("other", "参加省级社会工作学术年会", 8, 60, "会议通知、参会证和论文集目录"),
    ("homework", "网络课程“未成年人保护社会工作”", 6, 18, "平台结课证明，作业成绩 88 分"),
)


def load(*, now: datetime) -> None:
    """Load unless there are periods."""
    if db.session.scalar(select(RegistrationPeriod.id).limit(1)) is not None:
        return
    demo = _demo_learner()
    registered = [one for one in _everybody() if one.held_level in REGISTERED_LEVELS]
    rows = [row for one in registered for row in _periods(one, now, is_demo=demo is not None and one.id == demo.id)]
    if rows:
        db.session.execute(insert(RegistrationPeriod), rows)
    _load_former_hours(registered, rows, now)
    keeper, second = _staff("manager"), _staff("admin")
    if demo is None or keeper is None or second is None:
        return
    _load_demo_claims(demo, keeper, now)
    _load_other_claims([one for one in registered if one.id != demo.id], second, now)
    _load_decree(keeper, now)


def _everybody() -> list[Learner]:
    found, total = people.learners(LearnerFilter(), limit=10_000)
    return found[:total]


def _demo_learner() -> Learner | None:
    user = accounts.find_user_by_email(DEMO_LEARNER)
    return people.find_learner_of_user(user.id) if user else None


def _staff(name: str) -> Actor | None:
    user = accounts.find_user_by_email(f"{name}@demo.example")
    return Actor(user.id, user.name_zh, frozenset({Grant(Role.CLASS_MANAGER)})) if user else None


def _periods(learner: Learner, now: datetime, *, is_demo: bool) -> list[dict[str, Any]]:
    """The demo learner has registered again some weeks ago; the others' periods end somewhere within three years."""
    day = today(now)
    if is_demo:
        starts_on = day - timedelta(days=DEMO_REGISTERED_AGO)
        former = compute_last_day(starts_on, -PERIOD_MONTHS) + timedelta(days=1)
        return [
            _period(learner, former, starts_on - timedelta(days=1), PeriodSource.FIRST, now),
            _period(learner, starts_on, compute_period_end(starts_on), PeriodSource.RENEWAL, now),
        ]
    chance = Random(f"period {learner.code}")  # noqa: S311 - sample data, the same at every loading
    if chance.random() < WITHOUT_PERIOD:
        return []
    starts_on = (day - timedelta(days=chance.randrange(20, 1080))).replace(day=1)
    return [_period(learner, starts_on, compute_period_end(starts_on), PeriodSource.IMPORT, now)]


def _period(learner: Learner, starts_on: date, ends_on: date, source: PeriodSource, now: datetime) -> dict[str, Any]:
    return {
        "code": random_code16(),
        "learner_id": learner.id,
        "level": learner.held_level,
        "starts_on": starts_on,
        "ends_on": ends_on,
        "source": source,
        "note": "",
        "version": 1,
        "recorded_by": "教务",
        "recorded_at": now - timedelta(days=15),
    }


def _load_former_hours(registered: list[Learner], periods: list[dict[str, Any]], now: datetime) -> None:
    began: dict[int, date] = {}
    for row in periods:
        began[row["learner_id"]] = min(row["starts_on"], began.get(row["learner_id"], row["starts_on"]))
    entries = [
        _former(one, date(today(now).year - years, 11, 30), hours, now)
        for one in registered
        for years, hours in FORMER_HOURS
        if began.get(one.id, today(now)) <= date(today(now).year - years, 11, 30)
    ]
    if entries:
        db.session.execute(insert(CreditEntry), entries)


def _former(learner: Learner, earned_on: date, hours: int, now: datetime) -> dict[str, Any]:
    chance = Random(f"{learner.code} {earned_on}")  # noqa: S311 - sample data
    return {
        "learner_id": learner.id,
        "source": EntrySource.IMPORT,
        "title_zh": f"{earned_on.year}年度继续教育（旧台账转入）",
        "kind": EntryKind.CREDIT,
        "minutes": max(4, hours - chance.randrange(0, 9)) * MINUTES_PER_HOUR,
        "counters_id": None,
        "rule": EntrySource.IMPORT.value,
        "earned_on": earned_on,
        "entered_at": now - timedelta(days=15),
    }


def _load_demo_claims(demo: Learner, keeper: Actor, now: datetime) -> None:
    """One that was approved, one that was refused, one that waits."""
    herself = Actor(demo.user_id, demo.name_zh)
    day = today(now)
    claims = (
        Claim("teaching", "讲授“社区议事会怎样开”", 3, day - timedelta(days=40), "街道党校授课通知和签到表"),
        Claim("other", "参观邻市社工站", 2, day - timedelta(days=55), "只有照片，没有主办方证明"),
        Claim("homework", "网络课程“老年人需求评估”", 5, day - timedelta(days=9), "平台结课证明，作业成绩 92 分"),
    )
    approved, refused, _ = (
        services.apply_for_conversion(learner_id=demo.id, claim=claim, actor=herself, now=now - timedelta(days=6))
        for claim in claims
    )
    services.approve_conversion(code=approved.code, actor=keeper, now=now - timedelta(days=4))
    reason = "没有主办单位的证明，不能认定；补齐后可以再申请。"
    services.refuse_conversion(code=refused.code, reason=reason, actor=keeper, now=now - timedelta(days=4))


def _load_other_claims(others: list[Learner], keeper: Actor, now: datetime) -> None:
    for place, (kind, title, units, days_ago, evidence) in enumerate(OTHERS_CLAIMS[: len(others)]):
        claim = Claim(kind, title, units, today(now) - timedelta(days=days_ago), evidence)
        learner = others[place * 7 % len(others)]
        services.apply_for_conversion(learner_id=learner.id, claim=claim, actor=keeper, now=now - timedelta(days=5 - place))


def _load_decree(keeper: Actor, now: datetime) -> None:
    """Whose period ends within a month gets three months more."""
    day = today(now)
    chosen = DecreeFilter(day, day + timedelta(days=31))
    order = DecreeOrder(DECREE_NUMBER % day.year, "登记窗口搬迁，暂停办理再登记，有效期顺延（演示）。", months=3, hours=0)
    preview = queries.preview_decree(chosen, months=order.months, minutes=order.minutes)
    if preview.included:
        services.carry_out_decree(order=order, chosen=chosen, digest=preview.digest, actor=keeper, now=now - timedelta(days=2))
