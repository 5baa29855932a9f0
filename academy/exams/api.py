"""The JSON door of exams: an attempt as a program, and exam.js, see it."""

from datetime import datetime
from decimal import Decimal

from flask import request
from pydantic import BaseModel, Field

from academy.core.access import Role, allow, current_actor, public
from academy.core.api import endpoint
from academy.core.clock import now
from academy.core.codes import normalize
from academy.core.db import transaction
from academy.core.text import N_, Text, render
from academy.exams import queries, services
from academy.exams.queries.attempts import AttemptView
from academy.exams.rules.devices import DEVICE_COOKIE, device_mark, may_write
from academy.exams.rules.kinds import KIND_WORDS, AttemptState, QuestionKind, hint
from academy.exams.rules.receipts import ReceiptState

learner = allow(Role.LEARNER)


class Clock(BaseModel):
    """Time by the server, and how far the attempt has come."""

    server_now: datetime
    started_at: datetime
    due_at: datetime
    state: AttemptState
    seq: int


class Option(BaseModel):
    """An option: the letter under which it is shown, and the one with which it is answered."""

    shown: str
    letter: str
    text: str


class Picture(BaseModel):
    """A picture below a stem, with its words for who does not see it."""

    src: str
    alt: str
    width: int
    height: int


class Item(BaseModel):
    """A question as a candidate sees it: her number for it, and the position under which it is answered."""

    number: int
    position: int
    kind: QuestionKind
    kind_words: str
    marks: Decimal
    marks_words: str
    case: str
    stem: str
    pictures: list[Picture]
    choices: list[Option]
    prompts: list[str]
    blanks: int
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
    response: str = Field(max_length=50_000)
    is_flagged: bool = False


class Acknowledgment(BaseModel):
    """The server holds it."""

    seq: int
    position: int
    response: str
    received_at: datetime
    server_now: datetime


class HandedIn(BaseModel):
    """The attempt is over; the receipt is a hash over everything that was received."""

    code: str
    state: AttemptState
    submitted_at: datetime | None
    receipt: str | None


class ReceiptQuery(BaseModel):
    """The hash to check."""

    digest: str = Field(min_length=1, max_length=200)


class ReceiptOut(BaseModel):
    """Whether the server still holds exactly what was handed in."""

    state: ReceiptState
    sitting_title: str
    submitted_at: datetime | None
    events: int
    answered: int


def _device() -> str:
    """The mark of the machine that asks; empty for a program that has no cookie."""
    return device_mark(request.cookies.get(DEVICE_COOKIE, ""))


def _here(code: str) -> AttemptView:
    """My attempt, if it is not going on at another machine."""
    view = queries.get_attempt(code, user_id=current_actor().user_id)
    if view.attempt.state is AttemptState.IN_PROGRESS and not may_write(view.attempt.device, _device()):
        raise services.AttemptIsElsewhere
    return view


@endpoint("GET", "/attempts/<code>", returns=AttemptOut, access=learner)
def attempt(code: str) -> AttemptOut:
    """My attempt: questions, answers, clock."""
    view = _here(code)
    kept = queries.kept_answers(view.attempt.id)
    items = [
        Item(
            number=item.number,
            position=item.position,
            kind=item.kind,
            kind_words=render(KIND_WORDS[item.kind]),
            marks=item.marks.normalize(),
            marks_words=render(Text(N_("%(marks)s 分"), marks=f"{item.marks.normalize():f}")),
            case=item.case,
            stem=item.stem,
            pictures=[
                Picture(src=f"/exams/pictures/{one.code}", alt=one.alt_zh, width=one.width, height=one.height)
                for one in item.pictures
            ],
            choices=[Option(shown=one.shown, letter=one.letter, text=_words(item.kind, one.text)) for one in item.choices],
            prompts=list(item.prompts),
            blanks=item.blanks,
            hint=render(hint(item.kind, item.marks, own_rule=item.has_own_rule)),
        )
        for item in queries.asked_items(view)
    ]
    answers = [AnswerOut(position=p, response=kept[p].response, is_flagged=kept[p].is_flagged) for p in sorted(kept)]
    return AttemptOut(code=code, items=items, answers=answers, **_clock(view).model_dump())


def _words(kind: QuestionKind, text: str) -> str:
    return render(text) if kind is QuestionKind.TRUE_FALSE else text


@endpoint("GET", "/attempts/<code>/clock", returns=Clock, access=learner)
def clock(code: str) -> Clock:
    """Time left, and whether another window has answered since."""
    return _clock(_here(code))


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
            device=_device(),
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
        done = services.submit_attempt(code=code, actor=current_actor(), now=now(), device=_device())
    return HandedIn(code=code, state=done.state, submitted_at=done.submitted_at, receipt=done.receipt)


@endpoint("GET", "/exam-receipts/<code>", query=ReceiptQuery, returns=ReceiptOut, access=public)
def receipt(code: str, query: ReceiptQuery) -> ReceiptOut:
    """Check a receipt: whether the events that the server holds now still give its hash."""
    check = queries.check_receipt(normalize(code[:40]), query.digest)
    return ReceiptOut(
        state=check.state,
        sitting_title=check.sitting_title,
        submitted_at=check.submitted_at,
        events=check.events,
        answered=check.answered,
    )
