"""Naming the subject of a sitting, and entering the lines that regions set."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy.exc import IntegrityError

from academy.accounts import queries as accounts
from academy.core.access import Actor
from academy.core.audit import record
from academy.core.clock import local
from academy.core.db import db
from academy.core.errors import Conflict, Forbidden, Invalid
from academy.core.text import N_
from academy.exams import queries as exams
from academy.scoring import queries
from academy.scoring.models import PassLine, SittingSubject
from academy.scoring.policies import can_score, can_set_lines
from academy.scoring.rules.subjects import subject_on


class SubjectIsUnknown(Invalid):
    """No subject of that code was in force."""

    message = N_("那一年没有这个科目。")
    next_step = N_("请从列表里选一个科目。")


class SubjectIsFixed(Conflict):
    """The pass mark follows the subject, so it is named before anything is scored."""

    message = N_("这场考试已经评过分，科目不能再改。")
    next_step = N_("合格线有误请发起“改合格线”，由另一个人决定。")


class LineIsOutOfRange(Invalid):
    """A line is out of 100, for a division that exists, with its source."""

    message = N_("地区、年度、分数线或依据不对，没有登记。")
    next_step = N_("分数线按百分制，最多两位小数；依据写文号或公告名称。")


class LineStands(Conflict):
    """A line is entered once; it is never changed."""

    message = N_("这个地区、科目和年度的分数线已经登记过，没有改动。")


def name_subject(*, sitting_id: int, subject_code: str, exam_year: int, actor: Actor, now: datetime) -> SittingSubject:
    """Say which subject a sitting examines in which examination year; its line is then the sitting's pass mark.

    Raises SubjectIsUnknown, SubjectIsFixed.
    """
    if not can_score(actor):
        raise Forbidden
    sitting = exams.sitting_by_id(sitting_id)
    day = local(sitting.opens_at).date()
    if subject_on(subject_code, day) is None or not day.year - 1 <= exam_year <= day.year + 1:
        raise SubjectIsUnknown
    if queries.find_newest_list(sitting_id) is not None:
        raise SubjectIsFixed
    found = queries.find_subject_of_sitting(sitting_id)
    before = {"subject": found.subject_code, "year": found.exam_year} if found else None
    if found is None:
        found = SittingSubject(sitting_id=sitting_id)
        db.session.add(found)
    found.subject_code, found.exam_year, found.named_by, found.named_at = subject_code, exam_year, actor.name[:120], now
    db.session.flush()
    after = {"subject": subject_code, "year": exam_year}
    record(actor, "scoring.subject_named", f"exam_sitting:{sitting.code}", now=now, before=before, after=after)
    return found


def enter_pass_line(
    *,
    subject_code: str,
    division_code: str,
    exam_year: int,
    pass_mark: Decimal,
    source_zh: str,
    actor: Actor,
    now: datetime,
) -> PassLine:
    """Enter the line that a region set for a subject and year. Raises SubjectIsUnknown, LineIsOutOfRange, LineStands."""
    if not can_set_lines(actor):
        raise Forbidden
    source_zh = " ".join(source_zh.split())[:300]
    if not 2000 <= exam_year <= 2100 or subject_on(subject_code, now.date().replace(month=12, day=31, year=exam_year)) is None:
        raise SubjectIsUnknown
    is_mark = pass_mark.is_finite() and 0 <= pass_mark <= 100 and pass_mark == pass_mark.quantize(Decimal("0.01"))
    if not is_mark or not source_zh or accounts.find_division(division_code) is None:
        raise LineIsOutOfRange
    made = PassLine(
        subject_code=subject_code,
        division_code=division_code,
        exam_year=exam_year,
        pass_mark=pass_mark,
        source_zh=source_zh,
        entered_by=actor.name[:120],
        entered_at=now,
    )
    try:
        with db.session.begin_nested():
            db.session.add(made)
    except IntegrityError as error:
        raise LineStands from error
    after = {"subject": subject_code, "division": division_code, "year": exam_year, "pass_mark": str(pass_mark)}
    record(actor, "scoring.pass_line_entered", f"pass_line:{made.id}", now=now, after=after, reason=source_zh)
    return made
