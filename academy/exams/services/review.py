"""A second person looks at a question; it is put into use and retired."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import update

from academy.core.access import Actor
from academy.core.audit import record
from academy.core.db import db
from academy.core.errors import Conflict, Forbidden, Invalid, NotFound
from academy.core.text import N_, Text, render
from academy.exams import queries
from academy.exams.models import Question, QuestionVersion
from academy.exams.policies import can_edit_bank
from academy.exams.rules.lifecycle import STATUS_WORDS, Move, QuestionStatus, explain_review, status_after
from academy.exams.rules.wording import find_gaps
from academy.exams.services.questions import add_step, locked_question


class ReviewIsRefused(Conflict):
    """Not by this person, or not any more."""

    message = N_("%(code)s 第 %(version)s 版没有审：%(reason)s")


class QuestionIsNotReady(Invalid):
    """The wording still lacks something."""

    message = N_("%(code)s 还不完整：%(gaps)s")
    next_step = N_("请先补上，再请人审。")


class MoveIsImpossible(Conflict):
    """The version stands where this cannot be done."""

    message = N_("%(code)s 第 %(version)s 版现在是“%(status)s”，这一步办不了。")
    next_step = N_("请刷新页面，看它现在的状态。")


class ReasonIsMissing(Invalid):
    """Whoever returns or retires a question says why."""

    message = N_("请写明原因。什么都没有改动。")


def review_question(*, code: str, version: int, actor: Actor, now: datetime, note: str = "") -> QuestionVersion:
    """A person who is not the author has looked at a version. Raises ReviewIsRefused, QuestionIsNotReady."""
    question, found = _locked(code, version, actor)
    is_author = actor.user_id is None or found.author_id == actor.user_id
    reason = explain_review(is_author=is_author, is_reviewed=found.reviewer_id is not None, status=found.status)
    if reason is not None:
        raise ReviewIsRefused(code=code, version=version, reason=reason)
    _require_ready(question, found)
    found.reviewer_id = actor.user_id
    return _move(question, found, Move.REVIEW, actor, now, note)


def return_question(*, code: str, version: int, actor: Actor, now: datetime, note: str) -> QuestionVersion:
    """A draft goes back to its author with the reason; a review that was given no longer counts."""
    question, found = _locked(code, version, actor)
    if not note.strip():
        raise ReasonIsMissing
    found = _move(question, found, Move.RETURN, actor, now, note)
    found.reviewer_id = None
    db.session.flush()
    return found


def use_question(*, code: str, version: int, actor: Actor, now: datetime) -> QuestionVersion:
    """Papers take this version from now on; the one that was in use is retired. Papers that are made keep theirs."""
    question, found = _locked(code, version, actor)
    _require_ready(question, found)
    _retire(question.id, except_id=found.id)
    return _move(question, found, Move.USE, actor, now, "")


def retire_question(*, code: str, actor: Actor, now: datetime, note: str) -> Question:
    """No paper takes the question any more; every version that is not retired yet is."""
    question, found = _locked(code, None, actor)
    if not note.strip():
        raise ReasonIsMissing
    alive = [one for one in queries.question_versions(question.id) if one.status is not QuestionStatus.RETIRED]
    if not alive:
        raise _impossible(question, found)
    for one in alive:
        _move(question, one, Move.RETIRE, actor, now, note)
    return question


def review_many(*, versions: Sequence[tuple[str, int]], actor: Actor, now: datetime) -> tuple[int, list[Text]]:
    """Review several versions; returns how many, and why the others were not."""
    done, refused = 0, []
    for code, version in sorted(set(versions)):
        try:
            review_question(code=code, version=version, actor=actor, now=now)
            done += 1
        except (Conflict, Invalid) as error:
            refused.append(error.text)
    return done, refused


def _locked(code: str, version: int | None, actor: Actor) -> tuple[Question, QuestionVersion]:
    if not can_edit_bank(actor):
        raise Forbidden
    question = locked_question(queries.get_question(code).question.id)
    wanted = question.version if version is None else version
    found = next((one for one in queries.question_versions(question.id) if one.version == wanted), None)
    if found is None:
        raise NotFound
    db.session.refresh(found)
    return question, found


def _require_ready(question: Question, found: QuestionVersion) -> None:
    try:
        gaps = [render(gap) for gap in find_gaps(queries.wording_of(question, found))]
    except (ValueError, KeyError, TypeError, ArithmeticError):
        gaps = [render(N_("小题的写法读不出来"))]
    if gaps:
        raise QuestionIsNotReady(code=question.code, gaps="；".join(gaps))


def _impossible(question: Question, found: QuestionVersion) -> MoveIsImpossible:
    return MoveIsImpossible(code=question.code, version=found.version, status=Text(STATUS_WORDS[found.status]))


def _move(question: Question, found: QuestionVersion, move: Move, actor: Actor, now: datetime, note: str) -> QuestionVersion:
    after = status_after(move, found.status)
    if after is None:
        raise _impossible(question, found)
    before = found.status
    found.status = after
    add_step(found.id, move, actor, now, note.strip())
    subject = f"question:{question.code}"
    change = {"version": found.version, "status": after.value}
    record(actor, f"exams.question_{move.value}", subject, now=now, before={"status": before.value}, after=change, reason=note)
    return found


def _retire(question_id: int, *, except_id: int) -> None:
    db.session.execute(
        update(QuestionVersion)
        .where(
            QuestionVersion.question_id == question_id,
            QuestionVersion.id != except_id,
            QuestionVersion.status == QuestionStatus.IN_USE,
        )
        .values(status=QuestionStatus.RETIRED)
        .execution_options(synchronize_session="fetch")
    )
