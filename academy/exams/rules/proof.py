"""The proof that a paper met its blueprint. Pure: the same paper and blueprint give the same proof."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from academy.exams.rules.blueprint import Candidate, Cell, Chosen
from academy.exams.rules.filling import Evenness, evenness, plan_forms
from academy.exams.rules.kinds import QuestionKind


@dataclass(frozen=True, slots=True)
class Placed:
    """A question as it stands on a paper: its positions (a case has several), and how it is filed at the time of the check."""

    positions: tuple[int, ...]
    code: str
    version: int
    version_id: int
    kind: QuestionKind
    marks: Decimal
    field_code: str
    topic: str
    difficulty: int


@dataclass(frozen=True, slots=True)
class CellProof:
    """A cell with the positions that fill it."""

    cell: Cell
    positions: tuple[int, ...]
    found: int

    @property
    def is_met(self) -> bool:
        """Whether it holds exactly as many questions as were asked for."""
        return self.found == self.cell.count


@dataclass(frozen=True, slots=True)
class Proof:
    """A paper against its blueprint. `extra` are positions that no cell asked for."""

    cells: tuple[CellProof, ...]
    extra: tuple[int, ...]
    repeated: tuple[str, ...]
    marks: Decimal
    evenness: Evenness

    @property
    def is_met(self) -> bool:
        """Whether every cell is filled and nothing else stands on the paper."""
        return all(one.is_met for one in self.cells) and not self.extra and not self.repeated

    def as_json(self, placed: Sequence[Placed]) -> dict[str, Any]:
        """The record that is kept: the verdict by cell, and what was read to come to it."""
        return {
            "cells": [{**one.cell.as_json(), "found": one.found, "positions": list(one.positions)} for one in self.cells],
            "extra": list(self.extra),
            "repeated": list(self.repeated),
            "marks": str(self.marks),
            "mean": str(self.evenness.mean),
            "spread": str(self.evenness.spread),
            "items": [_item(one) for one in placed],
        }


def _item(one: Placed) -> dict[str, Any]:
    return {
        "positions": list(one.positions),
        "code": one.code,
        "version": one.version,
        "kind": one.kind.value,
        "marks": str(one.marks),
        "field": one.field_code,
        "topic": one.topic,
        "difficulty": one.difficulty,
    }


def prove(cells: Sequence[Cell], placed: Sequence[Placed]) -> Proof:
    """Give each question on the paper to a cell that asked for it, as many as can be."""
    pool = [
        Candidate(n, one.kind, one.field_code, one.topic, one.difficulty, 0, "", marks=one.marks)
        for n, one in enumerate(placed)
    ]
    filled = plan_forms(cells, pool, forms=1, most_common=0, rng=random.Random(0)).filled  # noqa: S311 - repeatable
    used = {c.version_id for own in filled for c in own}
    codes = [one.code for one in placed]
    return Proof(
        cells=tuple(
            CellProof(cell, tuple(sorted(p for c in own for p in placed[c.version_id].positions)), len(own))
            for cell, own in zip(cells, filled, strict=True)
        ),
        extra=tuple(sorted(p for n, one in enumerate(placed) if n not in used for p in one.positions)),
        repeated=tuple(sorted({code for code in codes if codes.count(code) > 1})),
        marks=sum((one.marks for one in placed), Decimal(0)),
        evenness=evenness([Chosen(candidate, candidate.marks or Decimal(0)) for candidate in pool]),
    )
