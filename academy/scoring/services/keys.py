"""New versions of the key of a paper that has been sat."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from sqlalchemy.exc import IntegrityError

from academy.core.access import Actor
from academy.core.db import db
from academy.core.errors import Conflict, Invalid
from academy.core.text import N_
from academy.exams import queries as exams
from academy.exams.rules.kinds import AUTOMATIC, QuestionKind
from academy.scoring import queries
from academy.scoring.models import KeyCorrection, PaperKey
from academy.scoring.rules import Correction, Treatment

MOST_MARKS = Decimal(1000)
ONE_LETTER = (QuestionKind.SINGLE, QuestionKind.TRUE_FALSE)


class NothingIsCorrected(Invalid):
    """No position was named."""

    message = N_("没有填要更正哪一题，没有提交。")
    next_step = N_("至少填一题的题号和处理方式。")


class NoSuchPosition(Invalid):
    """The paper has no such item."""

    message = N_("这张卷子没有第 %(position)s 题，或者同一题填了两次。")


class PeopleMarkThis(Invalid):
    """What people mark has no key."""

    message = N_("第 %(position)s 题由人评分，没有答案可改，分值也不在这里改。")
    next_step = N_("可以整题作废、全体给满分，或走复核改分。")


class TreatmentDoesNotFit(Invalid):
    """Several options that are each right alone make sense where one is chosen."""

    message = N_("第 %(position)s 题不是单选，不能用“任选其一都算对”。")


class CorrectionIsUnfit(Invalid):
    """A key without letters, marks of nothing, a wording that other options belong to."""

    message = N_("第 %(position)s 题的新答案或分值不能用，没有提交。")
    next_step = N_("请核对题型、选项和分值（大于 0，最多两位小数）。")


class KeyIsBeingChanged(Conflict):
    """Somebody made the next version of the key at this moment."""

    message = N_("另一个人刚刚更正了这张卷子，没有再改。")
    next_step = N_("请刷新后再试。")


def make_paper_key(
    *, paper_id: int, base_id: int | None, corrections: Sequence[Correction], actor: Actor, now: datetime
) -> PaperKey:
    """The next version of a paper's key: that of `base_id` with these corrections. The paper itself stays as it is.

    Raises NothingIsCorrected, NoSuchPosition, PeopleMarkThis, TreatmentDoesNotFit, CorrectionIsUnfit, KeyIsBeingChanged.
    """
    _require_fit(paper_id, corrections)
    made = PaperKey(paper_id=paper_id, version=queries.newest_key_version(paper_id) + 1, made_by=actor.name[:120], made_at=now)
    try:
        with db.session.begin_nested():
            db.session.add(made)
    except IntegrityError as error:
        raise KeyIsBeingChanged from error
    standing = {**queries.corrections_of(base_id), **{one.position: one for one in corrections}}
    db.session.add_all(_row(made.id, standing[position]) for position in sorted(standing))
    db.session.flush()
    return made


def _row(paper_key_id: int, one: Correction) -> KeyCorrection:
    return KeyCorrection(
        paper_key_id=paper_key_id,
        position=one.position,
        treatment=one.treatment,
        key=one.key,
        marks=one.marks,
        scoring=None if one.scoring is None else dict(one.scoring),
        question_version_id=one.question_version_id,
    )


def _require_fit(paper_id: int, corrections: Sequence[Correction]) -> None:
    if not corrections:
        raise NothingIsCorrected
    items = {item.position: item for item in exams.paper_items(paper_id)}
    positions = [one.position for one in corrections]
    for one in corrections:
        item = items.get(one.position)
        if item is None or positions.count(one.position) > 1:
            raise NoSuchPosition(position=one.position)
        if one.treatment in (Treatment.FULL, Treatment.VOID):
            continue
        if item.kind not in AUTOMATIC:
            raise PeopleMarkThis(position=one.position)
        if one.treatment is Treatment.ANY and item.kind not in ONE_LETTER:
            raise TreatmentDoesNotFit(position=one.position)
        if not _is_fit(one):
            raise CorrectionIsUnfit(position=one.position)


def _is_fit(one: Correction) -> bool:
    if one.key is None and one.marks is None and one.scoring is None:
        return False
    if one.key == "" or (one.treatment is Treatment.ANY and not one.key):
        return False
    marks = one.marks
    return marks is None or (marks.is_finite() and 0 < marks <= MOST_MARKS and marks == marks.quantize(Decimal("0.01")))
