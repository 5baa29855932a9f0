"""Writing the question bank."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert

from academy.core.access import Actor
from academy.core.audit import record
from academy.core.db import db
from academy.core.errors import Forbidden
from academy.exams import queries
from academy.exams.models import ExamImport, Question, QuestionBank, QuestionVersion
from academy.exams.policies import can_edit_bank
from academy.exams.queries.imports import Effect, QuestionPreview
from academy.exams.rules.bank import Draft
from academy.exams.rules.kinds import ImportState
from academy.exams.services.uploads import decide


def ensure_bank(*, code: str, title_zh: str, actor: Actor, now: datetime) -> QuestionBank:
    """The bank of this code, made when there is none."""
    bank = queries.find_bank(code)
    if bank is None:
        bank = QuestionBank(code=code, title_zh=title_zh, created_at=now)
        db.session.add(bank)
        db.session.flush()
        record(actor, "exams.bank_created", f"question_bank:{code}", now=now)
    return bank


def import_questions(*, code: str, actor: Actor, now: datetime) -> ExamImport:
    """Take the good questions of an uploaded file, once."""
    if not can_edit_bank(actor):
        raise Forbidden
    upload = queries.get_import(code)
    previews = queries.question_previews(upload)
    taken = take_questions(bank_id=upload.bank_id or 0, previews=previews, actor=actor, now=now)
    refused = sum(preview.effect is Effect.REFUSED for preview in previews)
    decide(upload, ImportState.IMPORTED, now, taken=taken, refused=refused)
    return upload


def take_questions(*, bank_id: int, previews: Sequence[QuestionPreview], actor: Actor, now: datetime) -> int:
    """Write new questions and new versions of changed ones; returns how many rows changed the bank."""
    if not can_edit_bank(actor):
        raise Forbidden
    new = [preview.draft for preview in previews if preview.effect is Effect.NEW and preview.draft]
    changed = [preview for preview in previews if preview.effect is Effect.CHANGED]
    _add(bank_id, new, actor, now)
    for preview in changed:
        _revise(preview, actor, now)
    after = {"new": len(new), "changed": len(changed)}
    record(actor, "exams.questions_taken", f"question_bank:{bank_id}", now=now, after=after)
    return len(new) + len(changed)


def _add(bank_id: int, drafts: Sequence[Draft], actor: Actor, now: datetime) -> None:
    if not drafts:
        return
    rows = [{"bank_id": bank_id, "code": draft.code, "version": 1, **_filing(draft)} for draft in drafts]
    inserted = db.session.execute(insert(Question).returning(Question.code, Question.id), rows)
    ids = dict(inserted.all())
    versions = [{"question_id": ids[draft.code], "version": 1, **_wording(draft, actor, now)} for draft in drafts]
    db.session.execute(insert(QuestionVersion), versions)


def _filing(draft: Draft) -> dict[str, Any]:
    return {
        "kind": draft.kind,
        "field_code": draft.field_code,
        "topic_zh": draft.topic_zh,
        "difficulty": draft.difficulty,
    }


def _wording(draft: Draft, actor: Actor, now: datetime) -> dict[str, Any]:
    return {
        "stem_zh": draft.stem_zh,
        "options": list(draft.options),
        "prompts": list(draft.prompts),
        "answer": draft.answer,
        "scoring": draft.scoring,
        "rubric": list(draft.rubric),
        "marks": draft.marks,
        "explanation_zh": draft.explanation_zh,
        "sub_questions": list(draft.sub_questions),
        "created_at": now,
        "created_by": actor.name[:120],
    }


def _revise(preview: QuestionPreview, actor: Actor, now: datetime) -> None:
    """A changed question gets the next version; papers keep the one that they pinned."""
    if preview.draft is None or preview.known is None:
        return
    question = preview.known.question
    question.version += 1
    for name, value in _filing(preview.draft).items():
        setattr(question, name, value)
    version = QuestionVersion(question_id=question.id, version=question.version, **_wording(preview.draft, actor, now))
    db.session.add(version)
    db.session.flush()
    record(actor, "exams.question_revised", f"question:{question.code}", now=now, after={"version": question.version})
