"""The parts of a case, the rubric and the marking rule of a question: their shape, and the check of what files bring. Pure."""

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from academy.core.text import N_, Text
from academy.exams.rules.kinds import QuestionKind

_CHOICES = frozenset({"exact", "no_wrong_option", "right_minus_wrong", "weights"})
METHODS: Mapping[QuestionKind, frozenset[str]] = {  # what scoring can apply to each kind
    QuestionKind.SINGLE: _CHOICES,
    QuestionKind.MULTIPLE: _CHOICES,
    QuestionKind.TRUE_FALSE: _CHOICES,
    QuestionKind.MATCHING: frozenset({"exact", "pairs", "right_minus_wrong"}),
    QuestionKind.ORDERING: frozenset({"exact", "positions", "neighbors", "longest"}),
    QuestionKind.SHORT_TEXT: frozenset({"exact", "blanks"}),
    QuestionKind.NUMERIC: frozenset({"exact", "numbers"}),
    QuestionKind.ESSAY: frozenset({"people"}),
    QuestionKind.CASE: frozenset(),
}
_FIGURE = re.compile(r"-?\d{1,12}(\.\d{1,12})?%?|1/[kw]")
MOST_CRITERIA = 30


def read_part(given: Mapping[str, Any]) -> dict[str, Any]:
    """A part as it is kept. Raises ValueError, TypeError, KeyError or ArithmeticError for what is none.

    `reference_zh` is the model answer of what people mark; `options`, `prompts`, `answer` and `scoring` are those of a
    question of the part's kind.
    """
    kind, marks = QuestionKind(given["kind"]), Decimal(str(given["marks"]))
    if kind is QuestionKind.CASE or not marks.is_finite() or not 0 < marks <= 100 or marks != marks.quantize(Decimal("0.01")):
        raise ValueError
    part: dict[str, Any] = {
        "no": int(given["no"]),
        "stem_zh": _text(given["stem_zh"], 10_000),
        "marks": str(marks),
        "kind": kind.value,
        "reference_zh": _text(given.get("reference_zh", ""), 4_000),
    }
    if not part["stem_zh"].strip():
        raise ValueError
    for name in ("options", "prompts"):
        if given.get(name):
            part[name] = [_text(one, 500) for one in given[name]]
    if given.get("answer"):
        part["answer"] = _text(given["answer"], 8_000)
    if given.get("scoring"):
        part["scoring"] = read_scoring(given["scoring"], kind)
    if given.get("rubric"):
        part["rubric"] = read_rubric(given["rubric"])
    return part


def read_parts(given: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The parts of a case, numbered from 1 without a gap. Raises as `read_part`."""
    parts = [read_part(one) for one in given]
    if [part["no"] for part in parts] != list(range(1, len(parts) + 1)) or len(parts) > 20:
        raise ValueError
    return parts


def read_scoring(given: Mapping[str, Any], kind: QuestionKind) -> dict[str, Any]:
    """A marking rule of a question's own, its figures as texts. Raises as `read_part`."""
    if given["method"] not in METHODS[kind] or len(given) > 10:
        raise ValueError
    return {str(name): value if name == "method" else _figures(value) for name, value in given.items()}


def _figures(value: Any) -> Any:
    if isinstance(value, Mapping):
        if len(value) > 12 or not all(isinstance(name, str) for name in value):
            raise ValueError
        return {name: _figures(one) for name, one in value.items()}
    if isinstance(value, bool):
        return value
    if not isinstance(value, str | int | float) or not _FIGURE.fullmatch(str(value)):
        raise TypeError
    return str(value)


def read_rubric(given: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Criteria with their levels (shape of rubrics.json). Raises as `read_part`."""
    if len(given) > MOST_CRITERIA:
        raise ValueError
    for criterion in given:
        _text(criterion["name_zh"], 200)
        if not 0 < Decimal(str(criterion["max_marks"])) <= 100 or not isinstance(criterion.get("levels", []), list):
            raise ValueError
    return [dict(criterion) for criterion in given]


def _text(value: Any, longest: int) -> str:
    if not isinstance(value, str) or len(value) > longest:
        raise TypeError
    return value


def attachments_fault(kind: QuestionKind, parts: Sequence[Any], scoring: Any, rubric: Sequence[Any]) -> Text | None:
    """Why parts, marking rule or rubric of a file cannot be kept; None when they can."""
    readers: tuple[tuple[Any, Callable[[Any], Any], str], ...] = (
        (parts, read_parts, N_("小题的写法读不出来")),
        (scoring, lambda given: read_scoring(given, kind), N_("计分规则读不出来")),
        (rubric, read_rubric, N_("评分标准读不出来")),
    )
    for value, read, words in readers:
        try:
            if value:
                read(value)
        except (ValueError, TypeError, KeyError, ArithmeticError, AttributeError):
            return Text(words)
    return None
