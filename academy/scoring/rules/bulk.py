"""Marks of very many papers at once, in whole hundredths of a mark.

Equal to the Decimal scorer to the last hundredth, because each distinct response is marked by that scorer once and numpy only
looks up and adds whole numbers. It is for whatever holds its answers as an array (analyses, trials of another key). Scoring a
sitting reads them as rows: there the Decimal scorer's own look-up (25 µs for 80 items) is as fast as filling an array first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from academy.scoring.rules.marks import Scorer
from academy.scoring.rules.methods import CHOICES

Hundredths = NDArray[np.int32]
LETTERS = "ABCDEFGHIJKLT"  # options, and T and F for true and false
_OTHER = 1 << len(LETTERS)
_BITS = np.full(256, _OTHER, dtype=np.uint16)
_BITS[0] = 0
for _place, _letter in enumerate(LETTERS):
    _BITS[ord(_letter)] = 1 << _place


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers to one item: the different ones, and which of them each paper gave. "" is blank."""

    distinct: list[str]
    where: NDArray[np.intp]

    @classmethod
    def of(cls, given: Sequence[str]) -> "Answers":
        """From one text a paper."""
        distinct = sorted(set(given))
        place = {one: at for at, one in enumerate(distinct)}
        return cls(distinct, np.fromiter((place[one] for one in given), dtype=np.intp, count=len(given)))

    @classmethod
    def of_column(cls, column: NDArray[np.bytes_], masks: NDArray[np.uint16] | None = None) -> "Answers":
        """From a column of a table; `masks` are its letters, if it has nothing but letters whose order does not matter."""
        if masks is None or (masks & _OTHER).any():
            distinct, where = np.unique(column, return_inverse=True)
            return cls([one.decode() for one in distinct.tolist()], where)
        present = np.flatnonzero(np.bincount(masks, minlength=1))
        index = np.zeros(_OTHER, dtype=np.intp)
        index[present] = np.arange(len(present))
        return cls([letters_of(mask) for mask in present.tolist()], index[masks])


def letters_of(mask: int) -> str:
    """The letters of a mask, in order."""
    return "".join(sorted(letter for bit, letter in enumerate(LETTERS) if mask >> bit & 1))


def as_table(responses: Sequence[Mapping[int, str]], positions: Sequence[int]) -> NDArray[np.bytes_]:
    """Responses as an array of bytes, a row a paper and a column a position; no response is b""."""
    return np.array([[one.get(position, "").encode() for position in positions] for one in responses], dtype=np.bytes_).reshape(
        len(responses), len(positions)
    )


def answers_of_table(scorer: Scorer, table: NDArray[np.bytes_]) -> list[Answers]:
    """The columns of a table (a row a paper, a column an item of the scorer's paper) as answers."""
    is_choice = [item.kind in CHOICES for item in scorer.items]
    masks = letter_masks(table) if any(is_choice) else None
    return [
        Answers.of_column(table[:, at], masks[:, at] if masks is not None and is_choice[at] else None)
        for at in range(table.shape[1])
    ]


def mark_answers(scorer: Scorer, answers: Sequence[Answers], papers: int) -> Hundredths:
    """The marks of answers item by item (a row a paper, a column an item), in hundredths."""
    marks = np.empty((papers, len(answers)), dtype=np.int32)
    for at, one in enumerate(answers):
        known = [_hundredths(scorer.mark_at(at, response)) for response in one.distinct]
        marks[:, at] = np.array(known, dtype=np.int32)[one.where]
    return marks


def mark_table(scorer: Scorer, table: NDArray[np.bytes_]) -> Hundredths:
    """The marks of a table of responses (a row a paper, a column an item of the scorer's paper), in hundredths."""
    return mark_answers(scorer, answers_of_table(scorer, table), len(table))


def letter_masks(table: NDArray[np.bytes_]) -> NDArray[np.uint16]:
    """A bit for each letter that was chosen; one bit more for whatever is no letter."""
    width = table.dtype.itemsize
    chars = np.ascontiguousarray(table).view(np.uint8).reshape(*table.shape, width)
    masks = _BITS[chars[..., 0]]
    for place in range(1, width):
        masks |= _BITS[chars[..., place]]
    return masks


def _hundredths(mark: Decimal) -> int:
    return int(mark.scaleb(2))
