"""Recording a meeting of judges about the pass mark, with what they said and what the method makes of it."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from academy.core.access import Actor
from academy.core.audit import record
from academy.core.codes import random_code16
from academy.core.db import db
from academy.core.errors import Forbidden, Invalid
from academy.core.text import N_
from academy.exams import queries as exams
from academy.scoring import queries
from academy.scoring.models import StandardSetting
from academy.scoring.policies import can_score
from academy.scoring.rules.deciding import (
    Cut,
    FiguresAreUnfit,
    Standard,
    angoff_cut,
    borderline_cut,
    hofstee_cut,
    read_figure,
    read_grades,
    read_judgments,
)
from academy.scoring.services.changes import NothingIsScored

LONGEST_NOTE, LONGEST_PANEL, MOST_FIGURES = 2_000, 1_000, 60_000
BOUNDS = ("min_cut", "max_cut", "min_fail", "max_fail")


class FiguresCannotBeUsed(Invalid):
    """What was typed is not what the method needs."""

    message = N_("评审数据读不出来，或不够算，没有记录。")
    next_step = N_("请核对每行的个数、考生号和上下限；示例写在输入框下面。")


class PanelIsMissing(Invalid):
    """A standard is set by people with names."""

    message = N_("要写明参加的评审，没有记录。")


def record_standard(
    *,
    sitting_id: int,
    method: Standard,
    panel: str,
    figures: Mapping[str, str],
    note: str,
    actor: Actor,
    now: datetime,
) -> StandardSetting:
    """Record what judges said and compute the cut in marks. No crossing is recorded as that: nothing is clamped.

    `figures`, as typed: judgments (angoff); grades, borderline (borderline regression); min_cut, max_cut in marks, min_fail,
    max_fail in percent (Hofstee). Raises NothingIsScored, PanelIsMissing, FiguresCannotBeUsed.
    """
    if not can_score(actor):
        raise Forbidden
    panel = " ".join(panel.split())[:LONGEST_PANEL]
    if not panel:
        raise PanelIsMissing
    newest = queries.find_newest_list(sitting_id)
    if newest is None:
        raise NothingIsScored
    if sum(map(len, figures.values())) > MOST_FIGURES:
        raise FiguresCannotBeUsed
    try:
        cut, kept = _cut(method, figures, _earned(sitting_id), newest.full_marks)
    except FiguresAreUnfit as error:
        raise FiguresCannotBeUsed from error
    made = StandardSetting(
        code=random_code16(),
        sitting_id=sitting_id,
        method=method,
        panel=panel,
        figures=kept,
        full_marks=newest.full_marks,
        cut=cut.marks,
        error=cut.error,
        note=note.strip()[:LONGEST_NOTE],
        made_by=actor.name[:120],
        made_at=now,
    )
    db.session.add(made)
    db.session.flush()
    after = {"method": method.value, "cut": None if cut.marks is None else queries.plain(cut.marks)}
    record(actor, "scoring.standard_set", f"exam_sitting:{exams.sitting_by_id(sitting_id).code}", now=now, after=after)
    return made


def _earned(sitting_id: int) -> dict[str, Decimal]:
    """The marks that were earned, before any scaling, by candidate number."""
    return {result.candidate_no: result.earned for result in queries.results_of(sitting_id)}


def _cut(
    method: Standard, figures: Mapping[str, str], earned: Mapping[str, Decimal], full: Decimal
) -> tuple[Cut, dict[str, Any]]:
    """What the method gives, and the figures as they are kept."""
    match method:
        case Standard.ANGOFF:
            judgments = read_judgments(figures.get("judgments", ""))
            return angoff_cut(judgments, full), {"judgments": [[str(one) for one in line] for line in judgments]}
        case Standard.BORDERLINE:
            grades, border = read_grades(figures.get("grades", "")), read_figure(figures.get("borderline", ""))
            kept = {"grades": {number: str(grade) for number, grade in grades.items()}, "borderline": str(border)}
            return borderline_cut(grades, earned, border, full), kept
    bounds = [read_figure(figures.get(name, "")) for name in BOUNDS]
    if bounds[1] > full:
        raise FiguresAreUnfit
    return hofstee_cut(list(earned.values()), bounds), {n: str(b) for n, b in zip(BOUNDS, bounds, strict=True)}
