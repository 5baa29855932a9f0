"""The learner's check-in: scan, sign in if need be, one button; or six digits to type."""

import secrets
import unicodedata
from datetime import timedelta

from flask import current_app, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from academy.attendance import queries, services
from academy.attendance.queries import CheckInOpening
from academy.attendance.rules import KIND_WORDS, MARK_WORDS, CheckInKind
from academy.attendance.services import MARKABLE, CheckedIn
from academy.attendance.web import blueprint
from academy.core.access import current_actor, public, signed_in
from academy.core.clock import now
from academy.core.codes import is_code16
from academy.core.db import transaction
from academy.core.errors import DomainError, NotFound
from academy.core.extensions import limiter
from academy.core.text import N_, Text, render
from academy.enrollment import queries as enrollment
from academy.enrollment.rules import SEATED
from academy.people import queries as people
from academy.people.queries import Learner
from academy.sites import queries as sites
from academy.timetable import queries as timetable
from academy.ui.flash import say
from academy.ui.forms import EmptyForm

DEVICE, DEVICE_DAYS = "device", 400
LONGEST_TYPED, LONGEST_TICKET = 20, 400


def _device() -> str:
    """The cookie that marks this device; empty when it has none yet."""
    return request.cookies.get(DEVICE, "")[:64]


def _with_device(answer: ResponseReturnValue, device: str) -> ResponseReturnValue:
    response = make_response(answer)
    if request.cookies.get(DEVICE) != device:
        response.set_cookie(
            DEVICE,
            device,
            max_age=timedelta(days=DEVICE_DAYS),
            httponly=True,
            samesite="Lax",
            secure=current_app.config["SESSION_COOKIE_SECURE"],
        )
    return response


def _person() -> str:
    """Guesses are counted for each person: a whole classroom has one address."""
    return f"user:{current_actor().user_id}"


def _opening(code: str) -> CheckInOpening:
    if not is_code16(code):
        raise NotFound
    return queries.get_opening(code)


@blueprint.get("/attendance/check-in/<opening>/<digits>")
@public
def scan(opening: str, digits: str) -> ResponseReturnValue:
    """Where the QR leads: a good code becomes a ticket, so that there is time to sign in. Nothing is written."""
    found, device = _opening(opening), _device() or secrets.token_hex(16)
    ticket = services.issue_ticket(opening=found, code=digits[:LONGEST_TYPED], device=device, now=now())
    if ticket is None:
        error = services.CodeIsStale() if found.is_open_at(now()) else services.CheckInIsClosed()
        return _with_device((_refused(error), error.status), device)
    return _with_device(redirect(url_for("attendance.check_in", opening=found.code, ticket=ticket)), device)


def _refused(error: DomainError) -> str:
    return render_template("attendance/check_in_refused.html", error=error)


@blueprint.get("/attendance/check-in/<opening>", endpoint="check_in")
@signed_in
def check_in_page(opening: str) -> ResponseReturnValue:
    """Which session, and one button; afterwards, what is written down."""
    found = _opening(opening)
    learner = _learner()
    session = timetable.session_by_id(found.session_id)
    if learner is None or not enrollment.is_admitted(session.class_id, learner.id):
        error: DomainError = services.NotInThisClass() if learner else services.NotALearner()
        return _refused(error), error.status
    mark = queries.fresh_marks(session.id, [learner.id]).get(learner.id)
    return render_template(
        "attendance/check_in.html",
        opening=found,
        session=session,
        found=timetable.class_by_id(session.class_id),
        room=sites.room_by_id(session.room_id) if session.room_id else None,
        done=queries.find_check_in(session.id, found.kind, learner.id),
        mark=mark,
        mark_words=MARK_WORDS,
        kind_words=KIND_WORDS,
        is_open=found.is_open_at(now()),
        ticket=request.args.get("ticket", "")[:LONGEST_TICKET],
        button=EmptyForm(),
    )


def _learner() -> Learner | None:
    actor = current_actor()
    return people.find_learner_of_user(actor.user_id) if actor.user_id is not None else None


@blueprint.post("/attendance/check-in/<opening>")
@signed_in
@limiter.limit("20/minute", key_func=_person)
def press(opening: str) -> ResponseReturnValue:
    """Check in. Pressed twice, it says so and changes nothing."""
    if not is_code16(opening):
        raise NotFound
    if not EmptyForm().validate_on_submit():
        return redirect(url_for("attendance.check_in", opening=opening))
    return _try([opening], request.form.get("ticket", "")[:LONGEST_TICKET], _typed())


@blueprint.get("/my/check-in")
@signed_in
def type_code() -> ResponseReturnValue:
    """For phones without a camera: the six digits under the QR."""
    return _with_device(_typing(None), _device() or secrets.token_hex(16))


@blueprint.post("/my/check-in")
@signed_in
@limiter.limit("10/minute", key_func=_person)
def send_code() -> ResponseReturnValue:
    """Check in with typed digits to whichever of one's sessions shows them."""
    if not EmptyForm().validate_on_submit():
        return redirect(url_for("attendance.type_code"))
    found = _own_openings()
    if not found:
        error = services.CheckInIsClosed()
        return _typing(error), error.status
    return _try([one.code for one in found], "", _typed())


def _typed() -> str:
    tidied = unicodedata.normalize("NFKC", request.form.get("typed", ""))
    return "".join(char for char in tidied if char.isalnum())[:LONGEST_TYPED]


def _try(openings: list[str], ticket: str, typed: str) -> ResponseReturnValue:
    """Check in to the first of these openings that takes the proof; the last refusal is written down and shown."""
    device = _device() or secrets.token_hex(16)
    refusal: DomainError = services.CodeIsStale()
    for opening in openings:
        try:
            with transaction():
                done = services.check_in(
                    opening_code=opening, actor=current_actor(), device=device, now=now(), ticket=ticket, typed=typed
                )
        except DomainError as error:
            if not isinstance(error, services.CodeIsStale):  # of several refusals the telling one
                refusal = error
            continue
        say(_words(done), "ok" if done.is_new else "wait")
        return _with_device(redirect(url_for("attendance.check_in", opening=opening)), device)
    with transaction():
        services.note_refusal(opening_code=openings[-1], error=refusal, device=device, actor=current_actor(), now=now())
    page = _refused(refusal) if ticket else _typing(refusal)
    return _with_device((page, refusal.status), device)


def _words(done: CheckedIn) -> Text:
    kind = Text(KIND_WORDS[done.kind])
    if not done.is_new:
        return Text(N_("您已经%(kind)s过了，什么都没有改动。"), kind=kind)
    state = Text(MARK_WORDS[done.state])
    return Text(N_("已%(kind)s：%(state)s，记 %(minutes)s 分钟。"), kind=kind, state=state, minutes=done.minutes)


def _own_openings() -> list[CheckInOpening]:
    """What is open for the reader's classes."""
    learner, at = _learner(), now()
    if learner is None:
        return []
    ids = {one.class_id for one in enrollment.enrollments_of_learner(learner.id, SEATED)}
    day = timedelta(hours=14)
    sessions = timetable.sessions_between(at - day, at + day, class_ids=ids, states=MARKABLE)
    return queries.live_openings([one.id for one in sessions], at)


def _typing(error: DomainError | None) -> str:
    openings = _own_openings()
    sessions = timetable.sessions_by_ids({one.session_id for one in openings})
    return render_template(
        "attendance/type_code.html",
        openings=openings,
        sessions=sessions,
        classes=timetable.classes_by_ids({one.class_id for one in sessions.values()}),
        kind_words=KIND_WORDS,
        OUT=CheckInKind.OUT,
        error=" ".join(filter(None, [render(error.text), render(error.next_text)])) if error else "",
        button=EmptyForm(),
    )
