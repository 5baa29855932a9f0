"""The bank under several hands at once, with real commits."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from sqlalchemy import update

from academy.core.access import Actor, Grant, Role
from academy.core.db import db, transaction
from academy.core.errors import DomainError
from academy.exams import queries, services
from academy.exams.models import Question
from academy.exams.rules.blueprint import Cell
from academy.exams.rules.kinds import QuestionKind
from academy.exams.rules.lifecycle import QuestionStatus
from academy.exams.rules.wording import Wording
from tests.accounts.factories import make_user
from tests.conftest import LiveApp
from tests.exams.factories import MANAGER, make_world
from tests.exams.processes import together

pytestmark = pytest.mark.parallel
AT = datetime(2026, 11, 23, 2, 42, tzinfo=UTC)


def _teacher() -> Actor:
    return Actor(make_user(Role.INSTRUCTOR).id, "老师", frozenset({Grant(Role.INSTRUCTOR)}))


def test_two_papers_made_at_once_do_not_both_take_the_last_exposure(live_app: LiveApp) -> None:
    with live_app.app.app_context():
        world = make_world(learners=0)
        db.session.execute(update(Question).values(exposure_limit=1))
        bank_id = world.bank.id

        def make() -> str:
            try:
                with transaction():
                    services.assemble_paper(
                        bank_id=bank_id, title_zh="x", minutes=30, cells=[Cell(QuestionKind.SINGLE, 2, Decimal(1))],
                        actor=MANAGER, now=AT,
                    )  # fmt: skip
            except services.BankIsTooSmall:
                return "short"
            return "made"

        assert sorted(together(live_app, [make] * 4)) == ["made", "short", "short", "short"]  # three questions, two a paper
        assert max(queries.exposures().values()) == 1


def test_a_question_is_corrected_once_whoever_presses_at_the_same_moment(live_app: LiveApp) -> None:
    with live_app.app.app_context():
        world = make_world(learners=0)
        author, others = _teacher(), [_teacher() for _ in range(4)]
        filing = services.Filing("PD-01", "议事", 3)
        wording = Wording(QuestionKind.TRUE_FALSE, "居民议事会的决定应当公开。", Decimal(1), answer="T")
        question = services.write_question(
            bank_id=world.bank.id, code="N-1", wording=wording, filing=filing, actor=author, now=AT
        )
        question_id = question.id

        def correct(place: int) -> str:
            changed = Wording(QuestionKind.TRUE_FALSE, "居民议事会的决定应当公开。", Decimal(2 + place), answer="T")
            try:
                with transaction():
                    services.correct_question(
                        question_id=question_id, seen_version=1, wording=changed, filing=filing, actor=others[place], now=AT
                    )
            except DomainError as error:
                return error.code
            return "corrected"

        works = [lambda place=place: correct(place) for place in range(4)]
        assert sorted(together(live_app, works)) == ["corrected", *["question_has_moved"] * 3]

        def review(place: int) -> str:
            try:
                with transaction():
                    services.review_question(code="N-1", version=2, actor=others[place], now=AT)
            except DomainError as error:
                return error.code
            return "reviewed"

        works = [lambda place=place: review(place) for place in range(4)]
        assert sorted(together(live_app, works)) == [*["review_is_refused"] * 3, "reviewed"]
        found = queries.get_version("N-1", 2).wording
        assert found.status is QuestionStatus.REVIEWED
        assert found.reviewer_id != found.author_id
        assert [len(steps) for steps in queries.steps_of(question_id).values()] == [1, 2]
