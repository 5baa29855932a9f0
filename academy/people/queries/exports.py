"""Learners as rows of a file that an import knows again. In Chinese, whoever asks: files are data."""

from collections.abc import Iterable, Iterator

from academy.accounts import queries as accounts
from academy.core.sealed import mask_id_number, mask_mobile
from academy.core.sheets import Column, Value
from academy.people.models import Learner
from academy.people.rules import EDUCATION_WORDS, GENDER_WORDS, HELD_LEVEL_WORDS

EXPORT_COLUMNS = (
    Column("学员编号", 16),
    Column("姓名", 14),
    Column("性别", 6),
    Column("身份证号", 22),
    Column("手机号", 14),
    Column("邮箱", 28),
    Column("工作单位", 36),
    Column("人员类别", 26),
    Column("学历", 12),
    Column("所在地", 14),
    Column("持证", 16),
    Column("建档时间", 18),
)


def export_rows(learners: Iterable[Learner], *, is_full: bool) -> Iterator[list[Value]]:
    """A row for each learner in the order of EXPORT_COLUMNS; numbers masked unless `is_full`."""
    units = {unit.id: unit.name_zh for unit in accounts.organizations()}
    kinds = {kind.code: kind.name_zh for kind in accounts.person_types()}
    places = {division.code: division.name_zh for division in accounts.divisions()}
    for one in learners:
        yield [
            one.code,
            one.name_zh,
            GENDER_WORDS[one.gender],
            one.id_number if is_full else mask_id_number(one.id_number),
            one.mobile if is_full else mask_mobile(one.mobile),
            one.email,
            units.get(one.organization_id or 0, "") or one.unit_zh,
            kinds.get(one.person_type_code, one.person_type_code),
            EDUCATION_WORDS[one.education] if one.education else "",
            places.get(one.division_code or "", ""),
            HELD_LEVEL_WORDS[one.held_level],
            one.created_at,
        ]
