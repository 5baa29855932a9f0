"""The exam page: one question at a time, saved as plain posts; exam.js does the same without reloading."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from academy.core.access import Role, allow, current_actor
from academy.core.clock import now
from academy.core.db import transaction
from academy.core.errors import DomainError
from academy.exams import queries, services
from academy.exams.models import Attempt
from academy.exams.queries import AskedItem, Kept
from academy.exams.queries.attempts import AttemptView
from academy.exams.rules.devices import may_write
from academy.exams.rules.keys import load_texts
from academy.exams.rules.kinds import FINISHED, KIND_WORDS, AttemptState, QuestionKind, hint
from academy.exams.web import blueprint
from academy.exams.web.device import device
from academy.exams.web.hooks import results_of
from academy.exams.web.reading import read_fields
from academy.exams.web.words import exam_words
from academy.ui.flash import say_error
from academy.ui.forms import EmptyForm

NOTHING = Kept(response="", is_flagged=False, seq=0)


@dataclass(frozen=True, slots=True)
class Section:
    """Questions of one kind that stand together, for the answer card."""

    kind: QuestionKind
    items: Sequence[AskedItem]

    @property
    def first(self) -> int:
        """The first number."""
        return self.items[0].number

    @property
    def last(self) -> int:
        """The last number."""
        return self.items[-1].number


def own_attempt(code: str) -> AttemptView:
    """The attempt of whoever asks. Raises NotFound."""
    return queries.get_attempt(code, user_id=current_actor().user_id)


def _chosen(items: Sequence[AskedItem]) -> AskedItem:
    typed = request.args.get("q", "")
    number = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 4 else 1
    return items[min(max(number, 1), len(items)) - 1]


@blueprint.get("/exams/attempts/<code>")
@allow(Role.LEARNER)
def paper(code: str) -> ResponseReturnValue:
    """One question with the answer card; at another machine the way to go on there."""
    view = own_attempt(code)
    attempt, at = view.attempt, now()
    if attempt.state in FINISHED or at >= attempt.due_at:
        return redirect(url_for("exams.hand_in", code=code))
    if not may_write(attempt.device, device()):
        return redirect(url_for("exams.resume", code=code))
    items, kept = queries.asked_items(view), queries.kept_answers(attempt.id)
    return render_template(
        "exams/paper.html",
        attempt=attempt,
        sitting=view.sitting,
        items=items,
        sections=_sections(items),
        item=_chosen(items),
        kept=kept,
        answered=sum(bool(one.response) for one in kept.values()),
        flagged=sum(one.is_flagged for one in kept.values()),
        button=EmptyForm(),
        words=exam_words(),
        kind_words=KIND_WORDS,
        hint=hint,
        texts=load_texts,
        now=at,
        **_clock(attempt, at),
    )


def _sections(items: Sequence[AskedItem]) -> list[Section]:
    runs = groupby(items, key=lambda item: QuestionKind.CASE if item.part else item.kind)
    return [Section(kind, list(run)) for kind, run in runs]


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
    view, go = own_attempt(code), request.form.get("go", "")
    item = _chosen(queries.asked_items(view))
    if EmptyForm().validate_on_submit():
        try:
            _save_form(view.attempt, item, is_toggling=go == "flag")
        except services.AttemptIsElsewhere as error:
            say_error(error)
            return redirect(url_for("exams.resume", code=code))
        except DomainError as error:
            say_error(error)
            return redirect(url_for("exams.paper", code=code, q=item.number))
    if go == "hand-in":
        return redirect(url_for("exams.hand_in", code=code))
    return redirect(url_for("exams.paper", code=code, q=go if go.isascii() and go.isdigit() else item.number))


def _save_form(attempt: Attempt, item: AskedItem, *, is_toggling: bool) -> None:
    response = read_fields(item, request.form)
    known = queries.kept_answers(attempt.id).get(item.position, NOTHING)
    if response == known.response and not is_toggling:
        return
    typed = request.form.get("seq", "")
    with transaction():
        services.save_answer(
            code=attempt.code,
            seq=int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 9 else 0,
            position=item.position,
            response=response,
            is_flagged=known.is_flagged != is_toggling,
            actor=current_actor(),
            now=now(),
            device=device(),
        )


@blueprint.route("/exams/attempts/<code>/hand-in", methods=["GET", "POST"])
@allow(Role.LEARNER)
def hand_in(code: str) -> ResponseReturnValue:
    """What will be handed in, and afterwards what was, with its receipt."""
    view, form = own_attempt(code), EmptyForm()
    attempt = view.attempt
    if attempt.state is AttemptState.IN_PROGRESS and not may_write(attempt.device, device()):
        return redirect(url_for("exams.resume", code=code))
    if form.validate_on_submit():
        try:
            with transaction():
                services.submit_attempt(code=code, actor=current_actor(), now=now(), device=device())
        except services.AttemptIsElsewhere as error:
            say_error(error)
        return redirect(url_for("exams.hand_in", code=code))
    items, kept = queries.asked_items(view), queries.kept_answers(attempt.id)
    return render_template(
        "exams/hand_in.html",
        attempt=attempt,
        sitting=view.sitting,
        is_due=attempt.state is AttemptState.IN_PROGRESS and now() >= attempt.due_at,
        is_over=attempt.state in FINISHED,
        count=len(items),
        blank=[item.number for item in items if item.position not in kept or not kept[item.position].response],
        flags=[item.number for item in items if item.position in kept and kept[item.position].is_flagged],
        events=attempt.seq,
        result=results_of(attempt.learner_id).get(view.sitting.id),
        AttemptState=AttemptState,
        form=form,
    )
