"""The rubric beside an answer: its criteria and levels, and reading what a marker gave. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from academy.core.errors import Invalid
from academy.core.text import N_

WHOLE = "C1"
ZERO = Decimal(0)
_MARK = re.compile(r"\d{1,3}(\.\d{1,2})?")


class MarkIsMissing(Invalid):
    """A criterion has no mark; a missing mark is never taken for 0."""

    message = N_("“%(criterion)s”还没有评分，没有提交。")
    next_step = N_("每一项都要给分，0 分也要写 0。")


class MarkIsNoMark(Invalid):
    """What was typed is no mark of this criterion."""

    message = N_("“%(criterion)s”的“%(written)s”不是 0 到 %(most)s 之间、步长 %(step)s 的分数，没有提交。")


@dataclass(frozen=True, slots=True)
class Level:
    """A level of a criterion: its word, its band and what it looks like."""

    name: str
    low: Decimal
    high: Decimal
    words: str


@dataclass(frozen=True, slots=True)
class Criterion:
    """A criterion and its full marks. `levels` from the best to the worst."""

    id: str
    name: str
    full: Decimal
    levels: tuple[Level, ...] = ()

    def level_of(self, mark: Decimal) -> Level | None:
        """The level in whose band a mark lies."""
        return next((level for level in self.levels if level.low <= mark <= level.high), None)


def read_rubric(stored: Sequence[Mapping[str, Any]], *, part: int, full: Decimal) -> tuple[Criterion, ...]:
    """The criteria of a question (of a case: of its `part`) as the bank keeps them.

    A rubric that is missing, malformed, or does not add up to the question's marks is none: then the question is marked as a
    whole, so that a marker can always give all marks and never more. JSON numbers pass through their text, never as floats.
    """
    whole = (Criterion(WHOLE, "", full),)
    try:
        chosen = [one for one in stored if not part or one.get("sub_question_no") in (part, None)]
        criteria = tuple(_criterion(one) for one in chosen)
    except (KeyError, TypeError, ValueError, ArithmeticError, AttributeError):
        return whole
    ids = {one.id for one in criteria}
    return criteria if criteria and len(ids) == len(criteria) and sum((c.full for c in criteria), ZERO) == full else whole


def _criterion(given: Mapping[str, Any]) -> Criterion:
    levels = tuple(
        Level(str(one["level_zh"]), _decimal(one["marks_min"]), _decimal(one["marks_max"]), str(one["descriptor_zh"]))
        for one in given.get("levels") or ()
    )
    return Criterion(str(given["criterion_id"]), str(given["name_zh"]), _decimal(given["max_marks"]), levels)


def _decimal(given: Any) -> Decimal:
    value = Decimal(str(given))
    if not value.is_finite() or value < 0:
        raise ValueError
    return value


def dump_criteria(criteria: Iterable[Criterion]) -> list[dict[str, Any]]:
    """Criteria as a JSON column keeps them; `read_rubric` reads them again."""
    return [
        {
            "criterion_id": one.id,
            "name_zh": one.name,
            "max_marks": str(one.full),
            "levels": [
                {"level_zh": lv.name, "marks_min": str(lv.low), "marks_max": str(lv.high), "descriptor_zh": lv.words}
                for lv in one.levels
            ],
        }
        for one in criteria
    ]


def read_marks(
    criteria: Sequence[Criterion], written: Mapping[str, str], levels: Mapping[str, str], *, step: Decimal
) -> dict[str, Decimal]:
    """A mark for every criterion, from what was typed, else from the top of the level that was picked.

    Raises MarkIsMissing, MarkIsNoMark (outside 0 … full marks, no multiple of the step, or no number).
    """
    return {one.id: _read_mark(one, written.get(one.id, ""), levels.get(one.id, ""), step) for one in criteria}


def _read_mark(criterion: Criterion, written: str, level: str, step: Decimal) -> Decimal:
    typed = unicodedata.normalize("NFKC", written).strip()
    if not typed:
        picked = next((one for place, one in enumerate(criterion.levels, 1) if str(place) == level), None)
        if picked is None:
            raise MarkIsMissing(criterion=criterion.name or criterion.id)
        return picked.high
    mark = Decimal(typed) if typed.isascii() and _MARK.fullmatch(typed) else None
    if mark is None or mark > criterion.full or mark % step:
        words = {"criterion": criterion.name or criterion.id, "written": typed[:12], "most": _plain(criterion.full)}
        raise MarkIsNoMark(**words, step=_plain(step))
    return mark


def _plain(mark: Decimal) -> str:
    return f"{mark.normalize():f}"


def total_of(marks: Mapping[str, Decimal]) -> Decimal:
    """The sum of the parts is the total."""
    return sum(marks.values(), ZERO)
