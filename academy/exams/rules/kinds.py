"""The kinds of questions, the states of sittings and attempts, and their words."""

from decimal import Decimal
from enum import StrEnum

from academy.core.text import N_, Text

LETTERS = "ABCDEFGHIJKL"


class QuestionKind(StrEnum):
    """How a question is answered."""

    SINGLE = "single"
    MULTIPLE = "multiple"
    TRUE_FALSE = "true_false"
    SHORT_TEXT = "short_text"
    NUMERIC = "numeric"
    MATCHING = "matching"
    ORDERING = "ordering"
    ESSAY = "essay"
    CASE = "case"


OBJECTIVE = (QuestionKind.SINGLE, QuestionKind.MULTIPLE)  # what the national objective paper holds
AUTOMATIC = (  # marked by rule, in the order in which a paper holds them
    QuestionKind.SINGLE,
    QuestionKind.MULTIPLE,
    QuestionKind.TRUE_FALSE,
    QuestionKind.SHORT_TEXT,
    QuestionKind.NUMERIC,
    QuestionKind.MATCHING,
    QuestionKind.ORDERING,
)
ON_PAPER = (*AUTOMATIC, QuestionKind.ESSAY, QuestionKind.CASE)  # a case stands on a paper as its parts, one position each

KIND_WORDS = {
    QuestionKind.SINGLE: N_("单项选择题"),
    QuestionKind.MULTIPLE: N_("多项选择题"),
    QuestionKind.TRUE_FALSE: N_("判断题"),
    QuestionKind.SHORT_TEXT: N_("填空题"),
    QuestionKind.NUMERIC: N_("计算题"),
    QuestionKind.MATCHING: N_("连线题"),
    QuestionKind.ORDERING: N_("排序题"),
    QuestionKind.ESSAY: N_("论述题"),
    QuestionKind.CASE: N_("案例分析题"),
}


HINTS = {
    QuestionKind.SINGLE: N_("只有一个正确选项，选对得 %(marks)s 分。"),
    QuestionKind.MULTIPLE: N_("有 2—4 个正确选项，全对得 %(marks)s 分。错选得 0 分；少选，每选对一项得 0.5 分。"),
    QuestionKind.TRUE_FALSE: N_("判断对错，判断正确得 %(marks)s 分。"),
    QuestionKind.SHORT_TEXT: N_("每空最多 500 字；全部填对得 %(marks)s 分。"),
    QuestionKind.NUMERIC: N_("填一个数，可以写 -11.7、0.5 或 1e-20；对得 %(marks)s 分。"),
    QuestionKind.MATCHING: N_("给左边每一项选一个对应项，全对得 %(marks)s 分。"),
    QuestionKind.ORDERING: N_("给每一项选它排第几，次序全对得 %(marks)s 分。"),
    QuestionKind.ESSAY: N_("最多两万字，边写边存；满分 %(marks)s 分，由阅卷人评分。"),
}
OWN_RULE = N_("满分 %(marks)s 分，这道题按它自己的评分规则给分。")


def hint(kind: QuestionKind, marks: Decimal, *, own_rule: bool = False) -> Text:
    """How a question of a paper is answered and marked, for whoever answers it; one with a rule of its own says so."""
    words = OWN_RULE if own_rule and kind in AUTOMATIC else HINTS.get(kind, HINTS[QuestionKind.ESSAY])
    return Text(words, marks=f"{marks.normalize():f}")


class SittingState(StrEnum):
    """Where a sitting stands; whether it is open follows from its window."""

    PLANNED = "planned"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class AttemptState(StrEnum):
    """Where an attempt stands."""

    IN_PROGRESS = "in_progress"
    SUBMITTED = "submitted"
    TIMED_OUT = "timed_out"


FINISHED = (AttemptState.SUBMITTED, AttemptState.TIMED_OUT)


class AttemptSource(StrEnum):
    """Where the answers were given."""

    ONLINE = "online"
    PAPER = "paper"


class ImportKind(StrEnum):
    """What an uploaded table holds."""

    QUESTIONS = "questions"
    RESPONSES = "responses"


class ImportState(StrEnum):
    """Where an upload stands."""

    PREVIEWED = "previewed"
    IMPORTED = "imported"
    DISCARDED = "discarded"
