"""Sample data of what comes after scoring: a subject, a hold, a standard that was set, a correction that waits."""

from datetime import datetime, timedelta
from decimal import Decimal

from academy.accounts import queries as accounts
from academy.core.access import Actor
from academy.core.clock import local
from academy.core.db import db
from academy.exams import queries as exams
from academy.scoring import queries, services
from academy.scoring.models import PassLine
from academy.scoring.rules import Correction, Standard, Treatment

SUBJECT, PROVINCE = "CAP_JUN", "370000"


def load_subject(sitting_id: int, *, actor: Actor, now: datetime) -> None:
    """The sitting examines a subject of the national examination; the province has a line of its own."""
    year = local(exams.sitting_by_id(sitting_id).opens_at).year
    services.name_subject(sitting_id=sitting_id, subject_code=SUBJECT, exam_year=year, actor=actor, now=now)
    if accounts.find_division(PROVINCE) is None or queries.pass_lines([SUBJECT]):
        return
    db.session.add(
        PassLine(
            subject_code=SUBJECT,
            division_code=PROVINCE,
            exam_year=year,
            pass_mark=Decimal(55),
            source_zh="演示数据，不是真实公告",
            entered_by=actor.name,
            entered_at=now,
        )
    )


def load_standards(sitting_id: int, *, actor: Actor, now: datetime) -> None:
    """Two methods: one gives a cut, the other's lines do not cross."""
    panel = "孙评审、赵评审、钱评审"
    items = len(exams.paper_items(exams.sitting_by_id(sitting_id).paper_id))
    judgments = "\n".join(" ".join([share] * items) for share in ("0.72", "0.75", "0.78"))
    angoff = {"judgments": judgments}
    hofstee = {"min_cut": "85", "max_cut": "90", "min_fail": "5", "max_fail": "10"}
    for method, figures, note in (
        (Standard.HOFSTEE, hofstee, "要求过高，两条线没有交点。"),
        (Standard.ANGOFF, angoff, "三位评审独立估计一轮，与现行 60 分一致，不改。"),
    ):
        services.record_standard(
            sitting_id=sitting_id, method=method, panel=panel, figures=figures, note=note, actor=actor, now=now
        )
        now += timedelta(minutes=30)


def load_waiting_change(sitting_id: int, *, actor: Actor, now: datetime) -> None:
    """The question that fewest got right turns out to have no right option; a second person has yet to decide."""
    results = queries.results_of(sitting_id)
    items = exams.paper_items(exams.sitting_by_id(sitting_id).paper_id)
    if not results:
        return
    earned = [sum(Decimal(result.item_marks[place]) for result in results) / item.marks for place, item in enumerate(items)]
    worst = items[earned.index(min(earned))]
    services.propose_regrade(
        sitting_id=sitting_id,
        corrections=[Correction(worst.position, Treatment.FULL)],
        reason=f"第 {worst.position} 题教材已改版，没有正确选项",
        actor=actor,
        now=now,
    )


def load_hold(sitting_id: int, *, actor: Actor, now: datetime) -> None:
    """One result is looked into before it is shown."""
    results = queries.results_of(sitting_id)
    if results:
        services.hold_result(
            sitting_id=sitting_id,
            candidate_no=results[0].candidate_no,
            reason="考场记录里有一条待核实",
            actor=actor,
            now=now,
        )
