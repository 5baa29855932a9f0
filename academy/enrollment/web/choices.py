"""Central allocation for learners: rounds, own choices, the outcome with its reasons; recommendations by a unit."""

from collections.abc import Sequence
from datetime import datetime

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from academy.accounts import queries as accounts
from academy.accounts.rules import short_type_name
from academy.core.access import Role, allow, current_actor, public, signed_in
from academy.core.clock import now
from academy.core.db import transaction
from academy.core.errors import DomainError, NotFound
from academy.core.text import N_, Text, render
from academy.core.verdict import Verdict
from academy.enrollment.policies import can_manage_enrollments, can_see_roster
from academy.enrollment.queries import choices as queries
from academy.enrollment.queries import rounds
from academy.enrollment.queries.choices import AllocationRow
from academy.enrollment.queries.rounds import ChoiceRound
from academy.enrollment.rules.rounds import (
    CRITERION_WORDS,
    LOTTERY_WORDS,
    PHASE_SIGNS,
    PHASE_WORDS,
    RANK_WORDS,
    SHOWN,
    Criterion,
    Phase,
    RoundState,
    lottery_number,
    seal_of,
)
from academy.enrollment.services import choosing
from academy.enrollment.web import blueprint
from academy.people import queries as people
from academy.people.queries import Learner
from academy.sites import queries as sites
from academy.ui.filters import bilingual
from academy.ui.flash import say, say_error
from academy.ui.forms import EmptyForm

SEED_IS_SHOWN = frozenset({Phase.CLOSED, Phase.COMMITTING, Phase.RELEASED})


@blueprint.get("/choices")
@public
def choices() -> ResponseReturnValue:
    """The rounds that are announced, open or decided."""
    moment, learner = now(), _reader()
    found = rounds.rounds(SHOWN)
    own = {one.round_id: one for one in queries.applications_of_learner(learner.id)} if learner else {}
    return render_template(
        "enrollment/choices.html",
        rounds=[(one, one.phase(moment)) for one in found],
        own=own,
        class_counts=rounds.class_counts(one.id for one in found),
        **_words(),
    )


@blueprint.get("/choices/<code>")
@public
def choice_round(code: str) -> ResponseReturnValue:
    """A round: its rules, its classes, one's own choices, and what came of them."""
    return _page(_shown(code), None, None)


def _page(found: ChoiceRound, typed: Sequence[str] | None, error: DomainError | None) -> str:
    moment, learner = now(), _reader()
    phase = found.phase(moment)
    application = queries.find_application(found.id, learner.id) if learner else None
    if application is not None and application.withdrawn_at is not None:
        application = None
    classes = queries.classes_of_round(found)
    chosen = queries.choices_of(application.id) if application else []
    codes = {one.id: one.code for one in classes}
    outcome = _outcome(found, learner)
    options = queries.choosable(classes, learner.id if learner and phase is Phase.OPEN else None, moment)
    return render_template(
        "enrollment/choice_round.html",
        found=found,
        phase=phase,
        criteria=criteria_words(found),
        options=options,
        sites=sites.sites_by_ids({one.site_id for one in classes}),
        learner=learner,
        application=application,
        chosen=chosen,
        titles={one.id: one for one in classes},
        selected=list(typed) if typed is not None else [codes[one] for one in chosen],
        error=error,
        verdict=outcome[1] if outcome else None,
        own=outcome[0] if outcome else None,
        seal=seal_of(found.seed) if found.seed else "",
        seed=found.seed if phase in SEED_IS_SHOWN else "",
        lottery=lottery_number(found.seed, learner.code) if learner and phase in SEED_IS_SHOWN else "",
        button=EmptyForm(),
        may_manage=can_see_roster(current_actor()),
        is_coordinator=bool(current_actor().organizations),
        **_words(),
    )


def _outcome(found: ChoiceRound, learner: Learner | None) -> tuple[AllocationRow, Verdict] | None:
    """What the reader got and why, once it is public."""
    if learner is None or found.state is not RoundState.RELEASED:
        return None
    approved = queries.find_approved(found.id)
    row = queries.find_row(approved.id, learner.id) if approved else None
    return (row, queries.explain_allocation(approved, row, found)) if approved and row else None


def _words() -> dict[str, object]:
    return {
        "phase_words": PHASE_WORDS,
        "phase_signs": PHASE_SIGNS,
        "rank_words": RANK_WORDS,
    }


def criteria_words(found: ChoiceRound) -> list[tuple[str, list[str]]]:
    """The published list in words: each criterion, and the groups of person types if it has any; the lottery last."""
    types = {one.code: bilingual(short_type_name(one.name_zh), one.name_en) for one in accounts.person_types()}
    listed: list[tuple[str, list[str]]] = []
    for item in found.criteria:
        groups = [render(N_("、")).join(types.get(code, code) for code in codes) for codes in item.groups]
        listed.append((render(CRITERION_WORDS[item.kind]), groups if item.kind is Criterion.PERSON_TYPE else []))
    return [*listed, (render(LOTTERY_WORDS), [])]


def _reader() -> Learner | None:
    actor = current_actor()
    return people.find_learner_of_user(actor.user_id) if actor.user_id is not None else None


def _shown(code: str) -> ChoiceRound:
    """The round, if the reader may know of it."""
    found = rounds.get_round(code)
    if found.state not in SHOWN and not can_manage_enrollments(current_actor()):
        raise NotFound
    return found


@blueprint.post("/choices/<code>")
@signed_in
def save_choices(code: str) -> ResponseReturnValue:
    """Name one's choices. What was typed is kept when it is refused."""
    found, typed = _shown(code), [request.form.get(name, "")[:40] for name in ("first", "second", "third")]
    if EmptyForm().validate_on_submit():
        try:
            with transaction():
                made = choosing.choose(round_code=code, class_codes=typed, actor=current_actor(), now=now())
            say(Text(N_("志愿已保存，填报序号 %(number)s。截止前可以改。"), number=made.number))
        except NotFound:
            raise
        except DomainError as error:
            return _page(found, typed, error), error.status
    return redirect(url_for("enrollment.choice_round", code=code))


@blueprint.post("/choices/<code>/withdraw")
@signed_in
def withdraw_choices(code: str) -> ResponseReturnValue:
    """Take one's choices back."""
    if EmptyForm().validate_on_submit():
        try:
            with transaction():
                choosing.withdraw_choices(round_code=code, actor=current_actor(), now=now())
            say(N_("志愿已撤回。截止前可以重新填，序号会重新排。"))
        except DomainError as error:
            say_error(error)
    return redirect(url_for("enrollment.choice_round", code=code))


@blueprint.post("/choices/<code>/receipt")
@signed_in
def choices_receipt(code: str) -> ResponseReturnValue:
    """A letter with one's choices as they stand."""
    if EmptyForm().validate_on_submit():
        with transaction():
            choosing.send_receipt(round_code=code, actor=current_actor(), now=now())
        say(N_("回执已发到消息里；登记过邮箱的，邮箱也会收到。"))
    return redirect(url_for("enrollment.choice_round", code=code))


@blueprint.get("/choices/<code>/unit")
@allow(Role.ORGANIZATION_COORDINATOR)
def unit_choices(code: str) -> ResponseReturnValue:
    """Who of one's own unit has applied, and whom it recommends. What they chose is not shown."""
    found, moment = _shown(code), now()
    return render_template(
        "enrollment/unit_choices.html",
        found=found,
        phase=found.phase(moment),
        applicants=queries.unit_applicants(found.id, current_actor().organizations),
        counts=any(item.kind is Criterion.NOMINATED for item in found.criteria),
        button=EmptyForm(),
        **_words(),
    )


@blueprint.post("/choices/<code>/unit/<application>/<any(nominate,retract):what>")
@allow(Role.ORGANIZATION_COORDINATOR)
def nominate(code: str, application: str, what: str) -> ResponseReturnValue:
    """Recommend one of one's own people, or take it back."""
    if EmptyForm().validate_on_submit():
        _nominate(application, is_nominated=what == "nominate", moment=now())
    return redirect(url_for("enrollment.unit_choices", code=code))


def _nominate(application: str, *, is_nominated: bool, moment: datetime) -> None:
    try:
        with transaction():
            choosing.nominate(application_code=application, is_nominated=is_nominated, actor=current_actor(), now=moment)
        say(N_("已推荐。") if is_nominated else N_("推荐已撤回。"))
    except DomainError as error:
        say_error(error)
