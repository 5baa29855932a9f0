"""Judging a roster row by row: what will be imported, what was repaired, what is refused and why. Pure.

A row keeps every finding; the first one gives its verdict. Nothing is guessed: a digit that Excel lost is not restored.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from academy.core.sheets import Cell, CellKind, Table, TableRow
from academy.core.text import N_, Text
from academy.people import rules
from academy.people.rules import EDUCATION_WORDS, Education, Gender

COLUMNS: dict[str, tuple[str, ...]] = {
    "name": (N_("姓名"),),
    "gender": (N_("性别"),),
    "id_number": (N_("身份证号"), "身份证号码", "公民身份号码", "身份证"),
    "mobile": (N_("手机号"), "手机号码", "手机", "联系电话"),
    "email": (N_("邮箱"), "电子邮箱"),
    "unit": (N_("工作单位"), "单位", "单位名称"),
    "person_type": (N_("人员类别"), "类别"),
    "education": (N_("学历"), "文化程度"),
}
REQUIRED = ("name", "gender", "id_number", "mobile", "person_type")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
LEAP_DAY = "0229"


class RowState(StrEnum):
    """What will happen to a row."""

    OK = "ok"
    REPAIRED = "repaired"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that reading showed: its weight, its stable code, the column, the sentence, the way out."""

    state: RowState
    code: str
    column: str
    say: Text
    fix: Text | None = None
    value: str = ""  # what a repaired cell became


@dataclass(frozen=True, slots=True)
class SheetNote:
    """Something about the sheet as a whole."""

    row_number: int
    code: str
    column: str
    say: Text


@dataclass(frozen=True, slots=True)
class RosterRow:
    """A row as read: tidied values, what was written, and the findings."""

    number: int
    raw: Mapping[str, str]
    name: str
    gender: Gender | None
    id_number: str
    mobile: str
    email: str
    unit: str
    person_type_code: str
    education: Education | None
    findings: tuple[Finding, ...]

    @property
    def state(self) -> RowState:
        """The heaviest of its findings."""
        states = {finding.state for finding in self.findings}
        return next((state for state in (RowState.ERROR, RowState.REPAIRED) if state in states), RowState.OK)

    @property
    def reasons(self) -> tuple[Finding, ...]:
        """The findings that made the verdict, heaviest first."""
        return tuple(finding for finding in self.findings if finding.state is self.state)

    @property
    def is_importable(self) -> bool:
        """Whether the row goes in."""
        return self.state is not RowState.ERROR

    def bad(self, column: str) -> bool:
        """Whether a column is one to look at."""
        return any(finding.column == COLUMNS[column][0] and finding.state is not RowState.OK for finding in self.findings)

    def with_finding(self, finding: Finding) -> "RosterRow":
        """The row with one more finding."""
        return replace(self, findings=(*self.findings, finding))


def notes_of(table: Table) -> list[SheetNote]:
    """What the reader left out: merged title rows and hidden columns."""
    titles = [
        SheetNote(
            row,
            "merged_title_row",
            "",
            Text(N_("第 %(row)s 行是合并的标题行，已跳过；表头取第 %(header)s 行。"), row=row, header=table.header_row),
        )
        for row in table.title_rows
    ]
    hidden = [
        SheetNote(
            table.header_row,
            "hidden_column",
            column.title,
            Text(N_("%(letter)s 列“%(title)s”是隐藏列，没有读取。"), letter=column.letter, title=column.title),
        )
        for column in table.hidden
    ]
    return titles + hidden


def judge(table: Table, type_codes: Mapping[str, str]) -> list[RosterRow]:
    """Every row with its verdict. `type_codes` maps the names that a person type may be written by to its code."""
    rows: list[RosterRow] = []
    first_by_id: dict[str, RosterRow] = {}
    first_by_name: dict[str, RosterRow] = {}
    for table_row in table.rows:
        row = _judge_row(table_row, type_codes)
        row = _compare_in_file(row, first_by_id.get(row.id_number), first_by_name.get(row.name))
        if row.is_importable:
            first_by_id.setdefault(row.id_number, row)
            first_by_name.setdefault(row.name, row)
        rows.append(row)
    return rows


def compare_with_register(rows: Iterable[RosterRow], names: Mapping[str, str]) -> list[RosterRow]:
    """Refuse rows whose identity number is registered under another name. `names` is {identity number: name}."""
    return [
        row.with_finding(_name_differs()) if row.is_importable and names.get(row.id_number, row.name) != row.name else row
        for row in rows
    ]


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


def _judge_row(row: TableRow, type_codes: Mapping[str, str]) -> RosterRow:
    findings: list[Finding] = _formulas(row)
    seen = {finding.column for finding in findings}
    name = _name(row.cell("name"), findings, is_known_bad=COLUMNS["name"][0] in seen)
    id_number = "" if COLUMNS["id_number"][0] in seen else _id_number(row.cell("id_number"), findings)
    gender = _gender(_text(row, "gender"), id_number, findings)
    mobile = "" if COLUMNS["mobile"][0] in seen else _mobile(_text(row, "mobile"), findings)
    type_code = type_codes.get(folded(_text(row, "person_type")), "")
    if not type_code and COLUMNS["person_type"][0] not in seen:
        findings.append(_unknown_type(_text(row, "person_type")))
    return RosterRow(
        number=row.number,
        raw={key: row.cell(key).text for key in COLUMNS},
        name=name,
        gender=gender,
        id_number=id_number,
        mobile=mobile,
        email=_email(_text(row, "email"), findings),
        unit=row.cell("unit").text.strip(),
        person_type_code=type_code,
        education=_education(_text(row, "education"), findings),
        findings=tuple(findings),
    )


def _text(row: TableRow, key: str) -> str:
    return rules.tidy(row.cell(key).text)


def _error(code: str, key: str, say: Text, fix: Text | None = None) -> Finding:
    return Finding(RowState.ERROR, code, COLUMNS[key][0], say, fix)


def _repaired(code: str, key: str, say: Text, value: str) -> Finding:
    return Finding(RowState.REPAIRED, code, COLUMNS[key][0], say, value=value)


def _noted(code: str, key: str, say: Text) -> Finding:
    return Finding(RowState.OK, code, COLUMNS[key][0], say)


def _formulas(row: TableRow) -> list[Finding]:
    fix = Text(N_("请复制后“选择性粘贴—数值”再传。"))
    return [
        _error("formula_cell", key, Text(N_("%(column)s单元格是公式，不接受公式。"), column=Text(titles[0])), fix)
        for key, titles in COLUMNS.items()
        if row.cell(key).kind in {CellKind.FORMULA, CellKind.ERROR}
    ]


def _name(cell: Cell, findings: list[Finding], *, is_known_bad: bool) -> str:
    name = rules.tidy_name(cell.text)
    if is_known_bad:
        return name
    if not name:
        findings.append(_error("name_missing", "name", Text(N_("姓名为空。")), Text(N_("请填写姓名。"))))
    elif rules.has_emoji(name):
        findings.append(_error("name_emoji", "name", Text(N_("姓名含表情符号。")), Text(N_("请按身份证填写姓名。"))))
    elif not rules.is_name(name):
        findings.append(_error("name_format", "name", Text(N_("姓名含数字或符号。")), Text(N_("请按身份证填写姓名。"))))
    elif rare := rules.rare_characters(name):
        findings.append(_noted("name_rare", "name", Text(N_("姓名有生僻字“%(rare)s”，有效，证书可正常印出。"), rare=rare)))
    elif "·" in name:
        findings.append(_noted("name_dot", "name", Text(N_("姓名含间隔号，有效。"))))
    elif len(name) >= 4 and all("\u4e00" <= char <= "\u9fff" for char in name):
        findings.append(_noted("name_long", "name", Text(N_("姓名有 %(count)s 个字，有效，不拆分姓和名。"), count=len(name))))
    return name


def _id_number(cell: Cell, findings: list[Finding]) -> str:
    raw = cell.text
    if cell.kind is CellKind.NUMBER and len(re.sub(r"\D", "", raw)) > 8:
        say = Text(N_("身份证号存成了数字，第 16 至 18 位已丢失，无法还原。"))
        findings.append(_error("id_numeric_lost_digits", "id_number", say, Text(N_("请把该列设为“文本”后重新填写。"))))
        return ""
    tidied = re.sub(r"\s", "", unicodedata.normalize("NFKC", raw))
    number = tidied.upper()
    if re.fullmatch(r"\d(\.\d+)?E\+?\d+", number):
        say = Text(N_("身份证号是科学计数法文本，无法还原。"))
        findings.append(_error("id_scientific_text", "id_number", say, Text(N_("请重新填写十八位号码。"))))
        return ""
    problem = rules.id_number_problem(number)
    if problem:
        findings.append(_id_problem(problem, number))
        return ""
    _note_id(raw, tidied, number, findings)
    return number


def _id_problem(problem: rules.IdProblem, number: str) -> Finding:
    if problem == "id_bad_checksum":
        return _error(problem, "id_number", Text(N_("身份证号校验码错误。")), Text(N_("请与本人核对末四位。")))
    if problem == "id_bad_date":
        say = Text(N_("出生日期 %(month)s 月 %(day)s 日不存在。"), month=int(number[10:12]), day=int(number[12:14]))
        return _error(problem, "id_number", say, Text(N_("请与本人核对。")))
    if not number:
        return _error("id_missing", "id_number", Text(N_("身份证号为空。")), Text(N_("请填写十八位号码。")))
    return _error(problem, "id_number", Text(N_("身份证号不是十八位号码。")), Text(N_("请填写十八位号码，末位可以是 X。")))


def _note_id(raw: str, tidied: str, number: str, findings: list[Finding]) -> None:
    """What was repaired in a number that is valid now; the first that applies names the repair."""
    if unicodedata.normalize("NFKC", raw) != raw:
        findings.append(_repaired("id_fullwidth", "id_number", Text(N_("全角字符已转为半角，校验通过。")), number))
    elif raw != tidied:
        findings.append(_repaired("trailing_spaces", "id_number", Text(N_("空格已去除，校验通过。")), number))
    elif tidied != number:
        findings.append(_repaired("id_lowercase_x", "id_number", Text(N_("末位小写 x 已转为大写，校验通过。")), number))
    elif number[10:14] == LEAP_DAY:
        findings.append(_noted("id_leap_day", "id_number", Text(N_("出生于闰年 2 月 29 日，有效。"))))


def _gender(written: str, id_number: str, findings: list[Finding]) -> Gender | None:
    words = {"男": Gender.MALE, "女": Gender.FEMALE, "男性": Gender.MALE, "女性": Gender.FEMALE}
    gender = words.get(written)
    implied = rules.gender_of(id_number) if id_number else None
    if gender is None and not written and implied is not None:
        say = Text(N_("性别为空，已按身份证号补为%(gender)s。"), gender=Text(rules.GENDER_WORDS[implied]))
        findings.append(_repaired("gender_from_id", "gender", say, rules.GENDER_WORDS[implied]))
        return implied
    if gender is None:
        findings.append(_error("gender_unknown", "gender", Text(N_("性别没有写明男或女。")), Text(N_("请填“男”或“女”。"))))
    elif implied is not None and gender is not implied:
        say = Text(N_("性别与身份证号第 17 位不一致，号码显示为%(gender)s。"), gender=Text(rules.GENDER_WORDS[implied]))
        findings.append(_error("gender_mismatch", "gender", say, Text(N_("请核对是号码还是性别写错。"))))
    return gender


def _mobile(written: str, findings: list[Finding]) -> str:
    number = re.sub(r"[\s-]", "", written).removeprefix("+86")
    problem = rules.mobile_problem(number)
    if problem == "mobile_length":
        say = Text(N_("手机号有 %(count)s 位，应为 11 位。"), count=len(number))
        findings.append(_error(problem, "mobile", say, Text(N_("请与本人核对。"))))
    elif problem:
        say = Text(N_("手机号为空。")) if not number else Text(N_("手机号不是大陆手机号的写法。"))
        findings.append(_error("mobile_missing" if not number else problem, "mobile", say, Text(N_("请填写 11 位手机号。"))))
    elif number != written:
        findings.append(_repaired("mobile_tidied", "mobile", Text(N_("手机号里的空格、横线或 +86 已去除。")), number))
    return "" if problem else number


def _unknown_type(written: str) -> Finding:
    if not written:
        return _error("person_type_missing", "person_type", Text(N_("人员类别为空。")), Text(N_("请从 12 类里选一类。")))
    say = Text(N_("人员类别“%(written)s”不在 12 类之内。"), written=written[:40])
    return _error("unknown_person_type", "person_type", say, Text(N_("请从 12 类里选一类。")))


def _email(written: str, findings: list[Finding]) -> str:
    if written and (len(written) > 254 or not EMAIL.fullmatch(written)):
        say = Text(N_("邮箱写得不对。"))
        findings.append(_error("email_format", "email", say, Text(N_("请改成 name@example.org 这样，或留空。"))))
        return ""
    return written.lower()


def _education(written: str, findings: list[Finding]) -> Education | None:
    known = {word: education for education, word in EDUCATION_WORDS.items()}
    known |= {"高中": Education.SENIOR_HIGH, "中专": Education.SENIOR_HIGH, "研究生": Education.MASTER}
    if written and written not in known:
        say = Text(N_("学历“%(written)s”不在可选项内。"), written=written[:40])
        fix = Text(N_("可填：%(words)s，或留空。"), words="、".join(EDUCATION_WORDS.values()))
        findings.append(_error("unknown_education", "education", say, fix))
    return known.get(written)


def _compare_in_file(row: RosterRow, same_id: RosterRow | None, same_name: RosterRow | None) -> RosterRow:
    if not row.is_importable:
        return row
    if same_id is not None:
        both = same_id.mobile == row.mobile
        what = Text(N_("身份证号、手机号都相同")) if both else Text(N_("身份证号相同"))
        say = Text(N_("与第 %(row)s 行是同一人（%(what)s）。"), row=same_id.number, what=what)
        keep = Text(N_("只导入第 %(row)s 行；请删去重复的一行。"), row=same_id.number)
        return row.with_finding(_error("duplicate_in_file", "id_number", say, keep))
    if same_name is not None:
        say = Text(N_("与第 %(row)s 行同名，证件号不同，不是同一人。"), row=same_name.number)
        return row.with_finding(_noted("same_name", "name", say))
    return row


def _name_differs() -> Finding:
    say = Text(N_("这个身份证号已有档案，但姓名不同。"))
    return _error("name_differs_from_record", "name", say, Text(N_("请与本人核对；确属改名，由管理员先改档案。")))
