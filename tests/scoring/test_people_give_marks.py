"""Essay positions: what people gave counts beside what rules give, and nothing is scored while a mark is missing."""

from decimal import Decimal

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from academy.core.db import db, transaction
from academy.exams.models import PaperItem
from academy.exams.rules.kinds import QuestionKind
from academy.scoring import queries, services
from academy.scoring.queries import computing
from academy.scoring.rules import NATIONAL, Correction, Item, MarkingRule, PaperScorer, Treatment, corrected
from tests.exams.factories import NOW
from tests.scoring.sat import Sat, make_sat

RULE = MarkingRule.from_parameters("national", NATIONAL)
ITEMS = [Item(1, "single", "A", Decimal(1)), Item(2, "essay", "", Decimal(20)), Item(3, "multiple", "AB", Decimal(2))]
AUTOMATIC = ("single", "multiple")


def score(responses: dict[int, str], given: dict[int, Decimal], *corrections: Correction) -> list[Decimal]:
    positions = corrected(ITEMS, {one.position: one for one in corrections}, automatic=AUTOMATIC)
    found = PaperScorer(RULE, positions).score(responses, given)
    assert sum(found.item_marks) == found.total == found.automatic + found.given
    return list(found.item_marks)


def test_given_marks_stand_at_their_position() -> None:
    assert score({1: "A", 2: "……", 3: "A"}, {2: Decimal("16.5")}) == [1, Decimal("16.5"), Decimal("0.5")]


def test_a_blank_essay_crashes_nothing() -> None:
    assert score({1: "A"}, {}) == [1, 0, 0]


def test_thirds_are_rounded_once_so_that_the_parts_are_the_total() -> None:
    assert score({}, {2: Decimal(50) / 3}) == [0, Decimal("16.67"), 0]


def test_more_than_full_marks_is_given_to_nobody() -> None:
    assert score({}, {2: Decimal(25)}) == [0, 20, 0]


def test_an_essay_may_be_void_or_full_for_everybody() -> None:
    assert score({}, {2: Decimal(7)}, Correction(2, Treatment.VOID)) == [0, 0, 0]
    assert score({}, {2: Decimal(7)}, Correction(2, Treatment.FULL)) == [0, 20, 0]


@pytest.fixture
def sat(session: Session, monkeypatch: pytest.MonkeyPatch) -> Sat:
    """The fifth question is one that people mark."""
    found = make_sat()
    db.session.execute(
        update(PaperItem)
        .where(PaperItem.paper_id == found.sitting.paper_id, PaperItem.position == 5)
        .values(kind=QuestionKind.ESSAY, key="")
    )
    db.session.commit()
    by_number = {r.candidate_no: r.attempt_id for r in queries.results_of(found.sitting.id)}
    given = {by_number["K0001"]: {5: Decimal("1.25")}, by_number["K0003"]: {5: Decimal(2)}}
    monkeypatch.setattr(computing, "final_marks", lambda sitting_id: given)
    return found


def test_a_new_list_holds_both_and_its_digest_covers_what_people_gave(sat: Sat) -> None:
    with transaction():
        made = services.score_sitting(sitting_id=sat.sitting.id, actor=sat.first, now=NOW)
    assert sat.totals() == ["6.25", "1.5", "4", "0"]
    assert [queries.plain(r.given_marks) for r in queries.results_of(sat.sitting.id)] == ["1.25", "0", "2", "0"]
    assert queries.stored_digest(made) == made.digest != queries.lists_of(sat.sitting.id)[1].digest
    first = queries.results_of(sat.sitting.id)[0]
    first.item_marks = [*first.item_marks[:-1], "2"]
    db.session.flush()
    assert queries.stored_digest(made) != made.digest


def test_nothing_is_scored_or_proposed_while_people_still_mark(sat: Sat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "unmarked", lambda sitting_id: 3)
    with pytest.raises(services.MarksAreMissing, match="3 份"), transaction():
        services.score_sitting(sitting_id=sat.sitting.id, actor=sat.first, now=NOW)
    with pytest.raises(services.MarksAreMissing):
        sat.propose_key()
    assert sat.newest().version == 1


def test_what_people_mark_has_no_key_to_correct(sat: Sat) -> None:
    with pytest.raises(services.PeopleMarkThis):
        sat.propose_key(position=5, key="D")
