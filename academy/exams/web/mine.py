"""What a learner can sit, why not, and the rules before she enters."""

from datetime import datetime

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from academy.catalog import queries as catalog
from academy.core.access import Role, allow, current_actor
from academy.core.clock import now
from academy.core.db import transaction
from academy.core.errors import DomainError
from academy.core.text import N_
from academy.enrollment import queries as enrollment
from academy.enrollment.rules import SEATED
from academy.exams import queries, services
from academy.exams.models import ExamSitting, ExamSlotGroup
from academy.exams.rules.conduct import version_of
from academy.exams.rules.delivery import GRACE, may_enter
from academy.exams.rules.devices import device_mark
from academy.exams.rules.kinds import FINISHED, KIND_WORDS, ON_PAPER, AttemptState, SittingState, hint
from academy.exams.web import blueprint
from academy.exams.web.device import new_secret, with_secret
from academy.exams.web.forms import EnterForm
from academy.exams.web.hooks import results_of
from academy.people import queries as people
from academy.timetable import queries as timetable
from academy.ui.flash import say, say_error


def _learner_id() -> int | None:
    return people.find_learner_id_of_user(current_actor().user_id or 0)


@blueprint.get("/exams")
@allow(Role.LEARNER)
def mine() -> ResponseReturnValue:
    """My sittings: open now, ahead, over."""
    learner_id = _learner_id()
    at = now()
    own = queries.sittings_of_learner(learner_id, now=at) if learner_id is not None else []
    classes = timetable.classes_by_ids([one.sitting.class_id for one in own])
    is_over = {
        one.sitting.id: queries.ends_at(one.sitting, one.attempt) <= at
        or (one.attempt is not None and one.attempt.state in FINISHED)
        for one in own
    }
    return render_template(
        "exams/mine.html",
        is_learner=learner_id is not None,
        open_now=[one for one in own if may_enter(one.verdict)],
        ahead=[one for one in own if not may_enter(one.verdict) and not is_over[one.sitting.id]],
        over=[one for one in reversed(own) if is_over[one.sitting.id]],
        classes=classes,
        seats=queries.seats_of_learner(learner_id) if learner_id is not None else {},
        groups=_open_groups(learner_id, at) if learner_id is not None else [],
        results=results_of(learner_id) if learner_id is not None else {},
        AttemptState=AttemptState,
        SittingState=SittingState,
        now=at,
    )


def _open_groups(learner_id: int, at: datetime) -> list[tuple[ExamSlotGroup, bool]]:
    """Groups of my classes that can still be booked, each with whether I have."""
    class_ids = {found.class_id for found in enrollment.enrollments_of_learner(learner_id, SEATED)}
    groups = [group for group in queries.slot_groups_of(class_ids) if at < group.change_until]
    return [(group, queries.find_booking(group.id, learner_id) is not None) for group in groups]


def _begin(sitting: ExamSitting, rules_version: str) -> ResponseReturnValue:
    """Enter, or go on, at this machine; then to the paper."""
    secret = new_secret()
    try:
        with transaction():
            begun = services.enter_sitting(
                sitting_id=sitting.id,
                rules_version=rules_version,
                actor=current_actor(),
                now=now(),
                device=device_mark(secret),
            )
    except services.AttemptIsElsewhere:
        return redirect(url_for("exams.mine"))
    except DomainError as error:
        say_error(error)
        return redirect(url_for("exams.enter", code=sitting.code))
    return with_secret(redirect(url_for("exams.paper", code=begun.code)), secret)


@blueprint.route("/exams/<code>", methods=["GET", "POST"])
@allow(Role.LEARNER)
def enter(code: str) -> ResponseReturnValue:
    """The rules; entering starts the clock, so it takes a confirmation."""
    sitting, form = queries.get_sitting(code), EnterForm()
    rules = queries.rules_of(sitting, has_rooms=bool(queries.rooms_of(sitting.id)))
    current = version_of([str(rule) for rule in rules])
    if form.validate_on_submit():
        return _begin(sitting, form.rules.data or current)
    learner_id = _learner_id()
    if learner_id is None:
        say(N_("您的账号还没有对应的学员档案，补全后才能参加考试。"), "wait")
        return redirect(url_for("exams.mine"))
    attempt = queries.find_attempt(sitting.id, learner_id)
    if attempt is not None and attempt.state in FINISHED:
        return redirect(url_for("exams.hand_in", code=attempt.code))
    training_class = timetable.class_by_id(sitting.class_id)
    verdict = queries.explain_sitting(sitting, learner_id, now=now())
    form.rules.data = current
    items = queries.paper_items(sitting.paper_id)
    candidate = queries.find_candidate(sitting.id, learner_id)
    return render_template(
        "exams/enter.html",
        sitting=sitting,
        training_class=training_class,
        program=catalog.program_by_id(training_class.program_id),
        items=items,
        kinds=[kind for kind in ON_PAPER if any(item.kind is kind for item in items)],
        kind_words=KIND_WORDS,
        hint=hint,
        attempt=attempt,
        verdict=verdict,
        may_enter=may_enter(verdict),
        rules=rules,
        version=current,
        seat=queries.seat_of(sitting.id, learner_id),
        rooms={view.exam_room.id: view for view in queries.rooms_of(sitting.id)},
        percent=candidate.extra_percent if candidate else 0,
        entry_closes_at=queries.entry_closes_at(sitting),
        has_ticket=candidate is not None,
        form=form,
        grace=int(GRACE.total_seconds()),
    ), 422 if form.errors else 200
