"""A paper as one candidate sees it: in her order, under her letters; and what else the exam page needs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import select

from academy.core.db import db
from academy.core.text import N_
from academy.exams.models import Answer, Attempt, ExamSitting, PaperItem, QuestionVersion, ResumeCode
from academy.exams.queries.attempts import AttemptView
from academy.exams.queries.lifecycle import ShownPicture, pictures_of
from academy.exams.queries.materials import MaterialRow, material_wordings
from academy.exams.rules.kinds import LETTERS, AttemptState, QuestionKind
from academy.exams.rules.shuffling import Shuffle, Slot, may_shuffle_options, order_options, order_positions


@dataclass(frozen=True, slots=True)
class Choice:
    """An option: under which letter it is shown, and under which it is kept; `text` is the paper's own wording."""

    shown: str
    letter: str
    text: str


TRUE_OR_FALSE = (Choice("A", "T", N_("正确")), Choice("B", "F", N_("错误")))  # these two are words of ours


@dataclass(frozen=True, slots=True)
class AskedItem:
    """A question as a candidate sees it. `number` is hers, `position` the paper's; `part` of a case, whose stem is `case`."""

    number: int
    position: int
    kind: QuestionKind
    marks: Decimal
    stem: str
    choices: tuple[Choice, ...]
    prompts: tuple[str, ...]
    blanks: int
    part: int
    case: str  # what stands above: the material that questions share, or the stem of the case
    has_own_rule: bool
    pictures: tuple[ShownPicture, ...] = ()


@dataclass(frozen=True, slots=True)
class Kept:
    """What the server holds at a position."""

    response: str
    is_flagged: bool
    seq: int


def asked_items(view: AttemptView) -> list[AskedItem]:
    """The questions of an attempt in the candidate's order."""
    rows = _items(view.sitting.paper_id)
    around = _around(wording for _, wording in rows)
    shuffle = shuffle_of(view.attempt, view.sitting)
    by_position = {item.position: (item, wording) for item, wording in rows}
    order = order_positions([_slot(*row) for row in rows], shuffle)
    return [_asked(number, *by_position[position], shuffle, around) for number, position in enumerate(order, 1)]


def number_of_position(attempt_id: int, position: int) -> int:
    """Under which number the candidate sees a position."""
    attempt, sitting = db.session.execute(
        select(Attempt, ExamSitting).join(ExamSitting, ExamSitting.id == Attempt.sitting_id).where(Attempt.id == attempt_id)
    ).one()
    slots = [_slot(*row) for row in _items(sitting.paper_id)]
    return order_positions(slots, shuffle_of(attempt, sitting)).index(position) + 1


def shuffle_of(attempt: Attempt, sitting: ExamSitting) -> Shuffle:
    """What the order of an attempt follows from."""
    return Shuffle(sitting.code, attempt.seed, attempt.lane)


def _items(paper_id: int) -> Sequence[tuple[PaperItem, QuestionVersion]]:
    rows = db.session.execute(
        select(PaperItem, QuestionVersion)
        .join(QuestionVersion, QuestionVersion.id == PaperItem.question_version_id)
        .where(PaperItem.paper_id == paper_id)
        .order_by(PaperItem.position)
    )
    return [(item, wording) for item, wording in rows]


class _Around(NamedTuple):
    """What stands around the stems of a paper: the texts of shared materials, and pictures by version."""

    materials: Mapping[int, MaterialRow]
    pictures: Mapping[int, Sequence[ShownPicture]]


def _around(wordings: Iterable[QuestionVersion]) -> _Around:
    listed = list(wordings)
    materials = {one.material_version_id for one in listed if one.material_version_id}
    return _Around(material_wordings(materials) if materials else {}, pictures_of({one.id for one in listed}))


def _slot(item: PaperItem, wording: QuestionVersion) -> Slot:
    """A case's parts, and questions of one kind about one material, stay together."""
    if item.part:
        return Slot(item.position, QuestionKind.CASE.value, f"case:{item.question_version_id}")
    shared = wording.material_version_id
    return Slot(item.position, item.kind.value, f"material:{shared}" if shared else str(item.position))


def _above(item: PaperItem, wording: QuestionVersion, around: _Around) -> str:
    shared = around.materials.get(wording.material_version_id or 0)
    texts = [shared.wording.text_zh if shared else "", wording.stem_zh if item.part else ""]
    return "\n\n".join(filter(None, texts))


def _asked(number: int, item: PaperItem, wording: QuestionVersion, shuffle: Shuffle, around: _Around) -> AskedItem:
    asked = _part(wording, item.part) if item.part else {}
    options = tuple(asked.get("options") or () if item.part else wording.options)
    prompts = tuple(asked.get("prompts") or () if item.part else wording.prompts or ())
    return AskedItem(
        number=number,
        position=item.position,
        kind=item.kind,
        marks=item.marks,
        stem=str(asked.get("stem_zh", "")) if item.part else wording.stem_zh,
        choices=_choices(item, options, shuffle, keeps_order=wording.keeps_order),
        prompts=prompts,
        blanks=max(item.prompt_count, 1) if item.kind is QuestionKind.SHORT_TEXT else 0,
        part=item.part,
        case=_above(item, wording, around),
        has_own_rule=item.scoring is not None,
        pictures=tuple(around.pictures.get(wording.id, ())),
    )


def _part(wording: QuestionVersion, part: int) -> Mapping[str, Any]:
    """The part of a case by its number, or else by its place."""
    parts = wording.sub_questions
    named = [one for one in parts if one.get("no") == part]
    return named[0] if named else parts[part - 1] if part <= len(parts) else {}


def _choices(item: PaperItem, options: Sequence[str], shuffle: Shuffle, *, keeps_order: bool) -> tuple[Choice, ...]:
    if item.kind is QuestionKind.TRUE_FALSE:
        return TRUE_OR_FALSE
    order = LETTERS[: len(options)]
    if may_shuffle_options(item.kind, options, keeps_order=keeps_order):
        order = order_options(item.position, len(options), shuffle)
    return tuple(Choice(shown, letter, options[LETTERS.index(letter)]) for shown, letter in zip(LETTERS, order, strict=False))


def kept_answers(attempt_id: int) -> dict[int, Kept]:
    """The latest answers of an attempt with their flags, by position, in one statement."""
    rows = db.session.execute(
        select(Answer.position, Answer.response, Answer.is_flagged, Answer.seq).where(Answer.attempt_id == attempt_id)
    )
    return {position: Kept(response, is_flagged, seq) for position, response, is_flagged, seq in rows}


@dataclass(frozen=True, slots=True)
class Watched:
    """An attempt that goes on, with the code for another machine that is open for it."""

    attempt: Attempt
    code: ResumeCode | None


def watched_attempts(sitting_id: int, *, now: datetime) -> list[Watched]:
    """Who is writing, by candidate number, for whoever invigilates."""
    rows = db.session.execute(
        select(Attempt, ResumeCode)
        .outerjoin(
            ResumeCode,
            (ResumeCode.attempt_id == Attempt.id) & ResumeCode.ended_at.is_(None) & (ResumeCode.expires_at > now),
        )
        .where(Attempt.sitting_id == sitting_id, Attempt.state == AttemptState.IN_PROGRESS)
        .order_by(Attempt.candidate_no, Attempt.id)
    )
    return [Watched(attempt, code) for attempt, code in rows]


def resume_codes_of(sitting_id: int) -> list[tuple[Attempt, ResumeCode]]:
    """The codes given out in a sitting, newest first."""
    rows = db.session.execute(
        select(Attempt, ResumeCode)
        .join(ResumeCode, ResumeCode.attempt_id == Attempt.id)
        .where(Attempt.sitting_id == sitting_id)
        .order_by(ResumeCode.id.desc())
        .limit(50)
    )
    return [(attempt, code) for attempt, code in rows]


def find_attempt_by_code(code: str) -> AttemptView | None:
    """An attempt with its sitting, for whoever may look at more than her own."""
    row = db.session.execute(
        select(Attempt, ExamSitting).join(ExamSitting, ExamSitting.id == Attempt.sitting_id).where(Attempt.code == code)
    ).first()
    return AttemptView(*row) if row else None
