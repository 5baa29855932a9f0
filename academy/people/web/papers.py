"""The instructor's own papers and appointments."""

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from academy.core.access import Role, allow, current_actor
from academy.core.clock import today
from academy.people import queries
from academy.people.web import blueprint
from academy.people.web.instructors import field_names
from academy.people.web.pool import WORDS, edited_paper


@blueprint.get("/teaching/qualifications")
@allow(Role.INSTRUCTOR)
def own_qualifications() -> ResponseReturnValue:
    """What she can show, what ends soon, and as what she is appointed."""
    found = queries.find_instructor_of_user(current_actor().user_id or 0)
    ids = [found.id] if found else []
    return render_template(
        "people/own_qualifications.html",
        instructor=found,
        papers=queries.qualifications_of(ids, today()).get(ids[0], []) if ids else [],
        appointments=queries.appointments_of(ids).get(ids[0], []) if ids else [],
        fields=field_names(),
        **WORDS,
    )


@blueprint.route("/teaching/qualifications/new", methods=["GET", "POST"])
@allow(Role.INSTRUCTOR)
def hand_in_qualification() -> ResponseReturnValue:
    """Hand a paper in, or the one that follows another."""
    found = queries.find_instructor_of_user(current_actor().user_id or 0)
    back = url_for("people.own_qualifications")
    return edited_paper(found, back=back, is_staff=False) if found else redirect(back)
