"""In which order one candidate sees a paper, and how neighbours are kept apart. Pure.

Questions change places within their section (those of a kind that stand together), options within their question. The parts of
a case stay together and in order. Answers are kept by the paper's own positions and letters, so scoring never sees any of this.

Where a seat is known it gives one of four lanes, so that none of the eight people around a candidate shares hers: the four
walk through the same shuffled section, each beginning a quarter further on. So at no number do two neighbours see the same
question (sections of four and more), and under no letter the same option (questions with four options and more). Within a
quarter, and wholly where no seat is known, the candidate's own seed decides.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import groupby

from academy.exams.rules.kinds import LETTERS, QuestionKind

LANES = 4
_WITH_LETTERS = (QuestionKind.SINGLE, QuestionKind.MULTIPLE, QuestionKind.MATCHING, QuestionKind.ORDERING)
_SPEAKS_OF_OTHERS = re.compile(
    r"以上|上述|前述|都对|都不对|都正确|都错|[A-L]\s*(?:[、，,和与及或]|and|or)\s*[A-L](?![a-z])|(?:all|none|both|neither) of",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Shuffle:
    """What a candidate's order follows from. `base` is common to the sitting, `seed` is her own (0: nothing is shuffled)."""

    base: str
    seed: int
    lane: int | None = None


@dataclass(frozen=True, slots=True)
class Slot:
    """A position of a paper, the section in which it may move, and what it stays together with (a case)."""

    position: int
    section: str
    unit: str


def lane_of(row: int, column: int) -> int:
    """The lane of a seat: 0 to 3, different for any two seats of which one touches the other, also at a corner."""
    return row % 2 * 2 + column % 2


def order_positions(slots: Sequence[Slot], shuffle: Shuffle) -> list[int]:
    """The paper's positions in the order in which the candidate sees them."""
    if not shuffle.seed:
        return [slot.position for slot in slots]
    order: list[int] = []
    for number, (_, section) in enumerate(groupby(slots, key=lambda slot: slot.section)):
        units = [[slot.position for slot in unit] for _, unit in groupby(section, key=lambda slot: slot.unit)]
        for place in _arrange(len(units), f"section:{number}", shuffle):
            order += units[place]
    return order


def order_options(position: int, count: int, shuffle: Shuffle) -> str:
    """The paper's letters of a question's options in the order in which the candidate sees them."""
    return "".join(LETTERS[place] for place in _arrange(count, f"options:{position}", shuffle))


def may_shuffle_options(kind: QuestionKind, options: Sequence[str], *, keeps_order: bool) -> bool:
    """Whether options may change places: not where the question says so, nor where one speaks of the others by place."""
    return kind in _WITH_LETTERS and not keeps_order and not any(_SPEAKS_OF_OTHERS.search(option) for option in options)


def _arrange(count: int, name: str, shuffle: Shuffle) -> list[int]:
    """0 … count - 1 as the candidate sees them."""
    places = list(range(count))
    if not shuffle.seed:
        return places
    own = f"{shuffle.seed}:{name}"
    if shuffle.lane is None:
        return _drawn(places, own)
    common = _drawn(places, f"{shuffle.base}:{name}")
    width = max(count // LANES, 1)
    parts = [_drawn(common[start : start + width], own) for start in range(0, count, width)]
    turn = shuffle.lane if count >= LANES else int(shuffle.lane in (1, 2))  # two or three: beside, before and behind differ
    return [place for part in parts[turn:] + parts[:turn] for place in part]


def _drawn(places: Sequence[int], seed: str) -> list[int]:
    """Places by the hash of seed and place: the same on every machine and in every version of Python."""
    return sorted(places, key=lambda place: sha256(f"{seed}:{place}".encode()).digest())
