"""Marks of very many papers at once, in whole hundredths of a mark.

Equal to the Decimal scorer to the last hundredth, because each distinct response is marked by that scorer once and numpy only
looks up and adds whole numbers. It is for whatever holds its answers as an array (analyses, trials of another key). Scoring a
sitting reads them as rows: there the Decimal scorer's own look-up (25 µs for 80 items) is as fast as filling an array first.
"""

from collections.abc import Mapping, Sequence
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


def as_table(responses: Sequence[Mapping[int, str]], positions: Sequence[int]) -> NDArray[np.bytes_]:
    """Responses as an array of bytes, a row a paper and a column a position; no response is b""."""
    return np.array([[one.get(position, "").encode() for position in positions] for one in responses], dtype=np.bytes_).reshape(
        len(responses), len(positions)
    )


def mark_table(scorer: Scorer, table: NDArray[np.bytes_]) -> Hundredths:
    """The marks of a table of responses (a row a paper, a column an item of the scorer's paper), in hundredths."""
    papers, items = table.shape
    marks = np.empty((papers, items), dtype=np.int32)
    is_choice = np.array([item.kind in CHOICES for item in scorer.items], dtype=bool)
    masks = letter_masks(table) if is_choice.any() else np.zeros((papers, items), dtype=np.uint16)
    for place in range(items):
        column = masks[:, place]
        if is_choice[place] and not (column & _OTHER).any():
            marks[:, place] = _by_mask(scorer, place, column)
        else:
            distinct, where = np.unique(table[:, place], return_inverse=True)
            known = [_hundredths(scorer.mark_at(place, one.decode())) for one in distinct.tolist()]
            marks[:, place] = np.array(known, dtype=np.int32)[where]
    return marks


def letter_masks(table: NDArray[np.bytes_]) -> NDArray[np.uint16]:
    """A bit for each letter that was chosen; one bit more for whatever is no letter."""
    width = table.dtype.itemsize
    chars = np.ascontiguousarray(table).view(np.uint8).reshape(*table.shape, width)
    masks = _BITS[chars[..., 0]]
    for place in range(1, width):
        masks |= _BITS[chars[..., place]]
    return masks


def _by_mask(scorer: Scorer, place: int, column: NDArray[np.uint16]) -> Hundredths:
    known = np.zeros(_OTHER, dtype=np.int32)
    for mask in np.flatnonzero(np.bincount(column, minlength=_OTHER)).tolist():
        chosen = "".join(sorted(letter for bit, letter in enumerate(LETTERS) if mask >> bit & 1))
        known[mask] = _hundredths(scorer.mark_at(place, chosen))
    return known[column]


def _hundredths(mark: Decimal) -> int:
    return int(mark.scaleb(2))
