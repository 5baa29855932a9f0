"""Reviewing applications: the academy's list of a class, and the documents handed in."""

from io import BytesIO

from flask import redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from academy.accounts import queries as accounts
from academy.core.access import Role, allow, current_actor, signed_in
from academy.core.clock import now
from academy.core.db import transaction
from academy.core.errors import DomainError, NotFound
from academy.core.text import N_, Text
from academy.enrollment import queries, services
from academy.enrollment.models import Enrollment
from academy.enrollment.rules import (
    DECISION_WORDS,
    DOCUMENT_WORDS,
    SOURCE_WORDS,
    STATE_SIGNS,
    STATE_WORDS,
    Decision,
    DocumentKind,
    EnrollmentState,
)
from academy.enrollment.web import blueprint
from academy.people import queries as people
from academy.timetable import queries as timetable
from academy.timetable.rules import ADMISSION_WORDS
from academy.ui.flash import say
from academy.ui.forms import EmptyForm

MOST_AT_ONCE = 500


@blueprint.get("/manage/classes/<code>/review")
@allow(Role.ADMINISTRATOR, Role.CLASS_MANAGER)
def review(code: str) -> ResponseReturnValue:
    """Who applies, with the verdict on each; the academy decides about one or many."""
    found = timetable.get_class(code)
    values = review_values(queries.applications_of(found.id))
    return render_template("enrollment/review.html", found=found, admission=ADMISSION_WORDS[found.admission], **values)


def review_values(applications: list[Enrollment]) -> dict[str, object]:
    """What a list of applications shows: the people, the verdicts, the documents."""
    at = now()
    learners = people.learners_by_ids(one.learner_id for one in applications)
    return {
        "applications": applications,
        "learners": learners,
        "units": accounts.organizations_by_ids({one.organization_id for one in learners.values() if one.organization_id}),
        "verdicts": queries.explain_approvals(applications, at),
        "documents": queries.documents_of(one.id for one in applications),
        "document_words": DOCUMENT_WORDS,
        "state_words": STATE_WORDS,
        "state_signs": STATE_SIGNS,
        "source_words": SOURCE_WORDS,
        "decision_words": DECISION_WORDS,
        "decisions": list(Decision),
        "RETURNED": EnrollmentState.RETURNED,
        "button": EmptyForm(),
    }


@blueprint.post("/manage/classes/<code>/review")
@allow(Role.ADMINISTRATOR, Role.CLASS_MANAGER)
def decide(code: str) -> ResponseReturnValue:
    """Approve, return or reject the chosen applications; each is decided by the same rule as alone."""
    found = timetable.get_class(code)
    decide_chosen({one.code for one in queries.applications_of(found.id)})
    return redirect(url_for("enrollment.review", code=code))


def decide_chosen(listed: set[str]) -> None:
    """Decide about what was ticked in the form, and say how each went. Codes that are not in the list are not touched."""
    chosen = [one for one in request.form.getlist("chosen")[:MOST_AT_ONCE] if one in listed]
    wanted, reason = request.form.get("decision", ""), request.form.get("reason", "")[:500]
    if not EmptyForm().validate_on_submit() or wanted not in set(Decision) or not chosen:
        say(N_("没有改动：先勾选申请，再选怎么处理。"), "wait")
        return
    try:
        with transaction():
            outcome = services.decide_many(
                codes=chosen, decision=Decision(wanted), actor=current_actor(), now=now(), reason=reason
            )
    except DomainError as error:
        say(error.text, "lost")
        return
    done = [one for one in outcome.values() if isinstance(one, Enrollment)]
    if done:
        words = Text(
            N_("已处理 %(count)s 份：%(decision)s。"), count=len(done), decision=Text(DECISION_WORDS[Decision(wanted)])
        )
        say(words)
    for one in outcome.values():
        if isinstance(one, DomainError):
            say(one.text, "lost")


@blueprint.get("/applications/<code>/documents/<kind>")
@signed_in
def document(code: str, kind: str) -> ResponseReturnValue:
    """A handed-in document, for those who decide and the person herself. Each look is written down."""
    if kind not in set(DocumentKind):
        raise NotFound
    with transaction():
        name, media_type, content = services.read_document(code=code, kind=DocumentKind(kind), actor=current_actor(), now=now())
    return send_file(BytesIO(content), mimetype=media_type, download_name=name or kind, as_attachment=True, max_age=0)
