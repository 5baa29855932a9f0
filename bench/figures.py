"""A measured figure beside its floor."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    """A value, the floor it is compared with, their ratio, and the goal that the ratio has to reach.

    `more_is_better` False: the ratio may be at most the goal (times, memory).
    """

    area: str
    name: str
    value: float
    unit: str
    floor: float | None = None
    goal: float | None = None
    more_is_better: bool = True

    @property
    def ratio(self) -> float | None:
        """The value in floors."""
        return self.value / self.floor if self.floor else None

    @property
    def met(self) -> bool | None:
        """Whether the goal is reached; None when there is none."""
        reached = self.ratio if self.floor else self.value
        if self.goal is None or reached is None:
            return None
        return reached >= self.goal if self.more_is_better else reached <= self.goal

    def as_row(self) -> dict[str, Any]:
        """The figure as bench/latest.json holds it."""
        row = asdict(self)
        del row["more_is_better"]
        return {**row, "ratio": self.ratio, "met": self.met}
