"""Composing papers."""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import insert, select

from academy.core.access import Actor
from academy.core.audit import record
from academy.core.codes import random_code16
from academy.core.db import db
from academy.core.errors import Conflict, Forbidden, Invalid
from academy.core.text import N_, Text, render
from academy.exams import queries
from academy.exams.models import Paper, PaperItem, QuestionBank
from academy.exams.policies import can_edit_bank
from academy.exams.queries.bank import QuestionRow
from academy.exams.rules.blueprint import Cell, Chosen, find_cell_faults
from academy.exams.rules.filling import (
    MEAN_BOUND,
    MOST_FORMS,
    SPREAD_BOUND,
    are_even,
    choose_even_forms,
    evenness,
    find_shortages,
)
from academy.exams.rules.kinds import QuestionKind
from academy.exams.rules.wording import Wording
from academy.exams.services.proofs import add_proof


class BankIsTooSmall(Conflict):
    """The bank cannot fill the blueprint; no paper was made."""

    message = N_("题库不够组这张卷子：%(shortage)s。没有组卷。")
    next_step = N_("请放宽领域，或先往题库里补题。")


class BlueprintIsUnusable(Invalid):
    """The cells cannot make a paper, whatever the bank holds."""

    message = N_("蓝图还不能用：%(faults)s")


class FormsAreUneven(Conflict):
    """The bank has no forms that are equally difficult; no paper was made."""

    message = N_("各卷的难度相差太大：平均难度 %(means)s，离散 %(spreads)s（容许相差 %(mean)s 和 %(spread)s）。没有组卷。")
    next_step = N_("请给相差大的格补题，放宽共用题的比例，或少组几张。")


class PaperHasUnknownQuestions(Invalid):
    """A paper from outside names questions that are not in use, or that do not fit."""

    message = N_("这些题不在题库里，或题型不符：%(codes)s。没有建卷。")


@dataclass(frozen=True, slots=True)
class KeyItem:
    """A position of a paper that was made elsewhere."""

    code: str
    kind: QuestionKind
    key: str
    marks: Decimal


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
    return assemble_forms(bank_id=bank_id, title_zh=title_zh, minutes=minutes, cells=cells, actor=actor, now=now, seed=seed)[0]


def assemble_forms(
    *,
    bank_id: int,
    title_zh: str,
    minutes: int,
    cells: Sequence[Cell],
    actor: Actor,
    now: datetime,
    forms: int = 1,
    most_common: int = 0,
    blueprint_version_id: int | None = None,
    seed: int | None = None,
) -> list[Paper]:
    """Make forms that are equally difficult, each with the proof that it met the blueprint.

    Two forms share at most `most_common` percent of each cell. The bank is locked meanwhile, so that two papers made at the
    same time do not both take a question's last exposure. Raises BlueprintIsUnusable, BankIsTooSmall, FormsAreUneven.
    """
    if not can_edit_bank(actor):
        raise Forbidden
    faults = find_cell_faults(cells)
    if faults or not 1 <= forms <= MOST_FORMS or not 0 <= most_common <= 100:
        said = faults or [Text(N_("一次可以组 1 到 %(most)s 张卷子，共用比例 0 到 100。"), most=MOST_FORMS)]
        raise BlueprintIsUnusable(faults="".join(render(fault) for fault in said))
    db.session.execute(select(QuestionBank.id).where(QuestionBank.id == bank_id).with_for_update())
    pool = queries.paper_pool(bank_id)
    shortages = find_shortages(cells, pool.candidates, forms=forms, most_common=most_common)
    if shortages:
        raise BankIsTooSmall(shortage="；".join(render(shortage.say) for shortage in shortages))
    seed = secrets.randbits(32) if seed is None else seed
    chosen = choose_even_forms(cells, pool.candidates, seed=seed, forms=forms, most_common=most_common)
    _require_even(chosen)
    shared: dict[str, Any] = {
        "minutes": minutes,
        "blueprint": [cell.as_json() for cell in cells],
        "blueprint_version_id": blueprint_version_id,
        "series": random_code16() if forms > 1 else None,
    }
    made = []
    for number, one in enumerate(chosen, 1):
        title = f"{title_zh}（{chr(64 + number)}卷）" if forms > 1 else title_zh
        items = [item for c in one for item in _expanded(c, pool.wordings[c.candidate.version_id])]
        paper = _make({**shared, "title_zh": title[:120], "form": number}, items, actor, now)
        add_proof(paper, actor=actor, now=now)
        made.append(paper)
    return made


def _require_even(chosen: Sequence[Sequence[Chosen]]) -> None:
    found = [evenness(one) for one in chosen]
    if not are_even(found):
        raise FormsAreUneven(
            means="、".join(str(one.mean) for one in found),
            spreads="、".join(str(one.spread) for one in found),
            mean=str(MEAN_BOUND),
            spread=str(SPREAD_BOUND),
        )


def take_over_paper(
    *, bank_id: int, title_zh: str, minutes: int, items: Sequence[KeyItem], actor: Actor, now: datetime
) -> Paper:
    """A paper with exactly these questions in this order. Its own key counts, also where the bank's differs."""
    if not can_edit_bank(actor):
        raise Forbidden
    known = queries.questions_in_use(bank_id, [item.code for item in items])
    misfits = [item.code for item in items if item.code not in known or known[item.code].question.kind is not item.kind]
    misfits += [item.code for item in items if item.kind is QuestionKind.CASE]
    if misfits:
        raise PaperHasUnknownQuestions(codes="、".join(misfits[:10]))
    shared = {"title_zh": title_zh, "minutes": minutes, "blueprint": []}
    return _make(shared, [_pinned(item, known[item.code]) for item in items], actor, now)


def _pinned(item: KeyItem, row: QuestionRow) -> dict[str, Any]:
    return {
        "question_version_id": row.wording.id,
        "kind": item.kind,
        "option_count": len(row.wording.options),
        "key": item.key,
        "marks": item.marks,
    }


def _expanded(chosen: Chosen, wording: Wording) -> Iterable[dict[str, Any]]:
    """The positions of a question: one, or one for each part of a case."""
    for part in wording.parts or (wording,):
        yield {
            "question_version_id": chosen.candidate.version_id,
            "part": part.no,
            "kind": part.kind,
            "option_count": len(part.options),
            "prompt_count": part.prompt_count,
            "key": part.answer,
            "scoring": dict(part.scoring) if part.scoring else None,
            "marks": part.marks if part.no else chosen.marks,
        }


def _make(given: dict[str, Any], items: list[dict[str, Any]], actor: Actor, now: datetime) -> Paper:
    paper = Paper(code=random_code16(), created_at=now, created_by=actor.name[:120], **given)
    db.session.add(paper)
    db.session.flush()
    rows = [{"paper_id": paper.id, "position": position, **item} for position, item in enumerate(items, 1)]
    db.session.execute(insert(PaperItem), rows)
    after = {"items": len(rows), "title": paper.title_zh}
    record(actor, "exams.paper_made", f"paper:{paper.code}", now=now, after=after)
    return paper
