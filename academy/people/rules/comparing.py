"""Comparing a roster's row with the register: whose record it is, what changes there, and who may not be touched. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from academy.core.sealed import mask_id_number, mask_mobile
from academy.core.text import N_, Text
from academy.people.rules.judging import folded
from academy.people.rules.people import EDUCATION_WORDS, Education, Gender
from academy.people.rules.roster import MASK, Change, RosterRow, RowAction, error, repaired

# an empty cell never erases: what is missing in the file is no fault when the register knows it
KNOWN_ANYWAY = frozenset({"mobile_missing", "person_type_missing"})


@dataclass(frozen=True, slots=True)
class Known:
    """What the register says about somebody. `names` are those of records that were merged into this one, too."""

    id: int
    code: str
    names: frozenset[str]
    gender: Gender
    id_number: str
    mobile: str
    email: str
    organization_id: int | None
    unit: str  # as shown
    unit_zh: str
    person_type_code: str
    education: Education | None


@dataclass(frozen=True, slots=True)
class Scope:
    """For whom rows are read: everybody, or the people of one organization, whose name is written into every row."""

    units: Mapping[str, int]  # registered organizations by folded name
    type_names: Mapping[str, str]
    organization_id: int | None = None
    organization: str = ""


def may_look_up(row: RosterRow) -> bool:
    """Whether the register is asked about a row: it is right, or lacks only what the register may know."""
    return (row.is_importable or {one.code for one in row.reasons} <= KNOWN_ANYWAY) and bool(row.id_number or row.code)


def belongs_elsewhere(known: Known | None, scope: Scope) -> bool:
    """Whether somebody is registered with another organization than the one that reaches for her."""
    return (
        known is not None and scope.organization_id is not None and known.organization_id not in {None, scope.organization_id}
    )


def compare(row: RosterRow, by_id: Known | None, by_code: Known | None, scope: Scope) -> RosterRow:
    """The row as the register changes it: refused, or with its action and every change from old to new.

    Whoever belongs to another organization is refused before anything else is said about her.
    """
    if not may_look_up(row):
        return replace(row, action=RowAction.REFUSE)
    for known in (by_id, by_code):
        if belongs_elsewhere(known, scope):
            return _refused(row, "belongs_elsewhere", Text(N_("此人登记在别的单位，不能由本单位导入。")))
    row = _in_scope(row, scope)
    if row.code and by_code is None:
        return _refused(row, "code_unknown", Text(N_("学员编号查不到。")), Text(N_("请核对编号，或清空这一格。")))
    known = by_id or by_code
    if known is None:
        return replace(row, action=RowAction.CREATE if row.is_importable else RowAction.REFUSE)
    row = replace(row, findings=tuple(one for one in row.findings if one.code not in KNOWN_ANYWAY))
    return _compare_known(row, known, by_code, scope)


def _compare_known(row: RosterRow, known: Known, by_code: Known | None, scope: Scope) -> RosterRow:
    if by_code is not None and by_code.id != known.id:
        say = Text(N_("学员编号与身份证号不是同一个人。"))
        return _refused(row, "code_differs", say, Text(N_("请核对，只保留对的一项。")))
    if _mask_differs(row, known):
        say = Text(N_("遮盖的号码与这个编号的档案对不上。"))
        return _refused(row, "mask_differs", say, Text(N_("请填写完整的号码。")))
    if row.name not in known.names:
        say = Text(N_("这个身份证号已有档案，但姓名不同。"))
        return _refused(row, "name_differs_from_record", say, Text(N_("请与本人核对；确属改名，由管理员先改档案。")))
    mobile = row.mobile or known.mobile
    if scope.organization_id is not None and known.organization_id is None and mobile != known.mobile:
        say = Text(N_("此人还没有归到本单位，手机号又与登记的不一致。"))
        return _refused(row, "mobile_differs_from_record", say, Text(N_("请与本人核对，或请教务办理。")))
    row = replace(row, id_number=known.id_number, mobile=mobile, gender=row.gender or known.gender)
    changes = _changes(row, known, scope)
    return replace(row, action=RowAction.UPDATE if changes else RowAction.NOTHING, changes=changes)


def _refused(row: RosterRow, code: str, say: Text, fix: Text | None = None) -> RosterRow:
    key = "code" if code.startswith("code") else "name" if code.startswith("name") else "id_number"
    return row.with_finding(error(code, key, say, fix))


def _mask_differs(row: RosterRow, known: Known) -> bool:
    pairs = (("id_number", mask_id_number(known.id_number)), ("mobile", mask_mobile(known.mobile)))
    return any(MASK in row.raw.get(key, "") and row.raw[key].strip() != shown for key, shown in pairs)


def _in_scope(row: RosterRow, scope: Scope) -> RosterRow:
    if scope.organization_id is None:
        return row
    if row.unit and folded(row.unit) != folded(scope.organization):
        say = Text(N_("工作单位已改为本单位“%(unit)s”。"), unit=scope.organization)
        row = row.with_finding(repaired("unit_forced", "unit", say, scope.organization))
    return replace(row, unit=scope.organization)


def unit_of(row: RosterRow, scope: Scope) -> tuple[int | None, str]:
    """Where a row's person works: a registered organization, or the unit as written."""
    if scope.organization_id is not None:
        return scope.organization_id, ""
    registered = scope.units.get(folded(row.unit))
    return registered, "" if registered is not None else row.unit


def updates_of(row: RosterRow, known: Known, scope: Scope) -> dict[str, Any]:
    """The columns of a record that a row changes, by name, with their new values. Nothing is changed to nothing."""
    organization_id, unit_zh = unit_of(row, scope)
    wanted: dict[str, Any] = {}
    if (organization_id is not None or unit_zh) and (organization_id, unit_zh) != (known.organization_id, known.unit_zh):
        wanted |= {"organization_id": organization_id, "unit_zh": unit_zh}
    for column, value in (
        ("person_type_code", row.person_type_code),
        ("education", row.education),
        ("email", row.email),
        ("mobile", row.mobile),
    ):
        if value and value != getattr(known, column):
            wanted[column] = value
    return wanted


def _changes(row: RosterRow, known: Known, scope: Scope) -> tuple[Change, ...]:
    wanted = updates_of(row, known, scope)
    changes = []
    if "organization_id" in wanted:
        changes.append(Change("unit", known.unit, row.unit))
    if "person_type_code" in wanted:
        names = scope.type_names
        old, new = known.person_type_code, row.person_type_code
        changes.append(Change("person_type", names.get(old, old), names.get(new, new)))
    if "education" in wanted and row.education is not None:
        old = EDUCATION_WORDS[known.education] if known.education else ""
        changes.append(Change("education", old, EDUCATION_WORDS[row.education]))
    if "email" in wanted:
        changes.append(Change("email", known.email, row.email))
    if "mobile" in wanted:
        changes.append(Change("mobile", mask_mobile(known.mobile), mask_mobile(row.mobile)))
    return tuple(changes)
