"""Appeals as the staff works on them: the list, one to decide, and the terms of a sitting."""

from datetime import datetime, timedelta

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from academy.core.access import allow, current_actor
from academy.core.clock import TZ, now
from academy.core.db import transaction
from academy.core.errors import DomainError, Forbidden, NotFound
from academy.core.text import N_, render
from academy.exams import queries as exams
from academy.scoring import queries, services
from academy.scoring.policies import CONFIRMING_ROLES, DECIDING_ROLES, READING_ROLES, can_decide_appeals, can_set_appeals
from academy.scoring.rules.appeals import GROUND_WORDS, GROUNDS, POLICY_WORDS, AppealPolicy, AppealState, Ground
from academy.scoring.rules.marking import TaskState
from academy.scoring.rules.results import ResultState
from academy.scoring.web import blueprint
from academy.ui.flash import say, tried
from academy.ui.forms import EmptyForm, is_near
from academy.ui.paging import page_of

PER_PAGE = 20


@blueprint.get("/manage/appeals")
@allow(*READING_ROLES)
def appeals() -> ResponseReturnValue:
    """Every appeal by where it stands; those that wait longest first. Nobody is named."""
    counts = queries.appeal_counts()
    chosen = next((state for state in AppealState if state.value == request.args.get("v")), None)
    view = chosen.value if chosen else ("all" if request.args.get("v") == "all" else AppealState.FILED.value)
    found = queries.appeals(None if view == "all" else [AppealState(view)])
    page = page_of(request.args.get("page"))
    shown = found[page.offset(PER_PAGE) : page.offset(PER_PAGE) + PER_PAGE]
    newest = queries.newest_lists()
    released = [one for one in exams.sittings() if one.id in newest and newest[one.id].state is ResultState.RELEASED]
    return render_template(
        "scoring/appeals.html",
        appeals=shown,
        sittings={one.sitting_id: exams.sitting_by_id(one.sitting_id) for one in shown},
        terms={one.id: queries.setting_of(one) for one in shown},
        total=len(found),
        page=page,
        pages=page.count(len(found), PER_PAGE),
        per_page=PER_PAGE,
        counts=counts,
        waiting=counts.get(AppealState.FILED, 0),
        view=view,
        released=[(sitting, queries.find_appeal_setting(sitting.id)) for sitting in released[:PER_PAGE]],
        now=now(),
        policy_words=POLICY_WORDS,
        AppealState=AppealState,
    )


@blueprint.get("/manage/appeals/<code>")
@allow(*READING_ROLES)
def appeal_case(code: str) -> ResponseReturnValue:
    """One appeal: the reason, the answer, what the system checked, and the decision."""
    return _page(code)


def _page(code: str, *, error: DomainError | None = None) -> str:
    found, actor = queries.get_appeal(code), current_actor()
    setting, script = queries.setting_of(found), queries.script_of(found.attempt_id, found.position)
    refusal = None
    try:
        services.require_other_person(found, script, actor)
    except services.MarkerMayNotDecide as other:
        refusal = " ".join([render(other.text), render(other.next_text)])
    items = {item.position: item for item in exams.shown_items(exams.sitting_by_id(found.sitting_id).paper_id)}
    criteria, step = services.criteria_for(found, script, Ground.RE_MARKED)
    result = queries.newest_released_result(found.sitting_id, found.attempt_id)
    looks = queries.marks_of_script(script.id) if script is not None else []
    return render_template(
        "scoring/appeal_case.html",
        appeal=found,
        sitting=exams.sitting_by_id(found.sitting_id),
        setting=setting,
        script=script,
        item=items[found.position],
        response=exams.answers_of_attempt(found.attempt_id).get(found.position, ""),
        criteria=criteria,
        step=step,
        mark=found.old_mark if found.old_mark is not None else queries.registered_mark(result, found.position),
        checks=queries.checks_of(found),
        looks=[look for look in looks if look.state is TaskState.GIVEN and look.round < 5],
        grounds=GROUNDS[setting.policy] if script is not None else GROUNDS[AppealPolicy.CHECK_ONLY],
        can_decide=can_decide_appeals(actor) and refusal is None,
        refusal=refusal,
        typed=request.form,
        error=" ".join(filter(None, [render(error.text), render(error.next_text)])) if error else "",
        ground_words=GROUND_WORDS,
        policy_words=POLICY_WORDS,
        AppealPolicy=AppealPolicy,
        AppealState=AppealState,
        Ground=Ground,
        button=EmptyForm(),
    )


@blueprint.post("/manage/appeals/<code>")
@allow(*DECIDING_ROLES)
def decide_appeal(code: str) -> ResponseReturnValue:
    """Decide; what was typed stays when it is refused."""
    if not EmptyForm().validate_on_submit():
        return redirect(url_for("scoring.appeal_case", code=code))
    found = queries.get_appeal(code)
    try:
        with transaction():
            done = services.decide_appeal(
                code=found.code, decision=_decision(found.attempt_id, found.position), actor=current_actor(), now=now()
            )
    except (NotFound, Forbidden):
        raise
    except DomainError as error:
        return _page(code, error=error), error.status
    say(N_("已决定，考生会收到消息。") if done else N_("这件申诉早已决定，没有改动。"))
    return redirect(url_for("scoring.appeal_case", code=code))


def _decision(attempt_id: int, position: int) -> services.Decision:
    form = request.form
    ground = next((one for one in Ground if one.value == form.get("ground")), None)
    script = queries.script_of(attempt_id, position)
    ids = ["C1"]
    if script is not None:
        ids += [one.id for one in queries.criteria_of(queries.marking_item(script.sitting_id, position))]
    suffix = "-mark" if ground is Ground.RE_MARKED else "-new"
    return services.Decision(
        is_granted=form.get("outcome") == "granted",
        answer=form.get("answer", "").replace("\r\n", "\n"),
        ground=ground,
        written={one: form.get(f"{one}{suffix}", "") for one in ids},
        is_fall_meant=form.get("fall") == "yes",
    )


@blueprint.get("/manage/scoring/<code>/appeals")
@allow(*READING_ROLES)
def appeal_terms(code: str) -> ResponseReturnValue:
    """When and how a sitting's appeals are taken, with every earlier version."""
    found, versions = exams.get_sitting(code), None
    versions = queries.appeal_settings_of(found.id)
    current = versions[0] if versions else None
    return render_template(
        "scoring/appeal_terms.html",
        sitting=found,
        versions=versions,
        current=current,
        opens_at=current.opens_at if current else now().replace(second=0, microsecond=0),
        closes_at=current.closes_at if current else (now() + timedelta(days=7)).replace(second=0, microsecond=0),
        appeals=queries.appeals(sitting_id=found.id),
        can_set=can_set_appeals(current_actor()),
        policy_words=POLICY_WORDS,
        AppealPolicy=AppealPolicy,
        AppealState=AppealState,
        button=EmptyForm(),
        now=now(),
    )


def _instant(name: str) -> datetime:
    """What was typed, by the academy's clock; what cannot be read makes a window that is refused."""
    try:
        typed = datetime.fromisoformat(request.form.get(name, "")[:16])
    except ValueError:
        typed = datetime(2000, 1, 1)  # noqa: DTZ001 - the zone follows
    return (typed if is_near(typed) and typed.tzinfo is None else datetime(2000, 1, 1)).replace(tzinfo=TZ)  # noqa: DTZ001


@blueprint.post("/manage/scoring/<code>/appeals")
@allow(*CONFIRMING_ROLES)
def set_appeal_terms(code: str) -> ResponseReturnValue:
    """New terms from now on; appeals filed before keep theirs."""
    found, back = exams.get_sitting(code), url_for("scoring.appeal_terms", code=code)
    if not EmptyForm().validate_on_submit():
        return redirect(back)
    quota = request.form.get("quota", "")
    policy = next((one for one in AppealPolicy if one.value == request.form.get("policy")), AppealPolicy.CHECK_ONLY)

    def work() -> object:
        return services.set_appeal_terms(
            sitting_id=found.id,
            opens_at=_instant("opens_at"),
            closes_at=_instant("closes_at"),
            quota=int(quota) if quota.isascii() and quota.isdigit() and len(quota) < 4 else 0,
            policy=policy,
            may_lower=request.form.get("may_lower") == "yes",
            actor=current_actor(),
            now=now(),
        )

    return tried(back, work, N_("申诉规则已保存，从现在起生效；之前提交的申诉仍按原来的规则。"))
