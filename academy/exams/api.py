"""The JSON door of exams: an attempt as a program, and exam.js, see it."""

from datetime import datetime
from decimal import Decimal

from pydantic import BaseModel, Field

from academy.core.access import Role, allow, current_actor
from academy.core.api import endpoint
from academy.core.clock import now
from academy.core.db import transaction
from academy.core.text import N_, Text, render
from academy.exams import queries, services
from academy.exams.queries.attempts import AttemptView
from academy.exams.rules.kinds import KIND_WORDS, AttemptState, QuestionKind, hint

learner = allow(Role.LEARNER)


class Clock(BaseModel):
    """Time by the server, and how far the attempt has come."""

    server_now: datetime
    started_at: datetime
    due_at: datetime
    state: AttemptState
    seq: int


class Item(BaseModel):
    """A question as a candidate sees it."""

    position: int
    kind: QuestionKind
    kind_words: str
    marks: Decimal
    marks_words: str
    stem: str
    options: list[str]
    hint: str


class AnswerOut(BaseModel):
    """The latest answer at a position."""

    position: int
    response: str
    is_flagged: bool


class AttemptOut(Clock):
    """An attempt with its questions and what the server holds."""

    code: str
    items: list[Item]
    answers: list[AnswerOut]


class AnswerIn(BaseModel):
    """An answer as the attempt's next event."""

    seq: int = Field(ge=1, le=100_000_000)
    position: int = Field(ge=1, le=1000)
    response: str = Field(max_length=20)
    is_flagged: bool = False


class Acknowledgment(BaseModel):
    """The server holds it."""

    seq: int
    position: int
    response: str
    received_at: datetime
    server_now: datetime


class HandedIn(BaseModel):
    """The attempt is over."""

    state: AttemptState
    submitted_at: datetime | None


def _own(code: str) -> AttemptView:
    return queries.get_attempt(code, user_id=current_actor().user_id)


@endpoint("GET", "/attempts/<code>", returns=AttemptOut, access=learner)
def attempt(code: str) -> AttemptOut:
    """My attempt: questions, answers, clock."""
    view = _own(code)
    found = view.attempt
    flags, answers = queries.flags_of_attempt(found.id), queries.answers_of_attempt(found.id)
    items = [
        Item(
            position=item.position,
            kind=item.kind,
            kind_words=render(KIND_WORDS[item.kind]),
            marks=item.marks.normalize(),
            marks_words=render(Text(N_("%(marks)s 分"), marks=f"{item.marks.normalize():f}")),
            stem=item.stem_zh,
            options=list(item.options),
            hint=render(hint(item.kind, item.marks)),
        )
        for item in queries.shown_items(view.sitting.paper_id)
    ]
    kept = [AnswerOut(position=p, response=answers[p], is_flagged=p in flags) for p in sorted(answers)]
    return AttemptOut(code=code, items=items, answers=kept, **_clock(view).model_dump())


@endpoint("GET", "/attempts/<code>/clock", returns=Clock, access=learner)
def clock(code: str) -> Clock:
    """Time left, and whether another window has answered since."""
    return _clock(_own(code))


def _clock(view: AttemptView) -> Clock:
    found = view.attempt
    return Clock(server_now=now(), started_at=found.started_at, due_at=found.due_at, state=found.state, seq=found.seq)


@endpoint("POST", "/attempts/<code>/answers", body=AnswerIn, returns=Acknowledgment, access=learner)
def save(code: str, body: AnswerIn) -> Acknowledgment:
    """Save one answer; the acknowledgment means that it is durable."""
    at = now()
    with transaction():
        receipt = services.save_answer(
            code=code,
            seq=body.seq,
            position=body.position,
            response=body.response,
            is_flagged=body.is_flagged,
            actor=current_actor(),
            now=at,
        )
    return Acknowledgment(
        seq=receipt.seq,
        position=receipt.position,
        response=receipt.response,
        received_at=receipt.received_at,
        server_now=at,
    )


@endpoint("POST", "/attempts/<code>/submit", returns=HandedIn, access=learner)
def submit(code: str) -> HandedIn:
    """Hand in what the server holds; doing it again changes nothing."""
    with transaction():
        done = services.submit_attempt(code=code, actor=current_actor(), now=now())
    return HandedIn(state=done.state, submitted_at=done.submitted_at)
