"""Reading blueprints: what they ask for, what the bank can give, and whether a paper met its own."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import groupby

from sqlalchemy import and_, func, select

from academy.core.db import db
from academy.core.errors import NotFound
from academy.exams.models import (
    Blueprint,
    BlueprintVersion,
    ExamSitting,
    Paper,
    PaperItem,
    PaperProof,
    Question,
    QuestionVersion,
)
from academy.exams.queries.bank import QuestionRow
from academy.exams.queries.lifecycle import exposures, questions_in_use, wording_of
from academy.exams.rules.blueprint import Candidate, Cell
from academy.exams.rules.filling import plan_forms
from academy.exams.rules.kinds import QuestionKind, SittingState
from academy.exams.rules.proof import Placed, Proof, prove
from academy.exams.rules.wording import Wording, find_gaps


@dataclass(frozen=True, slots=True)
class PaperPool:
    """What papers may take from a bank, and what was left out: worn out, or with a key that cannot be marked."""

    candidates: list[Candidate]
    wordings: dict[int, Wording]
    worn_out: int
    unmarkable: list[str]


def paper_pool(bank_id: int) -> PaperPool:
    """The questions in use that are whole and have been shown less often than they may."""
    seen = exposures()
    pool = PaperPool([], {}, 0, [])
    worn_out = 0
    for row in questions_in_use(bank_id).values():
        times, limit = seen.get(row.question.id, 0), row.question.exposure_limit
        wording = _whole_wording(row)
        if wording is None:
            pool.unmarkable.append(row.question.code)
        elif limit is not None and times >= limit:
            worn_out += 1
        else:
            pool.wordings[row.wording.id] = wording
            pool.candidates.append(_candidate(row, wording, times))
    return PaperPool(pool.candidates, pool.wordings, worn_out, pool.unmarkable)


def _whole_wording(row: QuestionRow) -> Wording | None:
    """The wording, unless it lacks something that marking needs."""
    try:
        wording = wording_of(row.question, row.wording)
        return None if find_gaps(wording) else wording
    except (ValueError, KeyError, TypeError, ArithmeticError):
        return None


def _candidate(row: QuestionRow, wording: Wording, times: int) -> Candidate:
    return Candidate(
        version_id=row.wording.id,
        kind=row.question.kind,
        field_code=row.question.field_code or "",
        topic=row.question.topic_zh,
        difficulty=row.question.difficulty,
        option_count=len(wording.options),
        key=wording.answer,
        marks=wording.marks if wording.kind is QuestionKind.CASE else None,
        exposure=times,
        material_id=row.wording.material_version_id,
    )


@dataclass(frozen=True, slots=True)
class BlueprintRow:
    """A blueprint with its newest version, and how many papers were made by it."""

    blueprint: Blueprint
    newest: BlueprintVersion
    papers: int


def blueprints() -> list[BlueprintRow]:
    """The blueprints, newest first."""
    made = (
        select(BlueprintVersion.blueprint_id, func.count().label("times"))
        .join(Paper, Paper.blueprint_version_id == BlueprintVersion.id)
        .group_by(BlueprintVersion.blueprint_id)
        .subquery()
    )
    rows = db.session.execute(
        select(Blueprint, BlueprintVersion, made.c.times)
        .join(
            BlueprintVersion,
            and_(BlueprintVersion.blueprint_id == Blueprint.id, BlueprintVersion.version == Blueprint.version),
        )
        .outerjoin(made, made.c.blueprint_id == Blueprint.id)
        .order_by(Blueprint.id.desc())
    )
    return [BlueprintRow(blueprint, newest, times or 0) for blueprint, newest, times in rows]


def get_blueprint(code: str) -> Blueprint:
    """A blueprint by code. Raises NotFound."""
    found = db.session.scalars(select(Blueprint).where(Blueprint.code == code)).one_or_none()
    if found is None:
        raise NotFound
    return found


def blueprint_versions(blueprint_id: int) -> list[BlueprintVersion]:
    """Every version of a blueprint, newest first."""
    query = select(BlueprintVersion).where(BlueprintVersion.blueprint_id == blueprint_id)
    return list(db.session.scalars(query.order_by(BlueprintVersion.version.desc())))


def papers_of_blueprint(blueprint_id: int) -> list[tuple[Paper, int]]:
    """The papers that were made by a blueprint, newest first, with the version that each one pins."""
    rows = db.session.execute(
        select(Paper, BlueprintVersion.version)
        .join(BlueprintVersion, BlueprintVersion.id == Paper.blueprint_version_id)
        .where(BlueprintVersion.blueprint_id == blueprint_id)
        .order_by(Paper.id.desc())
    )
    return [(paper, version) for paper, version in rows]


def blueprint_of(paper: Paper) -> tuple[Blueprint, BlueprintVersion] | None:
    """The saved blueprint by which a paper was made, None when its cells were typed for it alone."""
    row = db.session.execute(
        select(Blueprint, BlueprintVersion)
        .join(BlueprintVersion, BlueprintVersion.blueprint_id == Blueprint.id)
        .where(BlueprintVersion.id == paper.blueprint_version_id)
    ).first()
    return (row[0], row[1]) if row else None


def cells_of(made: BlueprintVersion) -> tuple[Cell, ...]:
    """What a version of a blueprint asks for."""
    return tuple(Cell.from_json(cell) for cell in made.cells)


def placed_items(paper_id: int) -> list[Placed]:
    """The questions on a paper as they are filed now; the parts of a case are one question."""
    rows = db.session.execute(
        select(PaperItem, QuestionVersion.version, Question)
        .join(QuestionVersion, QuestionVersion.id == PaperItem.question_version_id)
        .join(Question, Question.id == QuestionVersion.question_id)
        .where(PaperItem.paper_id == paper_id)
        .order_by(PaperItem.position)
    ).all()
    runs: Iterator[tuple[tuple[int, bool], Iterator[tuple[PaperItem, int, Question]]]] = groupby(
        ((item, version, question) for item, version, question in rows),
        key=lambda row: (row[0].question_version_id, row[0].part > 0),
    )
    return [_placed(list(run), is_case=is_case) for (_, is_case), run in runs]


def _placed(run: list[tuple[PaperItem, int, Question]], *, is_case: bool) -> Placed:
    item, version, question = run[0]
    return Placed(
        positions=tuple(one.position for one, _, _ in run),
        code=question.code,
        version=version,
        version_id=item.question_version_id,
        kind=QuestionKind.CASE if is_case else item.kind,
        marks=sum((one.marks for one, _, _ in run), Decimal(0)),
        field_code=question.field_code or "",
        topic=question.topic_zh,
        difficulty=question.difficulty,
    )


def prove_paper(paper: Paper) -> tuple[Proof, list[Placed]]:
    """A paper against its blueprint, as the bank is filed now."""
    placed = placed_items(paper.id)
    return prove([Cell.from_json(cell) for cell in paper.blueprint], placed), placed


def proofs_of(paper_id: int) -> list[PaperProof]:
    """The checks of a paper that were kept, the first one first."""
    return list(db.session.scalars(select(PaperProof).where(PaperProof.paper_id == paper_id).order_by(PaperProof.id)))


def forms_of(paper: Paper) -> list[Paper]:
    """The forms that were made together with a paper, itself among them."""
    if paper.series is None:
        return [paper]
    return list(db.session.scalars(select(Paper).where(Paper.series == paper.series).order_by(Paper.form, Paper.id)))


def shared_questions(one: Paper, other: Paper) -> int:
    """How many questions two papers share."""
    return len({p.code for p in placed_items(one.id)} & {p.code for p in placed_items(other.id)})


def first_bell(paper_id: int) -> datetime | None:
    """When the first sitting with a paper begins, None when none is planned."""
    query = select(func.min(ExamSitting.opens_at)).where(
        ExamSitting.paper_id == paper_id, ExamSitting.state != SittingState.CANCELLED
    )
    return db.session.scalar(query)


@dataclass(frozen=True, slots=True)
class CellOutlook:
    """A cell against the bank: how many questions are wanted for all forms, how many fit it, how many are missing."""

    cell: Cell
    wanted: int
    fitting: int
    missing: int
    shared: int


@dataclass(frozen=True, slots=True)
class Outlook:
    """Whether the bank can fill a blueprint, before anything is made."""

    cells: list[CellOutlook]
    worn_out: int
    unmarkable: list[str]

    @property
    def missing(self) -> int:
        """How many questions are missing in all."""
        return sum(one.missing for one in self.cells)


def blueprint_outlook(blueprint: Blueprint, version: BlueprintVersion, *, forms: int) -> Outlook:
    """A version of a blueprint against the bank as it is now, for so many forms."""
    pool, cells = paper_pool(blueprint.bank_id), cells_of(version)
    rng = random.Random(0)  # noqa: S311 - repeatable on purpose
    plan = plan_forms(cells, pool.candidates, forms=forms, most_common=version.most_common, rng=rng)
    rows = zip(cells, plan.wanted, plan.filled, plan.shared, strict=True)
    found = [
        CellOutlook(cell, wanted, sum(c.fits(cell) for c in pool.candidates), wanted - len(filled), shared)
        for cell, wanted, filled, shared in rows
    ]
    return Outlook(found, pool.worn_out, pool.unmarkable)
