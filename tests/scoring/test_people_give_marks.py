"""Essay positions: what people gave counts beside what rules give, and nothing is scored while a mark is missing."""

from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from academy.core.db import db, transaction
from academy.scoring import queries, services
from academy.scoring.models import ResultList
from academy.scoring.rules import NATIONAL, Correction, Item, MarkingRule, PaperScorer, Treatment, corrected
from academy.scoring.rules.marking import Mode
from tests.exams.factories import MANAGER, NOW
from tests.scoring.marking_factories import Marking, begin, give_everything, make_marking
from tests.scoring.test_score_sitting import add_national_rule

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
def made(session: Session) -> Marking:
    """Three people with a single-choice answer that is right and two essays."""
    found = make_marking()
    add_national_rule()
    begin(found, Mode.ONE)
    return found


def score_all(made: Marking) -> ResultList:
    with transaction():
        return services.score_sitting(sitting_id=made.sitting.id, actor=MANAGER, now=NOW)


def test_a_list_holds_both_and_its_digest_covers_what_people_gave(made: Marking) -> None:
    give_everything(made, "12.5")
    stored = score_all(made)
    assert {(str(r.automatic_marks), str(r.given_marks), str(r.total)) for r in queries.results_of(made.sitting.id)} == {
        ("1.00", "25.00", "26.00")
    }
    assert queries.stored_digest(stored) == stored.digest
    first = queries.results_of(made.sitting.id)[0]
    first.item_marks = [*first.item_marks[:-1], "2"]
    db.session.flush()
    assert queries.stored_digest(stored) != stored.digest


def test_nothing_is_scored_while_people_still_mark(made: Marking) -> None:
    with pytest.raises(services.MarksAreMissing, match="6 份"):
        score_all(made)
    assert queries.find_newest_list(made.sitting.id) is None


def test_what_people_mark_has_no_key_to_correct(made: Marking) -> None:
    give_everything(made)
    score_all(made)
    correction = Correction(2, Treatment.KEY, key="D")
    with pytest.raises(services.PeopleMarkThis), transaction():
        services.propose_regrade(
            sitting_id=made.sitting.id, corrections=[correction], reason="答案有误", actor=MANAGER, now=NOW
        )
