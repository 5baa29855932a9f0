"""A marker's desk: her questions, one script after the other, the rubric beside the answer. No name, number or unit."""

from collections.abc import Mapping
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from academy.core.access import Actor, allow, current_actor
from academy.core.clock import now
from academy.core.db import transaction
from academy.core.errors import DomainError, Forbidden, NotFound
from academy.core.text import N_, Text, render
from academy.exams import queries as exams
from academy.scoring import queries, services
from academy.scoring.models import MarkingItem, ScriptMark
from academy.scoring.policies import MARKING_ROLES
from academy.scoring.queries.marking import Task
from academy.scoring.rules.marking import MODE_WORDS, ROUND_WORDS, Mode, Round, TaskState
from academy.scoring.web import blueprint
from academy.ui.flash import say
from academy.ui.forms import EmptyForm


def waiting(actor: Actor) -> int:
    """The number beside “marking” in the navigation."""
    return queries.open_tasks(actor.user_id) if actor.user_id is not None else 0


@blueprint.get("/marking")
@allow(*MARKING_ROLES)
def desk() -> ResponseReturnValue:
    """My questions: what is open first."""
    rows = queries.desk_of(current_actor().user_id or 0)
    sittings = {row.sitting_id: exams.sitting_by_id(row.sitting_id) for row in rows}
    return render_template(
        "scoring/desk.html",
        rows=rows,
        sittings=sittings,
        questions={(row.sitting_id, row.position): queries.question_of(row.sitting_id, row.position) for row in rows},
        open=sum(row.open for row in rows),
        now=now(),
    )


@blueprint.get("/marking/<code>/<int(max=9999):position>")
@allow(*MARKING_ROLES)
def next_script(code: str, position: int) -> ResponseReturnValue:
    """The next script of a question, or back to the desk when there is none."""
    return redirect(_next(exams.get_sitting(code).id, position))


def _next(sitting_id: int, position: int) -> str:
    task = queries.next_task(current_actor().user_id or 0, sitting_id, position)
    return url_for("scoring.desk") if task is None else url_for("scoring.mark", code=task.code)


@blueprint.get("/marking/scripts/<code>")
@allow(*MARKING_ROLES)
def mark(code: str) -> ResponseReturnValue:
    """One script: the answer, and beside it the rubric."""
    found = queries.get_task(code, user_id=current_actor().user_id)
    return _page(found, found.task.draft or {})


@blueprint.post("/marking/scripts/<code>")
@allow(*MARKING_ROLES)
def give(code: str) -> ResponseReturnValue:
    """Give the mark and go on with the next script; what was typed stays when it is refused."""
    found = queries.get_task(code, user_id=current_actor().user_id)
    if not EmptyForm().validate_on_submit():
        return redirect(url_for("scoring.mark", code=code))
    item = queries.marking_item(found.script.sitting_id, found.script.position)
    ids = [one.id for one in queries.criteria_of(item)]
    try:
        with transaction():
            done = services.give_mark(
                code=code,
                written={one: request.form.get(f"{one}-mark", "") for one in ids},
                levels={one: request.form.get(one, "") for one in ids},
                comment=request.form.get("comment", "").replace("\r\n", "\n"),
                actor=current_actor(),
                now=now(),
            )
    except (NotFound, Forbidden):
        raise
    except DomainError as error:
        return _page(queries.get_task(code, user_id=current_actor().user_id), request.form, error=error), error.status
    sitting_id, position, label = found.script.sitting_id, found.script.position, found.task.label
    words = N_("答卷 %(label)s 已提交。") if done else N_("答卷 %(label)s 早已提交过，没有改动。")
    say(Text(words, label=label))
    return redirect(_next(sitting_id, position))


@blueprint.post("/marking/scripts/<code>/draft")
@allow(*MARKING_ROLES)
def draft(code: str) -> ResponseReturnValue:
    """Keep what is typed, for the page that asks by itself; answers with the line that says so."""
    at, kept = now(), False
    if EmptyForm().validate_on_submit():
        with transaction():
            kept = services.save_draft(code=code, typed=request.form, actor=current_actor(), now=at)
    return render_template("scoring/_draft.html", drafted_at=at if kept else None, is_given=not kept)


@blueprint.post("/marking/scripts/<code>/aside")
@allow(*MARKING_ROLES)
def aside(code: str) -> ResponseReturnValue:
    """Put a doubtful script behind the others."""
    found = queries.get_task(code, user_id=current_actor().user_id)
    sitting_id, position = found.script.sitting_id, found.script.position
    if EmptyForm().validate_on_submit():
        with transaction():
            moved = services.set_aside(code=code, doubt=request.form.get("doubt", ""), actor=current_actor(), now=now())
        say(N_("已放到最后，阅卷负责人看得到。") if moved else N_("这份答卷已经评过，没有改动。"))
    return redirect(_next(sitting_id, position))


def _page(found: Task, typed: Mapping[str, Any], *, error: DomainError | None = None) -> str:
    task, script = found.task, found.script
    item = queries.marking_item(script.sitting_id, script.position)
    criteria = queries.criteria_of(item)
    row = next(r for r in queries.desk_of(task.user_id) if (r.sitting_id, r.position) == (script.sitting_id, script.position))
    is_given = task.state is TaskState.GIVEN
    if is_given:
        typed = {f"{one}-mark": written for one, written in (task.marks or {}).items()} | {"comment": task.comment}
    return render_template(
        "scoring/mark.html",
        task=task,
        is_given=is_given,
        sitting=exams.sitting_by_id(script.sitting_id),
        question=queries.question_of(script.sitting_id, script.position),
        response=queries.response_of(script),
        item=item,
        criteria=criteria,
        typed=typed,
        row=row,
        role=_role(task, item),
        earlier=_earlier(found),
        error=" ".join(filter(None, [render(error.text), render(error.next_text)])) if error else "",
        button=EmptyForm(),
        now=now(),
        Mode=Mode,
        round_words=ROUND_WORDS,
    )


def _role(task: ScriptMark, item: MarkingItem) -> Text:
    """Which of how many she is. A control looks like the mark that it repeats."""
    shown = Round.FIRST if task.round is Round.CONTROL else task.round
    return Text(N_("%(mode)s，您是%(round)s"), mode=Text(MODE_WORDS[item.mode]), round=Text(ROUND_WORDS[shown]))


def _earlier(found: Task) -> list[ScriptMark]:
    """What others gave, for the arbiter alone; nobody is named."""
    if found.task.round is not Round.ARBITER:
        return []
    looks = queries.marks_of_script(found.script.id)
    return [look for look in looks if look.state is TaskState.GIVEN and look.round < Round.ARBITER]
