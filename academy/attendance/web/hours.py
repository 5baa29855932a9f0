"""The learner's own attendance and ledger of hours."""

from datetime import date

from flask import render_template, request
from flask.typing import ResponseReturnValue

from academy.attendance import queries
from academy.attendance.rules import CREDIT_RULES, EntryKind, credit_rule_on
from academy.attendance.web import blueprint
from academy.core.access import current_actor, signed_in
from academy.core.clock import today
from academy.enrollment import queries as enrollment
from academy.enrollment.rules import SEATED
from academy.people import queries as people
from academy.timetable import queries as timetable
from academy.timetable.rules import TAUGHT

FIRST_ENTRIES, MOST_ENTRIES = 12, 1000


@blueprint.get("/my/hours")
@signed_in
def hours() -> ResponseReturnValue:
    """Attendance in each class, and every line of the ledger."""
    actor, day = current_actor(), today()
    learner = people.find_learner_of_user(actor.user_id) if actor.user_id is not None else None
    shows_all = request.args.get("all") == "1"
    limit = MOST_ENTRIES if shows_all else FIRST_ENTRIES
    entries = queries.credit_entries(learner.id, limit=limit) if learner else []
    own = enrollment.enrollments_of_learner(learner.id, states=SEATED) if learner else []
    classes = timetable.classes_by_ids({one.class_id for one in own} | {entry.class_id for entry in entries})
    taught = [classes[one.class_id] for one in own if classes[one.class_id].state in TAUGHT]
    return render_template(
        "attendance/hours.html",
        learner=learner,
        year=day.year,
        this_year=queries.credited_minutes(learner.id, date(day.year, 1, 1), day) if learner else 0,
        total=queries.credited_minutes(learner.id, CREDIT_RULES[0].valid_from, day) if learner else 0,
        taught=taught,
        attended={found.id: queries.attended_minutes_of(found.id, learner.id) for found in taught} if learner else {},
        planned=timetable.minutes_of_classes(found.id for found in taught),
        entries=entries,
        has_more=not shows_all and len(entries) == limit,
        sessions=timetable.sessions_by_ids({entry.session_id for entry in entries}),
        classes=classes,
        rule=credit_rule_on(day),
        COUNTER=EntryKind.COUNTER,
    )
