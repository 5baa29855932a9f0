"""What an attempt is worth: items marked by rule, items marked by people, and corrections of the paper. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal

from academy.scoring.rules.changes import CENT, Correction, Treatment
from academy.scoring.rules.marks import ZERO, Item, Score, Scorer
from academy.scoring.rules.methods import MarkingRule


@dataclass(frozen=True, slots=True)
class Position:
    """An item with what holds for it: the paper's word, or a correction's."""

    item: Item
    treatment: Treatment
    is_by_people: bool

    @property
    def full(self) -> Decimal:
        """What it is worth."""
        return ZERO if self.treatment is Treatment.VOID else self.item.marks


def corrected(items: Sequence[Item], corrections: Mapping[int, Correction], *, automatic: Collection[str]) -> list[Position]:
    """The items of a paper with its corrections. `automatic`: the kinds that are marked by rule."""
    positions = []
    for item in items:
        found = corrections.get(item.position)
        if found is None:
            positions.append(Position(item, Treatment.KEY, item.kind not in automatic))
            continue
        now = replace(
            item,
            key=item.key if found.key is None else found.key,
            marks=item.marks if found.marks is None else found.marks,
            scoring=item.scoring if found.scoring is None else found.scoring,
        )
        positions.append(Position(now, found.treatment, item.kind not in automatic))
    return positions


class PaperScorer:
    """Scores many attempts at one paper, whoever or whatever marks its items."""

    def __init__(self, rule: MarkingRule, positions: Sequence[Position]) -> None:
        self._positions = positions
        self._by_rule = [p.item for p in positions if p.treatment is Treatment.KEY and not p.is_by_people]
        self._scorer = Scorer(rule, self._by_rule)

    def score(self, responses: Mapping[int, str], given: Mapping[int, Decimal]) -> Score:
        """The marks for responses and for what people gave, by position; hundredths, so that the parts are the total."""
        by_rule = dict(zip((item.position for item in self._by_rule), self._scorer.score(responses).item_marks, strict=True))
        by_kind = {position.item.kind: ZERO for position in self._positions}
        marks = []
        for position in self._positions:
            mark = _mark(position, responses.get(position.item.position, ""), by_rule, given).quantize(CENT, ROUND_HALF_UP)
            marks.append(mark)
            by_kind[position.item.kind] += mark
        return Score(tuple(marks), by_kind)


def _mark(position: Position, response: str, by_rule: Mapping[int, Decimal], given: Mapping[int, Decimal]) -> Decimal:
    item = position.item
    match position.treatment:
        case Treatment.FULL:
            return item.marks
        case Treatment.VOID:
            return ZERO
        case Treatment.ANY:
            return item.marks if len(response) == 1 and response in item.key else ZERO
    if position.is_by_people or item.position in given:  # a granted appeal counts at any kind of question
        return min(given.get(item.position, ZERO), item.marks)
    return by_rule[item.position]
