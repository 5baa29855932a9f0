"""What practice earned, and what a learner gets wrong: by the same scorer as an exam, computed when it is read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from academy.core.clock import local
from academy.core.errors import Conflict
from academy.core.text import N_
from academy.exams import queries as exams
from academy.exams.queries import PracticeView
from academy.scoring.queries.results import find_rule, released_results_of_learner
from academy.scoring.rules import ZERO, Item, MarkingRule, Score, Scorer

NATIONAL_CODE = "national"
MOST_RUNS = 50


class PracticeHasNoRule(Conflict):
    """No marking rule is in force on the day of the practice."""

    message = N_("%(day)s 那天没有生效的评分规则，还看不了得分。答案都在。")
    next_step = N_("请联系管理员登记评分规则。")


@dataclass(frozen=True, slots=True)
class PracticeScore:
    """A practice with the marks of each question."""

    items: tuple[PracticeView, ...]
    score: Score
    full: Decimal


@dataclass(frozen=True, slots=True)
class WrongQuestion:
    """A question that lost marks the last time it was answered. `marks` of `full`; how often it was wrong and seen."""

    question_id: int
    topic_zh: str
    stem_zh: str
    mark: Decimal
    full: Decimal
    seen: int
    wrong: int


@dataclass(frozen=True, slots=True)
class TopicErrors:
    """A topic of the error book: how many questions were answered, and those that are still wrong."""

    topic_zh: str
    answered: int
    questions: tuple[WrongQuestion, ...]


def marking_rule(day: date) -> MarkingRule:
    """The rule that exams of the day are marked by. Raises PracticeHasNoRule."""
    rule = find_rule(NATIONAL_CODE, day)
    if rule is None:
        raise PracticeHasNoRule(day=day)
    return MarkingRule.from_parameters(rule.code, rule.parameters)


def score_practice(items: Sequence[PracticeView], *, on: date) -> PracticeScore:
    """The marks of a practice by the rule of its day. Raises PracticeHasNoRule."""
    there = [Item(one.position, one.kind.value, one.key, one.marks, one.scoring) for one in items]
    score = Scorer(marking_rule(on), there).score({one.position: one.response for one in items})
    return PracticeScore(tuple(items), score, sum((one.marks for one in items), ZERO))


@dataclass(frozen=True, slots=True)
class _Seen:
    """One answer to a question, in an exam or in practice."""

    at: datetime
    question_id: int
    topic_zh: str
    stem_zh: str
    mark: Decimal
    full: Decimal


def error_book(learner_id: int, *, now: datetime) -> list[TopicErrors]:
    """What a learner gets wrong, by topic, the largest first: finished practice and released exams whose paper is done with.

    A question that earned its full marks the last time is out of the book.
    """
    seen = sorted([*_practiced(learner_id), *_examined(learner_id, now)], key=lambda one: (one.at, one.question_id))
    by_question: dict[int, list[_Seen]] = {}
    for one in seen:
        by_question.setdefault(one.question_id, []).append(one)
    topics: dict[str, list[list[_Seen]]] = {}
    for answers in by_question.values():
        topics.setdefault(answers[-1].topic_zh, []).append(answers)
    book = [TopicErrors(topic, len(there), tuple(_wrong(there))) for topic, there in topics.items()]
    return sorted(book, key=lambda one: (-len(one.questions), one.topic_zh))


def _wrong(topic: Sequence[Sequence[_Seen]]) -> list[WrongQuestion]:
    return [
        WrongQuestion(
            question_id=answers[-1].question_id,
            topic_zh=answers[-1].topic_zh,
            stem_zh=answers[-1].stem_zh,
            mark=answers[-1].mark,
            full=answers[-1].full,
            seen=len(answers),
            wrong=sum(one.mark < one.full for one in answers),
        )
        for answers in topic
        if answers[-1].mark < answers[-1].full
    ]


def _practiced(learner_id: int) -> list[_Seen]:
    runs = [run for run in exams.practices_of(learner_id, limit=MOST_RUNS) if run.finished_at is not None]
    items = exams.practice_items([run.id for run in runs])
    found = []
    for run in runs:
        at = run.finished_at or run.started_at
        scored = score_practice(items[run.id], on=local(at).date())
        found += [
            _Seen(at, one.question_id, one.topic_zh, one.stem_zh, mark, one.marks)
            for one, mark in zip(scored.items, scored.score.item_marks, strict=True)
        ]
    return found


def _examined(learner_id: int, now: datetime) -> list[_Seen]:
    """Only of papers that nobody is still to sit: their questions stay closed until then, on this page too."""
    found = []
    for sitting_id, result in released_results_of_learner(learner_id).items():
        sitting = exams.sitting_by_id(sitting_id)
        if now < (exams.paper_sat_until(sitting.paper_id) or sitting.closes_at):
            continue
        numbers = exams.question_ids_on(sitting.paper_id)
        shown = exams.shown_items(sitting.paper_id)
        found += [
            _Seen(sitting.closes_at, numbers[one.position], one.topic_zh, one.stem_zh, Decimal(mark), one.marks)
            for one, mark in zip(shown, result.item_marks, strict=True)
        ]
    return found
