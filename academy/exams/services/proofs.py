"""Keeping the proof that a paper met its blueprint."""

from datetime import datetime

from academy.core.access import Actor
from academy.core.audit import record
from academy.core.db import db
from academy.core.errors import Conflict, Forbidden
from academy.core.text import N_
from academy.exams import queries
from academy.exams.models import Paper, PaperProof
from academy.exams.policies import can_edit_bank


class PaperHasNoBlueprint(Conflict):
    """A paper that was taken over from outside has nothing to be checked against."""

    message = N_("这张卷子是按给定题目建的，没有蓝图可以核对。")


def check_paper(*, code: str, actor: Actor, now: datetime) -> PaperProof:
    """Check a paper against its blueprint as the bank is filed now, and keep what was found."""
    if not can_edit_bank(actor):
        raise Forbidden
    return add_proof(queries.get_paper(code), actor=actor, now=now)


def add_proof(paper: Paper, *, actor: Actor, now: datetime) -> PaperProof:
    """Keep a check of a paper. Raises PaperHasNoBlueprint."""
    if not paper.blueprint:
        raise PaperHasNoBlueprint
    proof, placed = queries.prove_paper(paper)
    kept = PaperProof(
        paper_id=paper.id, checked_at=now, checked_by=actor.name[:120], is_met=proof.is_met, found=proof.as_json(placed)
    )
    db.session.add(kept)
    db.session.flush()
    record(actor, "exams.paper_checked", f"paper:{paper.code}", now=now, after={"is_met": proof.is_met})
    return kept
