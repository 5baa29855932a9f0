"""The exam page: one question at a time, saved as plain posts; exam.js does the same without reloading."""

from collections.abc import Mapping
from datetime import datetime

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from academy.core.access import Role, allow, current_actor
from academy.core.clock import now
from academy.core.db import transaction
from academy.core.errors import DomainError
from academy.exams import queries, services
from academy.exams.models import Attempt
from academy.exams.queries.attempts import AttemptView
from academy.exams.rules.kinds import FINISHED, KIND_WORDS, LETTERS, AttemptState, hint
from academy.exams.web import blueprint
from academy.exams.web.hooks import results_of
from academy.exams.web.words import exam_words
from academy.ui.flash import say_error
from academy.ui.forms import EmptyForm


def _own(code: str) -> AttemptView:
    return queries.get_attempt(code, user_id=current_actor().user_id)


def _chosen_position(count: int) -> int:
    typed = request.args.get("q", "")
    number = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 4 else 1
    return min(max(number, 1), count)


@blueprint.get("/exams/attempts/<code>")
@allow(Role.LEARNER)
def paper(code: str) -> ResponseReturnValue:
    """One question with the answer card."""
    view = _own(code)
    attempt, at = view.attempt, now()
    if attempt.state in FINISHED or at >= attempt.due_at:
        return redirect(url_for("exams.hand_in", code=code))
    items = queries.shown_items(view.sitting.paper_id)
    return render_template(
        "exams/paper.html",
        attempt=attempt,
        sitting=view.sitting,
        items=items,
        item=items[_chosen_position(len(items)) - 1],
        answers=queries.answers_of_attempt(attempt.id),
        flags=queries.flags_of_attempt(attempt.id),
        button=EmptyForm(),
        words=exam_words(),
        kind_words=KIND_WORDS,
        hint=hint,
        letters=LETTERS,
        now=at,
        **_clock(attempt, at),
    )


def _clock(attempt: Attempt, at: datetime) -> Mapping[str, object]:
    left = max(int((attempt.due_at - at).total_seconds()), 0)
    whole = (attempt.due_at - attempt.started_at).total_seconds()
    hours, rest = divmod(left, 3600)
    shown = f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60:02}:{rest % 60:02}"
    return {"left": shown, "spent": f"{120 * (1 - left / whole):.1f}" if whole else "120"}


@blueprint.post("/exams/attempts/<code>")
@allow(Role.LEARNER)
def answer(code: str) -> ResponseReturnValue:
    """Save what the form holds, unless it is what the server holds already; then go where the button says."""
    view, form = _own(code), request.form
    position = _chosen_position(len(queries.paper_items(view.sitting.paper_id)))
    go = form.get("go", "")
    if EmptyForm().validate_on_submit():
        try:
            _save_form(view.attempt, position, is_toggling=go == "flag")
        except DomainError as error:
            say_error(error)
            return redirect(url_for("exams.paper", code=code, q=position))
    if go == "hand-in":
        return redirect(url_for("exams.hand_in", code=code))
    return redirect(url_for("exams.paper", code=code, q=go if go.isascii() and go.isdigit() else position))


def _save_form(attempt: Attempt, position: int, *, is_toggling: bool) -> None:
    response = "".join(sorted(request.form.getlist("answer")))
    flagged = position in queries.flags_of_attempt(attempt.id)
    known = queries.answers_of_attempt(attempt.id).get(position, "")
    if response == known and not is_toggling:
        return
    typed = request.form.get("seq", "")
    with transaction():
        services.save_answer(
            code=attempt.code,
            seq=int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 9 else 0,
            position=position,
            response=response,
            is_flagged=flagged != is_toggling,
            actor=current_actor(),
            now=now(),
        )


@blueprint.route("/exams/attempts/<code>/hand-in", methods=["GET", "POST"])
@allow(Role.LEARNER)
def hand_in(code: str) -> ResponseReturnValue:
    """What will be handed in, and afterwards what was."""
    view, form = _own(code), EmptyForm()
    attempt = view.attempt
    is_due = attempt.state is AttemptState.IN_PROGRESS and now() >= attempt.due_at
    if form.validate_on_submit():
        with transaction():
            services.submit_attempt(code=code, actor=current_actor(), now=now())
        return redirect(url_for("exams.hand_in", code=code))
    items = queries.paper_items(view.sitting.paper_id)
    answers = queries.answers_of_attempt(attempt.id)
    return render_template(
        "exams/hand_in.html",
        attempt=attempt,
        sitting=view.sitting,
        is_due=is_due,
        is_over=attempt.state in FINISHED,
        count=len(items),
        blank=[item.position for item in items if not answers.get(item.position)],
        flags=sorted(queries.flags_of_attempt(attempt.id)),
        events=attempt.seq,
        result=results_of(attempt.learner_id).get(view.sitting.id),
        AttemptState=AttemptState,
        form=form,
    )
