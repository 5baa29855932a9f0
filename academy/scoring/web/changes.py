"""Decisions that change results: what waits, what was decided, proposing one, its dry run."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from academy.core.access import allow, current_actor
from academy.core.clock import now
from academy.core.db import transaction
from academy.core.errors import DomainError, NotFound
from academy.core.text import N_, Text, render
from academy.exams import queries as exams
from academy.exams.rules.kinds import QuestionKind
from academy.notifications.letters import letter
from academy.people import queries as people
from academy.scoring import messages, queries, services
from academy.scoring.models import ResultChange
from academy.scoring.policies import (
    CONFIRMING_ROLES,
    SCORING_ROLES,
    STAFF_READING_ROLES,
    can_confirm,
    can_score,
    is_same_person,
)
from academy.scoring.rules import Adjustment, ChangeKind, ChangeState, Correction, Function, FunctionIsUnfit, Treatment
from academy.scoring.rules.new_key import KeyIsUnreadable, read_key
from academy.scoring.web import blueprint
from academy.scoring.web.forms import ROWS, AdjustForm, CutForm, ReasonForm, RegradeForm, read_decimal
from academy.scoring.web.hooks import certificates_of
from academy.scoring.web.shared import (
    KIND_OF_CHANGE,
    STATE_OF_CHANGE,
    TREATMENTS,
    function_words,
    key_words,
    readable_sitting,
)
from academy.timetable import queries as timetable
from academy.ui.flash import say, say_error, tried
from academy.ui.forms import EmptyForm
from academy.ui.paging import page_of

PER_PAGE = 20
_BETWEEN = re.compile(r"[\s,，;；]+")


@blueprint.get("/manage/scoring/<code>/changes")
@allow(*STAFF_READING_ROLES)
def changes(code: str) -> ResponseReturnValue:
    """What waits for a second person, and what was decided."""
    found = readable_sitting(code)
    return render_template(
        "scoring/changes.html",
        sitting=found,
        training_class=timetable.class_by_id(found.class_id),
        newest=queries.find_newest_list(found.id),
        changes=queries.changes_of(found.id),
        kinds=KIND_OF_CHANGE,
        states=STATE_OF_CHANGE,
        function_words=function_words,
        can_score=can_score(current_actor()),
    )


FORMS: dict[str, type[ReasonForm]] = {"regrade": RegradeForm, "adjust": AdjustForm, "cut": CutForm}


@blueprint.route("/manage/scoring/<code>/changes/new/<any(regrade,adjust,cut):what>", methods=["GET", "POST"])
@allow(*SCORING_ROLES)
def new_change(code: str, what: str) -> ResponseReturnValue:
    """Propose a decision; it leads to its dry run."""
    found = readable_sitting(code)
    form = FORMS[what]()
    if form.validate_on_submit():
        try:
            with transaction():
                made = PROPOSERS[what](found, form)
            return redirect(url_for("scoring.change", code=code, change=made.code))
        except DomainError as error:
            form.form_errors.append(" ".join(filter(None, [render(error.text), render(error.next_text)])))
    elif not form.is_submitted():
        _suggest(form, found, what)
    return render_template(
        "scoring/new_change.html",
        sitting=found,
        form=form,
        what=what,
        rows=range(1, ROWS + 1),
        newest=queries.find_newest_list(found.id),
        others=_other_sittings(found) if what == "regrade" else [],
    ), 422 if form.errors else 200


def _suggest(form: Any, sitting: Any, what: str) -> None:
    typed = request.args.get("position", "")
    if what == "regrade" and typed.isascii() and typed.isdigit() and len(typed) < 5:
        form.position_1.data = int(typed)
    if what == "cut":
        standard = request.args.get("standard", "")
        if standard:
            found = queries.get_standard(standard, sitting_id=sitting.id)
            if found.cut is not None:
                form.pass_mark.data = queries.plain((found.cut * 100 / found.full_marks).quantize(Decimal("0.01")))


def _other_sittings(sitting: Any) -> list[Any]:
    """Sittings of the same paper: what is wrong here is wrong there, too."""
    same = [one for one in exams.sittings() if one.paper_id == sitting.paper_id and one.id != sitting.id]
    lists = queries.newest_lists([one.id for one in same])
    return [one for one in same if one.id in lists]


def _regrade(sitting: Any, form: Any) -> ResultChange:
    items = {item.position: item for item in exams.paper_items(sitting.paper_id)}
    newer = exams.newer_versions(sitting.paper_id)
    corrections = []
    for number in range(1, ROWS + 1):
        position = form[f"position_{number}"].data
        if position is not None:
            typed = {name: form[f"{name}_{number}"].data for name in ("treatment", "key", "marks")}
            corrections.append(_correction(position, typed, items.get(position), newer.get(position)))
    return services.propose_regrade(
        sitting_id=sitting.id, corrections=corrections, reason=form.reason.data, actor=current_actor(), now=now()
    )


def _correction(position: int, typed: Mapping[str, Any], item: Any, version: Any) -> Correction:
    if item is None:
        raise services.NoSuchPosition(position=position)
    if typed["treatment"] == "version":
        if version is None or len(version.options) != item.option_count:
            raise services.CorrectionIsUnfit(position=position)
        return Correction(position, Treatment.KEY, version.answer, version.marks, version.scoring, version.id)
    treatment = Treatment(typed["treatment"])
    if treatment in (Treatment.FULL, Treatment.VOID):
        return Correction(position, treatment)
    try:
        worth = read_decimal(typed["marks"])
        key = _key(typed["key"], item, treatment)
    except (KeyIsUnreadable, InvalidOperation) as error:
        raise services.CorrectionIsUnfit(position=position) from error
    return Correction(position, treatment, key, worth)


def _key(written: str | None, item: Any, treatment: Treatment) -> str | None:
    if not (written or "").strip():
        return None
    kind = QuestionKind(item.kind)
    return read_key(written or "", kind=kind, treatment=treatment, options=item.option_count, prompts=item.prompt_count)


def _adjust(sitting: Any, form: Any) -> ResultChange:
    try:
        figures = tuple(Decimal(text) for text in _BETWEEN.split(form.figures.data.strip()) if text)
        adjustment = Adjustment.checked(Function(form.function.data), figures)
    except (InvalidOperation, FunctionIsUnfit) as error:
        raise services.FunctionCannotBeUsed from error
    return services.propose_adjustment(
        sitting_id=sitting.id,
        kind=ChangeKind(form.kind.data),
        adjustment=adjustment,
        reason=form.reason.data,
        actor=current_actor(),
        now=now(),
    )


def _cut(sitting: Any, form: Any) -> ResultChange:
    try:
        pass_mark = read_decimal(form.pass_mark.data)
    except InvalidOperation as error:
        raise services.PassMarkIsOutOfRange from error
    code = request.args.get("standard", "")
    standard = queries.get_standard(code, sitting_id=sitting.id) if code else None
    return services.propose_pass_mark(
        sitting_id=sitting.id,
        pass_mark=Decimal(-1) if pass_mark is None else pass_mark,
        reason=form.reason.data,
        actor=current_actor(),
        now=now(),
        standard_id=standard.id if standard else None,
    )


PROPOSERS: dict[str, Callable[[Any, Any], ResultChange]] = {"regrade": _regrade, "adjust": _adjust, "cut": _cut}


def _change_of(sitting: Any, code: str) -> ResultChange:
    found = queries.get_change(code)
    if found.sitting_id != sitting.id:
        raise NotFound
    return found


@blueprint.get("/manage/scoring/<code>/changes/<change>")
@allow(*STAFF_READING_ROLES)
def change(code: str, change: str) -> ResponseReturnValue:
    """Whom a decision touches, and deciding about it."""
    sitting, actor = readable_sitting(code), current_actor()
    found = _change_of(sitting, change)
    base = queries.list_by_id(found.base_list_id)
    is_undoing = found.state is ChangeState.UNDO_PROPOSED
    impact = queries.impact_of_undoing(found) if is_undoing else queries.impact_of(found)
    page = page_of(request.args.get("page"))
    shown = impact.effects[page.offset(PER_PAGE) : page.offset(PER_PAGE) + PER_PAGE]
    touched = certificates_of(sitting.class_id, [effect.learner_id for effect in impact.effects])
    failing = {effect.learner_id for effect in impact.now_failing}
    proposer = (found.undo_proposed_by_id, found.undo_proposed_by) if is_undoing else (found.proposed_by_id, found.proposed_by)
    return render_template(
        "scoring/change.html",
        sitting=sitting,
        training_class=timetable.class_by_id(sitting.class_id),
        change=found,
        base=base,
        impact=impact,
        effects=shown,
        page=page,
        pages=page.count(len(impact.effects), PER_PAGE),
        per_page=PER_PAGE,
        learners=people.learners_by_ids([effect.learner_id for effect in shown] + list(touched)),
        touched=sorted(touched.items(), key=lambda pair: (pair[0] not in failing, pair[1].number)),
        failing=failing,
        corrections=_corrections(sitting, found, base),
        function=function_words(found),
        draft=_draft(sitting, found, impact, is_undoing=is_undoing),
        is_released=base.released_at is not None,
        is_undoing=is_undoing,
        is_proposer=is_same_person(actor, *proposer),
        made=queries.list_by_id(found.made_list_id) if found.made_list_id else None,
        undone=queries.list_by_id(found.undo_list_id) if found.undo_list_id else None,
        kinds=KIND_OF_CHANGE,
        states=STATE_OF_CHANGE,
        can_score=can_score(actor),
        can_confirm=can_confirm(actor),
        button=EmptyForm(),
        form=ReasonForm(),
        ChangeState=ChangeState,
    )


def _corrections(sitting: Any, found: ResultChange, base: Any) -> list[dict[str, Any]]:
    """What a regrade changes, position by position: as it was and as it is to be."""
    if found.paper_key_id is None:
        return []
    before = {p.item.position: p for p in queries.positions_of(sitting.paper_id, base.paper_key_id)}
    after = {p.item.position: p for p in queries.positions_of(sitting.paper_id, found.paper_key_id)}
    return [
        {
            "position": number,
            "treatment": TREATMENTS[after[number].treatment],
            "is_key": after[number].treatment in (Treatment.KEY, Treatment.ANY),
            "was": key_words(before[number].item.kind, before[number].item.key),
            "is_now": key_words(after[number].item.kind, after[number].item.key),
            "marks_before": before[number].full,
            "marks_after": after[number].full,
        }
        for number in after
        if before[number] != after[number]
    ]


def _draft(sitting: Any, found: ResultChange, impact: Any, *, is_undoing: bool) -> Any:
    """The letter that those whose result changes would get, as the first of them reads it."""
    if not impact.effects:
        return None
    learner = people.learner_by_id(impact.effects[0].learner_id)
    title = f"{timetable.class_by_id(sitting.class_id).title_zh} · {sitting.title_zh}"
    reason = messages.RESULT_CORRECTED
    facts = {
        "title": title,
        "name": learner.name_zh,
        "code": "•" * 4,
        "reason": found.undo_reason if is_undoing else found.reason,
    }
    return letter(subject=reason.subject, body=reason.body, link=reason.link, facts=facts)


@blueprint.post("/manage/scoring/<code>/changes/<change>/<any(commit,undone):what>")
@allow(*CONFIRMING_ROLES)
def decide_change(code: str, change: str, what: str) -> ResponseReturnValue:
    """Commit a decision, or its undoing, as the second person."""
    found = _change_of(readable_sitting(code), change)
    back = url_for("scoring.change", code=code, change=change)
    if not EmptyForm().validate_on_submit():
        return redirect(back)
    act = services.commit_change if what == "commit" else services.commit_undo
    try:
        with transaction():
            is_done = act(code=found.code, actor=current_actor(), now=now())
    except DomainError as error:
        say_error(error)
    else:
        say(N_("已执行，成绩有了新的一版；之前的各版都留着。") if is_done else N_("这一项早已决定过，没有改动。"))
    return redirect(back)


@blueprint.post("/manage/scoring/<code>/changes/<change>/<any(withdraw,undo):what>")
@allow(*SCORING_ROLES)
def propose_about_change(code: str, change: str, what: str) -> ResponseReturnValue:
    """Take a proposal back, or propose to undo what was committed."""
    found = _change_of(readable_sitting(code), change)
    back = url_for("scoring.change", code=code, change=change)
    if what == "undo":
        form = ReasonForm()
        if not form.validate_on_submit():
            say(N_("要写明原因，没有改动。"), "lost")
            return redirect(back)
        return tried(
            back,
            lambda: services.propose_undo(code=found.code, reason=form.reason.data or "", actor=current_actor(), now=now()),
            N_("已提出撤销，等另一个人决定。"),
        )
    if not EmptyForm().validate_on_submit():
        return redirect(back)
    return tried(
        back,
        lambda: services.withdraw_change(code=found.code, actor=current_actor(), now=now()),
        Text(N_("已撤回，成绩没有变。")),
    )
