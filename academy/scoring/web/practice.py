"""What practice earned, and the error book."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from academy.core.access import Role, allow, current_actor
from academy.core.clock import local, now
from academy.core.db import transaction
from academy.core.errors import DomainError, NotFound
from academy.exams import queries as exams
from academy.exams.rules.kinds import KIND_WORDS, LETTERS
from academy.people import queries as people
from academy.scoring import queries, services
from academy.scoring.web import blueprint
from academy.ui.flash import say_error
from academy.ui.forms import EmptyForm

AT_ONCE = 10


def _learner_id() -> int:
    """Raises NotFound for an account that nobody learns with."""
    learner = people.find_learner_of_user(current_actor().user_id or 0)
    if learner is None:
        raise NotFound
    return learner.id


@blueprint.get("/practice/<code>")
@allow(Role.LEARNER)
def practice_result(code: str) -> ResponseReturnValue:
    """A finished practice: each question with what it earned and why."""
    run = exams.get_practice(code, _learner_id())
    if run.finished_at is None:
        return redirect(url_for("exams.one_practice", code=code))
    scored = queries.score_practice(exams.practice_items([run.id])[run.id], on=local(run.finished_at).date())
    return render_template(
        "scoring/practice.html",
        run=run,
        scored=scored,
        rows=list(zip(scored.items, scored.score.item_marks, strict=True)),
        kind_words=KIND_WORDS,
        letters=LETTERS,
    )


@blueprint.get("/practice/errors")
@allow(Role.LEARNER)
def error_book() -> ResponseReturnValue:
    """What I get wrong, by topic."""
    learner = people.find_learner_of_user(current_actor().user_id or 0)
    book = queries.error_book(learner.id, now=now()) if learner is not None else []
    return render_template("scoring/errors.html", book=book, button=EmptyForm(), is_learner=learner is not None)


@blueprint.post("/practice/errors")
@allow(Role.LEARNER)
def practice_errors() -> ResponseReturnValue:
    """Practice what I got wrong in a topic."""
    back = url_for("scoring.error_book")
    if not EmptyForm().validate_on_submit():
        return redirect(back)
    try:
        with transaction():
            code = services.practice_errors(
                topic_zh=request.form.get("topic", "")[:80], count=AT_ONCE, actor=current_actor(), now=now()
            )
    except DomainError as error:
        say_error(error)
        return redirect(back)
    return redirect(url_for("exams.one_practice", code=code))
