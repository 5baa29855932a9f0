"""What a paper is to hold: cells of field, topic, kind, difficulty and marks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from academy.core.text import N_, Text
from academy.exams.rules.kinds import KIND_WORDS, QuestionKind


@dataclass(frozen=True, slots=True)
class Cell:
    """A part of a paper: so many questions of a kind, worth so much each, of some fields, topics, difficulties (empty: any).

    A case counts as one question; its parts come along, and their marks make up the cell's.
    """

    kind: QuestionKind
    count: int
    marks: Decimal
    field_codes: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    difficulties: tuple[int, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The cell as a paper keeps it."""
        return {
            "kind": self.kind.value,
            "count": self.count,
            "marks": str(self.marks),
            "field_codes": list(self.field_codes),
            "topics": list(self.topics),
            "difficulties": list(self.difficulties),
        }

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> "Cell":
        """The cell that `as_json` wrote; older ones knew neither topics nor difficulties."""
        return cls(
            QuestionKind(given["kind"]),
            int(given["count"]),
            Decimal(given["marks"]),
            tuple(given.get("field_codes", ())),
            tuple(given.get("topics", ())),
            tuple(given.get("difficulties", ())),
        )


@dataclass(frozen=True, slots=True)
class Candidate:
    """A question that may come into a paper. `marks`: what it is worth whatever the cell says (a case: its parts together)."""

    version_id: int
    kind: QuestionKind
    field_code: str
    topic: str
    difficulty: int
    option_count: int
    key: str
    marks: Decimal | None = None
    exposure: int = 0  # how often it is shown already: the less seen come first
    material_id: int | None = None

    def fits(self, cell: Cell) -> bool:
        """Whether the question may stand in a cell."""
        return (
            self.kind is cell.kind
            and (not cell.field_codes or self.field_code in cell.field_codes)
            and (not cell.topics or self.topic in cell.topics)
            and (not cell.difficulties or self.difficulty in cell.difficulties)
            and self.marks in (None, cell.marks)
        )


class Chosen(NamedTuple):
    """A question with its place in the paper."""

    candidate: Candidate
    marks: Decimal


@dataclass(frozen=True, slots=True)
class Shortage:
    """A cell for which the bank has too few questions: `found` are those that no other cell needs."""

    cell: Cell
    found: int
    wanted: int

    @property
    def say(self) -> Text:
        """The shortage in words."""
        kind = Text(KIND_WORDS[self.cell.kind])
        return Text(N_("%(kind)s要 %(wanted)s 道，题库只有 %(found)s 道"), kind=kind, wanted=self.wanted, found=self.found)


def national_blueprint(field_codes: tuple[str, ...] = ()) -> tuple[Cell, ...]:
    """The objective paper of the national exam: 60 single × 1 + 20 multiple × 2 = 100."""
    return (
        Cell(QuestionKind.SINGLE, 60, Decimal(1), field_codes),
        Cell(QuestionKind.MULTIPLE, 20, Decimal(2), field_codes),
    )


MOST_CELLS, MOST_QUESTIONS = 40, 300


def find_cell_faults(cells: Sequence[Cell]) -> list[Text]:
    """What is wrong with a blueprint, whatever the bank holds."""
    faults = []
    if not 0 < len(cells) <= MOST_CELLS:
        faults.append(Text(N_("蓝图要有 1 到 %(most)s 格。"), most=MOST_CELLS))
    for number, cell in enumerate(cells, 1):
        if not 0 < cell.count <= MOST_QUESTIONS:
            faults.append(Text(N_("第 %(n)s 格的题数要在 1 到 %(most)s 之间。"), n=number, most=MOST_QUESTIONS))
        if not cell.marks.is_finite() or not 0 < cell.marks <= 100 or cell.marks != round(cell.marks, 2):
            faults.append(Text(N_("第 %(n)s 格的分值要在 0 到 100 之间，最多两位小数。"), n=number))
    if not faults and sum(cell.count for cell in cells) > MOST_QUESTIONS:
        faults.append(Text(N_("一张卷子最多 %(most)s 题。"), most=MOST_QUESTIONS))
    return faults
