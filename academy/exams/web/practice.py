"""Practice: choose what to practice, answer, finish. What it earned is a page of scoring."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from academy.catalog import queries as catalog
from academy.core.access import Role, allow, current_actor
from academy.core.clock import now
from academy.core.db import transaction
from academy.core.errors import DomainError, NotFound
from academy.core.text import N_
from academy.exams import queries, services
from academy.exams.rules.kinds import KIND_WORDS, LETTERS, QuestionKind, hint
from academy.exams.rules.practice import LENGTHS
from academy.exams.web import blueprint
from academy.people import queries as people
from academy.ui.flash import say, say_error
from academy.ui.forms import EmptyForm


def _learner_id() -> int | None:
    learner = people.find_learner_of_user(current_actor().user_id or 0)
    return learner.id if learner else None


@blueprint.get("/exams/practice")
@allow(Role.LEARNER)
def practice() -> ResponseReturnValue:
    """What can be practiced by field and topic, and what I have practiced."""
    learner_id, names = _learner_id(), {field.code: field.name_zh for field in catalog.fields()}
    there: dict[str, dict[str, int]] = {}
    for one in queries.drawable_questions(now=now()):
        topics = there.setdefault(names.get(one.field_code or "", ""), {})
        topics[one.topic_zh] = topics.get(one.topic_zh, 0) + 1
    runs = queries.practices_of(learner_id, limit=20) if learner_id is not None else []
    items = queries.practice_items([run.id for run in runs])
    return render_template(
        "exams/practice.html",
        is_learner=learner_id is not None,
        there={field: dict(sorted(topics.items())) for field, topics in sorted(there.items())},
        runs=[(run, len(items[run.id])) for run in runs],
        lengths=LENGTHS,
        button=EmptyForm(),
    )


@blueprint.post("/exams/practice")
@allow(Role.LEARNER)
def start_practice() -> ResponseReturnValue:
    """Draw questions of a topic, or of all."""
    back = url_for("exams.practice")
    if not EmptyForm().validate_on_submit():
        return redirect(back)
    topic = request.form.get("topic", "").replace("\0", "")[:80]
    typed = request.form.get("count", "")
    count = int(typed) if typed in {str(length) for length in LENGTHS} else LENGTHS[1]
    try:
        with transaction():
            run = services.start_practice(title_zh=topic, count=count, topic_zh=topic or None, actor=current_actor(), now=now())
    except DomainError as error:
        say_error(error)
        return redirect(back)
    return redirect(url_for("exams.one_practice", code=run.code))


@blueprint.route("/exams/practice/<code>", methods=["GET", "POST"])
@allow(Role.LEARNER)
def one_practice(code: str) -> ResponseReturnValue:
    """The questions of a practice on one page; kept on the way, or finished."""
    learner_id = _learner_id()
    if learner_id is None:
        raise NotFound
    run = queries.get_practice(code, learner_id)
    items = queries.practice_items([run.id])[run.id]
    if run.finished_at is not None:
        return redirect(url_for("scoring.practice_result", code=code))
    if EmptyForm().validate_on_submit():
        responses = {item.position: "".join(sorted(request.form.getlist(f"q{item.position}")))[:40] for item in items}
        is_done = request.form.get("go") == "finish"
        try:
            with transaction():
                services.answer_practice(code=code, responses=responses, finish=is_done, actor=current_actor(), now=now())
        except DomainError as error:
            say_error(error)
            return redirect(url_for("exams.one_practice", code=code))
        if is_done:
            return redirect(url_for("scoring.practice_result", code=code))
        say(N_("存好了，可以离开，回来接着练。"))
        return redirect(url_for("exams.practice"))
    return render_template(
        "exams/one_practice.html",
        run=run,
        items=items,
        button=EmptyForm(),
        kind_words=KIND_WORDS,
        letters=LETTERS,
        hint=hint,
        QuestionKind=QuestionKind,
    )
