"""Papers: exactly the given one, or one from the bank by blueprint."""

from collections import Counter
from datetime import datetime
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from academy.core.sheets import packaged_rows
from academy.exams import queries, services
from academy.exams.rules.blueprint import Candidate, Cell, national_blueprint
from academy.exams.rules.filling import choose, find_shortages
from academy.exams.rules.kinds import QuestionKind
from tests.exams.factories import MANAGER, World, load_questions, make_national_paper, make_world


@pytest.fixture
def world(session: Session) -> World:
    return make_world(learners=0)


def test_the_national_paper_has_the_given_questions_in_the_given_order_with_the_given_key(world: World) -> None:
    items = queries.shown_items(make_national_paper(world).id)
    key = packaged_rows("responses_key.csv")
    assert [(str(i.position), i.code, i.kind.value, i.key, i.marks) for i in items] == [
        (row["pos"], row["item_code"], row["kind"], row["key"], Decimal(row["marks"])) for row in key
    ]
    assert Counter(i.kind for i in items) == {QuestionKind.SINGLE: 60, QuestionKind.MULTIPLE: 20}
    assert {i.code for i in items if i.key != i.bank_key} == {"Q-0058", "Q-0129"}  # named on the paper's page


def test_a_question_that_the_bank_lacks_makes_no_paper(world: World, now: datetime) -> None:
    items = [services.KeyItem("Q-9999", QuestionKind.SINGLE, "A", Decimal(1))]
    with pytest.raises(Exception, match="Q-9999"):
        services.take_over_paper(bank_id=world.bank.id, title_zh="x", minutes=60, items=items, actor=MANAGER, now=now)
    assert queries.papers() == []


def test_a_paper_from_the_bank_meets_its_blueprint(world: World, now: datetime) -> None:
    load_questions(world)
    cells = national_blueprint()
    paper = services.assemble_paper(
        bank_id=world.bank.id, title_zh="结业卷", minutes=120, cells=cells, seed=7, actor=MANAGER, now=now
    )
    items = queries.shown_items(paper.id)
    assert [i.kind for i in items] == [QuestionKind.SINGLE] * 60 + [QuestionKind.MULTIPLE] * 20
    assert len({i.code for i in items}) == 80
    assert sum(i.marks for i in items) == 100
    assert all(i.key == i.bank_key for i in items)
    assert [cell["count"] for cell in paper.blueprint] == [60, 20]


def test_a_shortage_is_named_and_no_paper_is_made(world: World, now: datetime) -> None:
    load_questions(world)
    with pytest.raises(services.BankIsTooSmall, match="单项选择题要 60 道，题库只有 40 道；多项选择题要 20 道，题库只有 14 道"):
        services.assemble_paper(
            bank_id=world.bank.id, title_zh="x", minutes=120, cells=national_blueprint(("PD-01",)), actor=MANAGER, now=now
        )
    assert queries.papers() == []


def _pool() -> list[Candidate]:
    return [Candidate(n, QuestionKind.SINGLE, "PD-01", f"知识点{n % 5}", 1 + n % 5, 4, "A") for n in range(40)]


def test_topics_are_used_evenly_and_the_same_seed_gives_the_same_paper() -> None:
    cells = [Cell(QuestionKind.SINGLE, 20, Decimal(1))]
    chosen = choose(cells, _pool(), seed=1)
    assert set(Counter(c.candidate.topic for c in chosen).values()) == {4}
    assert chosen == choose(cells, _pool(), seed=1)
    assert chosen != choose(cells, _pool(), seed=2)
    assert find_shortages([Cell(QuestionKind.SINGLE, 41, Decimal(1))], _pool())[0].found == 40
