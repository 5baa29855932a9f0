"""What the steps hand to one another, and how they stop when a figure is wrong."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import TypeVar

import click

from academy.core.access import Actor

T = TypeVar("T")
BEGAN_DAYS_AGO = 35


class DoesNotAddUpError(Exception):
    """A step's outcome differs from what was computed for it."""


def expect(what: str, found: object, wanted: object) -> None:
    """Stop when a figure is not what it has to be."""
    if found != wanted:
        raise DoesNotAddUpError(f"{what}: found {found!r}, wanted {wanted!r}")


def given(value: T | None, what: str) -> T:
    """A thing that has to be there."""
    if value is None:
        raise DoesNotAddUpError(f"{what} is missing")
    return value


@dataclass
class Walk:
    """What the steps hand to one another."""

    out: Path
    ends: datetime
    report: list[dict[str, str | float]] = field(default_factory=list)
    actors: dict[str, Actor] = field(default_factory=dict)
    class_id: int = 0
    class_code: str = ""
    learner_ids: list[int] = field(default_factory=list)
    away_ids: set[int] = field(default_factory=set)
    paper_id: int = 0
    sitting_id: int = 0
    totals: dict[str, Fraction] = field(default_factory=dict)

    @property
    def begins(self) -> datetime:
        """When the class is created."""
        return self.ends - timedelta(days=BEGAN_DAYS_AGO)

    def tell(self, name: str, step: Callable[["Walk"], str]) -> None:
        """Do a step and note what came of it and how long it took."""
        began, cpu_began = time.perf_counter(), time.process_time()
        outcome = step(self)
        seconds, cpu = time.perf_counter() - began, time.process_time() - cpu_began
        self.report.append({"step": name, "outcome": outcome, "seconds": round(seconds, 3), "cpu_seconds": round(cpu, 3)})
        (self.out / "report.json").write_text(json.dumps(self.report, ensure_ascii=False, indent=1), encoding="utf-8")
        click.echo(f"{name:<14}{outcome:<68}{seconds:>7.2f} s")
