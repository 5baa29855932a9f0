"""A result as the learner reads it: marks, and each question after the release."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from flask import render_template, request
from flask.typing import ResponseReturnValue

from academy.core.access import current_actor, signed_in
from academy.core.clock import now
from academy.core.errors import NotFound
from academy.core.text import N_, Text
from academy.exams import queries as exams
from academy.exams.queries import ShownItem
from academy.exams.rules.kinds import KIND_WORDS, QuestionKind
from academy.exams.web.hooks import ResultLink
from academy.people import queries as people
from academy.scoring import queries
from academy.scoring.policies import READING_ROLES
from academy.scoring.rules import ResultState
from academy.scoring.web import blueprint
from academy.timetable import queries as timetable


def plain(mark: Decimal) -> str:
    """61.50 → 61.5."""
    return f"{mark.normalize():f}"


def links_of_learner(learner_id: int) -> Mapping[int, ResultLink]:
    """Released results by sitting, as the pages of exams show them."""
    return {
        sitting_id: ResultLink(
            "ok" if found.passed else "no",
            Text(N_("%(total)s 分，合格") if found.passed else N_("%(total)s 分，未合格"), total=plain(found.total)),
            f"/results/{found.code}",
        )
        for sitting_id, found in queries.released_results_of_learner(learner_id).items()
    }


class Reviewed(NamedTuple):
    """A question with what was answered and what it earned."""

    item: ShownItem
    response: str
    mark: Decimal

    @property
    def is_full(self) -> bool:
        """Whether nothing was lost."""
        return self.mark == self.item.marks


def _full_by_kind(items: Sequence[ShownItem]) -> dict[QuestionKind, Decimal]:
    """The full marks of each kind that a paper holds, in its order."""
    full: dict[QuestionKind, Decimal] = {}
    for item in items:
        full[item.kind] = full.get(item.kind, Decimal(0)) + item.marks
    return full


@blueprint.get("/results/<code>")
@signed_in
def result(code: str) -> ResponseReturnValue:
    """My result once it is released; the staff sees it before, too."""
    found, actor = queries.get_result(code), current_actor()
    learner = people.learner_by_id(found.learner_id)
    is_own = actor.user_id is not None and learner.user_id == actor.user_id
    if not actor.has(*READING_ROLES) and not (is_own and found.state is ResultState.RELEASED):
        raise NotFound
    sitting = exams.sitting_by_id(found.sitting_id)
    items = exams.shown_items(sitting.paper_id)
    answers = exams.answers_of_attempt(found.attempt_id)
    marks = map(Decimal, found.item_marks)
    held_until = exams.paper_sat_until(sitting.paper_id) or sitting.closes_at  # others may still sit this paper
    holds_items = not actor.has(*READING_ROLES) and now() < held_until
    rows = [
        Reviewed(item, answers.get(item.position, ""), mark) for item, mark in zip(items, marks, strict=True) if not holds_items
    ]
    views = {"lost": [row for row in rows if not row.is_full], "all": rows, "blank": [row for row in rows if not row.response]}
    view = request.args.get("v", "lost")
    view = view if view in views else "lost"
    return render_template(
        "scoring/result.html",
        result=found,
        list=queries.list_by_id(found.list_id),
        learner=learner,
        is_own=is_own,
        holds_items=holds_items,
        held_until=held_until,
        sitting=sitting,
        training_class=timetable.class_by_id(sitting.class_id),
        rows=views[view],
        view=view,
        counts={name: len(some) for name, some in views.items()},
        full_by_kind=_full_by_kind(items),
        kind_words=KIND_WORDS,
        ResultState=ResultState,
    )
