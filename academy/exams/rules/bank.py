"""Reading one row of a question table: taken, or refused with every reason."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from academy.core.text import N_, Text
from academy.exams.rules.answers import read_response
from academy.exams.rules.kinds import LETTERS, OBJECTIVE, QuestionKind

LONGEST_STEM = 10_000
LONGEST_OPTION = 500
MOST_MARKS = Decimal(100)

COLUMNS: dict[str, tuple[str, ...]] = {
    "code": ("item_code", "题号", "编号"),
    "kind": ("kind", "题型"),
    "field_code": ("field_code", "细分领域", "领域代码"),
    "topic": ("topic_zh", "知识点"),
    "difficulty": ("difficulty", "难度"),
    "stem": ("stem_zh", "题干"),
    **{f"option_{letter.lower()}": (f"option_{letter.lower()}", f"选项{letter}") for letter in LETTERS},
    "answer": ("answer", "答案"),
    "marks": ("marks", "分值"),
    "explanation": ("explanation_zh", "解析"),
    "sub_questions": ("sub_questions", "小题"),
}
REQUIRED_COLUMNS = ("code", "kind", "stem", "answer", "marks")

_KINDS = {kind.value: kind for kind in QuestionKind} | {
    "单选题": QuestionKind.SINGLE,
    "多选题": QuestionKind.MULTIPLE,
    "判断题": QuestionKind.TRUE_FALSE,
    "填空题": QuestionKind.SHORT_TEXT,
    "计算题": QuestionKind.NUMERIC,
    "论述题": QuestionKind.ESSAY,
    "案例题": QuestionKind.CASE,
}
_DIFFICULTY = {"易": 1, "较易": 2, "中": 3, "较难": 4, "难": 5}
_TRUE_FALSE = {"T": "T", "F": "F", "对": "T", "错": "F", "正确": "T", "错误": "F", "√": "T", "×": "F"}


@dataclass(frozen=True, slots=True)
class Draft:
    """A question as it is to be kept."""

    code: str
    kind: QuestionKind
    field_code: str | None
    topic_zh: str
    difficulty: int
    stem_zh: str
    options: tuple[str, ...]
    answer: str
    marks: Decimal
    explanation_zh: str
    sub_questions: tuple[dict[str, Any], ...]

    def wording(self) -> tuple[Any, ...]:
        """What makes a new version when it differs."""
        return (self.stem_zh, self.options, self.answer, self.marks, self.explanation_zh, self.sub_questions)


@dataclass(slots=True)
class _Row:
    """A row while it is read: its cells and what is wrong with them."""

    cells: Mapping[str, str]
    faults: list[Text] = field(default_factory=list)

    def text(self, key: str) -> str:
        return self.cells.get(key, "").strip()

    def refuse(self, msgid: str, **params: str | int) -> None:
        self.faults.append(Text(msgid, **params))


def read_question(cells: Mapping[str, str], *, field_codes: frozenset[str]) -> Draft | list[Text]:
    """A row's question, or every reason why it is refused. `field_codes` are those that exist."""
    row = _Row(cells)
    code = row.text("code").upper()
    if not code or len(code) > 32:
        row.refuse(N_("题号为空或超过 32 个字符"))
    kind = _KINDS.get(row.text("kind"))
    if kind is None:
        row.refuse(N_("题型“%(kind)s”不认识"), kind=row.text("kind")[:20])
    stem = row.text("stem")
    if not stem or len(stem) > LONGEST_STEM:
        row.refuse(N_("题干为空或超过 %(most)s 字"), most=LONGEST_STEM)
    options = _options(row)
    field_code = row.text("field_code")
    if field_code and field_code not in field_codes:
        row.refuse(N_("没有代码为“%(code)s”的领域"), code=field_code[:20])
    marks, difficulty = _marks(row), _difficulty(row)
    answer = _answer(row, kind, options) if kind else ""
    sub_questions = _sub_questions(row)
    if row.faults or kind is None:
        return row.faults
    return Draft(
        code, kind, field_code or None, row.text("topic")[:80], difficulty, stem, options, answer, marks,
        row.text("explanation")[:4000], sub_questions,
    )  # fmt: skip


def _options(row: _Row) -> tuple[str, ...]:
    written = [row.text(f"option_{letter.lower()}") for letter in LETTERS]
    while written and not written[-1]:
        written.pop()
    if "" in written:
        row.refuse(N_("选项 %(letter)s 为空，后面却还有选项"), letter=LETTERS[written.index("")])
    if any(len(option) > LONGEST_OPTION for option in written):
        row.refuse(N_("有选项超过 %(most)s 字"), most=LONGEST_OPTION)
    if len(set(filter(None, written))) != len(list(filter(None, written))):
        row.refuse(N_("有两个选项一模一样"))
    return tuple(written)


def _marks(row: _Row) -> Decimal:
    try:
        marks = Decimal(row.text("marks"))
    except InvalidOperation:
        marks = Decimal(0)
    if not marks.is_finite() or not 0 < marks <= MOST_MARKS or marks != marks.quantize(Decimal("0.01")):
        row.refuse(N_("分值“%(written)s”不是 0 到 100 的数"), written=row.text("marks")[:20])
        return Decimal(0)
    return marks


def _difficulty(row: _Row) -> int:
    written = row.text("difficulty")
    if written in _DIFFICULTY:
        return _DIFFICULTY[written]
    if written in {"1", "2", "3", "4", "5"}:
        return int(written)
    if written:
        row.refuse(N_("难度“%(written)s”不是 1 到 5"), written=written[:20])
    return 3


def _answer(row: _Row, kind: QuestionKind, options: Sequence[str]) -> str:
    written = row.text("answer")
    if kind in OBJECTIVE:
        return _letters(row, written, kind, len(options))
    if kind is QuestionKind.TRUE_FALSE:
        if written.upper() not in _TRUE_FALSE:
            row.refuse(N_("判断题的答案要写 T 或 F"))
        return _TRUE_FALSE.get(written.upper(), "")
    if kind in {QuestionKind.SHORT_TEXT, QuestionKind.NUMERIC} and not written:
        row.refuse(N_("没有写答案"))
    if len(written) > 500:
        row.refuse(N_("答案超过 500 字"))
    return written


def _letters(row: _Row, written: str, kind: QuestionKind, options: int) -> str:
    if options < 2:
        row.refuse(N_("选择题至少要有两个选项"))
        return ""
    reading = read_response(written, kind=kind, options=options)
    fault = reading.words(written, options)
    if fault is not None:
        row.faults.append(Text(N_("答案%(fault)s"), fault=fault))
    elif not reading.response:
        row.refuse(N_("没有写答案"))
    elif kind is QuestionKind.MULTIPLE and len(reading.response) < 2:
        row.refuse(N_("多选题的答案只有一个选项"))
    return reading.response


def _sub_questions(row: _Row) -> tuple[dict[str, Any], ...]:
    written = row.text("sub_questions")
    if not written:
        return ()
    try:
        given = json.loads(written)
        return tuple({"no": int(part["no"]), "stem_zh": str(part["stem_zh"]), "marks": str(Decimal(str(part["marks"]))),
                      "kind": QuestionKind(part["kind"]).value, "reference_zh": str(part.get("reference_zh", ""))}
                     for part in given)  # fmt: skip
    except (ValueError, TypeError, KeyError, ArithmeticError, RecursionError):
        row.refuse(N_("小题的写法读不出来"))
        return ()
