"""An offered seat: the page behind the link in the letter. A look at it answers nothing; a button does, once."""

from collections.abc import Callable

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from academy.core.access import current_actor, public
from academy.core.clock import now
from academy.core.codes import normalize
from academy.core.db import transaction
from academy.core.errors import DomainError
from academy.core.sealed import mask_name
from academy.core.text import N_
from academy.enrollment import queries, services
from academy.enrollment.models import Enrollment
from academy.enrollment.rules import OfferState, is_before_start
from academy.enrollment.services.leaving import is_own_enrollment
from academy.enrollment.web import blueprint
from academy.people import queries as people
from academy.sites import queries as sites
from academy.timetable import queries as timetable
from academy.ui.flash import say, say_error
from academy.ui.forms import EmptyForm


@blueprint.get("/offers/<code>")
@public
def offer(code: str) -> ResponseReturnValue:
    """What is offered, until when, and two buttons. The link shows no more of a person than her masked name."""
    found = queries.get_offer(normalize(code))
    training_class = timetable.class_by_id(found.enrollment.class_id)
    facts, at = timetable.enrollment_facts(training_class.id), now()
    learner = people.learner_by_id(found.enrollment.learner_id)
    return render_template(
        "enrollment/offer.html",
        offer=found,
        found=training_class,
        site=sites.site_by_id(training_class.site_id),
        is_open=found.state is OfferState.OPEN and at < found.expires_at and is_before_start(facts, now=at),
        is_accepted=found.state is OfferState.ACCEPTED,
        is_declined=found.state is OfferState.DECLINED,
        name=mask_name(learner.name_zh),
        is_own=is_own_enrollment(found.enrollment, current_actor()),
        button=EmptyForm(),
    )


@blueprint.post("/offers/<code>/accept")
@public
def accept_offer(code: str) -> ResponseReturnValue:
    """Take the seat."""
    return _answered(code, services.accept_offer, N_("席位是您的了，录取通知会发给您。"))


@blueprint.post("/offers/<code>/decline")
@public
def decline_offer(code: str) -> ResponseReturnValue:
    """Turn the seat down."""
    return _answered(code, services.decline_offer, N_("已放弃，席位让给下一位。"))


def _answered(code: str, answer: Callable[..., Enrollment], words: str) -> ResponseReturnValue:
    """The signed-in person answers as herself, and only for herself; anybody else holds the link."""
    actor = current_actor()
    if EmptyForm().validate_on_submit():
        try:
            with transaction():
                answer(code=normalize(code), now=now(), actor=actor if actor.user_id is not None else None)
            say(words)
        except DomainError as error:
            say_error(error)
    return redirect(url_for("enrollment.offer", code=code))
