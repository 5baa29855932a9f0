"""The order of a class's line, and why or why not for any person and any class."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from academy.accounts import queries as accounts
from academy.core.access import Role, allow, current_actor, signed_in
from academy.core.clock import now
from academy.core.errors import NotFound
from academy.core.sealed import mask_name
from academy.enrollment import queries
from academy.enrollment.policies import can_ask_why, can_manage_enrollments, can_name
from academy.enrollment.rules import (
    STATE_SIGNS,
    STATE_WORDS,
    EnrollmentState,
    compute_changes,
    explain_application,
    may_offer,
)
from academy.enrollment.web import blueprint
from academy.enrollment.web.panel import seen
from academy.people import queries as people
from academy.people.policies import can_see_learner
from academy.people.queries import Learner, LearnerFilter
from academy.timetable import queries as timetable
from academy.timetable.queries import TrainingClass

MOST_FOUND = 20


@blueprint.get("/classes/<code>/line")
@signed_in
def line(code: str) -> ResponseReturnValue:
    """The order in which seats are offered, for everybody to see; other people's names are masked."""
    found, actor = seen(code), current_actor()
    learner = people.find_learner_of_user(actor.user_id) if actor.user_id is not None else None
    offered = queries.enrollments_of(found.id, [EnrollmentState.OFFERED])
    waiting = queries.line_of(found.id)
    quotas = [quota for quota in queries.quotas_of(found.id) if quota.returned_at is None]
    named = people.learners_by_ids(one.learner_id for one in [*offered, *waiting])
    units = accounts.organizations_by_ids({quota.organization_id for quota in quotas if quota.organization_id})
    is_staff = can_manage_enrollments(actor)
    return render_template(
        "enrollment/line.html",
        found=found,
        offered=offered,
        waiting=waiting,
        names={id_: one.name_zh if is_staff else mask_name(one.name_zh) for id_, one in named.items()},
        learner=learner,
        quotas=quotas,
        units=units,
        types={one.code: one for one in accounts.person_types()},
        offers=queries.open_offers_of(found.id),
        line_moves=may_offer(timetable.enrollment_facts(found.id), now=now()),
    )


@blueprint.get("/manage/classes/<code>/why")
@allow(Role.ADMINISTRATOR, Role.CLASS_MANAGER, Role.ORGANIZATION_COORDINATOR, Role.AUDITOR)
def why_person(code: str) -> ResponseReturnValue:
    """Why a person may or may not enroll in this class, and what would change it. Coordinators ask about their own people."""
    found, typed = timetable.get_class(code), request.args.get("learner", "").strip()[:60]
    matches = _matches(typed) if typed else []
    chosen = matches[0] if len(matches) == 1 else None
    values = _explained(found, chosen) if chosen else {}
    return render_template("enrollment/why.html", found=found, typed=typed, matches=matches, chosen=chosen, **values)


def _matches(typed: str) -> list[Learner]:
    """The people whom the reader may ask about and whom the text names."""
    actor = current_actor()
    filter_ = LearnerFilter(search=typed, organizations=None if can_ask_why(actor) else actor.organizations)
    found, _ = people.learners(filter_, limit=MOST_FOUND)
    return found


def _explained(found: TrainingClass, learner: Learner) -> dict[str, object]:
    actor, at = current_actor(), now()
    if not (can_see_learner(actor, learner) or can_ask_why(actor)):
        raise NotFound
    by_naming = can_manage_enrollments(actor) or can_name(actor, learner.organization_id)
    facts = queries.facts_of(found.id, learner.id, by_naming=by_naming)
    own = queries.latest_enrollment(found.id, learner.id)
    waits = own is not None and own.state is EnrollmentState.WAITLISTED
    return {
        "verdict": explain_application(facts, now=at),
        "changes": compute_changes(facts, now=at),
        "own": own,
        "place": queries.waitlist_place(found.id, own.priority, own.waitlist_no or 0) if own and waits else None,
        "history": queries.history_of(own) if own else [],
        "unit": accounts.organizations_by_ids([learner.organization_id or 0]).get(learner.organization_id or 0),
        "state_words": STATE_WORDS,
        "state_signs": STATE_SIGNS,
        "facts": facts.training_class,
        "may_manage": can_manage_enrollments(actor),
    }


@blueprint.get("/classes/<code>/why")
@signed_in
def why(code: str) -> ResponseReturnValue:
    """The same for the signed-in learner herself."""
    found, actor = seen(code), current_actor()
    learner = people.find_learner_of_user(actor.user_id) if actor.user_id is not None else None
    values = _explained(found, learner) if learner else {}
    matches = [learner] if learner else []
    return render_template(
        "enrollment/why.html", found=found, typed="", matches=matches, chosen=learner, is_self=True, **values
    )
