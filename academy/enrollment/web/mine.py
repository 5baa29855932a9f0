"""The learner's own classes."""

from datetime import datetime

from flask import render_template
from flask.typing import ResponseReturnValue

from academy.core.access import current_actor, signed_in
from academy.core.clock import now
from academy.enrollment import queries
from academy.enrollment.queries import Enrollment
from academy.enrollment.rules import LIVE, PENDING, SEATED, STATE_SIGNS, STATE_WORDS, EnrollmentState
from academy.enrollment.web import blueprint
from academy.people import queries as people
from academy.sites import queries as sites
from academy.timetable import queries as timetable
from academy.timetable.queries import ClassSession
from academy.timetable.rules import ClassState

AHEAD = frozenset({ClassState.OPEN, ClassState.RUNNING})


@blueprint.get("/my/classes")
@signed_in
def mine() -> ResponseReturnValue:
    """What is ahead, what one waits for, what has been."""
    actor, at = current_actor(), now()
    learner = people.find_learner_of_user(actor.user_id) if actor.user_id is not None else None
    own = queries.enrollments_of_learner(learner.id) if learner else []
    classes = timetable.classes_by_ids({one.class_id for one in own})
    ahead = [one for one in own if one.state in SEATED and classes[one.class_id].state in AHEAD]
    waiting = [one for one in own if one.state is EnrollmentState.WAITLISTED]
    offered = [one for one in own if one.state is EnrollmentState.OFFERED]
    pending = [one for one in own if one.state in PENDING]
    listed = {one.id for one in [*ahead, *waiting, *offered, *pending]}
    return render_template(
        "enrollment/mine.html",
        learner=learner,
        classes=classes,
        ahead=sorted(ahead, key=lambda one: classes[one.class_id].starts_on),
        waiting=waiting,
        pending=pending,
        offered=[(one, queries.open_offer_of(one.id)) for one in offered],
        behind=[one for one in own if one.id not in listed],
        places={one.id: queries.waitlist_place(one.class_id, one.priority, one.waitlist_no or 0) for one in waiting},
        next_sessions=_next_sessions(ahead, at),
        sites=sites.sites_by_ids({found.site_id for found in classes.values()}),
        state_words=STATE_WORDS,
        state_signs=STATE_SIGNS,
        live=LIVE,
    )


def _next_sessions(enrollments: list[Enrollment], at: datetime) -> dict[int, ClassSession]:
    """The next session of each class."""
    found: dict[int, ClassSession] = {}
    for one in enrollments:
        coming = [session for session in timetable.sessions_of(one.class_id) if session.ends_at > at]
        if coming:
            found[one.class_id] = coming[0]
    return found
