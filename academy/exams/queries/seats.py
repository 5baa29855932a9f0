"""Where a candidate sits."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Seat:
    """A seat in a room, counted from 1."""

    row: int
    column: int


def seat_of(sitting_id: int, learner_id: int) -> Seat | None:
    """A candidate's seat; none is known."""
    return None
