"""Judging a roster row by row: what is right, what was repaired, what is refused and why. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from academy.core.sheets import Cell, CellKind, Table, TableRow
from academy.core.text import N_, Text
from academy.people.rules import people as rules
from academy.people.rules.people import EDUCATION_WORDS, GENDER_WORDS, Education, Gender
from academy.people.rules.roster import COLUMNS, MASK, Finding, RosterRow, SheetNote, error, noted, repaired

EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
LEAP_DAY = "0229"
LONGEST_NAME, LONGEST_UNIT, LONGEST_KEPT = 60, 120, 500
SCIENTIFIC = re.compile(r"\d(\.\d+)?E\+?\d+")
_DAY = re.compile(r"(\d{4})[-./年](\d{1,2})[-./月](\d{1,2})日?( 00:00:00)?|(\d{4})(\d{2})(\d{2})")
_HAN_GAP = re.compile(r"(?<=[\u3400-\u9fff]) +(?=[\u3400-\u9fff])")
GENDERS = {
    "男": Gender.MALE, "男性": Gender.MALE, "M": Gender.MALE, "MALE": Gender.MALE,
    "女": Gender.FEMALE, "女性": Gender.FEMALE, "F": Gender.FEMALE, "FEMALE": Gender.FEMALE,
}  # fmt: skip
EDUCATIONS = {word: education for education, word in EDUCATION_WORDS.items()} | {
    "高中": Education.SENIOR_HIGH, "中专": Education.SENIOR_HIGH, "职高": Education.SENIOR_HIGH, "技校": Education.SENIOR_HIGH,
    "专科": Education.COLLEGE, "大学专科": Education.COLLEGE, "大学本科": Education.BACHELOR, "大学": Education.BACHELOR,
    "研究生": Education.MASTER, "硕士研究生": Education.MASTER, "博士研究生": Education.DOCTOR,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reading:
    """How a table is to be read: the names of person types, the type of rows that name none, the calendar."""

    type_codes: Mapping[str, str]
    default_type: str = ""
    has_gender: bool = True
    is_1904: bool = False


def notes_of(table: Table) -> list[SheetNote]:
    """What the reader left out: merged title rows, hidden columns and rows, columns that belong to nothing."""
    notes = [
        SheetNote(
            row,
            "merged_title_row",
            "",
            Text(N_("第 %(row)s 行是合并的标题行，已跳过；表头取第 %(header)s 行。"), row=row, header=table.header_row),
        )
        for row in table.title_rows
    ]
    for column in table.hidden:
        say = Text(N_("%(letter)s 列“%(title)s”是隐藏列，没有读取。"), letter=column.letter, title=column.title[:40])
        notes.append(SheetNote(table.header_row, "hidden_column", column.title, say))
    if table.hidden_rows:
        rows = "、".join(str(row) for row in table.hidden_rows[:8]) + ("…" if len(table.hidden_rows) > 8 else "")
        say = Text(N_("%(count)s 行是隐藏的（第 %(rows)s 行），没有读取。"), count=len(table.hidden_rows), rows=rows)
        notes.append(SheetNote(table.hidden_rows[0], "hidden_rows", "", say))
    if table.unread:
        titles = "、".join(title[:20] for title in table.unread[:8])
        say = Text(N_("这些列不在导入项内，没有读取：%(titles)s。"), titles=titles)
        notes.append(SheetNote(table.header_row, "unread_columns", "", say))
    return notes


def split_trailing_notes(rows: tuple[TableRow, ...]) -> tuple[tuple[TableRow, ...], list[SheetNote]]:
    """Set aside the remarks below the people: last rows in which one cell is filled, and that holds no number or name."""
    end = len(rows)
    while end > 0 and _is_remark(rows[end - 1]):
        end -= 1
    notes = [
        SheetNote(row.number, "trailing_note", "", Text(N_("第 %(row)s 行像是表尾说明，没有读取。"), row=row.number))
        for row in rows[end:][:8]
    ]
    return rows[:end], notes


def _is_remark(row: TableRow) -> bool:
    if row.filled > 1:
        return False
    text = next((cell.text.strip() for cell in row.cells.values() if cell.text.strip()), "")
    return len(text) > 6 or not rules.is_name(text) or text.startswith(("注", "备注", "说明", "合计", "总计", "共计", "以上"))


def type_codes_of(types: Iterable[tuple[str, str]]) -> dict[str, str]:
    """How person types (code, name) may be written: code, name, or name without its trailing remark; in any width."""
    codes: dict[str, str] = {}
    for code, name in types:
        full = folded(name)
        codes |= {folded(code): code, full: code, re.sub(r"\([^()]*\)$", "", full): code}
    return codes


def folded(word: str) -> str:
    """A name as it is compared: half width, without blanks and quotation marks."""
    return re.sub(r"[\s“”\"'‘’]", "", unicodedata.normalize("NFKC", word)).upper()


def judge(table: Table, type_codes: Mapping[str, str]) -> list[RosterRow]:
    """Every row of a whole table with its verdict, people who stand twice included."""
    seen = Seen()
    return [seen.compare(judge_row(row, Reading(type_codes))) for row in table.rows]


def judge_row(row: TableRow, reading: Reading) -> RosterRow:
    """One row with its verdict, by itself."""
    findings: list[Finding] = _formulas(row)
    seen = {finding.column for finding in findings}
    code = _text(row, "code").upper()[:20]
    name = _name(row.cell("name"), findings, is_known_bad=COLUMNS["name"][0] in seen)
    id_number = "" if COLUMNS["id_number"][0] in seen else _id_number(row.cell("id_number"), code, findings)
    is_masked = bool(code) and MASK in row.cell("id_number").text
    gender = _gender(_text(row, "gender"), id_number, findings, reading, is_masked=is_masked)
    mobile = "" if COLUMNS["mobile"][0] in seen else _mobile(row.cell("mobile"), code, findings)
    _birth_date(row.cell("birth_date"), id_number, reading, findings)
    written_type = _text(row, "person_type")
    type_code = reading.type_codes.get(folded(written_type), "") or ("" if written_type else reading.default_type)
    if not type_code and COLUMNS["person_type"][0] not in seen:
        findings.append(_unknown_type(written_type))
    return RosterRow(
        number=row.number,
        raw={key: row.cell(key).text[:LONGEST_KEPT] for key in COLUMNS if row.cell(key).text},
        name=name[:LONGEST_KEPT],
        gender=gender,
        id_number=id_number,
        mobile=mobile,
        email=_email(_text(row, "email"), findings),
        unit=_unit(row.cell("unit").text, findings),
        person_type_code=type_code,
        education=_education(_text(row, "education"), findings),
        findings=tuple(findings),
        code=code,
    )


class Seen:
    """Who stood in the rows before: the same person twice in a file is imported once."""

    def __init__(self) -> None:
        self._by_id: dict[str, tuple[int, str]] = {}
        self._by_name: dict[str, int] = {}

    def compare(self, row: RosterRow) -> RosterRow:
        """The row with what was seen of it above; remembers it when it is importable."""
        if not row.is_importable:
            return row
        key = row.id_number or row.code
        first = self._by_id.setdefault(key, (row.number, row.mobile))
        if first[0] != row.number:
            return row.with_finding(_duplicate(*first, row))
        same_name = self._by_name.setdefault(row.name, row.number)
        if same_name != row.number:
            say = Text(N_("与第 %(row)s 行同名，证件号不同，不是同一人。"), row=same_name)
            return row.with_finding(noted("same_name", "name", say))
        return row


def _duplicate(number: int, mobile: str, row: RosterRow) -> Finding:
    what = Text(N_("身份证号、手机号都相同")) if mobile == row.mobile else Text(N_("身份证号相同"))
    say = Text(N_("与第 %(row)s 行是同一人（%(what)s）。"), row=number, what=what)
    keep = Text(N_("只导入第 %(row)s 行；请删去重复的一行。"), row=number)
    return error("duplicate_in_file", "id_number", say, keep)


def _text(row: TableRow, key: str) -> str:
    return rules.tidy(row.cell(key).text)


def _formulas(row: TableRow) -> list[Finding]:
    fix = Text(N_("请复制后“选择性粘贴—数值”再传。"))
    return [
        error("formula_cell", key, Text(N_("%(column)s单元格是公式，不接受公式。"), column=Text(titles[0])), fix)
        for key, titles in COLUMNS.items()
        if row.cell(key).kind in {CellKind.FORMULA, CellKind.ERROR}
    ]


def _name(cell: Cell, findings: list[Finding], *, is_known_bad: bool) -> str:
    written = rules.tidy_name(cell.text[:LONGEST_KEPT])
    visible = "".join(char for char in written if unicodedata.category(char) != "Cf")
    name = _HAN_GAP.sub("", visible).strip()
    if is_known_bad:
        return name
    if len(cell.text.strip()) > LONGEST_NAME:
        say = Text(N_("姓名超过 %(most)s 个字。"), most=LONGEST_NAME)
        findings.append(error("name_too_long", "name", say, Text(N_("请按身份证填写姓名。"))))
    elif not name:
        findings.append(error("name_missing", "name", Text(N_("姓名为空。")), Text(N_("请填写姓名。"))))
    elif rules.has_emoji(name):
        findings.append(error("name_emoji", "name", Text(N_("姓名含表情符号。")), Text(N_("请按身份证填写姓名。"))))
    elif not rules.is_name(name):
        findings.append(error("name_format", "name", Text(N_("姓名含数字或符号。")), Text(N_("请按身份证填写姓名。"))))
    else:
        findings += _about_name(written, visible, name)
    return name


def _about_name(written: str, visible: str, name: str) -> list[Finding]:
    """What was repaired in a name that is right now, or why an unusual one is right."""
    if visible != written:
        return [repaired("name_invisible", "name", Text(N_("姓名里看不见的控制符已去除。")), name)]
    if name != visible:
        return [repaired("name_blanks", "name", Text(N_("姓名中间的空格已去除。")), name)]
    if rare := rules.rare_characters(name):
        return [noted("name_rare", "name", Text(N_("姓名有生僻字“%(rare)s”，有效，证书可正常印出。"), rare=rare))]
    if "·" in name:
        return [noted("name_dot", "name", Text(N_("姓名含间隔号，有效。")))]
    if len(name) >= 4 and all("\u4e00" <= char <= "\u9fff" for char in name):
        return [noted("name_long", "name", Text(N_("姓名有 %(count)s 个字，有效，不拆分姓和名。"), count=len(name)))]
    return []


def _id_number(cell: Cell, code: str, findings: list[Finding]) -> str:
    raw = cell.text[:LONGEST_KEPT]
    if MASK in raw:
        if not code:
            say = Text(N_("身份证号是遮盖过的，认不出是谁。"))
            findings.append(error("id_masked", "id_number", say, Text(N_("请填写十八位号码，或保留学员编号一列。"))))
        return ""
    if cell.kind is CellKind.DATE:
        say = Text(N_("身份证号存成了日期，无法还原。"))
        findings.append(error("id_as_date", "id_number", say, Text(N_("请把该列设为“文本”后重新填写。"))))
        return ""
    if cell.kind is CellKind.NUMBER and ("E" in raw or len(re.sub(r"\D", "", raw)) > 15):
        say = Text(N_("身份证号存成了数字，第 16 至 18 位已丢失，无法还原。"))
        findings.append(error("id_numeric_lost_digits", "id_number", say, Text(N_("请把该列设为“文本”后重新填写。"))))
        return ""
    tidied = re.sub(r"\s", "", _without_invisible(unicodedata.normalize("NFKC", raw)))
    number = tidied.upper()
    if SCIENTIFIC.fullmatch(number):
        say = Text(N_("身份证号是科学计数法文本，无法还原。"))
        findings.append(error("id_scientific_text", "id_number", say, Text(N_("请重新填写十八位号码。"))))
        return ""
    problem = rules.id_number_problem(number)
    if problem:
        findings.append(_id_problem(problem, number))
        return ""
    _note_id(raw, tidied, number, findings)
    return number


def _without_invisible(text: str) -> str:
    return "".join(char for char in text if unicodedata.category(char) not in {"Cf", "Cc"})


def _id_problem(problem: rules.IdProblem, number: str) -> Finding:
    if problem == "id_bad_checksum":
        return error(problem, "id_number", Text(N_("身份证号校验码错误。")), Text(N_("请与本人核对末四位。")))
    if problem == "id_bad_date":
        say = Text(N_("出生日期 %(month)s 月 %(day)s 日不存在。"), month=int(number[10:12]), day=int(number[12:14]))
        return error(problem, "id_number", say, Text(N_("请与本人核对。")))
    if not number:
        return error("id_missing", "id_number", Text(N_("身份证号为空。")), Text(N_("请填写十八位号码。")))
    if re.fullmatch(r"\d{17}", number) or re.fullmatch(r"\d{19,}", number):
        say = Text(N_("身份证号有 %(count)s 位，应为 18 位。"), count=len(number))
        return error(problem, "id_number", say, Text(N_("请与本人核对。")))
    return error(problem, "id_number", Text(N_("身份证号不是十八位号码。")), Text(N_("请填写十八位号码，末位可以是 X。")))


def _note_id(raw: str, tidied: str, number: str, findings: list[Finding]) -> None:
    """What was repaired in a number that is valid now; the first that applies names the repair."""
    if unicodedata.normalize("NFKC", raw) != raw:
        findings.append(repaired("id_fullwidth", "id_number", Text(N_("全角字符已转为半角，校验通过。")), number))
    elif raw != tidied:
        findings.append(repaired("trailing_spaces", "id_number", Text(N_("空格已去除，校验通过。")), number))
    elif tidied != number:
        findings.append(repaired("id_lowercase_x", "id_number", Text(N_("末位小写 x 已转为大写，校验通过。")), number))
    elif number[10:14] == LEAP_DAY:
        findings.append(noted("id_leap_day", "id_number", Text(N_("出生于闰年 2 月 29 日，有效。"))))


def _gender(written: str, id_number: str, findings: list[Finding], reading: Reading, *, is_masked: bool) -> Gender | None:
    gender = GENDERS.get(written.upper())
    implied = rules.gender_of(id_number) if id_number else None
    if gender is None and not written and implied is not None:
        if reading.has_gender:
            say = Text(N_("性别为空，已按身份证号补为%(gender)s。"), gender=Text(GENDER_WORDS[implied]))
            findings.append(repaired("gender_from_id", "gender", say, GENDER_WORDS[implied]))
        return implied
    if gender is None and not written and (is_masked or not reading.has_gender):
        return None
    if gender is None:
        findings.append(error("gender_unknown", "gender", Text(N_("性别没有写明男或女。")), Text(N_("请填“男”或“女”。"))))
    elif implied is not None and gender is not implied:
        say = Text(N_("性别与身份证号第 17 位不一致，号码显示为%(gender)s。"), gender=Text(GENDER_WORDS[implied]))
        findings.append(error("gender_mismatch", "gender", say, Text(N_("请核对是号码还是性别写错。"))))
    return gender


def _mobile(cell: Cell, code: str, findings: list[Finding]) -> str:
    written = rules.tidy(cell.text[:LONGEST_KEPT])
    if MASK in written and code:
        return ""
    number = re.sub(r"[\s-]", "", _without_invisible(written)).removeprefix("+86").removesuffix(".0")
    if len(number) > 11 and rules.mobile_problem(number) and not rules.mobile_problem(number[-11:]):
        number = number[-11:] if number[:-11] in {"86", "0086"} else number
    problem = rules.mobile_problem(number)
    if problem and SCIENTIFIC.fullmatch(number.upper()):
        say = Text(N_("手机号是科学计数法，无法还原。"))
        findings.append(error("mobile_scientific", "mobile", say, Text(N_("请把该列设为“文本”后重新填写。"))))
    elif problem == "mobile_length":
        say = Text(N_("手机号有 %(count)s 位，应为 11 位。"), count=len(number))
        findings.append(error(problem, "mobile", say, Text(N_("请与本人核对。"))))
    elif problem:
        say = Text(N_("手机号为空。")) if not number else Text(N_("手机号不是大陆手机号的写法。"))
        findings.append(error("mobile_missing" if not number else problem, "mobile", say, Text(N_("请填写 11 位手机号。"))))
    elif number != written:
        findings.append(repaired("mobile_tidied", "mobile", Text(N_("手机号里的空格、横线或 +86 已去除。")), number))
    return "" if problem else number


def _birth_date(cell: Cell, id_number: str, reading: Reading, findings: list[Finding]) -> None:
    """A column that says what the identity number says: it is compared and not kept."""
    if not cell.text.strip() or cell.kind in {CellKind.FORMULA, CellKind.ERROR} or not id_number:
        return
    born, written = rules.birth_date(id_number), _day(cell, reading)
    if written is None:
        say = Text(N_("出生日期“%(written)s”看不懂。"), written=cell.text.strip()[:20])
        findings.append(error("birth_date_format", "birth_date", say, Text(N_("请写成 1990-01-31，或留空。"))))
    elif written != born:
        say = Text(N_("出生日期与身份证号里的不一致。"))
        findings.append(error("birth_date_mismatch", "birth_date", say, Text(N_("请核对是号码还是日期写错。"))))
    elif cell.kind is CellKind.NUMBER and len(cell.text) < 8:
        say = Text(N_("出生日期存成了数字，按日期读作 %(day)s，与身份证号一致。"), day=written.isoformat())
        findings.append(repaired("birth_date_serial", "birth_date", say, written.isoformat()))


def _day(cell: Cell, reading: Reading) -> date | None:
    text = rules.tidy(cell.text)
    found = _DAY.fullmatch(text)
    try:
        if found:
            year, month, day = (int(part) for part in (found.groups()[:3] if found.group(1) else found.groups()[4:]))
            return date(year, month, day)
        if cell.kind is CellKind.NUMBER and text.isdigit() and 60 < int(text) < 80_000:
            return (date(1904, 1, 1) if reading.is_1904 else date(1899, 12, 30)) + timedelta(days=int(text))
    except ValueError:
        return None
    return None


def _unknown_type(written: str) -> Finding:
    if not written:
        return error("person_type_missing", "person_type", Text(N_("人员类别为空。")), Text(N_("请从 12 类里选一类。")))
    say = Text(N_("人员类别“%(written)s”不在 12 类之内。"), written=written[:40])
    return error("unknown_person_type", "person_type", say, Text(N_("请从 12 类里选一类。")))


def _email(written: str, findings: list[Finding]) -> str:
    if written and (len(written) > 254 or not EMAIL.fullmatch(written)):
        say = Text(N_("邮箱写得不对。"))
        findings.append(error("email_format", "email", say, Text(N_("请改成 name@example.org 这样，或留空。"))))
        return ""
    return written.lower()


def _unit(written: str, findings: list[Finding]) -> str:
    unit = _without_invisible(re.sub(r"\s+", " ", written)).strip()
    if len(unit) > LONGEST_UNIT:
        say = Text(N_("工作单位超过 %(most)s 个字。"), most=LONGEST_UNIT)
        findings.append(error("unit_too_long", "unit", say, Text(N_("请写单位的名称。"))))
    return unit[:LONGEST_UNIT]


def _education(written: str, findings: list[Finding]) -> Education | None:
    if written and written not in EDUCATIONS:
        say = Text(N_("学历“%(written)s”不在可选项内。"), written=written[:40])
        fix = Text(N_("可填：%(words)s，或留空。"), words="、".join(EDUCATION_WORDS.values()))
        findings.append(error("unknown_education", "education", say, fix))
    return EDUCATIONS.get(written)
