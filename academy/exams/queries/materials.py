"""Reading the materials that questions share."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import and_, func, select

from academy.core.db import db
from academy.core.errors import NotFound
from academy.exams.models import Material, MaterialVersion, Question, QuestionVersion
from academy.exams.queries.bank import QuestionRow
from academy.exams.rules.lifecycle import QuestionStatus


@dataclass(frozen=True, slots=True)
class MaterialRow:
    """A material with one of its wordings, and how many questions use it."""

    material: Material
    wording: MaterialVersion
    questions: int = 0


def materials(bank_id: int) -> list[MaterialRow]:
    """The materials of a bank with their newest wording, newest first."""
    used = (
        select(MaterialVersion.material_id, func.count(QuestionVersion.question_id.distinct()).label("times"))
        .join(QuestionVersion, QuestionVersion.material_version_id == MaterialVersion.id)
        .where(QuestionVersion.status != QuestionStatus.RETIRED)
        .group_by(MaterialVersion.material_id)
        .subquery()
    )
    rows = db.session.execute(
        select(Material, MaterialVersion, used.c.times)
        .join(MaterialVersion, and_(MaterialVersion.material_id == Material.id, MaterialVersion.version == Material.version))
        .outerjoin(used, used.c.material_id == Material.id)
        .where(Material.bank_id == bank_id)
        .order_by(Material.id.desc())
    )
    return [MaterialRow(material, wording, times or 0) for material, wording, times in rows]


def get_material(code: str) -> Material:
    """A material by code. Raises NotFound."""
    found = db.session.scalars(select(Material).where(Material.code == code)).one_or_none()
    if found is None:
        raise NotFound
    return found


def material_versions(material_id: int) -> list[MaterialVersion]:
    """Every wording of a material, newest first."""
    query = select(MaterialVersion).where(MaterialVersion.material_id == material_id)
    return list(db.session.scalars(query.order_by(MaterialVersion.version.desc())))


def material_wordings(version_ids: Iterable[int]) -> dict[int, MaterialRow]:
    """The materials that versions of questions pin, by the id of the material's version."""
    rows = db.session.execute(
        select(Material, MaterialVersion)
        .join(MaterialVersion, MaterialVersion.material_id == Material.id)
        .where(MaterialVersion.id.in_(list(version_ids)))
    )
    return {wording.id: MaterialRow(material, wording) for material, wording in rows}


def questions_with_material(material_id: int) -> list[QuestionRow]:
    """The questions whose newest version uses a material and is not retired."""
    rows = db.session.execute(
        select(Question, QuestionVersion)
        .join(QuestionVersion, and_(QuestionVersion.question_id == Question.id, QuestionVersion.version == Question.version))
        .join(MaterialVersion, MaterialVersion.id == QuestionVersion.material_version_id)
        .where(MaterialVersion.material_id == material_id, QuestionVersion.status != QuestionStatus.RETIRED)
        .order_by(Question.code)
    )
    return [QuestionRow(question, wording) for question, wording in rows]
