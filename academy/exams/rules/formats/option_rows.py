"""Spreadsheets: one row an option. The rows of a question follow one another; what they share stands in the first."""

from collections.abc import Mapping
from decimal import Decimal

from academy.core.sheets import CellKind, Sheet, find_table
from academy.core.text import N_, Text
from academy.exams.rules.bank import KIND_NAMES, Draft, Written
from academy.exams.rules.formats import extra, shares
from academy.exams.rules.formats.markup import refuse_script
from academy.exams.rules.formats.notation import read_decimal, read_key, write_number
from academy.exams.rules.formats.table import kind_word, read_difficulty, read_marks, to_written
from academy.exams.rules.keys import AcceptedText, dump_blanks, load_blanks, load_numbers
from academy.exams.rules.kinds import LETTERS, QuestionKind

COLUMNS: dict[str, tuple[str, ...]] = {
    "code": ("item_code", "题号", "编号"),
    "kind": ("kind", "题型"),
    "field_code": ("field_code", "领域代码", "细分领域"),
    "topic": ("topic_zh", "知识点"),
    "difficulty": ("difficulty", "难度"),
    "stem": ("stem_zh", "题干"),
    "prompt": ("prompt", "左项"),
    "option": ("option", "选项内容", "选项"),
    "right": ("is_right", "是否正确", "正确", "比例"),
    "marks": ("marks", "分值"),
    "explanation": ("explanation_zh", "解析"),
    "extra": ("extra", "附加"),
}
REQUIRED_COLUMNS = ("stem", "option", "right")
TITLES = [titles[1] for titles in COLUMNS.values()]
_YES = frozenset({"是", "对", "√", "✓", "正确", "Y", "YES", "T", "TRUE", "1"})
_NO = frozenset({"", "否", "错", "×", "错误", "N", "NO", "F", "FALSE", "0", "X"})
Row = tuple[int, Mapping[str, str]]


def read_option_rows(sheet: Sheet) -> tuple[list[Written], list[Text]]:
    """The questions of a sheet and notes about the whole. Raises ColumnsAreMissing, SheetIsEmpty."""
    table = find_table(sheet, columns=COLUMNS, required=REQUIRED_COLUMNS)
    notes = [Text(N_("没有读这些列：%(columns)s"), columns="、".join(table.unread)[:200])] if table.unread else []
    groups: list[list[Row]] = []
    formulas: dict[int, str] = {}
    for row in table.rows:
        cells = {key: cell.text.strip() for key, cell in row.cells.items()}
        formula = next((COLUMNS[key][1] for key, cell in row.cells.items() if cell.kind is CellKind.FORMULA), None)
        if not groups or _begins(cells, groups[-1][0][1]):
            groups.append([])
        groups[-1].append((row.number, cells))
        if formula:
            formulas[groups[-1][0][0]] = formula
    return [read_group(group, formulas.get(group[0][0])) for group in groups], notes


def _begins(cells: Mapping[str, str], first: Mapping[str, str]) -> bool:
    """Whether a row begins another question: another number, or without numbers another stem."""
    if cells.get("code"):
        return cells["code"] != first.get("code", "")
    return bool(cells.get("stem")) and cells["stem"] != first.get("stem", "")


def read_group(rows: list[Row], formula: str | None = None) -> Written:
    """The question of rows that belong together."""
    line, first = rows[0]

    def text(key: str) -> str:
        return next((cells[key] for _line, cells in rows if cells.get(key)), "")

    written = Written(line, text("code"), field_code=text("field_code"), topic=text("topic"), stem=text("stem"))
    written.source = "　".join(filter(None, (first.get("code"), first.get("kind"), first.get("stem"))))
    if formula:
        written.refuse(N_("“%(column)s”这一格是公式，不读取算出来的结果"), column=formula)
    written.explanation = text("explanation")
    _read_kind(written, text("kind"), rows)
    read_marks(written, text("marks"))
    read_difficulty(written, text("difficulty"))
    if written.kind is not None:
        _READERS.get(written.kind, _read_nothing)(written, rows)
    extra.apply(written, text("extra"))
    refuse_script(written)
    return written


def _read_kind(written: Written, word: str, rows: list[Row]) -> None:
    written.kind = KIND_NAMES.get(word)
    if word and written.kind is None:
        written.refuse(N_("题型“%(kind)s”不认识"), kind=word[:20])
    elif written.kind is None:
        right = sum(_percent(cells.get("right", "")) == 100 for _line, cells in rows)
        written.kind = QuestionKind.SINGLE if right == 1 else QuestionKind.MULTIPLE
        written.repair(N_("没有写题型，按正确选项的个数定"))


def _percent(word: str) -> Decimal | None:
    """100 for a right option, 0 for a wrong one, else the share that is written in percent; None for what cannot be read."""
    plain = word.strip().upper()
    if plain in _YES or plain in _NO:
        return Decimal(100) if plain in _YES else Decimal(0)
    return read_decimal(plain[:-1]) if plain.endswith(("%", "％")) else None


def _read_choices(written: Written, rows: list[Row]) -> None:
    rows = [row for row in rows if row[1].get("option")]
    written.options = [cells["option"] for _line, cells in rows]
    words = [cells.get("right", "") for _line, cells in rows]
    percents = [_percent(word) for word in words]
    if None in percents:
        written.refuse(N_("“%(written)s”不是“是”“否”或比例"), written=words[percents.index(None)][:20])
        return
    known = [percent for percent in percents if percent is not None]
    if any(word.strip().endswith(("%", "％")) for word in words):
        read = shares.read_single if written.kind is QuestionKind.SINGLE else shares.read_multiple
        read(written, known)
        return
    read_key(written, key) if (key := "".join(LETTERS[n] for n, one in enumerate(known[:12]) if one)) else None
    written.answer = key
    if not key:
        written.refuse(N_("没有写答案"))


def _read_true_false(written: Written, rows: list[Row]) -> None:
    right = [cells.get("option", "") for _line, cells in rows if _percent(cells.get("right", "")) == 100]
    written.answer = read_key(written, right[0] if len(right) == 1 else "")


def _read_texts(written: Written, rows: list[Row]) -> None:
    blanks: dict[str, list[AcceptedText]] = {}
    for _line, cells in rows:
        if cells.get("option"):
            share = _percent(cells.get("right") or "是")
            blanks.setdefault(cells.get("prompt", "") or "1", []).append(
                AcceptedText(cells["option"], (share or Decimal(0)) / 100)
            )
    written.answer = dump_blanks(tuple(tuple(blank) for blank in blanks.values()))


def _read_numbers(written: Written, rows: list[Row]) -> None:
    pieces = []
    for _line, cells in rows:
        share = _percent(cells.get("right") or "是") or Decimal(0)
        if cells.get("option"):
            pieces.append(cells["option"] + ("" if share == 100 else f"{{{shares.text_of(share)}%}}"))
    written.answer = read_key(written, "|".join(pieces))


def _read_matching(written: Written, rows: list[Row]) -> None:
    """Each row a prompt with its option; an option without a prompt is a distractor."""
    key = ""
    for _line, cells in rows:
        option, prompt = cells.get("option", ""), cells.get("prompt", "")
        if option and option not in written.options:
            written.options.append(option)
        if prompt:
            written.prompts.append(prompt)
            place = written.options.index(option) if option else len(LETTERS)
            key += LETTERS[place] if place < len(LETTERS) else "-"
    written.answer = key


def _read_ordering(written: Written, rows: list[Row]) -> None:
    """Each row an option with its place."""
    places = []
    for _line, cells in rows:
        if cells.get("option"):
            written.options.append(cells["option"])
            places.append(read_decimal(cells.get("right", "")))
    if None in places or sorted(places) != list(range(1, len(places) + 1)):  # type: ignore[type-var]
        written.refuse(N_("排序题要写出每个选项排第几"))
        return
    written.answer = "".join(LETTERS[places.index(Decimal(n))] for n in range(1, min(len(places), len(LETTERS)) + 1))


def _read_nothing(written: Written, _rows: list[Row]) -> None:
    """What people mark has no options."""
    written.options = []


_READERS = {
    QuestionKind.SINGLE: _read_choices,
    QuestionKind.MULTIPLE: _read_choices,
    QuestionKind.TRUE_FALSE: _read_true_false,
    QuestionKind.SHORT_TEXT: _read_texts,
    QuestionKind.NUMERIC: _read_numbers,
    QuestionKind.MATCHING: _read_matching,
    QuestionKind.ORDERING: _read_ordering,
}


def rows_of(draft: Draft) -> list[dict[str, str]]:
    """A question as rows, by column."""
    rows = _lines(draft) or [{}]
    rows[0] |= {
        "kind": kind_word(draft.kind), "field_code": draft.field_code or "", "topic": draft.topic_zh,
        "difficulty": str(draft.difficulty), "stem": draft.stem_zh, "marks": f"{draft.marks.normalize():f}",
        "explanation": draft.explanation_zh,
    }  # fmt: skip
    for row in rows:
        row["code"] = draft.code
    rows[0]["extra"] = extra.differences(to_written(draft), read_group(list(enumerate(rows))))
    return rows


def _lines(draft: Draft) -> list[dict[str, str]]:
    match draft.kind:
        case QuestionKind.SINGLE | QuestionKind.MULTIPLE:
            return _choice_lines(draft)
        case QuestionKind.TRUE_FALSE:
            return [
                {"option": word, "right": "是" if draft.answer == key else "否"} for key, word in (("T", "正确"), ("F", "错误"))
            ]
        case QuestionKind.SHORT_TEXT:
            return [
                {"prompt": str(n), "option": one.text, "right": f"{shares.text_of(one.share * 100)}%"}
                for n, blank in enumerate(load_blanks(draft.answer), 1)
                for one in blank
            ]
        case QuestionKind.NUMERIC:
            numbers = load_numbers(draft.answer)
            return [{"option": write_number(one), "right": f"{shares.text_of(one.share * 100)}%"} for one in numbers]
        case QuestionKind.MATCHING:
            pairs = zip(draft.prompts, draft.answer, strict=False)
            used = [
                {"prompt": prompt, "option": "" if one == "-" else draft.options[LETTERS.index(one)]} for prompt, one in pairs
            ]
            unused = [o for letter, o in zip(LETTERS, draft.options, strict=False) if letter not in draft.answer]
            return [*used, *({"option": option} for option in unused)]
        case QuestionKind.ORDERING:
            letters = LETTERS[: len(draft.options)]
            return [{"option": o, "right": str(draft.answer.index(x) + 1)} for x, o in zip(letters, draft.options, strict=True)]
    return []


def _choice_lines(draft: Draft) -> list[dict[str, str]]:
    if shares.weights_of(draft.scoring) is None:
        marks = ["是" if letter in draft.answer else "否" for letter in LETTERS[: len(draft.options)]]
    else:
        percents = shares.percents_of(draft.kind, len(draft.options), draft.answer, draft.scoring)
        marks = [f"{shares.text_of(percent)}%" for percent in percents]
    return [{"option": option, "right": mark} for option, mark in zip(draft.options, marks, strict=True)]
