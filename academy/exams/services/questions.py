"""Writing and correcting questions by hand. Every correction is a new version that waits for a second person."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from academy.catalog import queries as catalog
from academy.core.access import Actor
from academy.core.audit import record
from academy.core.db import db
from academy.core.errors import Conflict, Forbidden, Invalid
from academy.core.files import store_file
from academy.core.text import N_, render
from academy.exams import queries
from academy.exams.models import Question, QuestionBank, QuestionPicture, QuestionStep, QuestionVersion
from academy.exams.policies import can_edit_bank
from academy.exams.rules.lifecycle import OPEN, Move, Origin, QuestionStatus
from academy.exams.rules.pictures import read_picture
from academy.exams.rules.wording import Wording, find_faults, part_as_json

MOST_PICTURES = 4


class QuestionIsUnusable(Invalid):
    """The wording cannot be answered or marked."""

    message = N_("这道题还不能保存：%(faults)s。")


class QuestionHasMoved(Conflict):
    """Somebody has written a newer version since the page was opened."""

    message = N_("%(code)s 已经有第 %(version)s 版，是 %(name)s 写的，您的改动没有保存。")
    next_step = N_("请打开最新的一版，在它上面改。")


class QuestionLooksLikeOthers(Conflict):
    """The bank holds questions that say nearly the same; whoever writes has to have seen them."""

    message = N_("题库里有很像的题：%(codes)s。还没有保存。")
    next_step = N_("请看过之后勾选“不是重复”，再保存。")


class CodeIsTaken(Conflict):
    """Another question has this code."""

    message = N_("题号 %(code)s 已经有了。")


class PictureNeedsWords(Invalid):
    """A picture says nothing to whoever cannot see it."""

    message = N_("每张图片都要写替代文字，给看不见图的考生。一道题最多 %(most)s 张图。")


@dataclass(frozen=True, slots=True)
class Filing:
    """Where a question belongs and how often it may be shown (None: as often as one likes). Not part of its wording."""

    field_code: str | None
    topic_zh: str
    difficulty: int
    source_zh: str = ""
    exposure_limit: int | None = None


@dataclass(frozen=True, slots=True)
class PictureDraft:
    """A picture that is already kept (`file_id`), or one that was just handed in."""

    alt_zh: str
    name: str = ""
    content: bytes = b""
    file_id: int | None = None
    width: int = 0
    height: int = 0
    media_type: str = ""


def write_question(
    *,
    bank_id: int,
    code: str,
    wording: Wording,
    filing: Filing,
    actor: Actor,
    now: datetime,
    pictures: Sequence[PictureDraft] = (),
    material_version_id: int | None = None,
    seen_codes: frozenset[str] = frozenset(),
) -> Question:
    """A new question as a draft; without a code it gets the next one. `seen_codes`: like ones that the author has looked at.

    Raises QuestionIsUnusable, QuestionLooksLikeOthers, CodeIsTaken, PictureNeedsWords, PictureIsUnusable.
    """
    if not can_edit_bank(actor):
        raise Forbidden
    db.session.execute(select(QuestionBank.id).where(QuestionBank.id == bank_id).with_for_update())
    _require_usable(wording, filing)
    pictures = _checked(pictures)
    _require_seen(bank_id, wording, None, seen_codes)
    codes = list(db.session.scalars(select(Question.code).where(Question.bank_id == bank_id)))
    code = code.strip().upper() or queries.next_code(codes)
    if code in codes:
        raise CodeIsTaken(code=code)
    question = Question(bank_id=bank_id, code=code, kind=wording.kind, version=1, **asdict(filing))
    db.session.add(question)
    db.session.flush()
    _add_version(question, wording, pictures, material_version_id, actor, now)
    after = {"version": 1, "kind": wording.kind.value, **asdict(filing)}
    record(actor, "exams.question_written", f"question:{code}", now=now, after=after)
    return question


def correct_question(
    *,
    question_id: int,
    seen_version: int,
    wording: Wording,
    filing: Filing,
    actor: Actor,
    now: datetime,
    pictures: Sequence[PictureDraft] = (),
    material_version_id: int | None = None,
    seen_codes: frozenset[str] = frozenset(),
) -> QuestionVersion:
    """A new version as a draft; the version in use stays in use, papers keep theirs, an older draft is laid aside.

    Filing is changed at once. When the words are the same, no version is made. Raises what `write_question` raises, and
    QuestionHasMoved.
    """
    if not can_edit_bank(actor):
        raise Forbidden
    question = locked_question(question_id)
    newest = newest_version(question)
    if question.version != seen_version:
        raise QuestionHasMoved(code=question.code, version=question.version, name=newest.created_by)
    _require_usable(wording, filing)
    pictures = _checked(pictures)
    before = {name: getattr(question, name) for name in asdict(filing)}
    for name, value in asdict(filing).items():
        setattr(question, name, value)
    if _is_same(question, newest, wording, pictures, material_version_id):
        if before != asdict(filing):
            record(actor, "exams.question_filed", f"question:{question.code}", now=now, before=before, after=asdict(filing))
        return newest
    _require_seen(question.bank_id, wording, question.id, seen_codes)
    question.version += 1
    version = _add_version(question, wording, pictures, material_version_id, actor, now)
    after = {"version": question.version, **asdict(filing)}
    record(actor, "exams.question_revised", f"question:{question.code}", now=now, before=before, after=after)
    return version


def locked_question(question_id: int) -> Question:
    """The question, locked: versions and their states are changed by one hand at a time."""
    query = select(Question).where(Question.id == question_id).with_for_update()
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def newest_version(question: Question) -> QuestionVersion:
    """The newest version of a question."""
    wanted = QuestionVersion.question_id == question.id, QuestionVersion.version == question.version
    return db.session.scalars(select(QuestionVersion).where(*wanted)).one()


def _require_usable(wording: Wording, filing: Filing) -> None:
    faults = [render(fault.say) for fault in find_faults(wording)]
    if filing.field_code and catalog.find_field(filing.field_code) is None:
        faults.append(render(N_("没有这个领域")))
    if not 1 <= filing.difficulty <= 5:
        faults.append(render(N_("难度要在 1 到 5 之间")))
    if faults:
        raise QuestionIsUnusable(faults="；".join(faults))


def _require_seen(bank_id: int, wording: Wording, except_id: int | None, seen_codes: frozenset[str]) -> None:
    likes = queries.like_questions(bank_id, wording, except_id=except_id)
    unseen = [like.question.code for like in likes if like.question.code not in seen_codes]
    if unseen:
        raise QuestionLooksLikeOthers(codes="、".join(unseen))


def _is_same(
    question: Question,
    newest: QuestionVersion,
    wording: Wording,
    pictures: Sequence[PictureDraft],
    material_version_id: int | None,
) -> bool:
    kept = [(one.file_id, one.alt_zh) for one in queries.pictures_of([newest.id]).get(newest.id, [])]
    same_pictures = kept == [(one.file_id, one.alt_zh) for one in pictures]
    return (
        same_pictures
        and newest.material_version_id == material_version_id
        and _words(wording) == _words(queries.wording_of(question, newest))
    )


def _words(wording: Wording) -> dict[str, Any]:
    return {
        "stem_zh": wording.stem_zh,
        "options": list(wording.options),
        "prompts": list(wording.prompts),
        "answer": wording.answer,
        "scoring": dict(wording.scoring) if wording.scoring else None,
        "rubric": [dict(one) for one in wording.rubric],
        "marks": wording.marks,
        "explanation_zh": wording.explanation_zh,
        "sub_questions": [part_as_json(part) for part in wording.parts],
    }


def _add_version(
    question: Question,
    wording: Wording,
    pictures: Sequence[PictureDraft],
    material_version_id: int | None,
    actor: Actor,
    now: datetime,
) -> QuestionVersion:
    """The draft of `question.version`; what was still a draft before it is laid aside."""
    older = QuestionVersion.question_id == question.id, QuestionVersion.status.in_(OPEN)
    db.session.execute(
        update(QuestionVersion)
        .where(*older)
        .values(status=QuestionStatus.RETIRED)
        .execution_options(synchronize_session="fetch")
    )
    version = QuestionVersion(
        question_id=question.id,
        version=question.version,
        status=QuestionStatus.DRAFT,
        origin=Origin.WRITTEN,
        author_id=actor.user_id,
        material_version_id=material_version_id,
        created_at=now,
        created_by=actor.name[:120],
        **_words(wording),
    )
    db.session.add(version)
    db.session.flush()
    _add_pictures(version.id, pictures, now)
    add_step(version.id, Move.WRITE, actor, now)
    return version


def _checked(pictures: Sequence[PictureDraft]) -> list[PictureDraft]:
    """The pictures with their words; new ones are written anew."""
    if len(pictures) > MOST_PICTURES or any(not 0 < len(one.alt_zh.strip()) <= 300 for one in pictures):
        raise PictureNeedsWords(most=MOST_PICTURES)
    return [one if one.file_id is not None else _written_anew(one) for one in pictures]


def _written_anew(one: PictureDraft) -> PictureDraft:
    picture = read_picture(one.content)
    return replace(one, content=picture.content, width=picture.width, height=picture.height, media_type=picture.media_type)


def _add_pictures(version_id: int, pictures: Sequence[PictureDraft], now: datetime) -> None:
    for position, one in enumerate(pictures, 1):
        file_id = one.file_id
        if file_id is None:
            file_id = store_file(name=one.name, media_type=one.media_type, content=one.content, now=now).id
        row = {"version_id": version_id, "position": position, "file_id": file_id, "alt_zh": one.alt_zh.strip()}
        db.session.add(QuestionPicture(**row, width=one.width, height=one.height))
    db.session.flush()


def add_step(version_id: int, move: Move, actor: Actor, now: datetime, note: str = "") -> None:
    """Write down what was done with a version."""
    db.session.add(QuestionStep(version_id=version_id, move=move, at=now, actor_name=actor.name[:120], note=note[:1000]))
    db.session.flush()
