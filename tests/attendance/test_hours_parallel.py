"""The same thing asked for by many at once, from several processes with real commits."""

from collections import Counter
from datetime import date, datetime

import pytest
from sqlalchemy import func, select

from academy.attendance import queries
from academy.attendance.models import CreditEntry, HoursConversion, HoursDecree, RegistrationPeriod
from academy.attendance.queries import DecreeFilter
from academy.core.access import Role
from academy.core.db import db
from tests.accounts.factories import actor_of, make_user
from tests.attendance.hours_factories import HUNDRED_YEARS, give_period, ledger_sum, make_keeper, make_registered
from tests.conftest import LiveApp
from tests.processes import begin_together

PROCESSES = 2
WORKER = """
import json, sys
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from academy.app import create_app
from academy.attendance import services
from academy.attendance.queries import DecreeFilter
from academy.attendance.rules import Period, PeriodSource
from academy.attendance.services import Claim, DecreeOrder
from academy.core.access import Actor, Grant, Role
from academy.core.db import transaction
from academy.core.errors import DomainError
from academy.people.rules import HeldLevel

app = create_app()
given = json.loads(sys.argv[1])
now = datetime.fromisoformat(given["now"])
keeper = Actor(given["keeper"], "教务", frozenset({Grant(Role.CLASS_MANAGER)}))
far = DecreeFilter(date(2000, 1, 1), date(2099, 12, 31))

def do(task):
    if task["do"] == "apply":
        claim = Claim("degree", "社会工作硕士", 1, date(2026, 6, 30), "毕业证书原件")
        services.apply_for_conversion(learner_id=task["learner"], claim=claim, actor=Actor(task["user"], "本人"), now=now)
    elif task["do"] == "approve":
        services.approve_conversion(code=task["code"], actor=keeper, now=now)
    elif task["do"] == "period":
        period = Period(HeldLevel.JUNIOR, date.fromisoformat(task["from"]), date.fromisoformat(task["to"]))
        services.record_period(
            learner_id=task["learner"], period=period, source=PeriodSource.IMPORT, note="", actor=keeper, now=now
        )
    elif task["do"] == "decree":
        order = DecreeOrder(task["number"], "按文件顺延", 6, 2)
        services.carry_out_decree(order=order, chosen=far, digest=task["digest"], actor=keeper, now=now)
    else:
        services.undo_decree(code=task["code"], reason="文件被收回", actor=keeper, now=now)

def one(task):
    with app.app_context():
        try:
            with transaction():
                do(task)
            return "done"
        except DomainError as error:
            return error.code

print("ready", flush=True)
sys.stdin.readline()
with ThreadPoolExecutor(6) as pool:
    print(json.dumps(list(pool.map(one, given["tasks"]))))
"""


def rush(live_app: LiveApp, tasks: list[dict[str, object]], keeper: int | None, now: datetime) -> Counter[str]:
    """Hand the tasks out to processes that begin together; how often each outcome came."""
    shared = {"now": now.isoformat(), "keeper": keeper}
    given = [{**shared, "tasks": tasks[number::PROCESSES]} for number in range(PROCESSES)]
    return Counter(word for outcome in begin_together(live_app, WORKER, given) for word in outcome)


@pytest.mark.parallel
def test_a_degree_asked_for_and_approved_by_many_at_once_counts_once(live_app: LiveApp, now: datetime) -> None:
    user, keeper = make_user(Role.LEARNER), make_keeper()
    learner = make_registered(now, user=user)
    asked = rush(live_app, [{"do": "apply", "learner": learner.id, "user": user.id}] * 24, keeper.user_id, now)
    assert asked == {"done": 1, "counts_once": 23}
    code = db.session.scalars(select(HoursConversion.code)).one()
    approved = rush(live_app, [{"do": "approve", "code": code}] * 24, keeper.user_id, now)
    assert approved["done"] == 1
    assert sum(approved.values()) == 24
    assert set(approved) <= {"done", "conversion_is_decided"}
    assert ledger_sum(learner) == 90 * 45
    assert db.session.scalar(select(func.count(CreditEntry.id))) == 1


@pytest.mark.parallel
def test_overlapping_periods_recorded_at_once_leave_one(live_app: LiveApp, now: datetime) -> None:
    learner, keeper = make_registered(now), make_keeper()
    tasks: list[dict[str, object]] = [
        {"do": "period", "learner": learner.id, "from": f"2024-03-{day:02}", "to": "2027-02-28"} for day in range(1, 25)
    ]
    outcomes = rush(live_app, tasks, keeper.user_id, now)
    assert outcomes == {"done": 1, "periods_overlap": 23}
    assert len(queries.periods_of(learner.id)) == 1


@pytest.mark.parallel
def test_one_document_pressed_by_many_is_one_act_and_undone_once(live_app: LiveApp, now: datetime) -> None:
    keeper = actor_of(make_user(Role.CLASS_MANAGER))
    people = [make_registered(now, name=f"学员{n}") for n in range(8)]
    for learner in people:
        give_period(learner, keeper, now)
    digest = queries.preview_decree(DecreeFilter(*HUNDRED_YEARS), months=6, minutes=90).digest
    tasks: list[dict[str, object]] = [{"do": "decree", "number": "测试文1号", "digest": digest}] * 12
    tasks += [{"do": "decree", "number": f"测试文{n}号", "digest": digest} for n in range(2, 6)]
    carried = rush(live_app, tasks, keeper.user_id, now)
    assert carried["done"] == 1  # the others saw people whom the first one has changed
    assert set(carried) <= {"done", "decree_preview_is_stale", "decree_is_carried_out"}
    assert {row.ends_on for row in db.session.scalars(select(RegistrationPeriod))} == {date(2027, 8, 31)}
    assert {ledger_sum(one) for one in people} == {90}
    code = db.session.scalars(select(HoursDecree.code)).one()
    undone = rush(live_app, [{"do": "undo", "code": code}] * 12, keeper.user_id, now)
    assert undone == {"done": 1, "decree_is_undone": 11}
    assert {row.ends_on for row in db.session.scalars(select(RegistrationPeriod))} == {date(2027, 2, 28)}
    assert {ledger_sum(one) for one in people} == {0}
