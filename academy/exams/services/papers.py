"""Composing papers."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import insert

from academy.core.access import Actor
from academy.core.audit import record
from academy.core.codes import random_code16
from academy.core.db import db
from academy.core.errors import Conflict, Forbidden, Invalid
from academy.core.text import N_, render
from academy.exams import queries
from academy.exams.models import Paper, PaperItem
from academy.exams.policies import can_edit_bank
from academy.exams.queries.bank import QuestionRow
from academy.exams.rules.blueprint import Candidate, Cell, choose, find_shortages
from academy.exams.rules.kinds import OBJECTIVE, QuestionKind


class BankIsTooSmall(Conflict):
    """The bank cannot fill the blueprint; no paper was made."""

    message = N_("题库不够组这张卷子：%(shortage)s。没有组卷。")
    next_step = N_("请放宽领域，或先往题库里补题。")


class PaperHasUnknownQuestions(Invalid):
    """A paper from outside names questions that the bank lacks, or that do not fit."""

    message = N_("这些题不在题库里，或题型不符：%(codes)s。没有建卷。")


@dataclass(frozen=True, slots=True)
class KeyItem:
    """A position of a paper that was made elsewhere."""

    code: str
    kind: QuestionKind
    key: str
    marks: Decimal


def pool_of(bank_id: int) -> list[Candidate]:
    """The questions of a bank that an objective paper may use."""
    rows = queries.questions_by_codes(bank_id).values()
    return [
        Candidate(
            version_id=row.wording.id,
            kind=row.question.kind,
            field_code=row.question.field_code or "",
            topic=row.question.topic_zh,
            difficulty=row.question.difficulty,
            option_count=len(row.wording.options),
            key=row.wording.answer,
        )
        for row in rows
        if row.question.kind in OBJECTIVE
    ]


def assemble_paper(
    *,
    bank_id: int,
    title_zh: str,
    minutes: int,
    cells: Sequence[Cell],
    actor: Actor,
    now: datetime,
    seed: int | None = None,
) -> Paper:
    """Make a paper from the bank by a blueprint. Raises BankIsTooSmall with what is short."""
    if not can_edit_bank(actor):
        raise Forbidden
    pool = pool_of(bank_id)
    shortages = find_shortages(cells, pool)
    if shortages:
        raise BankIsTooSmall(shortage="；".join(render(shortage.say) for shortage in shortages))
    chosen = choose(cells, pool, secrets.randbits(32) if seed is None else seed)
    items = [_item(c.version_id, c.kind, c.option_count, c.key, marks) for c, marks in chosen]
    return _make(title_zh, minutes, [cell.as_json() for cell in cells], items, actor, now)


def take_over_paper(
    *, bank_id: int, title_zh: str, minutes: int, items: Sequence[KeyItem], actor: Actor, now: datetime
) -> Paper:
    """A paper with exactly these questions in this order. Its own key counts, also where the bank's differs."""
    if not can_edit_bank(actor):
        raise Forbidden
    known = queries.questions_by_codes(bank_id, [item.code for item in items])
    misfits = [item.code for item in items if item.code not in known or known[item.code].question.kind is not item.kind]
    if misfits:
        raise PaperHasUnknownQuestions(codes="、".join(misfits[:10]))
    return _make(title_zh, minutes, [], [_pinned(item, known[item.code]) for item in items], actor, now)


def _pinned(item: KeyItem, row: QuestionRow) -> dict[str, Any]:
    return _item(row.wording.id, item.kind, len(row.wording.options), item.key, item.marks)


def _item(version_id: int, kind: QuestionKind, option_count: int, key: str, marks: Decimal) -> dict[str, Any]:
    return {"question_version_id": version_id, "kind": kind, "option_count": option_count, "key": key, "marks": marks}


def _make(
    title_zh: str, minutes: int, blueprint: list[dict[str, Any]], items: list[dict[str, Any]], actor: Actor, now: datetime
) -> Paper:
    paper = Paper(
        code=random_code16(),
        title_zh=title_zh,
        minutes=minutes,
        blueprint=blueprint,
        created_at=now,
        created_by=actor.name[:120],
    )
    db.session.add(paper)
    db.session.flush()
    rows = [{"paper_id": paper.id, "position": position, **item} for position, item in enumerate(items, 1)]
    db.session.execute(insert(PaperItem), rows)
    record(actor, "exams.paper_made", f"paper:{paper.code}", now=now, after={"items": len(rows), "title": title_zh})
    return paper
