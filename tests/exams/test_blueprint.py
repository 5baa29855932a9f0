"""Blueprints: cells that overlap, several forms of equal difficulty, exposure, cases, proof."""

from collections import Counter
from datetime import datetime
from decimal import Decimal
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import update
from sqlalchemy.orm import Session

from academy.core.db import db
from academy.exams import queries, services
from academy.exams.models import Paper, PaperItem, Question
from academy.exams.rules.blueprint import Candidate, Cell, national_blueprint
from academy.exams.rules.filling import (
    MEAN_BOUND,
    SPREAD_BOUND,
    are_even,
    choose_even_forms,
    choose_forms,
    evenness,
    find_shortages,
)
from academy.exams.rules.kinds import QuestionKind
from academy.exams.rules.proof import Placed, prove
from tests.exams.factories import MANAGER, World, load_questions, make_sitting, make_world

ONE = Decimal(1)
SINGLE, CASE = QuestionKind.SINGLE, QuestionKind.CASE


@pytest.fixture
def world(session: Session) -> World:
    world = make_world(learners=0)
    load_questions(world)
    return world


def make_paper(world: World, now: datetime, *cells: Cell) -> Paper:
    given = {"bank_id": world.bank.id, "title_zh": "x", "minutes": 30, "actor": MANAGER, "now": now}
    return services.assemble_paper(cells=cells, seed=1, **given)  # type: ignore[arg-type]


def question(n: int, topic: str = "甲", difficulty: int = 1, exposure: int = 0, material: int | None = None) -> Candidate:
    return Candidate(n, SINGLE, "PD-01", topic, difficulty, 4, "A", exposure=exposure, material_id=material)


def cell(count: int, *topics: str, difficulties: tuple[int, ...] = ()) -> Cell:
    return Cell(SINGLE, count, ONE, topics=topics, difficulties=difficulties)


def test_a_question_that_fits_two_cells_goes_to_the_one_that_needs_it() -> None:
    pool = [question(1, "甲"), question(2, "乙"), question(3, "丙")]
    cells = [cell(1, "甲", "乙"), cell(1, "乙", "丙"), cell(1, "甲", "丙")]
    for seed in range(20):
        assert find_shortages(cells, pool) == []
        assert sorted(c.candidate.version_id for c in choose_forms(cells, pool, seed=seed)[0]) == [1, 2, 3]
    short = find_shortages([cell(2, "甲"), cell(2)], pool)
    assert sum(one.wanted - one.found for one in short) == 1


drawn_pools = st.lists(st.tuples(st.sampled_from("甲乙丙"), st.integers(1, 5)), max_size=14)
drawn_cells = st.lists(
    st.tuples(st.integers(1, 4), st.sets(st.sampled_from("甲乙丙")), st.sets(st.integers(1, 5), max_size=3)),
    min_size=1,
    max_size=4,
)


@settings(max_examples=200)
@given(drawn_pools, drawn_cells)
def test_a_blueprint_is_refused_only_when_no_choice_would_meet_it(
    pool_of: list[tuple[str, int]], cells_of: list[tuple[int, set[str], set[int]]]
) -> None:
    pool = [question(n, topic, difficulty) for n, (topic, difficulty) in enumerate(pool_of, 1)]
    cells = [Cell(SINGLE, count, ONE, (), tuple(sorted(topics)), tuple(sorted(levels))) for count, topics, levels in cells_of]
    missing = max(  # Hall's theorem: some cells together want more than all the questions that fit any of them
        sum(c.count for c in some) - sum(any(q.fits(c) for c in some) for q in pool)
        for size in range(len(cells) + 1)
        for some in combinations(cells, size)
    )
    short = find_shortages(cells, pool)
    assert sum(one.wanted - one.found for one in short) == missing
    if not short:
        chosen = choose_forms(cells, pool, seed=1)[0]
        assert len({c.candidate.version_id for c in chosen}) == sum(c.count for c in cells)


def test_forms_share_nothing_and_are_equally_difficult() -> None:
    pool = [question(n, "甲乙丙"[n % 3], 1 + n * 7 % 5) for n in range(200)]
    forms = choose_forms([cell(15, "甲", "乙"), cell(15)], pool, seed=4, forms=4)
    codes = [{c.candidate.version_id for c in form} for form in forms]
    assert all(len(own) == 30 for own in codes)
    assert all(not one & other for one, other in combinations(codes, 2))
    assert len({evenness(form) for form in forms}) == 1  # sets of equal difficulty: exactly the same


drawn_bank = st.lists(st.tuples(st.sampled_from("甲乙"), st.integers(1, 5)), min_size=6, max_size=30)


@settings(max_examples=100)
@given(
    st.lists(st.tuples(st.sampled_from("甲乙"), st.integers(1, 5)), min_size=6, max_size=30),
    st.integers(2, 4),
    st.integers(0, 100),
)
def test_whatever_the_bank_forms_are_full_and_share_no_more_than_they_may(
    pool_of: list[tuple[str, int]], forms: int, most_common: int
) -> None:
    pool = [question(n, topic, difficulty) for n, (topic, difficulty) in enumerate(pool_of, 1)]
    cells = [cell(3, "甲"), cell(4)]
    if find_shortages(cells, pool, forms=forms, most_common=most_common):
        return
    made = choose_forms(cells, pool, seed=9, forms=forms, most_common=most_common)
    assert all(len({c.candidate.version_id for c in form}) == 7 for form in made)
    assert all(sum(c.candidate.topic == "甲" for c in form) >= 3 for form in made)
    most = 3 * most_common // 100 + 4 * most_common // 100
    for one, other in combinations(made, 2):
        assert len({c.candidate.version_id for c in one} & {c.candidate.version_id for c in other}) <= most


def test_forms_share_only_as_much_as_the_bank_demands() -> None:
    pool = [question(n) for n in range(16)]
    one, other = choose_forms([cell(10)], pool, seed=1, forms=2, most_common=50)
    assert len({c.candidate.version_id for c in one} & {c.candidate.version_id for c in other}) == 4  # 16 = 4 + 2 × 6
    assert find_shortages([cell(10)], pool, forms=2, most_common=30)[0].wanted == 17
    pool = [question(n) for n in range(20)]
    one, other = choose_forms([cell(10)], pool, seed=1, forms=2, most_common=50)
    assert not {c.candidate.version_id for c in one} & {c.candidate.version_id for c in other}


def test_what_does_not_come_out_even_is_dealt_evenly() -> None:
    pool = [question(n, "甲", difficulty) for n, difficulty in enumerate([1, 2, 2, 3, 3, 4, 4, 5, 1, 3, 5, 2])]
    forms = choose_forms([cell(4)], pool, seed=1, forms=3)
    found = [evenness(form) for form in forms]
    assert max(e.mean for e in found) - min(e.mean for e in found) <= Decimal("0.25")
    assert not are_even([evenness(choose_forms([cell(1)], [question(1, "甲", d)], seed=1)[0]) for d in (1, 5)])


def test_heavy_questions_are_paired_by_difficulty_whatever_their_topics(world: World) -> None:
    """A case of 20 marks weighs more than all the rest: two forms with cases of different difficulty would not be even."""
    cells = [cell(10), Cell(CASE, 1, Decimal(20))]
    pool = queries.paper_pool(world.bank.id).candidates
    for seed in range(30):
        forms = choose_even_forms(cells, pool, seed=seed, forms=2)
        assert are_even([evenness(form) for form in forms])


def test_the_less_seen_come_first_and_questions_of_one_material_stay_together() -> None:
    pool = [question(n, exposure=n % 3) for n in range(30)]
    assert {c.candidate.exposure for c in choose_forms([cell(10)], pool, seed=3)[0]} == {0}
    pool = [question(n, difficulty=1 + n % 5, material=7 if n % 4 == 0 else None) for n in range(12)]
    order = [c.candidate.material_id for c in choose_forms([cell(12)], pool, seed=3)[0]]
    first = order.index(7)
    assert order[first : first + 3] == [7, 7, 7]


def test_three_papers_of_the_sample_bank_are_even_disjoint_and_proved(world: World, now: datetime) -> None:
    cells = (Cell(SINGLE, 40, ONE), Cell(SINGLE, 10, ONE, difficulties=(2,)), Cell(QuestionKind.MULTIPLE, 12, Decimal(2)))
    blueprint = services.save_blueprint(
        bank_id=world.bank.id, title_zh="结业", minutes=120, cells=cells, most_common=0, actor=MANAGER, now=now
    )
    made = services.assemble_by_blueprint(code=blueprint.code, title_zh="结业卷", forms=3, actor=MANAGER, now=now, seed=5)
    assert [paper.title_zh for paper in made] == ["结业卷（A卷）", "结业卷（B卷）", "结业卷（C卷）"]
    assert queries.forms_of(made[1]) == made
    assert all(queries.shared_questions(one, other) == 0 for one, other in combinations(made, 2))
    proofs = [queries.prove_paper(paper)[0] for paper in made]
    assert all(proof.is_met for proof in proofs)
    assert [len(queries.proofs_of(paper.id)) for paper in made] == [1, 1, 1]
    found = [proof.evenness for proof in proofs]
    assert max(e.mean for e in found) - min(e.mean for e in found) <= MEAN_BOUND
    assert max(e.spread for e in found) - min(e.spread for e in found) <= SPREAD_BOUND


def test_a_paper_keeps_its_version_of_the_blueprint(world: World, now: datetime) -> None:
    cells = (Cell(SINGLE, 5, ONE),)
    given: dict[str, Any] = {"title_zh": "小测", "minutes": 30, "most_common": 0, "actor": MANAGER, "now": now}
    blueprint = services.save_blueprint(bank_id=world.bank.id, cells=cells, **given)
    paper = services.assemble_by_blueprint(code=blueprint.code, title_zh="小测", forms=1, actor=MANAGER, now=now)[0]
    services.revise_blueprint(blueprint_id=blueprint.id, seen_version=1, cells=(Cell(SINGLE, 6, ONE),), **given)
    services.revise_blueprint(blueprint_id=blueprint.id, seen_version=2, cells=(Cell(SINGLE, 6, ONE),), **given)
    assert [one.version for one in queries.blueprint_versions(blueprint.id)] == [2, 1]  # the same again is no version
    found = queries.blueprint_of(paper)
    assert found is not None
    assert found[1].version == 1
    with pytest.raises(services.BlueprintHasMoved):
        services.revise_blueprint(blueprint_id=blueprint.id, seen_version=1, cells=cells, **given)
    with pytest.raises(services.BlueprintIsUnusable):
        services.save_blueprint(bank_id=world.bank.id, cells=(Cell(SINGLE, 0, ONE),), **given)


def test_a_case_takes_its_parts_along_one_position_each(world: World, now: datetime) -> None:
    cells = (Cell(SINGLE, 2, ONE), Cell(CASE, 1, Decimal(20)))
    paper = make_paper(world, now, *cells)
    items = queries.shown_items(paper.id)
    parts = [item for item in items if item.part]
    assert [item.position for item in parts] == list(range(3, 3 + len(parts)))
    assert [item.part for item in parts] == list(range(1, len(parts) + 1))
    assert sum(item.marks for item in parts) == 20
    assert {item.kind for item in parts} == {QuestionKind.ESSAY}
    assert all(item.case_zh and item.case_zh != item.stem_zh for item in parts)
    assert queries.prove_paper(paper)[0].is_met
    assert find_shortages((Cell(CASE, 1, Decimal(19)),), queries.paper_pool(world.bank.id).candidates)[0].found == 0


def test_a_worn_out_question_is_taken_no_more(world: World, now: datetime) -> None:
    db.session.execute(update(Question).where(Question.topic_zh == "短题").values(exposure_limit=2))
    cells = (Cell(SINGLE, 3, ONE, topics=("短题",)),)
    first = make_paper(world, now, *cells)
    make_sitting(world, first)
    assert set(queries.exposures().values()) == {1}
    make_paper(world, now, *cells)
    assert queries.paper_pool(world.bank.id).worn_out == 3
    with pytest.raises(services.BankIsTooSmall):
        make_paper(world, now, *cells)


def test_the_proof_names_what_does_not_fit_and_keeps_what_was_found(world: World, now: datetime) -> None:
    paper = services.assemble_paper(
        bank_id=world.bank.id,
        title_zh="x",
        minutes=30,
        cells=(Cell(SINGLE, 5, ONE, difficulties=(2,)),),
        actor=MANAGER,
        now=now,
    )
    item = queries.placed_items(paper.id)[0]
    db.session.execute(update(Question).where(Question.code == item.code).values(difficulty=4))
    proof, _ = queries.prove_paper(paper)
    assert (proof.is_met, proof.cells[0].found, proof.extra) == (False, 4, item.positions)
    services.check_paper(code=paper.code, actor=MANAGER, now=now)
    assert [one.is_met for one in queries.proofs_of(paper.id)] == [True, False]
    assert queries.proofs_of(paper.id)[0].found["items"][0]["difficulty"] == 2
    db.session.execute(update(PaperItem).where(PaperItem.paper_id == paper.id).values(marks=Decimal(2)))
    assert queries.prove_paper(paper)[0].cells[0].found == 0


def test_a_draft_is_on_no_paper_and_a_paper_keeps_its_version(world: World, now: datetime) -> None:
    cells = (Cell(SINGLE, 3, ONE, topics=("短题",)),)
    paper = make_paper(world, now, *cells)
    before = queries.shown_items(paper.id)
    services.retire_question(code="T-1", actor=MANAGER, now=now, note="过时")
    assert find_shortages(cells, queries.paper_pool(world.bank.id).candidates)[0].found == 2
    assert queries.shown_items(paper.id) == before
    key = [services.KeyItem("T-1", SINGLE, "A", ONE)]
    with pytest.raises(services.PaperHasUnknownQuestions):
        services.take_over_paper(bank_id=world.bank.id, title_zh="x", minutes=60, items=key, actor=MANAGER, now=now)


def test_the_national_paper_is_proved_by_its_cells() -> None:
    placed = [Placed((n,), f"Q-{n}", 1, n, SINGLE, ONE, "PD-01", "甲", 2) for n in range(1, 61)]
    placed += [Placed((n,), f"Q-{n}", 1, n, QuestionKind.MULTIPLE, Decimal(2), "PD-01", "甲", 3) for n in range(61, 81)]
    assert prove(national_blueprint(), placed).is_met
    assert prove(national_blueprint(), placed[1:]).is_met is False
    assert prove(national_blueprint(), [*placed, placed[0]]).repeated == ("Q-1",)
    assert Counter(len(one.positions) for one in prove(national_blueprint(), placed).cells) == {60: 1, 20: 1}
