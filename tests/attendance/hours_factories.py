"""People with a registered level, and periods of theirs."""

from datetime import date, datetime

from academy.accounts.models import Organization, PersonType, User
from academy.attendance import queries, services
from academy.attendance.models import CreditEntry, HoursDecree, RegistrationPeriod
from academy.attendance.queries import DecreeFilter
from academy.attendance.rules import Period, PeriodSource, compute_period_end
from academy.attendance.services import Claim, DecreeOrder
from academy.core.access import Actor, Role
from academy.core.db import db, transaction
from academy.people.models import Learner
from academy.people.rules import HeldLevel
from tests.accounts.factories import actor_of, make_user
from tests.enrollment.factories import make_learner

JUNIOR, INTERMEDIATE = HeldLevel.JUNIOR, HeldLevel.INTERMEDIATE
STARTS = date(2024, 3, 1)
HUNDRED_YEARS = (date(2000, 1, 1), date(2099, 12, 31))


def make_keeper(name: str = "李明蕙") -> Actor:
    """Somebody who keeps the ledger."""
    return actor_of(make_user(Role.CLASS_MANAGER, name=name))


def make_registered(
    now: datetime,
    *,
    level: HeldLevel = INTERMEDIATE,
    user: User | None = None,
    name: str = "孙婷婷",
    organization: Organization | None = None,
) -> Learner:
    """A learner who holds a level. Without a division she is taken for the province's."""
    if db.session.get(PersonType, "P12") is None:
        names = {"group_zh": "组", "group_en": "Group", "name_zh": "类别", "name_en": "Type"}
        db.session.add(PersonType(code="P12", group_code="G1", **names))
        db.session.flush()
    learner = make_learner(now, user=user, name=name)
    learner.held_level = level
    learner.organization_id = organization.id if organization else None
    db.session.commit()
    return learner


def give_period(
    learner: Learner, keeper: Actor, now: datetime, *, starts_on: date = STARTS, ends_on: date | None = None,
    source: PeriodSource = PeriodSource.FIRST, level: HeldLevel | None = None,
) -> RegistrationPeriod:  # fmt: skip
    """A registration period, three years unless told, committed."""
    period = Period(level or learner.held_level, starts_on, ends_on or compute_period_end(starts_on))
    with transaction():
        return services.record_period(learner_id=learner.id, period=period, source=source, note="", actor=keeper, now=now)


def write_down(learner: Learner, hours: int, earned_on: date, keeper: Actor, now: datetime) -> int:
    """Hours written down, committed; the entry's id."""
    with transaction():
        return services.write_down_hours(
            learner_id=learner.id,
            title="别处",
            hours=hours,
            earned_on=earned_on,
            reason="有证明原件",
            actor=keeper,
            now=now,
        )


def claim(kind: str = "degree", *, units: int = 1, earned_on: date = date(2026, 6, 30), title: str = "社会工作硕士") -> Claim:
    """What somebody wants to have counted."""
    return Claim(kind, title, units, earned_on, "毕业证书原件")


def carry_out(
    keeper: Actor, now: datetime, *, months: int = 6, hours: int = 0, number: str = "测试文〔2026〕1号", **chosen: object
) -> HoursDecree:
    """A decree for everybody whose period ends in a hundred years, or for fewer; committed."""
    given = {"ends_from": HUNDRED_YEARS[0], "ends_to": HUNDRED_YEARS[1], **chosen}
    filter_ = DecreeFilter(**given)  # type: ignore[arg-type]
    preview = queries.preview_decree(filter_, months=months, minutes=hours * 45)
    order = DecreeOrder(number, "按文件顺延", months, hours)
    with transaction():
        return services.carry_out_decree(order=order, chosen=filter_, digest=preview.digest, actor=keeper, now=now)


def ledger_sum(learner: Learner) -> int:
    """All minutes of a person's ledger."""
    return queries.credited_minutes(learner.id, *HUNDRED_YEARS)


def ledger(learner: Learner) -> list[CreditEntry]:
    """A person's lines in the order in which they were written."""
    return list(db.session.query(CreditEntry).filter_by(learner_id=learner.id).order_by(CreditEntry.id))
