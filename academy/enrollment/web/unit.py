"""A unit's coordinator: the places allotted to it, naming people, reviewing its people's applications."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from academy.accounts import queries as accounts
from academy.core.access import Role, allow, current_actor
from academy.core.clock import now
from academy.core.db import transaction
from academy.core.errors import NotFound
from academy.core.text import N_, Text
from academy.enrollment import queries, services
from academy.enrollment.policies import can_name
from academy.enrollment.rules import LIVE, SEATED, STATE_SIGNS, STATE_WORDS, EnrollmentState, Level, Source, may_decide
from academy.enrollment.web import blueprint
from academy.enrollment.web.people import say_outcome
from academy.enrollment.web.review import decide_chosen, review_values
from academy.people import queries as people
from academy.people.queries import LearnerFilter
from academy.timetable import queries as timetable
from academy.timetable.queries import TrainingClass
from academy.timetable.rules import ADMISSION_WORDS, ClassState
from academy.ui.flash import say
from academy.ui.forms import EmptyForm

MOST_PEOPLE, MOST_SHOWN = 500, 10
AHEAD = frozenset({ClassState.OPEN, ClassState.RUNNING})


@blueprint.get("/unit/places")
@allow(Role.ORGANIZATION_COORDINATOR)
def places() -> ResponseReturnValue:
    """What was allotted to the unit, what waits for its word, and the classes it may put people forward for."""
    actor, at = current_actor(), now()
    allotted = queries.allotments_of(actor.organizations)
    classes = timetable.classes_by_ids({quota.class_id for quota in allotted})
    open_ones = [one for one in timetable.classes([ClassState.OPEN]) if one.enroll_closes_at > at]
    return render_template(
        "enrollment/places.html",
        current=[quota for quota in allotted if classes[quota.class_id].state is ClassState.OPEN],
        past=[quota for quota in allotted if classes[quota.class_id].state is not ClassState.OPEN],
        classes=classes,
        units=accounts.organizations_by_ids(actor.organizations),
        waiting=len(_to_decide()),
        open_ones=open_ones,
        at=at,
    )


def _to_decide(class_id: int | None = None) -> list[queries.Enrollment]:
    """Applications of the unit's people that wait for the unit's word."""
    applications = queries.applications_of_units(current_actor().organizations)
    classes = timetable.classes_by_ids({one.class_id for one in applications})
    return [
        one
        for one in applications
        if may_decide(Level.UNIT, one.state, classes[one.class_id].admission) and class_id in {None, one.class_id}
    ]


@blueprint.get("/unit/classes/<code>")
@allow(Role.ORGANIZATION_COORDINATOR)
def unit_class(code: str) -> ResponseReturnValue:
    """One class for one unit: its places, its people with the verdict on each, the form to put them forward."""
    found = open_to_units(code)
    return render_template("enrollment/unit_class.html", **_values(found, request.args.get("q", "")[:60]))


def open_to_units(code: str) -> TrainingClass:
    """A class for which units may put people forward. Raises NotFound."""
    found = timetable.get_class(code)
    if found.state not in AHEAD:
        raise NotFound
    return found


def _values(found: TrainingClass, search: str) -> dict[str, object]:
    actor, at = current_actor(), now()
    members, total = people.learners(LearnerFilter(search=search, organizations=actor.organizations), limit=MOST_PEOPLE)
    live = {one.learner_id: one for one in queries.enrollments_of(found.id) if one.learner_id in {m.id for m in members}}
    verdicts = queries.eligible(found.id, [one.id for one in members], at, by_naming=True)
    return {
        "found": found,
        "search": search,
        "total": total,
        "members": sorted(members, key=lambda one: (not verdicts[one.id].allowed, one.code)),
        "verdicts": verdicts,
        "own": live,
        "quotas": [quota for quota in queries.quotas_of(found.id) if quota.organization_id in actor.organizations],
        "units": accounts.organizations_by_ids(actor.organizations),
        "to_decide": len(_to_decide(found.id)),
        "admission": ADMISSION_WORDS[found.admission],
        "state_words": STATE_WORDS,
        "state_signs": STATE_SIGNS,
        "ended": frozenset(EnrollmentState) - SEATED - LIVE,
        "NOMINATION": Source.NOMINATION,
        "button": EmptyForm(),
        "at": at,
    }


@blueprint.post("/unit/classes/<code>/nominate")
@allow(Role.ORGANIZATION_COORDINATOR)
def nominate_for_class(code: str) -> ResponseReturnValue:
    """Put the ticked people and the typed codes forward; who is refused stays where she is, with the reason."""
    found, actor = open_to_units(code), current_actor()
    typed = request.form.get("codes", "").replace(",", "\n").replace("，", "\n").split("\n")
    codes = list(dict.fromkeys(one.strip().upper() for one in [*request.form.getlist("chosen"), *typed] if one.strip()))
    if not EmptyForm().validate_on_submit() or not codes:
        say(N_("没有推荐：先勾选人，或填学员编号。"), "wait")
        return redirect(url_for("enrollment.unit_class", code=code))
    known = people.learners_by_codes(codes[:MOST_PEOPLE])
    chosen = {one.id: one for one in known.values()}
    with transaction():
        outcome = services.nominate_many(class_id=found.id, learner_ids=chosen, actor=actor, now=now())
    own = {key: one for key, one in chosen.items() if can_name(actor, one.organization_id)}
    say_outcome({key: one for key, one in outcome.items() if key in own}, own)
    _say_unknown(codes, {one.code for one in own.values()})
    return redirect(url_for("enrollment.unit_class", code=code))


def _say_unknown(codes: list[str], own: set[str]) -> None:
    """One answer for codes of nobody and of other units' people: whose they are is not told."""
    strange = [code for code in codes[:MOST_PEOPLE] if code not in own]
    if strange:
        shown = "、".join(strange[:MOST_SHOWN]) + ("…" if len(strange) > MOST_SHOWN else "")
        say(Text(N_("%(codes)s 不是本单位的学员编号，没有推荐。请核对编号。"), codes=shown), "lost")
    if len(codes) > MOST_PEOPLE:
        say(Text(N_("一次最多推荐 %(most)s 人，后面的没有处理，请再交一次。"), most=MOST_PEOPLE), "lost")


@blueprint.get("/unit/applications")
@allow(Role.ORGANIZATION_COORDINATOR)
def unit_applications() -> ResponseReturnValue:
    """What the unit has to say about its people's applications."""
    applications = _to_decide()
    classes = timetable.classes_by_ids({one.class_id for one in applications})
    return render_template("enrollment/unit_applications.html", classes=classes, **review_values(applications))


@blueprint.post("/unit/applications")
@allow(Role.ORGANIZATION_COORDINATOR)
def decide_for_unit() -> ResponseReturnValue:
    """Agree, return or refuse on behalf of the unit."""
    decide_chosen({one.code for one in _to_decide()})
    return redirect(url_for("enrollment.unit_applications"))
