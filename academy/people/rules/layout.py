"""Which column of a file is which: recognized by its titles, remembered from last time, or said by a person. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from academy.core.errors import Invalid
from academy.core.sheets import Heading, Sheet, find_header, guess_header, headings, signature
from academy.core.text import N_
from academy.people.rules.roster import COLUMNS, REQUIRED


class LayoutIsIncomplete(Invalid):
    """A column that is needed belongs to none of the file's."""

    message = N_("还缺这些列：%(columns)s。什么都没有写入。")
    next_step = N_("请指出它们是哪一列；整份花名册是同一类人时，可以直接选人员类别。")


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the header is, the place of each column (a key of COLUMNS), and the person type of rows that name none."""

    sheet: str
    header_row: int
    columns: Mapping[str, int] = field(default_factory=dict)
    person_type: str = ""

    @property
    def missing(self) -> list[str]:
        """The titles of needed columns that are not there."""
        given = {*self.columns, *(["person_type"] if self.person_type else [])}
        return [COLUMNS[key][0] for key in REQUIRED if key not in given]

    def checked(self) -> "Layout":
        """The layout itself. Raises LayoutIsIncomplete."""
        if self.missing:
            raise LayoutIsIncomplete(columns="、".join(self.missing))
        return self

    def as_json(self) -> dict[str, Any]:
        """The layout as it is kept."""
        return {"sheet": self.sheet, "header": self.header_row, "columns": dict(self.columns), "type": self.person_type}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Layout":
        """The layout that `as_json` kept."""
        return cls(kept["sheet"], kept["header"], kept["columns"], kept["type"])


@dataclass(frozen=True, slots=True)
class Remembered:
    """What somebody said about a header like this one: column (a key of COLUMNS) by heading."""

    columns: Mapping[str, str]
    person_type: str


def recognized(sheet: Sheet) -> Layout:
    """The layout by the titles that this house knows; what they do not name is missing in it."""
    header, places = find_header(sheet, COLUMNS)
    if not places:
        header = guess_header(sheet)
    return Layout(sheet.name, header.number, places)


def with_remembered(layout: Layout, found: list[Heading], remembered: Remembered | None) -> Layout:
    """The layout with what was said last time; what is recognized now counts less than what a person said."""
    if remembered is None:
        return layout
    said = {key: one.at for one in found if (key := remembered.columns.get(one.key)) in COLUMNS}
    taken = set(said.values())
    kept = {key: at for key, at in layout.columns.items() if key not in said and at not in taken}
    return replace(layout, columns={**kept, **said}, person_type=remembered.person_type)


def headings_at(sheet: Sheet, header_row: int) -> list[Heading]:
    """The columns below a header that a person can choose from."""
    return headings(sheet, header_row)


def signature_of(found: list[Heading]) -> str:
    """By what a header is known again."""
    return signature(one.key for one in found)


def said_about(layout: Layout, found: list[Heading]) -> dict[str, str]:
    """What is remembered of a layout: column by heading."""
    by_place = {at: key for key, at in layout.columns.items()}
    return {one.key: by_place[one.at] for one in found if one.at in by_place}
