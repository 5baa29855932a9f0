"""My results, and where I stand in the examination of each level."""

from flask import render_template
from flask.typing import ResponseReturnValue

from academy.core.access import current_actor, signed_in
from academy.core.clock import today
from academy.exams import queries as exams
from academy.people import queries as people
from academy.scoring import queries
from academy.scoring.web import blueprint
from academy.timetable import queries as timetable


@blueprint.get("/results")
@signed_in
def mine() -> ResponseReturnValue:
    """Every result that was released to me, and which subjects still count until when."""
    user_id = current_actor().user_id
    learner = people.find_learner_of_user(user_id) if user_id is not None else None
    results = queries.released_results_of_learner(learner.id) if learner else {}
    sittings = {sitting_id: exams.sitting_by_id(sitting_id) for sitting_id in results}
    standings = queries.standings_of(learner.id, on=today(), division_code=learner.division_code) if learner else []
    return render_template(
        "scoring/mine.html",
        learner=learner,
        results=sorted(results.values(), key=lambda one: sittings[one.sitting_id].opens_at, reverse=True),
        sittings=sittings,
        classes=timetable.classes_by_ids({one.class_id for one in sittings.values()}),
        lists=queries.lists_by_ids({one.list_id for one in results.values()}),
        standings=standings,
    )
