"""Marks given at once from several processes."""

from decimal import Decimal
from functools import partial

import pytest
from sqlalchemy import func, select

from academy.core.access import Actor, Role
from academy.core.audit import AuditRow
from academy.core.db import db, transaction
from academy.core.errors import DomainError
from academy.core.outbox import OutboxRow
from academy.scoring import queries, services
from academy.scoring.models import Appeal, ScriptMark
from academy.scoring.rules.appeals import AppealPolicy, AppealState, Ground
from academy.scoring.rules.marking import How, Mode, Round, ScriptState, TaskState, Tie
from academy.scoring.services import Decision
from tests.accounts.factories import actor_of, make_user
from tests.conftest import LiveApp
from tests.exams.factories import MANAGER, NOW
from tests.exams.processes import together
from tests.scoring.marking_factories import (
    DUE,
    begin,
    give_everything,
    look,
    make_marking,
    make_results,
    script,
    user_of,
)

pytestmark = pytest.mark.parallel


def _give(code: str, total: str, actor: Actor) -> object:
    written = {"C1": str(min(Decimal(total), Decimal(10))), "C2": str(max(Decimal(total) - 10, Decimal(0)))}
    try:
        with transaction():
            return services.give_mark(code=code, written=written, levels={}, comment="", actor=actor, now=NOW)
    except DomainError as error:
        return error.code


def test_a_form_posted_from_several_processes_at_once_counts_once(live_app: LiveApp) -> None:
    made = make_marking()
    begin(made)
    first = look(script(made, 0), Round.FIRST)
    outcomes = together(live_app, [partial(_give, first.code, "12", user_of(first))] * 6)
    assert sorted(map(str, outcomes)) == ["False"] * 5 + ["True"]
    given = select(func.count(AuditRow.id)).where(AuditRow.action == "scoring.mark_given")
    assert db.session.scalar(given) == 1
    differing = together(live_app, [partial(_give, first.code, f"{n}", user_of(first)) for n in range(4)])
    assert set(differing) == {"mark_is_given"}


def test_both_marks_at_the_same_moment_settle_the_script_once(live_app: LiveApp) -> None:
    made = make_marking(learners=4, markers=3)
    begin(made)
    works = []
    for place in range(4):
        for round_, total in ((Round.FIRST, "12"), (Round.SECOND, "13" if place % 2 else "19")):
            one = look(script(made, place), round_)
            works.append(partial(_give, one.code, total, user_of(one)))
    assert together(live_app, works) == [True] * 8
    for place in range(4):
        found = script(made, place)
        if place % 2:
            assert (found.mark, found.how) == (Decimal("12.5"), How.MEAN)
        else:
            assert found.state is ScriptState.THIRD
            assert look(found, Round.THIRD).state is TaskState.OPEN
    settled = select(func.count(AuditRow.id)).where(AuditRow.action == "scoring.script_settled")
    assert db.session.scalar(settled) == 2


def _open(sitting_id: int, markers: list[int]) -> object:
    terms = [services.ItemTerms(p, Mode.TWO, Decimal(3), Tie.ALL, Decimal("0.5")) for p in (2, 3)]
    try:
        with transaction():
            plan = services.open_marking(
                sitting_id=sitting_id, terms=terms, marker_ids=markers, arbiter_ids=[], due_at=DUE, control_every=0,
                actor=MANAGER, now=NOW,
            )  # fmt: skip
            return plan.id
    except DomainError as error:
        return error.code


def test_opening_at_once_hands_out_every_script_once(live_app: LiveApp) -> None:
    made = make_marking(arbiters=0)
    outcomes = together(live_app, [partial(_open, made.sitting.id, [one.id for one in made.markers])] * 4)
    assert sorted(map(str, outcomes))[1:] == ["marking_is_open"] * 3
    assert db.session.scalar(select(func.count(ScriptMark.id))) == 12


def _file(code: str, position: int, actor: Actor) -> str:
    try:
        with transaction():
            services.file_appeal(result_code=code, position=position, reason="请核对这道题", actor=actor, now=NOW)
            return "filed"
    except DomainError as error:
        return error.code


def _decide(code: str, actor: Actor, total: str) -> object:
    decision = Decision(True, "要点二漏评", Ground.RE_MARKED, {"C1": "10", "C2": total})
    try:
        with transaction():
            return services.decide_appeal(code=code, decision=decision, actor=actor, now=NOW)
    except DomainError as error:
        return error.code


def test_the_quota_holds_and_one_decision_counts_when_all_come_at_once(live_app: LiveApp) -> None:
    made = make_marking(learners=1)
    begin(made)
    give_everything(made)
    result = make_results(made)[0]
    with transaction():
        services.set_appeal_terms(
            sitting_id=made.sitting.id, opens_at=NOW, closes_at=DUE, quota=2, policy=AppealPolicy.RE_MARK, may_lower=False,
            actor=MANAGER, now=NOW,
        )  # fmt: skip
    learner = made.world.actor(0)
    filed = together(live_app, [partial(_file, result.code, position, learner) for position in (1, 2, 3, 1, 2, 3)])
    assert filed.count("filed") == 2
    assert db.session.scalar(select(func.count(Appeal.id))) == 2

    appeal = next(one for one in queries.appeals() if one.position > 1)
    deciders = [actor_of(make_user(role)) for role in (Role.INSTRUCTOR, Role.CLASS_MANAGER, Role.ADMINISTRATOR)]
    decided = together(live_app, [partial(_decide, appeal.code, one, f"{n + 5}") for n, one in enumerate(deciders)])
    assert sorted(map(str, decided)) == ["False", "False", "True"]
    assert queries.get_appeal(appeal.code).state is AppealState.GRANTED
    looks = select(func.count(ScriptMark.id)).where(ScriptMark.round == Round.APPEAL)
    assert db.session.scalar(looks) == 1
    written = select(func.count(AuditRow.id)).where(AuditRow.action == "scoring.appeal_decided")
    assert db.session.scalar(written) == 1
    assert db.session.scalar(select(func.count(OutboxRow.id)).where(OutboxRow.event == "scoring.appeal_granted")) in {0, 1}
