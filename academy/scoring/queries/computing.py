"""What a sitting's results are on a given basis. Computes and writes nothing: scoring stores it, a dry run shows it."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from academy.catalog import queries as catalog
from academy.core.clock import local
from academy.core.errors import Conflict
from academy.core.text import N_
from academy.exams import queries as exams
from academy.scoring.models import ResultList
from academy.scoring.queries import keys
from academy.scoring.queries.marking import final_marks
from academy.scoring.queries.passing import find_subject_of_sitting
from academy.scoring.queries.results import find_rule, results_of, rule_by_id
from academy.scoring.rules import Adjustment, Correction, MarkingRule, PaperScorer, Score, UnreadableRule, has_passed
from academy.scoring.rules.subjects import subject_on
from academy.timetable import queries as timetable

NATIONAL_CODE = "national"


class RuleCannotBeApplied(Conflict):
    """An item's key, or the marking rule that it has of its own, cannot be read; nothing is guessed."""

    message = N_("第 %(n)s 题的答案或评分规则读不出来，没有评分。")
    next_step = N_("请在题库里改正这道题，出新的一版，再换到卷子里。")


@dataclass(frozen=True, slots=True)
class Basis:
    """By what a list is scored. It stays with a sitting until a recorded decision changes it: no rule works backwards."""

    rule_id: int
    pass_mark: Decimal  # out of 100
    paper_key_id: int | None = None
    adjustment: Adjustment | None = None


class Marked(NamedTuple):
    """What scoring makes of one attempt. `adjusted`: what a function of totals adds or takes."""

    attempt_id: int
    learner_id: int
    candidate_no: str
    score: Score
    adjusted: Decimal
    passed: bool

    @property
    def total(self) -> Decimal:
        """What counts."""
        return self.score.total + self.adjusted

    @property
    def item_marks(self) -> list[str]:
        """Texts in the order of the paper."""
        return [plain(mark) for mark in self.score.item_marks]


@dataclass(frozen=True, slots=True)
class Computed:
    """The results of a sitting on a basis, with their fingerprint."""

    basis: Basis
    full: Decimal
    marked: Sequence[Marked]
    digest: str

    @property
    def passed_count(self) -> int:
        """How many reach the pass mark."""
        return sum(one.passed for one in self.marked)


def plain(mark: Decimal) -> str:
    """1.50 → "1.5": marks in JSON are texts, so that none becomes a float."""
    return f"{mark.normalize():f}"


def basis_of(found: ResultList) -> Basis:
    """By what a list was scored."""
    adjustment = Adjustment.from_data(found.adjustment) if found.adjustment else None
    return Basis(found.rule_id, found.pass_mark, found.paper_key_id, adjustment)


def first_basis(sitting_id: int) -> Basis | None:
    """By what a sitting is scored first: the rule of its day, its subject's or program's pass mark, its paper's standing key.

    None: no rule was in force that day.
    """
    sitting = exams.sitting_by_id(sitting_id)
    rule = find_rule(NATIONAL_CODE, local(sitting.opens_at).date())
    if rule is None:
        return None
    return Basis(rule.id, _first_pass_mark(sitting_id), keys.standing_key_id(sitting.paper_id))


def _first_pass_mark(sitting_id: int) -> Decimal:
    """The line of the subject that the sitting examines, else what its program says."""
    sitting, named = exams.sitting_by_id(sitting_id), find_subject_of_sitting(sitting_id)
    subject = subject_on(named.subject_code, local(sitting.opens_at).date()) if named else None
    if subject is not None:
        return subject.pass_mark
    return catalog.program_by_id(timetable.class_by_id(sitting.class_id).program_id).pass_mark


def compute_results(sitting_id: int, basis: Basis) -> Computed:
    """Mark every attempt of a sitting on a basis. A constant number of statements, whatever the number of people.

    Raises RuleCannotBeApplied.
    """
    rule = rule_by_id(basis.rule_id)
    positions = keys.positions_of(exams.sitting_by_id(sitting_id).paper_id, basis.paper_key_id)
    full = sum((position.full for position in positions), Decimal(0))
    try:
        scorer = PaperScorer(MarkingRule.from_parameters(rule.code, rule.parameters), positions)
    except UnreadableRule as error:
        raise RuleCannotBeApplied(n=error.position) from error
    answers, given = exams.answers_of(sitting_id), final_marks(sitting_id)
    marked = []
    for attempt in exams.attempts_of(sitting_id):
        score = scorer.score(answers.get(attempt.id, {}), given.get(attempt.id, {}))
        total = basis.adjustment.of(score.total, full) if basis.adjustment else score.total
        passed = has_passed(total, full=full, pass_mark=basis.pass_mark)
        marked.append(Marked(attempt.id, attempt.learner_id, attempt.candidate_no, score, total - score.total, passed))
    corrections = keys.corrections_of(basis.paper_key_id)
    lines = [_line((one.candidate_no, one.attempt_id), one.passed, one.item_marks, one.adjusted) for one in marked]
    return Computed(basis, full, marked, _digest(basis, list(corrections.values()), lines))


def _line(who: tuple[str, int], passed: object, item_marks: list[str], adjusted: Decimal) -> list[Any]:
    """What counts of a person's result. The attempt names the person: it stays when two records of her are merged."""
    return [*who, passed, item_marks, *([plain(adjusted)] if adjusted else [])]


def _digest(basis: Basis, corrections: Sequence[Correction], lines: list[list[Any]]) -> str:
    """A fingerprint of who has which marks, and by what; equal lists have equal ones."""
    given: list[Any] = [basis.rule_id, plain(basis.pass_mark), sorted(lines, key=lambda line: line[:2])]
    if corrections or basis.adjustment:
        given.append([one.as_data() for one in corrections])
        given.append(basis.adjustment.as_data() if basis.adjustment else None)
    return hashlib.sha256(json.dumps(given, sort_keys=True).encode()).hexdigest()


def stored_digest(found: ResultList) -> str:
    """The fingerprint of a list's rows as they stand in the database: another one than the list's tells of a change."""
    rows = results_of(found.sitting_id, found.version)
    lines = [_line((row.candidate_no, row.attempt_id), row.passed, row.item_marks, row.adjusted_marks) for row in rows]
    return _digest(basis_of(found), list(keys.corrections_of(found.paper_key_id).values()), lines)
