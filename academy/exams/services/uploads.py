"""Keeping an uploaded table until somebody decides about it."""

from datetime import datetime

from sqlalchemy import update

from academy.core.access import Actor
from academy.core.audit import record
from academy.core.codes import random_code16
from academy.core.db import db
from academy.core.errors import Conflict, Forbidden
from academy.core.files import store_file
from academy.core.text import N_
from academy.exams import queries
from academy.exams.models import ExamImport
from academy.exams.policies import can_edit_bank, can_manage_sittings
from academy.exams.rules.formats import read_bank
from academy.exams.rules.kinds import ImportKind, ImportState


class ImportIsDecided(Conflict):
    """Somebody has imported or discarded the upload before."""

    message = N_("这份文件已经处理过了，没有再导入一遍。")
    next_step = N_("要再导入，请重新上传。")


def upload_questions(*, bank_id: int, file_name: str, content: bytes, actor: Actor, now: datetime) -> ExamImport:
    """Keep a file of questions, in any format, for its preview. Raises what reading it raises, before anything is kept."""
    if not can_edit_bank(actor):
        raise Forbidden
    read_bank(content, field_codes=frozenset())
    return _keep(ExamImport(kind=ImportKind.QUESTIONS, bank_id=bank_id), file_name, content, actor, now)


def upload_responses(*, sitting_id: int, file_name: str, content: bytes, actor: Actor, now: datetime) -> ExamImport:
    """Keep a table of answers for its preview. Raises what reading it raises, before anything is kept."""
    if not can_manage_sittings(actor):
        raise Forbidden
    queries.preview_responses(sitting_id, content)
    return _keep(ExamImport(kind=ImportKind.RESPONSES, sitting_id=sitting_id), file_name, content, actor, now)


def _keep(upload: ExamImport, file_name: str, content: bytes, actor: Actor, now: datetime) -> ExamImport:
    file = store_file(name=file_name, media_type="application/octet-stream", content=content, now=now)
    upload.code, upload.file_id, upload.file_name = random_code16(), file.id, file_name[:255]
    upload.uploaded_by, upload.uploaded_at = actor.name[:120], now
    db.session.add(upload)
    db.session.flush()
    after = {"file": file_name[:255], "sha256": file.sha256}
    record(actor, f"exams.{upload.kind.value}_uploaded", f"exam_import:{upload.code}", now=now, after=after)
    return upload


def discard_import(*, code: str, actor: Actor, now: datetime) -> ExamImport:
    """Decide against an upload; the file stays for the record."""
    upload = queries.get_import(code)
    allowed = can_edit_bank(actor) if upload.kind is ImportKind.QUESTIONS else can_manage_sittings(actor)
    if not allowed:
        raise Forbidden
    decide(upload, ImportState.DISCARDED, now, taken=0, refused=0)
    record(actor, "exams.import_discarded", f"exam_import:{code}", now=now)
    return upload


def decide(upload: ExamImport, state: ImportState, now: datetime, *, taken: int, refused: int) -> None:
    """Move an upload out of its preview, once: whoever comes second is refused."""
    changed = db.session.execute(
        update(ExamImport)
        .where(ExamImport.id == upload.id, ExamImport.state == ImportState.PREVIEWED)
        .values(state=state, decided_at=now, taken_count=taken, refused_count=refused)
        .returning(ExamImport.id)
    )
    if changed.one_or_none() is None:
        raise ImportIsDecided
