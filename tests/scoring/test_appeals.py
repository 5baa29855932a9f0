"""Appeals: window, quota, another person decides, nothing is lowered by accident, history stays."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError

from academy.core.access import Role
from academy.core.audit import AuditRow
from academy.core.db import db, transaction
from academy.core.errors import Forbidden, NotFound
from academy.core.outbox import drain
from academy.notifications.models import Message
from academy.scoring import queries, services
from academy.scoring.models import Appeal, Result, ScriptMark
from academy.scoring.rules import NATIONAL, Item, MarkingRule, PaperScorer, ResultState, corrected
from academy.scoring.rules.appeals import (
    AppealPolicy,
    AppealQuotaIsUsed,
    AppealsAreClosed,
    AppealState,
    Ground,
    MarkHasNotChanged,
    MarkMayNotFall,
    ReasonIsMissing,
)
from academy.scoring.rules.marking import Round, TaskState
from academy.scoring.rules.rubrics import MarkIsMissing, MarkIsNoMark
from academy.scoring.services import Decision
from tests.accounts.factories import actor_of, make_user
from tests.exams.factories import MANAGER, NOW
from tests.scoring.marking_factories import (
    DUE,
    Marking,
    begin,
    give_everything,
    look,
    make_marking,
    make_results,
    script,
    user_of,
)

pytestmark = pytest.mark.usefixtures("session")
WHY = "要点二写了，没有给分"


@pytest.fixture
def made(session: Any) -> Marking:
    """Everybody has 12 and 12 of the essays, and her result."""
    found = make_marking()
    begin(found)
    give_everything(found)
    make_results(found)
    return found


def allow(made: Marking, policy: AppealPolicy = AppealPolicy.RE_MARK, *, quota: int = 2, may_lower: bool = False) -> None:
    with transaction():
        services.set_appeal_terms(
            sitting_id=made.sitting.id, opens_at=NOW, closes_at=DUE, quota=quota, policy=policy, may_lower=may_lower,
            actor=MANAGER, now=NOW,
        )  # fmt: skip


def result_of(made: Marking, place: int = 0) -> Result:
    return queries.newest_released_result(made.sitting.id, made.attempts[place].id)


def file(made: Marking, position: int = 2, *, place: int = 0, now: Any = NOW, reason: str = WHY) -> Appeal:
    code = result_of(made, place).code
    with transaction():
        return services.file_appeal(result_code=code, position=position, reason=reason, actor=made.world.actor(place), now=now)


def decide(appeal: Appeal, decision: Decision, actor: Any = None) -> bool:
    with transaction():
        decider = actor or actor_of(make_user(Role.CLASS_MANAGER))
        return services.decide_appeal(code=appeal.code, decision=decision, actor=decider, now=NOW)


def granted(total: str, ground: Ground = Ground.RE_MARKED, *, is_fall_meant: bool = False) -> Decision:
    whole = Decimal(total)
    first = min(whole, Decimal(10)) if ground is Ground.RE_MARKED else whole
    return Decision(True, "复核后更正", ground, {"C1": str(first), "C2": str(whole - first)}, is_fall_meant=is_fall_meant)


REJECTED = Decision(is_granted=False, answer="评分无误，维持原分")


def final(made: Marking, place: int = 0) -> dict[int, Decimal]:
    db.session.expire_all()
    return queries.final_marks(made.sitting.id)[made.attempts[place].id]


def test_a_rejected_appeal_keeps_the_mark(made: Marking) -> None:
    """A peer shows 0 after a rejected appeal."""
    allow(made)
    appeal = file(made)
    assert decide(appeal, REJECTED)
    assert final(made) == {2: 12, 3: 12}
    assert result_of(made).total == 25
    assert (appeal.state, appeal.old_mark, appeal.new_mark) == (AppealState.REJECTED, Decimal(12), None)


def test_a_granted_appeal_changes_the_final_mark_and_nothing_is_overwritten(made: Marking) -> None:
    allow(made)
    appeal = file(made)
    assert decide(appeal, granted("15.5"))
    assert final(made) == {2: Decimal("15.5"), 3: 12}
    assert script(made, 0).mark == 12
    assert result_of(made).total == 25
    again = look(script(made, 0), Round.APPEAL)
    assert (again.marks, again.total) == ({"C1": "10", "C2": "5.5"}, Decimal("15.5"))
    assert (appeal.old_mark, appeal.new_mark, appeal.ground) == (Decimal(12), Decimal("15.5"), Ground.RE_MARKED)


def test_whoever_marked_the_script_may_not_decide(made: Marking) -> None:
    allow(made)
    appeal = file(made)
    for round_ in (Round.FIRST, Round.SECOND):
        with pytest.raises(services.MarkerMayNotDecide):
            decide(appeal, REJECTED, user_of(look(script(made, 0), round_)))
    untouched = next(one for one in made.markers if not _has_looked(made, one.id))
    assert decide(appeal, REJECTED, actor_of(untouched))


def _has_looked(made: Marking, user_id: int) -> bool:
    return any(one.user_id == user_id for one in queries.marks_of_script(script(made, 0).id))


def test_the_constraint_has_the_last_word_that_no_marker_decides(made: Marking) -> None:
    first = look(script(made, 0), Round.FIRST)
    row = {
        "code": "X" * 16,
        "script_id": first.script_id,
        "user_id": first.user_id,
        "round": Round.APPEAL,
        "state": TaskState.GIVEN,
    }
    with pytest.raises(IntegrityError), db.session.begin_nested():
        db.session.execute(
            insert(ScriptMark),
            [{**row, "place": 0, "due_at": DUE, "doubt": "", "comment": "", "total": Decimal(1), "given_at": NOW, "marks": {}}],
        )


def test_a_candidate_may_not_decide_her_own_appeal(made: Marking) -> None:
    allow(made)
    appeal = file(made)
    me = made.world.actor(0)
    with pytest.raises(Forbidden):
        decide(appeal, REJECTED, me)
    as_manager = type(me)(me.user_id, me.name, MANAGER.grants)
    with pytest.raises(services.MarkerMayNotDecide):
        decide(appeal, REJECTED, as_manager)


def test_a_mark_never_falls_by_accident(made: Marking) -> None:
    allow(made)
    appeal = file(made)
    for decision, refusal in (
        (granted("8"), MarkMayNotFall),
        (granted("8", is_fall_meant=True), MarkMayNotFall),  # the terms do not allow it
        (granted("12"), MarkHasNotChanged),
        (Decision(True, "复核后更正", Ground.RE_MARKED), MarkIsMissing),
        (Decision(True, "复核后更正", Ground.RE_MARKED, {"C1": "10", "C2": "x"}), MarkIsNoMark),
        (Decision(True, "复核后更正"), services.GroundIsOutsidePolicy),
        (Decision(True, " ", Ground.RE_MARKED, {"C1": "10", "C2": "10"}), ReasonIsMissing),
        (Decision(False, ""), ReasonIsMissing),
    ):
        with pytest.raises(refusal):
            decide(appeal, decision)
    db.session.expire_all()
    assert queries.get_appeal(appeal.code).state is AppealState.FILED
    assert final(made) == {2: 12, 3: 12}


def test_a_lower_mark_needs_terms_that_allow_it_and_an_explicit_word(made: Marking) -> None:
    allow(made, may_lower=True)
    appeal = file(made)
    with pytest.raises(MarkMayNotFall):
        decide(appeal, granted("8"))
    assert decide(appeal, granted("8", is_fall_meant=True))
    assert final(made)[2] == 8
    with pytest.raises(IntegrityError), db.session.begin_nested():
        appeal.is_fall_meant = False
        db.session.flush()


def test_check_only_marks_nothing_anew_but_corrects_what_was_entered_wrongly(made: Marking) -> None:
    make_results(made, {0: ["1", "2", "12"]}, version=2)  # 12 was registered as 2
    allow(made, AppealPolicy.CHECK_ONLY)
    appeal = file(made)
    states = {check.code: check.state for check in queries.checks_of(appeal)}
    assert states == {"missed": "ok", "addition": "ok", "rule": "ok", "registration": "no", "total": "ok"}
    with pytest.raises(services.GroundIsOutsidePolicy):
        decide(appeal, granted("15"))
    assert decide(appeal, granted("12", Ground.REGISTRATION))
    assert (appeal.old_mark, appeal.new_mark) == (Decimal(2), Decimal(12))
    assert final(made)[2] == 12


def test_an_objective_question_can_be_appealed_too(made: Marking) -> None:
    make_results(made, {0: ["0", "12", "12"]}, version=2)
    allow(made, AppealPolicy.CHECK_ONLY)
    appeal = file(made, 1)
    assert [check.code for check in queries.checks_of(appeal)] == ["total"]
    assert decide(appeal, granted("1", Ground.REGISTRATION))
    assert final(made) == {1: 1, 2: 12, 3: 12}


def test_posting_a_decision_twice_changes_nothing(made: Marking) -> None:
    allow(made)
    appeal = file(made)
    assert decide(appeal, granted("15"))
    rows = db.session.scalar(select(func.count(AuditRow.id)))
    assert not decide(appeal, granted("18"))
    assert not decide(appeal, REJECTED)
    assert db.session.scalar(select(func.count(AuditRow.id))) == rows
    assert final(made)[2] == 15


def test_window_and_quota_hold(made: Marking) -> None:
    with pytest.raises(AppealsAreClosed):
        file(made)
    allow(made, quota=1)
    for at in (NOW - timedelta(seconds=1), DUE):
        with pytest.raises(AppealsAreClosed):
            file(made, now=at)
    file(made)
    with pytest.raises(AppealQuotaIsUsed):
        file(made, 3)
    with pytest.raises(services.QuestionIsAppealed):
        file(made)
    allow(made, quota=3)
    file(made, 3)
    assert [one.version for one in queries.appeal_settings_of(made.sitting.id)] == [2, 1]


def test_only_ones_own_released_result_and_a_question_that_exists(made: Marking) -> None:
    allow(made)
    for actor in (made.world.actor(1), MANAGER):
        with pytest.raises(NotFound), transaction():
            services.file_appeal(result_code=result_of(made).code, position=2, reason=WHY, actor=actor, now=NOW)
    for position in (0, 4, -1):
        with pytest.raises(NotFound):
            file(made, position)
    with pytest.raises(ReasonIsMissing):
        file(made, reason="　啊 ")


def test_an_appeal_can_be_taken_back_until_it_is_decided(made: Marking) -> None:
    allow(made)
    one, other = file(made, 2), file(made, 3)
    me = made.world.actor(0)
    with pytest.raises(NotFound), transaction():
        services.withdraw_appeal(code=one.code, actor=made.world.actor(1), now=NOW)
    with transaction():
        assert services.withdraw_appeal(code=one.code, actor=me, now=NOW)
        assert not services.withdraw_appeal(code=one.code, actor=me, now=NOW)
    with pytest.raises(services.AppealIsDecided):
        decide(one, REJECTED)
    decide(other, REJECTED)
    with pytest.raises(services.AppealIsDecided), transaction():
        services.withdraw_appeal(code=other.code, actor=me, now=NOW)


def test_the_candidate_is_told_and_no_letter_names_a_mark(made: Marking) -> None:
    allow(made)
    decide(file(made, 2), granted("15.5"))
    decide(file(made, 3), REJECTED)
    letters = db.session.scalars(
        select(Message).where(Message.reason.like("scoring.appeal%"), Message.channel == "in_app")
    ).all()
    reasons = sorted(one.reason for one in letters)
    assert reasons == ["scoring.appeal_filed", "scoring.appeal_filed", "scoring.appeal_granted", "scoring.appeal_rejected"]
    assert {one.user_id for one in letters} == {made.world.learners[0].user_id}
    assert not any("15.5" in str(one.facts) for one in letters)


def test_an_appeal_decided_by_the_policy_under_which_it_was_filed(made: Marking) -> None:
    allow(made)
    appeal = file(made)
    allow(made, AppealPolicy.CHECK_ONLY)
    assert decide(appeal, granted("15"))


def test_a_granted_appeal_makes_a_new_version_that_the_decider_may_not_confirm(made: Marking) -> None:
    """Delivered twice, it is still one version; what was released stays as it was until the new one is released."""
    allow(made)
    before = result_of(made)
    decider, other = (actor_of(make_user(Role.CLASS_MANAGER)) for _ in range(2))
    decide(file(made), granted("15"), decider)
    for _ in range(2):
        drain(now=NOW)
        with transaction():
            appeal = queries.appeals()[0]
            services.score_after_appeal(sitting_id=made.sitting.id, appeal_id=appeal.id, now=NOW)
    newest = queries.lists_of(made.sitting.id)[0]
    assert (newest.version, newest.state, newest.scored_by_id) == (2, ResultState.PROVISIONAL, decider.user_id)
    given = {result.attempt_id: result.given_marks for result in queries.results_of(made.sitting.id, 2)}
    assert [str(given[attempt.id]) for attempt in made.attempts] == ["27.00", "24.00", "24.00"]
    assert result_of(made).total == before.total
    with pytest.raises(services.ScorerMayNotConfirm), transaction():
        services.confirm_results(sitting_id=made.sitting.id, version=2, actor=decider, now=NOW)
    with transaction():
        assert services.confirm_results(sitting_id=made.sitting.id, version=2, actor=other, now=NOW)


def test_an_appeal_counts_at_a_question_that_the_rule_marks() -> None:
    items = [Item(1, "single", "A", Decimal(1)), Item(2, "essay", "", Decimal(20))]
    scorer = PaperScorer(MarkingRule.from_parameters("national", NATIONAL), corrected(items, {}, automatic=("single",)))
    assert scorer.score({1: "B"}, {2: Decimal(7)}).item_marks == (Decimal(0), Decimal(7))
    assert scorer.score({1: "B"}, {1: Decimal(1), 2: Decimal(7)}).item_marks == (Decimal(1), Decimal(7))
