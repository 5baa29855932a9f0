"""A class that comes through the door at once: real processes with real commits."""

from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import func, select

from academy.attendance import queries
from academy.attendance.models import AttendanceMark, CheckIn, CreditEntry
from academy.attendance.rules import CREDIT_RULES, MarkState, compute_credit
from academy.core.audit import AuditRow
from academy.core.db import db
from tests.attendance.factories import account_of, ask, make_room, open_in
from tests.conftest import LiveApp
from tests.processes import begin_together

PROCESSES = 2
WORKER = """
import json, sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from sqlalchemy.exc import IntegrityError, OperationalError
from academy.app import create_app
from academy.attendance import queries, services
from academy.attendance.rules import MarkState, code_at
from academy.attendance.services import Seen
from academy.core.access import Actor, Grant, Role
from academy.core.db import transaction
from academy.core.errors import DomainError

app = create_app()
given = json.loads(sys.argv[1])
now = datetime.fromisoformat(given["now"])
staff = Actor(None, "教务", frozenset({Grant(Role.CLASS_MANAGER)}))

def one(task):
    with app.app_context():
        try:
            if task["do"] == "check_in":
                secret = queries.get_opening(given["opening"]).secret
                with transaction():
                    done = services.check_in(
                        opening_code=given["opening"], actor=Actor(task["user_id"], "学员"), device=task["device"], now=now,
                        typed=code_at(secret, now),
                    )
                return "new" if done.is_new else "again"
            with transaction():
                if task["do"] == "decide":
                    services.decide_leave(code=task["code"], approve=True, answer="", actor=staff, now=now)
                else:
                    done = services.mark_session(
                        session_id=given["session_id"], marks={task["learner_id"]: Seen(MarkState(task["state"]))}, actor=staff,
                        now=now, reason="现场更正",
                    )
                    return "new" if done.new else "corrected" if done.corrected else "unchanged"
            return "done"
        except DomainError as error:
            return error.code
        except (IntegrityError, OperationalError) as error:
            return type(error).__name__

print("ready", flush=True)
sys.stdin.readline()
with ThreadPoolExecutor(8) as pool:
    print(json.dumps(list(pool.map(one, given["tasks"]))))
"""


def rush(live_app: LiveApp, given: dict[str, object], tasks: list[dict[str, object]]) -> list[str]:
    """Hand the tasks out to processes that begin together; what each task gave."""
    each = [{**given, "tasks": tasks[number::PROCESSES]} for number in range(PROCESSES)]
    return [word for outcome in begin_together(live_app, WORKER, each) for word in outcome]


@pytest.mark.parallel
def test_check_in_roster_click_and_leave_at_once_leave_one_current_mark_and_a_whole_history(
    live_app: LiveApp, now: datetime
) -> None:
    room = make_room(now, people=5)
    at = room.sessions[0].starts_at + timedelta(minutes=5)
    tasks: list[dict[str, object]] = []
    for place, learner in enumerate(room.learners):
        user, actor = account_of(room, place)
        asked = ask(room, actor, 1, at=now)
        tasks += [{"do": "check_in", "user_id": user.id, "device": f"phone {place}"}] * 3
        tasks += [
            {"do": "mark", "learner_id": learner.id, "state": state} for state in ("absent", "leave", "present", "absent")
        ]
        tasks.append({"do": "decide", "code": asked.code})
    opening = open_in(room)
    outcomes = rush(live_app, {"now": at.isoformat(), "opening": opening.code, "session_id": room.sessions[0].id}, tasks)
    assert not {"IntegrityError", "OperationalError"} & set(outcomes), Counter(outcomes)
    assert outcomes.count("done") == 5
    session_id, ids = room.sessions[0].id, [one.id for one in room.learners]
    assert db.session.scalar(select(func.count(CheckIn.id))) == 5
    current = queries.marks_of_session(session_id)
    assert sorted(current) == sorted(ids)
    for learner_id in ids:
        history = queries.mark_history(session_id, learner_id)
        assert [one.version for one in history] == list(range(1, len(history) + 1))
        assert [one.is_current for one in history] == [False] * (len(history) - 1) + [True]
        for before, after in pairwise(history):
            assert (before.state, before.minutes) != (after.state, after.minutes)
            assert after.reason
        audited = select(func.count(AuditRow.id)).where(
            AuditRow.action == "attendance.marked", AuditRow.subject == f"session:{session_id}:learner:{learner_id}"
        )
        assert db.session.scalar(audited) == len(history)
        worth = compute_credit(history[-1].minutes, 180, CREDIT_RULES[0])
        credited = select(func.coalesce(func.sum(CreditEntry.minutes), 0)).where(CreditEntry.learner_id == learner_id)
        assert db.session.scalar(credited) == worth


@pytest.mark.parallel
def test_many_learners_and_few_devices_check_in_once_for_each_device(live_app: LiveApp, now: datetime) -> None:
    room = make_room(now, people=20)
    tasks: list[dict[str, object]] = [
        {"do": "check_in", "user_id": account_of(room, place)[0].id, "device": f"phone {place % 10}"} for place in range(20)
    ]
    opening = open_in(room)
    given = {"now": room.sessions[0].starts_at.isoformat(), "opening": opening.code, "session_id": room.sessions[0].id}
    outcomes = Counter(rush(live_app, given, [*tasks, *tasks]))
    assert outcomes == {"new": 10, "again": 10, "device_is_taken": 20}
    marks = db.session.scalars(select(AttendanceMark)).all()
    assert [one.state for one in marks] == [MarkState.PRESENT] * 10
