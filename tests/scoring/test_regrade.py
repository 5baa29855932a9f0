"""A corrected key: dry run, a second person commits, can be undone; nothing is overwritten."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from academy.catalog.models import Program
from academy.core.access import Actor
from academy.core.audit import AuditRow
from academy.core.db import db, transaction
from academy.core.errors import Forbidden
from academy.core.outbox import drain
from academy.exams import queries as exams
from academy.exams import services as exam_services
from academy.exams.models import Answer, PaperItem
from academy.notifications.models import Message
from academy.scoring import queries, services
from academy.scoring.models import Result, ResultChange, ResultList
from academy.scoring.rules import NATIONAL, ChangeState, Correction, ResultState, Treatment
from tests.exams.factories import MANAGER, NOW, make_national_paper, make_sitting, make_world
from tests.scoring.sat import TOTALS, Sat, make_sat
from tests.scoring.test_score_sitting import DATA, add_national_rule
from tests.statements import counted

SECOND = Actor(None, "周老师", MANAGER.grants)


@pytest.fixture
def sat(session: Session) -> Sat:
    return make_sat()


def actions() -> list[str]:
    query = select(AuditRow.action).where(AuditRow.action.like("scoring.%change%") | AuditRow.action.like("scoring.%undo%"))
    return list(db.session.scalars(query.order_by(AuditRow.id)))


def test_the_dry_run_says_who_gains_who_loses_who_passes_and_who_fails(sat: Sat) -> None:
    impact = queries.impact_of(sat.propose_key())
    found = {one.candidate_no: (one.before, one.after, one.passed_before, one.passed_after) for one in impact.effects}
    assert found == {
        "K0001": (Decimal(7), Decimal(6), True, True),
        "K0002": (Decimal("1.5"), Decimal("2.5"), False, False),
        "K0003": (Decimal(4), Decimal(5), False, True),
        "K0004": (Decimal(0), Decimal(1), False, False),
    }
    assert (impact.gaining, impact.losing, impact.count) == (3, 1, 4)
    assert [one.candidate_no for one in impact.now_passing] == ["K0003"]
    assert impact.now_failing == []
    assert (impact.passed_before, impact.passed_after) == (1, 2)


def test_a_dry_run_changes_nothing(sat: Sat) -> None:
    before = sat.newest().digest
    queries.impact_of(sat.propose_key())
    assert (sat.newest().version, sat.newest().digest, sat.totals()) == (1, before, TOTALS)


def test_the_dry_run_and_the_commit_of_400_people_take_a_constant_number_of_statements(session: Session) -> None:
    seen = {}
    add_national_rule()
    world = make_world(learners=400, with_users=False)
    paper = make_national_paper(world)
    rows = exams.preview_responses(make_sitting(world, paper).id, (DATA / "responses.csv").read_bytes()).good
    for count in (4, 400):
        sitting = make_sitting(world, paper)
        exam_services.record_responses(sitting_id=sitting.id, rows=rows[:count], actor=MANAGER, now=NOW)
        services.score_sitting(sitting_id=sitting.id, actor=MANAGER, now=NOW)
        position = 79 if count == 4 else 80  # the second sitting is scored by the key that the first one's regrade left
        change = services.propose_regrade(
            sitting_id=sitting.id,
            corrections=[Correction(position, Treatment.FULL)],
            reason="更正",
            actor=MANAGER,
            now=NOW,
        )
        db.session.commit()
        db.session.expire_all()
        with counted() as statements:
            queries.impact_of(queries.get_change(change.code))
        with counted() as more:
            services.commit_change(code=change.code, actor=SECOND, now=NOW)
        seen[count] = len(statements), len(more)
        db.session.commit()
    assert seen[4][0] == seen[400][0] < 15
    assert seen[400][1] <= seen[4][1] + 2  # rows go in by batches


def test_who_proposed_may_not_commit(sat: Sat) -> None:
    change = sat.propose_key()
    with pytest.raises(services.ProposerMayNotCommit, match="另一个人"):
        sat.commit(change, actor=sat.first)
    assert sat.newest().version == 1


def test_the_database_refuses_one_person_for_both(sat: Sat) -> None:
    sat.propose_key()
    with pytest.raises(IntegrityError, match="two_people"):
        db.session.execute(update(ResultChange).values(decided_by_id=sat.first.user_id))


def test_committing_makes_a_new_version_and_overwrites_nothing(sat: Sat) -> None:
    paper_id = sat.sitting.paper_id
    items = [(i.position, i.key, i.marks, i.scoring) for i in exams.paper_items(paper_id)]
    old = [(r.code, r.total, r.item_marks, r.state) for r in queries.results_of(sat.sitting.id, 1)]
    change = sat.propose_key()
    assert sat.commit(change)
    assert (sat.totals(1), sat.totals(2)) == (TOTALS, ["6", "2.5", "5", "1"])
    assert [(r.code, r.total, r.item_marks, r.state) for r in queries.results_of(sat.sitting.id, 1)] == old
    assert [(i.position, i.key, i.marks, i.scoring) for i in exams.paper_items(paper_id)] == items
    made = sat.newest()
    assert (made.state, made.scored_by, made.confirmed_by) == (ResultState.RELEASED, "李主任", "周老师")
    assert made.digest == queries.stored_digest(made) == queries.get_change(change.code).digest
    assert queries.best_released_result(sat.sitting.class_id, sat.world.learners[2].id).total == 5  # type: ignore[union-attr]


def test_posting_the_commit_twice_changes_nothing_the_second_time(sat: Sat) -> None:
    change = sat.propose_key()
    assert sat.commit(change)
    assert not sat.commit(change, actor=sat.third)
    assert sat.newest().version == 2
    assert actions() == ["scoring.change_proposed", "scoring.change_committed"]


def test_it_is_undone_by_two_people_as_a_third_version(sat: Sat) -> None:
    change = sat.propose_key()
    sat.commit(change)
    with transaction():
        assert services.propose_undo(code=change.code, reason="原答案没有错", actor=sat.second, now=NOW)
    with pytest.raises(services.ProposerMayNotCommit), transaction():
        services.commit_undo(code=change.code, actor=sat.second, now=NOW)
    with transaction():
        assert services.commit_undo(code=change.code, actor=sat.third, now=NOW)
    with transaction():
        assert not services.commit_undo(code=change.code, actor=sat.third, now=NOW)
    assert [sat.totals(version) for version in (1, 2, 3)] == [TOTALS, ["6", "2.5", "5", "1"], TOTALS]
    lists = queries.lists_of(sat.sitting.id)
    assert lists[0].digest == lists[2].digest
    assert lists[0].state is ResultState.RELEASED
    assert queries.get_change(change.code).state is ChangeState.UNDONE
    assert actions() == [
        "scoring.change_proposed",
        "scoring.change_committed",
        "scoring.undo_proposed",
        "scoring.change_undone",
    ]


def test_an_undo_that_is_taken_back_leaves_the_change_committed(sat: Sat) -> None:
    change = sat.propose_key()
    sat.commit(change)
    with transaction():
        services.propose_undo(code=change.code, reason="想想", actor=sat.second, now=NOW)
        assert services.withdraw_change(code=change.code, actor=sat.second, now=NOW)
    assert queries.get_change(change.code).state is ChangeState.COMMITTED
    assert sat.newest().version == 2


def test_only_the_newest_change_is_undone(sat: Sat) -> None:
    one = sat.propose_key()
    sat.commit(one)
    two = sat.propose_key(position=2, key="C")
    sat.commit(two)
    with pytest.raises(services.ALaterChangeStands), transaction():
        services.propose_undo(code=one.code, reason="错", actor=sat.second, now=NOW)
    assert sat.undo(two)
    assert sat.totals() == ["6", "2.5", "5", "1"]
    with transaction():
        assert services.propose_undo(code=one.code, reason="错", actor=sat.second, now=NOW)


def test_one_change_waits_at_a_time(sat: Sat) -> None:
    change = sat.propose_key()
    with pytest.raises(services.AnotherChangeWaits):
        sat.propose_key(position=2, key="C")
    with transaction():
        assert services.withdraw_change(code=change.code, actor=sat.first, now=NOW)
        assert not services.withdraw_change(code=change.code, actor=sat.first, now=NOW)
    assert not sat.commit(change)
    assert sat.propose_key(position=2, key="C").state is ChangeState.PROPOSED


def test_what_is_committed_is_what_the_dry_run_showed(sat: Sat) -> None:
    """A sheet that was taken in between proposal and commit stops it."""
    change = sat.propose_key()
    attempt = queries.results_of(sat.sitting.id)[0].attempt_id
    db.session.execute(update(Answer).where(Answer.attempt_id == attempt, Answer.position == 2).values(response="A"))
    db.session.commit()
    with pytest.raises(services.DryRunIsOutOfDate):
        sat.commit(change)
    assert sat.newest().version == 1
    assert queries.get_change(change.code).state is ChangeState.PROPOSED


def test_a_change_that_changes_nobody_is_refused(sat: Sat) -> None:
    with pytest.raises(services.NothingWouldChange):
        sat.propose_key(key="A")
    assert queries.changes_of(sat.sitting.id) == []


@pytest.mark.parametrize(
    ("treatment", "more", "expected"),
    [
        (Treatment.FULL, {}, ["7", "2.5", "5", "1"]),
        (Treatment.VOID, {}, ["6", "1.5", "4", "0"]),
        (Treatment.ANY, {"key": "AB"}, ["7", "2.5", "5", "1"]),
        (Treatment.KEY, {"key": None, "marks": Decimal("1.5")}, ["7.5", "1.5", "4", "0"]),
    ],
)
def test_the_four_treatments(sat: Sat, treatment: Treatment, more: dict[str, object], expected: list[str]) -> None:
    sat.commit(sat.propose_key(**({"key": None} | more), treatment=treatment))  # type: ignore[arg-type]
    assert sat.totals() == expected
    full = {Treatment.VOID: Decimal(6), Treatment.KEY: Decimal("7.5")}.get(treatment, Decimal(7))
    assert sat.newest().full_marks == full


def test_a_key_that_cannot_be_is_refused(sat: Sat) -> None:
    for correction, refusal in (
        (Correction(99, Treatment.KEY, "A"), services.NoSuchPosition),
        (Correction(1, Treatment.KEY, ""), services.CorrectionIsUnfit),
        (Correction(1, Treatment.KEY), services.CorrectionIsUnfit),
        (Correction(1, Treatment.KEY, None, Decimal(0)), services.CorrectionIsUnfit),
        (Correction(1, Treatment.KEY, None, Decimal("0.005")), services.CorrectionIsUnfit),
        (Correction(4, Treatment.ANY, "AB"), services.TreatmentDoesNotFit),
    ):
        with pytest.raises(refusal), transaction():
            services.propose_regrade(sitting_id=sat.sitting.id, corrections=[correction], reason="错", actor=sat.first, now=NOW)


def test_scoring_again_keeps_the_corrected_key(sat: Sat) -> None:
    sat.commit(sat.propose_key())
    with transaction():
        assert services.score_sitting(sitting_id=sat.sitting.id, actor=sat.first, now=NOW).version == 2


def test_the_next_sitting_of_the_paper_is_scored_by_the_corrected_key(sat: Sat) -> None:
    """The old model answer is not used again."""
    sat.commit(sat.propose_key())
    later = make_sitting(sat.world, exams.paper_by_id(sat.sitting.paper_id), opens_at=NOW + timedelta(days=1))
    table = b"candidate_no,T-1,T-2,T-3,T-4,T-5\nK0001,B,,,,\n"
    exam_services.record_responses(
        sitting_id=later.id, rows=exams.preview_responses(later.id, table).good, actor=MANAGER, now=NOW
    )
    with transaction():
        services.score_sitting(sitting_id=later.id, actor=sat.first, now=NOW)
    assert [r.total for r in queries.results_of(later.id)] == [1]
    assert db.session.scalar(select(PaperItem.key).where(PaperItem.paper_id == later.paper_id, PaperItem.position == 1)) == "A"


def test_a_later_rule_or_pass_mark_does_not_work_backwards(sat: Sat) -> None:
    """Penalties applied retroactively: a stricter rule that is entered afterwards leaves what was scored as it is."""
    strict = {"single": {"method": "exact"}, "multiple": {"method": "exact"}}
    assert strict != NATIONAL
    with transaction():
        services.add_rule(
            code="national",
            title_zh="更严",
            parameters=strict,
            source_zh="",
            valid_from=date(2026, 11, 1),
            actor=sat.first,
            now=NOW,
        )
    db.session.execute(update(Program).values(pass_mark=100))
    db.session.commit()
    with transaction():
        assert services.score_sitting(sitting_id=sat.sitting.id, actor=sat.first, now=NOW).version == 1
    impact = queries.impact_of(sat.propose_key())
    assert {one.candidate_no: one.after for one in impact.effects}["K0002"] == Decimal("2.5")


def test_who_changes_is_told_once_and_the_others_are_not(sat: Sat) -> None:
    def told(reason: str) -> list[str]:
        query = select(Message.name).where(Message.reason == f"scoring.{reason}", Message.channel == "in_app")
        return sorted(db.session.scalars(query))

    drain(now=NOW)
    assert len(told("result_released")) == 4
    sat.commit(sat.propose_key(position=5, key="CD"))
    drain(now=NOW + timedelta(hours=1))
    drain(now=NOW + timedelta(hours=2))
    assert told("result_corrected") == ["学员1", "学员3"]  # the two who had it right
    assert len(told("result_released")) == 4
    facts = db.session.scalars(select(Message.facts).where(Message.reason == "scoring.result_corrected")).all()
    assert {one["reason"] for one in facts} == {"第 1 题答案印错"}


def test_a_change_before_the_release_waits_for_it(session: Session) -> None:
    sat = make_sat(released=False)
    sat.commit(sat.propose_key())
    made = sat.newest()
    assert (made.version, made.state) == (2, ResultState.CONFIRMED)
    assert queries.released_results(sat.sitting.class_id) == {}


def test_a_learner_neither_proposes_nor_commits(sat: Sat) -> None:
    me = sat.world.actor(0)
    with pytest.raises(Forbidden):
        services.propose_regrade(sitting_id=sat.sitting.id, corrections=[], reason="x", actor=me, now=NOW)
    change = sat.propose_key()
    with pytest.raises(Forbidden):
        sat.commit(change, actor=me)


def test_marks_stay_decimal_and_the_parts_are_the_total(sat: Sat) -> None:
    sat.commit(sat.propose_key(key=None, marks=Decimal("0.35")))
    for result in queries.results_of(sat.sitting.id):
        assert isinstance(result.total, Decimal)
        assert sum(map(Decimal, result.item_marks)) == result.total == result.automatic_marks + result.given_marks


def test_a_list_that_was_tampered_with_shows(sat: Sat) -> None:
    found = sat.newest()
    assert queries.stored_digest(found) == found.digest
    first = db.session.scalars(select(Result).where(Result.list_id == found.id).order_by(Result.id).limit(1)).one()
    first.passed = not first.passed
    db.session.flush()
    assert queries.stored_digest(found) != found.digest
    assert db.session.scalar(select(func.count(ResultList.id))) == 1
