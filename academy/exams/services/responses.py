"""Taking in answers that were given on paper."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import insert

from academy.core.access import Actor
from academy.core.audit import record
from academy.core.codes import random_code16
from academy.core.db import db
from academy.core.errors import Conflict, Forbidden, Invalid
from academy.core.text import N_, render
from academy.exams import queries
from academy.exams.models import Answer, Attempt, ExamImport
from academy.exams.policies import can_manage_sittings
from academy.exams.rules.kinds import AttemptSource, AttemptState, ImportState, SittingState
from academy.exams.rules.responses import SheetRow
from academy.exams.services.uploads import decide


class SittingIsCancelled(Conflict):
    """Nothing can be answered in a sitting that was called off."""

    message = N_("这场考试已经取消，不能导入答卷。")


class ColumnsDoNotFit(Invalid):
    """The table belongs to another paper."""

    message = N_("这份表的题目和这张卷子对不上：%(faults)s。什么都没有写入。")
    next_step = N_("请核对是不是选错了考试，或传错了文件。")


def import_responses(*, code: str, actor: Actor, now: datetime) -> ExamImport:
    """Take the good rows of an uploaded table of answers, once; the rows that are refused stay out."""
    upload = queries.get_import(code)
    preview = queries.response_preview(upload)
    if preview.column_faults:
        raise ColumnsDoNotFit(faults="；".join(render(fault) for fault in preview.column_faults))
    record_responses(sitting_id=upload.sitting_id or 0, rows=preview.good, actor=actor, now=now)
    decide(upload, ImportState.IMPORTED, now, taken=len(preview.good), refused=len(preview.bad))
    return upload


def record_responses(*, sitting_id: int, rows: Sequence[SheetRow], actor: Actor, now: datetime) -> int:
    """Write an attempt on paper for each row; returns how many. The rows have been checked."""
    if not can_manage_sittings(actor):
        raise Forbidden
    sitting = queries.sitting_by_id(sitting_id)
    if sitting.state is SittingState.CANCELLED:
        raise SittingIsCancelled
    learners = queries.candidates_of(sitting_id)
    attempts = [
        {
            "code": random_code16(),
            "sitting_id": sitting_id,
            "learner_id": learners[row.candidate_no],
            "candidate_no": row.candidate_no,
            "source": AttemptSource.PAPER,
            "state": AttemptState.SUBMITTED,
            "started_at": sitting.opens_at,
            "due_at": sitting.closes_at,
            "submitted_at": sitting.closes_at,
            "seq": 0,
        }
        for row in rows
    ]
    if attempts:
        inserted = db.session.execute(insert(Attempt).returning(Attempt.candidate_no, Attempt.id), attempts)
        _write_answers(dict(inserted.all()), rows)
    after = {"count": len(attempts)}
    record(actor, "exams.responses_recorded", f"exam_sitting:{sitting.code}", now=now, after=after)
    return len(attempts)


def _write_answers(attempt_ids: dict[str, int], rows: Sequence[SheetRow]) -> None:
    """Positions that were left blank have no row."""
    answers = [
        {"attempt_id": attempt_ids[row.candidate_no], "position": position, "response": response, "is_flagged": False, "seq": 0}
        for row in rows
        for position, response in row.responses.items()
        if response
    ]
    if answers:
        db.session.execute(insert(Answer), answers)
