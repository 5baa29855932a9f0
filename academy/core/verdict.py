"""Why / why not: one evaluation both decides and explains."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from academy.core.text import Text

CheckState: TypeAlias = Literal["ok", "wait", "no"]


@dataclass(frozen=True, slots=True)
class Check:
    """One rule's outcome: what it says, the record behind it, what would satisfy it."""

    code: str
    state: CheckState
    say: Text
    record: Text | None = None
    fix: Text | None = None
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """All checks of one decision, evaluated at one instant."""

    checks: tuple[Check, ...]
    at: datetime

    @property
    def allowed(self) -> bool:
        """Nothing refuses; what waits does not forbid."""
        return all(check.state != "no" for check in self.checks)

    @property
    def unmet(self) -> tuple[Check, ...]:
        """What refuses, then what waits."""
        order = {"no": 0, "wait": 1}
        return tuple(sorted((c for c in self.checks if c.state in order), key=lambda c: order[c.state]))

    @property
    def met(self) -> tuple[Check, ...]:
        """What holds."""
        return tuple(c for c in self.checks if c.state == "ok")
