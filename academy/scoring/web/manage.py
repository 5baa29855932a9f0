"""Results as the staff works on them: score, confirm, release."""

from collections.abc import Callable
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from academy.core.access import allow, current_actor
from academy.core.clock import local, now
from academy.core.db import transaction
from academy.core.errors import DomainError
from academy.core.text import N_, Text
from academy.core.wording import datetime_words
from academy.exams import queries as exams
from academy.exams.rules.kinds import FINISHED, KIND_WORDS, ON_PAPER, AttemptState, SittingState
from academy.people import queries as people
from academy.scoring import queries, services
from academy.scoring.policies import (
    CONFIRMING_ROLES,
    READING_ROLES,
    SCORING_ROLES,
    can_confirm,
    can_read_all,
    can_score,
    is_same_person,
)
from academy.scoring.queries import Order, ResultFilter
from academy.scoring.rules import ResultState, distribution, median
from academy.scoring.web import blueprint
from academy.scoring.web.forms import HoldForm, ReleaseForm, SubjectForm
from academy.scoring.web.holds import typed_version
from academy.scoring.web.passing import subject_choices
from academy.scoring.web.shared import readable_sitting, regional_line
from academy.timetable import queries as timetable
from academy.ui.flash import say, say_error
from academy.ui.forms import EmptyForm
from academy.ui.paging import page_of

PER_PAGE = 20
STAGES = ("confirm", "release", "score", "wait", "released")


def _stage(sitting: Any, newest: Any, handed_in: int) -> str:
    """What the sitting waits for."""
    if newest is not None:
        return {"provisional": "confirm", "confirmed": "release", "released": "released"}[newest.state.value]
    return "score" if handed_in and sitting.state is SittingState.CLOSED else "wait"


@blueprint.get("/manage/scoring")
@allow(*READING_ROLES)
def manage() -> ResponseReturnValue:
    """Every sitting by what it waits for."""
    readable = queries.readable_class_ids(current_actor())
    sittings = [
        sitting
        for sitting in exams.sittings()
        if sitting.state is not SittingState.CANCELLED and (readable is None or sitting.class_id in readable)
    ]
    lists = queries.newest_lists()
    tallies = exams.tallies([sitting.id for sitting in sittings])
    handed_in = {s.id: sum(tallies.get(s.id, {}).get(state, 0) for state in FINISHED) for s in sittings}
    stages = {s.id: _stage(s, lists.get(s.id), handed_in[s.id]) for s in sittings}
    view = request.args.get("v", "all")
    chosen = [s for s in sittings if view not in STAGES or stages[s.id] == view]
    chosen.sort(key=lambda s: STAGES.index(stages[s.id]))
    page = page_of(request.args.get("page"))
    return render_template(
        "scoring/manage.html",
        sittings=chosen[page.offset(PER_PAGE) : page.offset(PER_PAGE) + PER_PAGE],
        total=len(chosen),
        page=page,
        pages=page.count(len(chosen), PER_PAGE),
        per_page=PER_PAGE,
        lists=lists,
        stages=stages,
        handed_in=handed_in,
        counts={name: list(stages.values()).count(name) for name in STAGES},
        view=view if view in STAGES else "all",
        reads_all=readable is None,
        classes=timetable.classes_by_ids({s.class_id for s in sittings}),
    )


def _filter() -> ResultFilter:
    passed = {"yes": True, "no": False}.get(request.args.get("passed", ""))
    order = next((order for order in Order if order.value == request.args.get("sort")), Order.CANDIDATE)
    return ResultFilter(passed=passed, order=order)


@blueprint.get("/manage/scoring/<code>")
@allow(*READING_ROLES)
def sitting(code: str) -> ResponseReturnValue:
    """The results of a sitting: distribution, table, and what to do next."""
    found, actor = readable_sitting(code), current_actor()
    versions = queries.lists_of(found.id)
    typed = request.args.get("version", "")
    newest = versions[0] if versions else None
    shown = next((one for one in versions if str(one.version) == typed), newest)
    tally = exams.tally(found.id)
    context = {
        "sitting": found,
        "training_class": timetable.class_by_id(found.class_id),
        "candidates": len(exams.candidates_of(found.id)),
        "handed_in": sum(tally.get(state, 0) for state in FINISHED),
        "writing": tally.get(AttemptState.IN_PROGRESS, 0),
        "is_open": now() < found.closes_at,
        "versions": versions,
        "newest": newest,
        "list": shown,
        "can_score": can_score(actor),
        "can_confirm": can_confirm(actor),
        "is_scorer": newest is not None and is_same_person(actor, newest.scored_by_id, newest.scored_by),
        "button": EmptyForm(),
        "ResultState": ResultState,
        "reads_all": can_read_all(actor),
    }
    more = _staff_part(found, newest) if can_read_all(actor) else {}
    return render_template("scoring/sitting.html", **context, **more, **(_table(shown) if shown else {}))


def _staff_part(found: Any, newest: Any) -> dict[str, Any]:
    """What the staff alone sees: who is held back, what waits, when it is released, by which line."""
    holds = queries.holds_of(found.id)
    subject = queries.find_subject_of_sitting(found.id)
    form = SubjectForm(formdata=None)
    form.subject.choices = subject_choices()
    form.exam_year.data = subject.exam_year if subject else local(found.opens_at).year
    form.subject.data = subject.subject_code if subject else None
    schedule = ReleaseForm(formdata=None)
    schedule.release_at.data = newest.release_at if newest else None
    return {
        "holds": holds,
        "held_people": people.learners_by_ids([hold.learner_id for hold in holds]),
        "hold_form": HoldForm(formdata=None),
        "schedule": schedule,
        "subject": subject,
        "subject_form": form,
        "subject_title": dict(form.subject.choices).get(subject.subject_code) if subject else None,
        "open_change": queries.find_open_change(found.id),
        "changes": queries.changes_of(found.id),
        "digest_holds": newest is None or queries.stored_digest(newest) == newest.digest,
    }


def _table(shown: Any) -> dict[str, Any]:
    filter_, page = _filter(), page_of(request.args.get("page"))
    found, total = queries.page_of_results(shown.id, filter_, limit=PER_PAGE, offset=page.offset(PER_PAGE))
    totals = queries.totals_of(shown.id)
    subject = queries.find_subject_of_sitting(shown.sitting_id)
    lines = queries.lines_of(subject) if subject else []
    return {
        "held": queries.held_learner_ids(shown.sitting_id),
        "line_of": {result.id: regional_line(result, shown, lines) for result in found},
        "results": found,
        "total": total,
        "page": page,
        "pages": page.count(total, PER_PAGE),
        "per_page": PER_PAGE,
        "filter": filter_,
        "learners": people.learners_by_ids([result.learner_id for result in found]),
        "kinds": [kind for kind in ON_PAPER if any(kind in result.kind_marks for result in found)],
        "kind_words": KIND_WORDS,
        "bins": distribution(totals, shown.full_marks),
        "median": median(totals),
        "pass_total": shown.pass_mark * shown.full_marks / 100,
        "rule": queries.rule_by_id(shown.rule_id),
    }


def _act(code: str, action: Callable[[int, int], Text]) -> ResponseReturnValue:
    """One write on the version that the form names, one note, back to the page."""
    found = readable_sitting(code)
    if EmptyForm().validate_on_submit():
        try:
            with transaction():
                words = action(found.id, typed_version())
            say(words)
        except DomainError as error:
            say_error(error)
    return redirect(url_for("scoring.sitting", code=code))


@blueprint.post("/manage/scoring/<code>/score")
@allow(*SCORING_ROLES)
def score(code: str) -> ResponseReturnValue:
    """Score what was handed in."""

    def action(sitting_id: int, _version: int) -> Text:
        made = services.score_sitting(sitting_id=sitting_id, actor=current_actor(), now=now())
        return Text(N_("第 %(version)s 版成绩：%(count)s 人，合格 %(passed)s 人。要由另一个人确认。"), version=made.version,
                    count=made.count, passed=made.passed_count)  # fmt: skip

    return _act(code, action)


@blueprint.post("/manage/scoring/<code>/confirm")
@allow(*CONFIRMING_ROLES)
def confirm(code: str) -> ResponseReturnValue:
    """Confirm as the second person."""

    form = ReleaseForm()
    if form.release_at.errors or not form.validate():
        say(N_("发布时间读不出来，没有改动。"), "lost")
        return redirect(url_for("scoring.sitting", code=code))
    at = form.release_at.data

    def action(sitting_id: int, version: int) -> Text:
        done = services.confirm_results(sitting_id=sitting_id, version=version, actor=current_actor(), now=now(), release_at=at)
        if done and at:
            return Text(N_("成绩已确认，到 %(at)s 自动发布。"), at=datetime_words(at))
        return Text(N_("成绩已确认，还没有给学员看。") if done else N_("这份成绩早已确认过，没有改动。"))

    return _act(code, action)


@blueprint.post("/manage/scoring/<code>/release")
@allow(*CONFIRMING_ROLES)
def release(code: str) -> ResponseReturnValue:
    """Show the results to the learners."""

    def action(sitting_id: int, version: int) -> Text:
        done = services.release_results(sitting_id=sitting_id, version=version, actor=current_actor(), now=now())
        return Text(N_("成绩已发布，学员会收到消息。") if done else N_("这份成绩早已发布过，没有再发消息。"))

    return _act(code, action)
