"""A result as the learner reads it: marks, and each question after the release."""

from collections.abc import Iterable, Iterator, Mapping
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
from academy.exams.rules.kinds import KIND_WORDS, LETTERS, QuestionKind
from academy.exams.web.hooks import ResultLink
from academy.people import queries as people
from academy.scoring import queries
from academy.scoring.models import Result, ResultList
from academy.scoring.policies import READING_ROLES, can_score
from academy.scoring.rules import Position, ResultState, Treatment
from academy.scoring.web import blueprint
from academy.scoring.web.shared import function_of, key_words, regional_line, response_words
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
    """A question with what was answered and what it earned. The key is the one that holds now, not the one printed."""

    item: ShownItem
    response: str
    mark: Decimal
    full: Decimal
    key: str
    explanation: str
    notes: tuple[Text, ...]

    @property
    def is_full(self) -> bool:
        """Whether nothing was lost."""
        return self.mark == self.full


def _full_by_kind(positions: Iterable[Position]) -> dict[QuestionKind, Decimal]:
    """The full marks of each kind that a paper holds, in its order."""
    full: dict[QuestionKind, Decimal] = {}
    for one in positions:
        kind = QuestionKind(one.item.kind)
        full[kind] = full.get(kind, Decimal(0)) + one.full
    return full


def _notes(item: ShownItem, then: Position, current: Position) -> Iterator[Text]:
    """What was corrected at a position: the old model answer stays visible as what it is."""
    if current.treatment is Treatment.FULL:
        yield Text(N_("这道题更正为全体给满分。"))
    elif current.treatment is Treatment.VOID:
        yield Text(N_("这道题已作废，不计分。"))
    elif current.treatment is Treatment.ANY:
        yield Text(N_("答案更正为 %(key)s 任选其一都算对，原答案 %(old)s。"), key=current.item.key, old=item.key)
    elif current.item.key != item.key:
        yield Text(N_("答案已更正，原答案 %(old)s。"), old=key_words(item.kind, item.key))
    if then != current:
        yield Text(N_("这一版还按更正前的答案或分值评分。"))


def _rows(result: Result, paper_id: int, current: ResultList) -> list[Reviewed]:
    """Every question of a result, by the key of the newest version that the reader may see."""
    then = queries.positions_of(paper_id, queries.list_by_id(result.list_id).paper_key_id)
    now_ = queries.positions_of(paper_id, current.paper_key_id)
    corrections = queries.corrections_of(current.paper_key_id)
    versions = exams.versions_by_ids(c.question_version_id for c in corrections.values() if c.question_version_id)
    answers = exams.answers_of_attempt(result.attempt_id)
    rows = []
    for item, before, after, mark in zip(exams.shown_items(paper_id), then, now_, result.item_marks, strict=True):
        correction = corrections.get(item.position)
        version = versions.get(correction.question_version_id or 0) if correction else None
        is_old = after.item.key != item.key or after.treatment is not Treatment.KEY  # its explanation argues for the old key
        explanation = version.explanation_zh if version else ("" if is_old else item.explanation_zh)
        rows.append(
            Reviewed(
                item,
                answers.get(item.position, ""),
                Decimal(mark),
                before.full,
                after.item.key,
                explanation,
                tuple(_notes(item, before, after)),
            )
        )
    return rows


@blueprint.get("/results/<code>")
@signed_in
def result(code: str) -> ResponseReturnValue:
    """My result once it is released; the staff sees it before, too."""
    found, actor = queries.get_result(code), current_actor()
    learner = people.learner_by_id(found.learner_id)
    is_own = actor.user_id is not None and learner.user_id == actor.user_id
    sitting = exams.sitting_by_id(found.sitting_id)
    is_house = actor.has(*READING_ROLES) and queries.may_read_class(actor, sitting.class_id)
    if not is_house and not (is_own and found.state is ResultState.RELEASED):
        raise NotFound
    versions = [one for one in queries.versions_of_result(found) if is_house or one.state is ResultState.RELEASED]
    current = queries.list_by_id(versions[-1].list_id)
    list_ = queries.list_by_id(found.list_id)
    held_until = exams.paper_sat_until(sitting.paper_id) or sitting.closes_at  # others may still sit this paper
    holds_items = not is_house and now() < held_until
    rows = [] if holds_items else _rows(found, sitting.paper_id, current)
    subject = queries.find_subject_of_sitting(sitting.id)
    views = {"lost": [row for row in rows if not row.is_full], "all": rows, "blank": [row for row in rows if not row.response]}
    view = request.args.get("v", "lost")
    view = view if view in views else "lost"
    return render_template(
        "scoring/result.html",
        result=found,
        list=list_,
        versions=versions,
        lists=queries.lists_by_ids(one.list_id for one in versions),
        change=queries.find_change_of_list(found.list_id),
        line=regional_line(found, list_, queries.lines_of(subject) if subject else []),
        function=function_of(list_.adjustment),
        can_score=can_score(actor),
        letters=LETTERS,
        key_words=key_words,
        response_words=response_words,
        learner=learner,
        is_own=is_own,
        holds_items=holds_items,
        held_until=held_until,
        sitting=sitting,
        training_class=timetable.class_by_id(sitting.class_id),
        rows=views[view],
        view=view,
        counts={name: len(some) for name, some in views.items()},
        full_by_kind=_full_by_kind(queries.positions_of(sitting.paper_id, list_.paper_key_id)),
        kind_words=KIND_WORDS,
        ResultState=ResultState,
    )
