"""What people have given for the questions that no rule marks."""

from collections.abc import Mapping
from decimal import Decimal


def final_marks(sitting_id: int) -> Mapping[int, Mapping[int, Decimal]]:
    """The marks that people gave, by attempt and position."""
    return {}


def unmarked(sitting_id: int) -> int:
    """How many answers still wait for a mark by people."""
    return 0
