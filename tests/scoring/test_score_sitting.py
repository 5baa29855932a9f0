"""Scoring the sample's 400 candidates, against a separate computation with sets and fractions."""

import csv
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

import academy
from academy.core.db import db
from academy.exams import queries as exams
from academy.exams import services as exam_services
from academy.exams.models import ExamSitting, PaperItem
from academy.scoring import queries, services
from academy.scoring.rules import NATIONAL
from tests.exams.factories import MANAGER, NOW, make_national_paper, make_short_paper, make_sitting, make_world
from tests.statements import counted

DATA = Path(academy.__file__).parent / "sampledata"


@pytest.fixture
def sitting(session: Session) -> ExamSitting:
    """400 candidates who answered on paper, and the national rule."""
    world = make_world(learners=400, with_users=False)
    found = make_sitting(world, make_national_paper(world))
    preview = exams.preview_responses(found.id, (DATA / "responses.csv").read_bytes())
    assert (preview.column_faults, preview.bad, len(preview.good)) == ((), [], 400)
    exam_services.record_responses(sitting_id=found.id, rows=preview.good, actor=MANAGER, now=NOW)
    add_national_rule()
    db.session.commit()
    return found


def add_national_rule() -> None:
    services.add_rule(
        code="national",
        title_zh="全国统考客观题",
        parameters=NATIONAL,
        source_zh="",
        valid_from=date(2026, 1, 1),
        actor=MANAGER,
        now=NOW,
    )


def independent_scores() -> list[tuple[str, Fraction, Fraction, Fraction]]:
    """From the two files alone, with nothing of the product in it."""
    with (DATA / "responses_key.csv").open(encoding="utf-8-sig", newline="") as file:
        keys = {row["item_code"]: (row["kind"], set(row["key"]), Fraction(row["marks"])) for row in csv.DictReader(file)}
    scores = []
    with (DATA / "responses.csv").open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            parts = {"single": Fraction(0), "multiple": Fraction(0)}
            for code, (kind, key, marks) in keys.items():
                given = set(row[code])
                if given == key:
                    parts[kind] += marks
                elif kind == "multiple" and given <= key:
                    parts[kind] += Fraction(len(given), 2)
            scores.append((row["candidate_no"], parts["single"], parts["multiple"], sum(parts.values(), Fraction(0))))
    return scores


def test_all_400_totals_equal_the_independent_ones(sitting: ExamSitting) -> None:
    services.score_sitting(sitting_id=sitting.id, actor=MANAGER, now=NOW)
    db.session.expire_all()
    table = [(row.candidate, *map(Fraction, row[1:])) for row in queries.score_table(sitting.id)]
    assert len(table) == 400
    assert table == independent_scores()


def test_it_takes_a_fixed_number_of_statements(sitting: ExamSitting) -> None:
    with counted() as statements:
        services.score_sitting(sitting_id=sitting.id, actor=MANAGER, now=NOW)
        db.session.flush()
    assert len(statements) < 25  # for 400 people


def test_the_marks_of_the_items_add_up_to_the_total(sitting: ExamSitting) -> None:
    services.score_sitting(sitting_id=sitting.id, actor=MANAGER, now=NOW)
    for result in queries.results_of(sitting.id):
        assert sum(map(Decimal, result.item_marks), Decimal(0)) == result.total == result.automatic_marks
        assert result.passed == (result.total >= 60)


def test_scoring_again_with_the_same_outcome_makes_no_new_version(sitting: ExamSitting) -> None:
    first = services.score_sitting(sitting_id=sitting.id, actor=MANAGER, now=NOW)
    assert services.score_sitting(sitting_id=sitting.id, actor=MANAGER, now=NOW).id == first.id
    assert len(queries.lists_of(sitting.id)) == 1


def test_a_changed_key_makes_a_new_version_and_the_old_one_stays(sitting: ExamSitting) -> None:
    services.score_sitting(sitting_id=sitting.id, actor=MANAGER, now=NOW)
    before = [(r.candidate_no, r.total) for r in queries.results_of(sitting.id)]
    item = db.session.get_one(PaperItem, exams.paper_items(sitting.paper_id)[0].id)
    item.key = "B" if item.key != "B" else "C"
    db.session.flush()
    again = services.score_sitting(sitting_id=sitting.id, actor=MANAGER, now=NOW)
    assert again.version == 2
    assert [(r.candidate_no, r.total) for r in queries.results_of(sitting.id, version=1)] == before
    assert [(r.candidate_no, r.total) for r in queries.results_of(sitting.id)] != before


def test_nothing_is_scored_while_somebody_writes_or_nobody_has_answered(session: Session, now: datetime) -> None:
    world = make_world(learners=1)
    found = make_sitting(world, make_short_paper(world))
    add_national_rule()
    with pytest.raises(services.NothingToScore):
        services.score_sitting(sitting_id=found.id, actor=MANAGER, now=now)
    exam_services.start_attempt(sitting_id=found.id, actor=world.actor(0), now=now)
    with pytest.raises(services.CandidatesAreWriting):
        services.score_sitting(sitting_id=found.id, actor=MANAGER, now=now)


def test_the_rule_of_the_sittings_day_counts_not_the_newest(session: Session, now: datetime) -> None:
    world = make_world(learners=1)
    found = make_sitting(world)
    me = world.actor(0)
    attempt = exam_services.start_attempt(sitting_id=found.id, actor=me, now=now)
    exam_services.save_answer(code=attempt.code, seq=1, position=4, response="AB", is_flagged=False, actor=me, now=now)
    exam_services.submit_attempt(code=attempt.code, actor=me, now=now)
    add_national_rule()
    exact = {"single": {"method": "exact"}, "multiple": {"method": "exact"}}
    services.add_rule(
        code="national", title_zh="", parameters=exact, source_zh="", valid_from=date(2027, 1, 1), actor=MANAGER, now=now
    )
    services.score_sitting(sitting_id=found.id, actor=MANAGER, now=now)
    assert [r.total for r in queries.results_of(found.id)] == [Decimal(1)]


def test_a_rule_that_cannot_be_read_is_told_by_position_and_nothing_is_scored(sitting: ExamSitting) -> None:
    item = db.session.get_one(PaperItem, exams.paper_items(sitting.paper_id)[6].id)
    item.scoring = {"method": "guess"}
    db.session.flush()
    with pytest.raises(queries.RuleCannotBeApplied, match="7"):
        services.score_sitting(sitting_id=sitting.id, actor=MANAGER, now=NOW)
    assert queries.lists_of(sitting.id) == []


def test_an_items_own_rule_counts(sitting: ExamSitting) -> None:
    services.score_sitting(sitting_id=sitting.id, actor=MANAGER, now=NOW)
    before = sum(r.total for r in queries.results_of(sitting.id))
    for item in exams.paper_items(sitting.paper_id):
        if item.kind.value == "multiple":
            db.session.get_one(PaperItem, item.id).scoring = {"method": "exact"}
    db.session.flush()
    services.score_sitting(sitting_id=sitting.id, actor=MANAGER, now=NOW)
    assert sum(r.total for r in queries.results_of(sitting.id)) < before
