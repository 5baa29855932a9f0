"""Texts that several questions share."""

from datetime import datetime

from sqlalchemy import select

from academy.core.access import Actor
from academy.core.audit import record
from academy.core.codes import random_code16
from academy.core.db import db
from academy.core.errors import Conflict, Forbidden, Invalid
from academy.core.text import N_
from academy.exams import queries
from academy.exams.models import Material, MaterialVersion
from academy.exams.policies import can_edit_bank
from academy.exams.rules.wording import LONGEST_STEM
from academy.exams.services.questions import Filing, PictureDraft, correct_question


class MaterialIsUnusable(Invalid):
    """A material needs a title and a text."""

    message = N_("材料要有名称（不超过 120 字）和正文（不超过 %(most)s 字）。没有保存。")


class MaterialHasMoved(Conflict):
    """Somebody has written a newer version since the page was opened."""

    message = N_("这份材料已经有第 %(version)s 版，您的改动没有保存。")
    next_step = N_("请打开最新的一版，在它上面改。")


def write_material(*, bank_id: int, title_zh: str, text_zh: str, actor: Actor, now: datetime) -> Material:
    """A new material."""
    title_zh, text_zh = _checked(title_zh, text_zh, actor)
    material = Material(bank_id=bank_id, code=random_code16(), title_zh=title_zh, version=1)
    db.session.add(material)
    db.session.flush()
    _add_version(material, text_zh, actor, now)
    record(actor, "exams.material_written", f"material:{material.code}", now=now, after={"title": title_zh})
    return material


def correct_material(
    *, material_id: int, seen_version: int, title_zh: str, text_zh: str, actor: Actor, now: datetime
) -> tuple[Material, int]:
    """A new version of a material, and a draft of every question that uses it, for review; returns how many drafts.

    Questions in use and papers keep the text that they pin until the drafts are put into use.
    """
    title_zh, text_zh = _checked(title_zh, text_zh, actor)
    query = select(Material).where(Material.id == material_id).with_for_update()
    material = db.session.scalars(query.execution_options(populate_existing=True)).one()
    if material.version != seen_version:
        raise MaterialHasMoved(version=material.version)
    material.title_zh = title_zh
    newest = queries.material_versions(material.id)[0]
    if newest.text_zh == text_zh:
        return material, 0
    users = queries.questions_with_material(material.id)
    material.version += 1
    version = _add_version(material, text_zh, actor, now)
    for row in users:
        _carry_over(row, version.id, actor, now)
    after = {"version": material.version, "questions": len(users)}
    record(actor, "exams.material_revised", f"material:{material.code}", now=now, after=after)
    return material, len(users)


def _checked(title_zh: str, text_zh: str, actor: Actor) -> tuple[str, str]:
    if not can_edit_bank(actor):
        raise Forbidden
    title_zh, text_zh = title_zh.strip(), text_zh.replace("\r\n", "\n").replace("\x00", "").strip()
    if not 0 < len(title_zh) <= 120 or not 0 < len(text_zh) <= LONGEST_STEM:
        raise MaterialIsUnusable(most=LONGEST_STEM)
    return title_zh, text_zh


def _add_version(material: Material, text_zh: str, actor: Actor, now: datetime) -> MaterialVersion:
    version = MaterialVersion(material_id=material.id, version=material.version, text_zh=text_zh, created_at=now,
                              created_by=actor.name[:120])  # fmt: skip
    db.session.add(version)
    db.session.flush()
    return version


def _carry_over(row: queries.QuestionRow, material_version_id: int, actor: Actor, now: datetime) -> None:
    question, newest = row.question, row.wording
    kept = queries.pictures_of([newest.id]).get(newest.id, [])
    likes = queries.like_questions(question.bank_id, queries.wording_of(question, newest), except_id=question.id, limit=1000)
    correct_question(
        question_id=question.id,
        seen_version=question.version,
        wording=queries.wording_of(question, newest),
        filing=Filing(question.field_code, question.topic_zh, question.difficulty, question.source_zh, question.exposure_limit),
        pictures=[PictureDraft(p.alt_zh, file_id=p.file_id, width=p.width, height=p.height) for p in kept],
        material_version_id=material_version_id,
        seen_codes=frozenset(like.question.code for like in likes),
        actor=actor,
        now=now,
    )
