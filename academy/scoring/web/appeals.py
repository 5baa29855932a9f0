"""Appeals as the learner makes them, from her result page."""

from decimal import Decimal
from typing import Any, NamedTuple

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from academy.core.access import current_actor, signed_in
from academy.core.clock import now
from academy.core.db import transaction
from academy.core.errors import DomainError, Forbidden, NotFound
from academy.core.text import N_, render
from academy.exams import queries as exams
from academy.exams.rules.kinds import KIND_WORDS
from academy.people import queries as people
from academy.scoring import queries, services
from academy.scoring.rules.appeals import POLICY_WORDS, AppealState, is_window_open
from academy.scoring.rules.results import ResultState
from academy.scoring.web import blueprint
from academy.ui.flash import say, tried
from academy.ui.forms import EmptyForm


class Standing(NamedTuple):
    """Whether one may appeal now, and what was filed: for the line on the result page."""

    is_open: bool
    setting: Any
    filed: list[Any]


@blueprint.app_context_processor
def appeal_helpers() -> dict[str, Any]:
    """Let the result page ask how its appeals stand."""
    return {"appeal_standing": _standing}


def _standing(result: Any) -> Standing:
    setting = queries.find_appeal_setting(result.sitting_id)
    is_open = setting is not None and is_window_open(setting.terms, now())
    return Standing(is_open, setting, queries.appeals_of_attempt(result.attempt_id))


@blueprint.get("/results/<code>/appeal")
@signed_in
def appeal(code: str) -> ResponseReturnValue:
    """My appeals against one result: file, read, take back."""
    return _page(code)


def _page(code: str, *, error: DomainError | None = None) -> str:
    found, actor = queries.get_result(code), current_actor()
    learner = people.learner_by_id(found.learner_id)
    if actor.user_id is None or learner.user_id != actor.user_id or found.state is not ResultState.RELEASED:
        raise NotFound
    result = queries.newest_released_result(found.sitting_id, found.attempt_id)
    sitting = exams.sitting_by_id(found.sitting_id)
    standing = _standing(result)
    filed = {one.position for one in standing.filed}
    said = " ".join(filter(None, [render(error.text), render(error.next_text)])) if error else ""
    items = exams.paper_items(sitting.paper_id)
    held_until = exams.paper_sat_until(sitting.paper_id) or sitting.closes_at
    return render_template(
        "scoring/appeal.html",
        result=result,
        sitting=sitting,
        standing=standing,
        items=sorted(
            [(item, mark) for item, mark in zip(items, result.item_marks, strict=True) if item.position not in filed],
            key=lambda pair: (Decimal(pair[1]) == pair[0].marks, pair[0].position),  # where marks were lost first
        ),
        left=max(standing.setting.quota - len(standing.filed), 0) if standing.setting else 0,
        wanted=request.values.get("position", ""),
        typed=request.form.get("reason", ""),
        is_held=now() < held_until,
        error=said,
        kind_words=KIND_WORDS,
        policy_words=POLICY_WORDS,
        AppealState=AppealState,
        button=EmptyForm(),
    )


@blueprint.post("/results/<code>/appeal")
@signed_in
def file_appeal(code: str) -> ResponseReturnValue:
    """File one; what was typed stays when it is refused."""
    if not EmptyForm().validate_on_submit():
        return redirect(url_for("scoring.appeal", code=code))
    typed = request.form.get("position", "")
    position = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 5 else 0
    try:
        with transaction():
            services.file_appeal(
                result_code=code,
                position=position,
                reason=request.form.get("reason", "").replace("\r\n", "\n"),
                actor=current_actor(),
                now=now(),
            )
    except (NotFound, Forbidden):
        raise
    except DomainError as error:
        return _page(code, error=error), error.status
    say(N_("申诉已提交，由没有评过这份答卷的人处理，结果会发消息给您。"))
    return redirect(url_for("scoring.appeal", code=code))


@blueprint.post("/results/<code>/appeal/<appeal_code>/withdraw")
@signed_in
def withdraw_appeal(code: str, appeal_code: str) -> ResponseReturnValue:
    """Take it back."""
    back = url_for("scoring.appeal", code=code)
    if not EmptyForm().validate_on_submit():
        return redirect(back)
    work = lambda: services.withdraw_appeal(code=appeal_code, actor=current_actor(), now=now())  # noqa: E731
    return tried(back, work, N_("申诉已撤回，成绩不变。"))
