"""Spreadsheets: one row a question."""

import json
from collections.abc import Iterable, Mapping
from decimal import Decimal

from academy.core.sheets import CellKind, Sheet, find_table
from academy.core.text import N_, Text
from academy.exams.rules.bank import COLUMNS, KIND_NAMES, Draft, Entry, Written, check
from academy.exams.rules.formats import extra
from academy.exams.rules.formats.markup import refuse_script
from academy.exams.rules.formats.notation import escape, read_decimal, read_key, split_unescaped, unescape, write_key
from academy.exams.rules.kinds import LETTERS, QuestionKind

REQUIRED_COLUMNS = ("kind", "stem", "answer")
DIFFICULTY = {"易": 1, "容易": 1, "较易": 2, "中": 3, "中等": 3, "较难": 4, "难": 5, "困难": 5}
DEFAULT_MARKS = {
    QuestionKind.SINGLE: Decimal(1),
    QuestionKind.MULTIPLE: Decimal(2),
    QuestionKind.TRUE_FALSE: Decimal(1),
    QuestionKind.SHORT_TEXT: Decimal(2),
    QuestionKind.NUMERIC: Decimal(2),
    QuestionKind.MATCHING: Decimal(2),
    QuestionKind.ORDERING: Decimal(2),
    QuestionKind.ESSAY: Decimal(20),
    QuestionKind.CASE: Decimal(20),
}
LONGEST_CELL = 32_767
TITLES = [titles[1] for titles in COLUMNS.values()]


def read_question(cells: Mapping[str, str], *, field_codes: frozenset[str]) -> Draft | list[Text]:
    """A row's question, or every reason why it is refused. `field_codes` are those that exist."""
    entry = check(read_question_row(0, cells), field_codes)
    return entry.draft or list(entry.faults)


def read_rows(sheet: Sheet) -> tuple[list[Written], list[Text]]:
    """The questions of a sheet, a row each, and notes about the whole. Raises ColumnsAreMissing, SheetIsEmpty."""
    table = find_table(sheet, columns=COLUMNS, required=REQUIRED_COLUMNS)
    notes = [Text(N_("没有读这些列：%(columns)s"), columns="、".join(table.unread)[:200])] if table.unread else []
    found = []
    for row in table.rows:
        cells = {key: cell.text for key, cell in row.cells.items()}
        formulas = [COLUMNS[key][-1] for key, cell in row.cells.items() if cell.kind is CellKind.FORMULA]
        found.append(read_question_row(row.number, cells, formulas))
    return found, notes


def read_question_row(line: int, cells: Mapping[str, str], formulas: Iterable[str] = ()) -> Written:
    """The question of a row; what is wrong is noted on it. `formulas` are the titles of cells that hold one."""

    def text(key: str) -> str:
        return cells.get(key, "").strip()

    written = Written(line, text("code"), field_code=text("field_code"), topic=text("topic"), stem=text("stem"))
    written.source = "　".join(filter(None, (text("code"), text("kind"), text("stem"), text("answer"))))
    for title in formulas:
        written.refuse(N_("“%(column)s”这一格是公式，不读取算出来的结果"), column=title)
    written.kind = KIND_NAMES.get(text("kind"))
    if written.kind is None:
        written.refuse(N_("题型“%(kind)s”不认识"), kind=text("kind")[:20])
    written.options = _options(written, [text(f"option_{letter.lower()}") for letter in LETTERS])
    written.prompts = [unescape(one.strip()) for one in split_unescaped(text("prompts"), "|")] if text("prompts") else []
    read_marks(written, text("marks"))
    read_difficulty(written, text("difficulty"))
    written.explanation = text("explanation")
    read_parts_json(written, text("sub_questions"))
    if written.kind is not None:
        written.answer = read_key(written, text("answer"))
    extra.apply(written, text("extra"))
    refuse_script(written)
    return written


def _options(written: Written, options: list[str]) -> list[str]:
    while options and not options[-1]:
        options.pop()
    return [] if written.kind is QuestionKind.TRUE_FALSE and len(options) == 2 else options


def read_marks(written: Written, text: str) -> None:
    """Marks as they are written; left out, those that are usual for the kind."""
    written.marks_text = text
    number = text.removesuffix("分")
    if text:
        written.marks = read_decimal(number)
    elif written.kind is not None:
        default_marks(written)


def default_marks(written: Written) -> None:
    """The marks that are usual for the kind, with a note."""
    if written.kind is not None and written.marks is None and not written.marks_text:
        written.marks = DEFAULT_MARKS[written.kind]
        if written.kind is QuestionKind.CASE and written.parts:
            written.marks = sum((Decimal(str(part["marks"])) for part in written.parts), Decimal(0))
        written.repair(N_("没有写分值，按 %(marks)s 分"), marks=written.marks)


def read_difficulty(written: Written, text: str) -> None:
    """1 to 5, or its word; nothing written is 3."""
    if text in DIFFICULTY:
        written.difficulty = DIFFICULTY[text]
    elif (number := read_decimal(text)) is not None and number == number.to_integral_value() and abs(number) < 1000:
        written.difficulty = int(number)
    elif text:
        written.refuse(N_("难度“%(written)s”不是 1 到 5"), written=text[:20])


def read_parts_json(written: Written, text: str) -> None:
    """The parts of a case as a list in JSON."""
    if not text:
        return
    try:
        parts = json.loads(text)
        written.parts = [dict(part) for part in parts]
        for part in written.parts:
            _ = Decimal(str(part["marks"]))
    except (ValueError, TypeError, KeyError, ArithmeticError, RecursionError):
        written.parts = []
        written.refuse(N_("小题的写法读不出来"))


def row_of(draft: Draft) -> dict[str, str]:
    """A question as a row, by column; what the other columns cannot say stands in the last one."""
    wanted = to_written(draft)
    cells = {
        "code": draft.code, "kind": kind_word(draft.kind), "field_code": draft.field_code or "", "topic": draft.topic_zh,
        "difficulty": str(draft.difficulty), "stem": draft.stem_zh,
        **{f"option_{letter.lower()}": option for letter, option in zip(LETTERS, draft.options, strict=False)},
        "prompts": "|".join(escape(prompt) for prompt in draft.prompts),
        "answer": write_key(draft.kind, draft.answer), "marks": f"{draft.marks.normalize():f}",
        "explanation": draft.explanation_zh,
        "sub_questions": json.dumps(list(draft.sub_questions), ensure_ascii=False) if draft.sub_questions else "",
    }  # fmt: skip
    cells["extra"] = extra.differences(wanted, read_question_row(0, cells))
    return cells


def kind_word(kind: QuestionKind) -> str:
    """The short name of a kind in tables."""
    return next(name for name, one in KIND_NAMES.items() if one is kind and not name.isascii())


def to_written(draft: Draft) -> Written:
    """A kept question as a reader would have it before the check."""
    return Written(
        0, draft.code, kind=draft.kind, field_code=draft.field_code or "", topic=draft.topic_zh, difficulty=draft.difficulty,
        stem=draft.stem_zh, options=list(draft.options), prompts=list(draft.prompts), answer=draft.answer, marks=draft.marks,
        explanation=draft.explanation_zh, parts=list(draft.sub_questions), scoring=draft.scoring, rubric=list(draft.rubric),
    )  # fmt: skip


def check_all(written: Iterable[Written], field_codes: frozenset[str]) -> list[Entry]:
    """The verdict for each."""
    return [check(one, field_codes) for one in written]
