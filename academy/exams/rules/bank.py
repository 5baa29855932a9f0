"""A question as it is to be kept, and the one check that every door into the bank goes through. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from academy.core.text import N_, Param, Text
from academy.exams.rules.keys import NONE, load_blanks, load_numbers
from academy.exams.rules.kinds import LETTERS, OBJECTIVE, QuestionKind
from academy.exams.rules.parts import attachments_fault, read_parts

LONGEST_CODE, LONGEST_STEM, LONGEST_OPTION, LONGEST_KEY, LONGEST_EXPLANATION = 32, 10_000, 500, 8_000, 4_000
LONGEST_TOPIC, LONGEST_TEXT, MOST_PARTS = 80, 500, 20
MOST_MARKS = Decimal(100)
CENT = Decimal("0.01")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufeff\ufffe\uffff\u2028\u2029]")

COLUMNS: dict[str, tuple[str, ...]] = {
    "code": ("item_code", "题号", "编号"),
    "kind": ("kind", "题型"),
    "field_code": ("field_code", "细分领域", "领域代码"),
    "topic": ("topic_zh", "知识点"),
    "difficulty": ("difficulty", "难度"),
    "stem": ("stem_zh", "题干"),
    **{f"option_{letter.lower()}": (f"option_{letter.lower()}", f"选项{letter}") for letter in LETTERS},
    "prompts": ("prompts", "左项"),
    "answer": ("answer", "答案"),
    "marks": ("marks", "分值"),
    "explanation": ("explanation_zh", "解析"),
    "sub_questions": ("sub_questions", "小题"),
    "extra": ("extra", "附加"),
}
KIND_NAMES = {kind.value: kind for kind in QuestionKind} | {
    "单选题": QuestionKind.SINGLE,
    "单项选择题": QuestionKind.SINGLE,
    "多选题": QuestionKind.MULTIPLE,
    "多项选择题": QuestionKind.MULTIPLE,
    "判断题": QuestionKind.TRUE_FALSE,
    "是非题": QuestionKind.TRUE_FALSE,
    "填空题": QuestionKind.SHORT_TEXT,
    "计算题": QuestionKind.NUMERIC,
    "数值题": QuestionKind.NUMERIC,
    "连线题": QuestionKind.MATCHING,
    "匹配题": QuestionKind.MATCHING,
    "排序题": QuestionKind.ORDERING,
    "论述题": QuestionKind.ESSAY,
    "简答题": QuestionKind.ESSAY,
    "问答题": QuestionKind.ESSAY,
    "案例题": QuestionKind.CASE,
    "案例分析题": QuestionKind.CASE,
}
WITH_OPTIONS = frozenset({QuestionKind.SINGLE, QuestionKind.MULTIPLE, QuestionKind.MATCHING, QuestionKind.ORDERING})


@dataclass(frozen=True, slots=True)
class Draft:
    """A question as it is to be kept. `answer` is the key as `rules.keys` writes it; `sub_questions` are a case's parts."""

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
    prompts: tuple[str, ...] = ()
    scoring: dict[str, Any] | None = None
    rubric: tuple[dict[str, Any], ...] = ()

    def wording(self) -> tuple[Any, ...]:
        """What makes a new version when it differs."""
        return (
            self.stem_zh, self.options, self.prompts, self.answer, self.marks, self.explanation_zh, self.sub_questions,
            self.scoring, self.rubric,
        )  # fmt: skip


@dataclass(slots=True)
class Written:
    """A question while it is read from a file: what it says, what was put right, and why it cannot be used.

    `line` is where it begins in the file (row, line, or number of the item), `source` what stands there. `code_is_made` says
    that the file gives no number of its own. `removed` is active content that was taken out: shown as text, never kept.
    """

    line: int
    code: str = ""
    kind: QuestionKind | None = None
    field_code: str = ""
    topic: str = ""
    difficulty: int = 3
    stem: str = ""
    options: list[str] = field(default_factory=list)
    prompts: list[str] = field(default_factory=list)
    answer: str = ""
    marks: Decimal | None = None
    marks_text: str = ""
    explanation: str = ""
    parts: list[dict[str, Any]] = field(default_factory=list)
    scoring: dict[str, Any] | None = None
    rubric: list[dict[str, Any]] = field(default_factory=list)
    repairs: list[Text] = field(default_factory=list)
    faults: list[Text] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    code_is_made: bool = False
    source: str = ""

    def repair(self, msgid: str, **params: Param) -> None:
        """Say what was put right."""
        note = Text(msgid, **params)
        if note not in self.repairs:
            self.repairs.append(note)

    def refuse(self, msgid: str, **params: Param) -> None:
        """Say why the question cannot be used."""
        self.faults.append(Text(msgid, **params))


@dataclass(frozen=True, slots=True)
class Entry:
    """What became of one question of a file: taken, repaired (what), or refused (why), with its line in the source."""

    line: int
    code: str
    stem: str
    draft: Draft | None
    repairs: tuple[Text, ...] = ()
    faults: tuple[Text, ...] = ()
    removed: tuple[str, ...] = ()
    code_is_made: bool = False
    source: str = ""


def clean(text: str) -> str:
    """A text without what no database and no XML takes, lines ended by a line feed, nothing around it."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def check(written: Written, field_codes: frozenset[str]) -> Entry:
    """The question, or every reason why it is refused. `field_codes` are those that exist."""
    _clean(written)
    _check_filing(written, field_codes)
    if written.kind is not None:
        _check_lists(written, written.kind)
        _check_key(written, written.kind, written.answer, len(written.options), len(written.prompts))
        _check_attached(written, written.kind)
    _check_marks(written)
    draft = None if written.faults or written.kind is None else _draft(written, written.kind)
    return Entry(
        written.line, written.code, written.stem, draft, tuple(written.repairs), tuple(written.faults), tuple(written.removed),
        written.code_is_made, written.source[:400],
    )  # fmt: skip


def _draft(written: Written, kind: QuestionKind) -> Draft:
    return Draft(
        code=written.code, kind=kind, field_code=written.field_code or None, topic_zh=written.topic,
        difficulty=written.difficulty, stem_zh=written.stem, options=tuple(written.options), answer=written.answer,
        marks=written.marks or Decimal(0), explanation_zh=written.explanation, sub_questions=tuple(written.parts),
        prompts=tuple(written.prompts), scoring=written.scoring, rubric=tuple(written.rubric),
    )  # fmt: skip


def _clean(written: Written) -> None:
    before = (written.stem, *written.options, *written.prompts, written.explanation)
    written.code, written.topic = clean(written.code).upper(), clean(written.topic)
    written.stem, written.explanation = clean(written.stem), clean(written.explanation)
    written.options = [clean(option) for option in written.options]
    written.prompts = [clean(prompt) for prompt in written.prompts]
    if any(_CONTROL.search(text) for text in before):
        written.repair(N_("删去了看不见的控制字符"))
    for name, most, words in (
        ("topic", LONGEST_TOPIC, N_("知识点太长，只留前 %(most)s 字")),
        ("explanation", LONGEST_EXPLANATION, N_("解析太长，只留前 %(most)s 字")),
    ):
        text = getattr(written, name)
        if len(text) > most:
            setattr(written, name, text[:most].strip())
            written.repair(words, most=most)


def _check_filing(written: Written, field_codes: frozenset[str]) -> None:
    if not written.code or len(written.code) > LONGEST_CODE:
        written.refuse(N_("题号为空或超过 32 个字符"))
    if not written.stem or len(written.stem) > LONGEST_STEM:
        written.refuse(N_("题干为空或超过 %(most)s 字"), most=LONGEST_STEM)
    if written.field_code and written.field_code not in field_codes:
        written.refuse(N_("没有代码为“%(code)s”的领域"), code=written.field_code[:20])
    if written.difficulty not in range(1, 6):
        written.refuse(N_("难度“%(written)s”不是 1 到 5"), written=str(written.difficulty)[:20])


def _check_marks(written: Written) -> None:
    marks = written.marks
    if marks is None or not marks.is_finite() or not 0 < marks <= MOST_MARKS or marks != marks.quantize(CENT):
        if marks is None and not written.marks_text and written.faults:
            return  # what is wrong has been said
        shown = written.marks_text or ("" if marks is None else str(marks))
        written.refuse(N_("分值“%(written)s”不是 0 到 100 的数"), written=shown[:20])
        return
    if written.kind is QuestionKind.CASE and written.parts:
        total = sum((Decimal(part["marks"]) for part in written.parts), Decimal(0))
        if total != marks:
            written.refuse(N_("各小题分值合计 %(total)s，与整题 %(marks)s 分不符"), total=total, marks=marks)


def _check_attached(written: Written, kind: QuestionKind) -> None:
    """Parts, the rule of its own and the rubric."""
    fault = attachments_fault(kind, written.parts, written.scoring, written.rubric)
    if fault is not None:
        written.parts = []
        written.faults.append(fault)
        return
    written.parts = read_parts(written.parts)
    if written.parts and kind is not QuestionKind.CASE:
        written.refuse(N_("只有案例题可以有小题"))
    if kind is QuestionKind.CASE and not written.parts:
        written.refuse(N_("案例题没有小题"))
    for part in written.parts:
        options, prompts = len(part.get("options", ())), len(part.get("prompts", ()))
        part_fault = key_fault(QuestionKind(part["kind"]), part.get("answer", ""), options=options, prompts=prompts)
        if part_fault is not None:
            written.refuse(N_("第 %(n)s 小题：%(fault)s"), n=part["no"], fault=part_fault)


def _check_lists(written: Written, kind: QuestionKind) -> None:
    for items, name in ((written.options, N_("选项")), (written.prompts, N_("左项"))):
        if "" in items:
            written.refuse(N_("%(list)s %(letter)s 为空"), list=Text(name), letter=_letter(items.index("")))
        if any(len(item) > LONGEST_OPTION for item in items):
            written.refuse(N_("有%(list)s超过 %(most)s 字"), list=Text(name), most=LONGEST_OPTION)
        if len(items) > len(LETTERS):
            written.refuse(N_("%(list)s有 %(n)s 个，最多 %(most)s 个"), list=Text(name), n=len(items), most=len(LETTERS))
        if len(set(filter(None, items))) != len(list(filter(None, items))):
            written.refuse(N_("有两个%(list)s一模一样"), list=Text(name))
    if kind in WITH_OPTIONS and len(written.options) < 2:
        words = N_("选择题至少要有两个选项") if kind in OBJECTIVE else N_("连线题和排序题至少要有两个选项")
        written.refuse(words)
    if kind is QuestionKind.MATCHING and not written.prompts:
        written.refuse(N_("连线题没有左边的项"))


def _letter(place: int) -> str:
    return LETTERS[place] if place < len(LETTERS) else str(place + 1)


def _check_key(written: Written, kind: QuestionKind, key: str, options: int, prompts: int) -> None:
    """Whether the key is one of its kind; a reader that has said what is wrong with it is not repeated."""
    if written.faults:
        return
    fault = key_fault(kind, key, options=options, prompts=prompts)
    if fault is not None:
        written.faults.append(fault)


def key_fault(kind: QuestionKind, key: str, *, options: int, prompts: int) -> Text | None:
    """Why a key cannot be the key of a question of this kind with so many options and prompts; None when it can."""
    letters = LETTERS[:options]
    if kind in {QuestionKind.ESSAY, QuestionKind.CASE}:
        return Text(N_("主观题的参考答案要写在解析里")) if key else None
    if not key:
        return Text(N_("没有写答案"))
    if len(key) > LONGEST_KEY:
        return Text(N_("答案超过 %(most)s 字"), most=LONGEST_KEY)
    if kind is QuestionKind.TRUE_FALSE:
        return None if key in {"T", "F"} else Text(N_("判断题的答案要写 T 或 F"))
    if kind in {QuestionKind.SHORT_TEXT, QuestionKind.NUMERIC}:
        return _written_key_fault(kind, key)
    allowed = {*letters, NONE} if kind is QuestionKind.MATCHING else set(letters)
    if set(key) - allowed:
        return Text(N_("答案“%(key)s”超出选项 A—%(last)s"), key=key[:20], last=letters[-1:] or "A")
    return _letters_fault(kind, key, options, prompts)


def _letters_fault(kind: QuestionKind, key: str, options: int, prompts: int) -> Text | None:
    if kind is QuestionKind.MATCHING:
        return None if len(key) == prompts and key.strip(NONE) else Text(N_("不是每个左项都有对应的选项"))
    if kind is QuestionKind.ORDERING:
        return None if len(set(key)) == len(key) == options else Text(N_("排序题的答案要把每个选项写一遍"))
    if list(key) != sorted(set(key)):
        return Text(N_("答案“%(key)s”的字母重复或没有按顺序"), key=key[:20])
    if kind is QuestionKind.SINGLE and len(key) != 1:
        return Text(N_("单选题填了“%(key)s”"), key=key[:20])
    return Text(N_("多选题的答案只有一个选项")) if kind is QuestionKind.MULTIPLE and len(key) < 2 else None


def _written_key_fault(kind: QuestionKind, key: str) -> Text | None:
    """A key of texts or numbers that does not give full marks to anything marks nobody right."""
    try:
        groups: Sequence[Sequence[Any]] = load_blanks(key) if kind is QuestionKind.SHORT_TEXT else (load_numbers(key),)
    except (ValueError, TypeError, ArithmeticError, AttributeError, RecursionError):
        return Text(N_("答案读不出来"))
    for accepted in groups:
        if not accepted or not any(one.share == 1 for one in accepted):
            return Text(N_("没有一个能得满分的答案"))
        if any(not 0 < one.share <= 1 for one in accepted):
            return Text(N_("答案的比例要大于 0、不超过 1"))
        if kind is QuestionKind.SHORT_TEXT and any(not 0 < len(one.text) <= LONGEST_TEXT for one in accepted):
            return Text(N_("有答案为空或超过 %(most)s 字"), most=LONGEST_TEXT)
    return None if groups else Text(N_("没有写答案"))
