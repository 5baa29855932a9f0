"""What a roster is made of: its columns, what reading a row showed, and what will become of it. Pure.

A row keeps every finding; the heaviest one gives its verdict. Nothing is guessed: a digit that Excel lost is not restored.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from academy.core.text import N_, Text
from academy.people.rules.people import Education, Gender

COLUMNS: dict[str, tuple[str, ...]] = {
    "name": (N_("姓名"), "学员姓名", "人员姓名", "名字", "Name"),
    "gender": (N_("性别"), "Gender", "Sex"),
    "id_number": (
        N_("身份证号"),
        "身份证号码",
        "公民身份号码",
        "居民身份证号",
        "身份证",
        "证件号码",
        "证件号",
        "Citizen ID number",
    ),
    "mobile": (N_("手机号"), "手机号码", "手机", "移动电话", "联系电话", "联系方式", "Mobile number", "Mobile"),
    "email": (N_("邮箱"), "电子邮箱", "电子邮件", "Email", "E-mail"),
    "unit": (N_("工作单位"), "单位", "单位名称", "所在单位", "Work unit"),
    "person_type": (N_("人员类别"), "类别", "人员类型", "Person type"),
    "education": (N_("学历"), "文化程度", "最高学历", "Education level"),
    "birth_date": (N_("出生日期"), "出生年月日", "生日", "Date of birth"),
    "code": (N_("学员编号"), "Learner number"),
}
REQUIRED = ("name", "id_number", "mobile", "person_type")
MASK = "•"


class RowState(StrEnum):
    """What will happen to a row."""

    OK = "ok"
    REPAIRED = "repaired"
    ERROR = "error"


class RowAction(StrEnum):
    """What importing a row does to the register."""

    CREATE = "create"
    UPDATE = "update"
    NOTHING = "nothing"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that reading showed: its weight, its stable code, the column, the sentence, the way out."""

    state: RowState
    code: str
    column: str
    say: Text
    fix: Text | None = None
    value: str = ""  # what a repaired cell became

    def as_json(self) -> dict[str, Any]:
        """The finding as it is kept."""
        fix = self.fix.as_json() if self.fix else None
        return {"state": self.state, "code": self.code, "column": self.column, "say": self.say.as_json(), "fix": fix}

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> "Finding":
        """The finding that `as_json` kept."""
        fix = Text.from_json(kept["fix"]) if kept["fix"] else None
        return cls(RowState(kept["state"]), kept["code"], kept["column"], Text.from_json(kept["say"]), fix)


@dataclass(frozen=True, slots=True)
class Change:
    """What an import changes in a record: the field (a key of COLUMNS), what stands there, what will stand there."""

    field: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class SheetNote:
    """Something about the sheet as a whole."""

    row_number: int
    code: str
    column: str
    say: Text


@dataclass(frozen=True, slots=True)
class RosterRow:
    """A row as read: tidied values, what was written, and the findings; then whose record it is and what changes there."""

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
    code: str = ""
    action: RowAction = RowAction.CREATE
    changes: tuple[Change, ...] = ()

    @property
    def state(self) -> RowState:
        """The heaviest of its findings."""
        states = {finding.state for finding in self.findings}
        return next((state for state in (RowState.ERROR, RowState.REPAIRED) if state in states), RowState.OK)

    @property
    def reasons(self) -> tuple[Finding, ...]:
        """The findings that made the verdict."""
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
        action = RowAction.REFUSE if finding.state is RowState.ERROR else self.action
        return replace(self, findings=(*self.findings, finding), action=action)

    def as_json(self) -> dict[str, Any]:
        """The row as it is kept (sealed), without its number."""
        return {
            "raw": dict(self.raw),
            "values": [self.name, self.gender, self.id_number, self.mobile, self.email, self.unit, self.person_type_code],
            "education": self.education,
            "code": self.code,
            "findings": [finding.as_json() for finding in self.findings],
            "action": self.action,
            "changes": [[change.field, change.old, change.new] for change in self.changes],
        }

    @classmethod
    def from_json(cls, number: int, kept: dict[str, Any]) -> "RosterRow":
        """The row that `as_json` kept."""
        name, gender, id_number, mobile, email, unit, kind = kept["values"]
        return cls(
            number=number,
            raw=kept["raw"],
            name=name,
            gender=Gender(gender) if gender else None,
            id_number=id_number,
            mobile=mobile,
            email=email,
            unit=unit,
            person_type_code=kind,
            education=Education(kept["education"]) if kept["education"] else None,
            findings=tuple(Finding.from_json(one) for one in kept["findings"]),
            code=kept["code"],
            action=RowAction(kept["action"]),
            changes=tuple(Change(*one) for one in kept["changes"]),
        )


def error(code: str, key: str, say: Text, fix: Text | None = None) -> Finding:
    """A finding that refuses the row."""
    return Finding(RowState.ERROR, code, COLUMNS[key][0], say, fix)


def repaired(code: str, key: str, say: Text, value: str) -> Finding:
    """A finding that says what was altered, without loss."""
    return Finding(RowState.REPAIRED, code, COLUMNS[key][0], say, value=value)


def noted(code: str, key: str, say: Text) -> Finding:
    """A finding that says why something unusual is right."""
    return Finding(RowState.OK, code, COLUMNS[key][0], say)
