"""One class: what it is, whether the reader may enroll and why, and the buttons to enroll and to leave."""

from dataclasses import dataclass
from datetime import datetime

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from academy.accounts import queries as accounts
from academy.accounts.rules import short_type_name
from academy.catalog import queries as catalog
from academy.catalog.rules import certificate_line, panel_class
from academy.core.access import Role, current_actor, public, signed_in
from academy.core.clock import now
from academy.core.db import transaction
from academy.core.errors import DomainError, NotFound
from academy.core.text import N_, Text
from academy.core.verdict import Verdict
from academy.enrollment import queries, services
from academy.enrollment.policies import can_manage_enrollments
from academy.enrollment.queries import Enrollment
from academy.enrollment.rules import EnrollmentState, may_promote, may_withdraw
from academy.enrollment.services import Enrolled
from academy.enrollment.web import blueprint
from academy.people import queries as people
from academy.sites import queries as sites
from academy.timetable import queries as timetable
from academy.timetable.policies import can_see_class
from academy.timetable.queries import TrainingClass
from academy.timetable.rules import STATE_SIGNS, STATE_WORDS, EnrollmentFacts
from academy.timetable.week import compute_weeks
from academy.ui.filters import bilingual
from academy.ui.flash import say, say_error
from academy.ui.forms import EmptyForm

LONGEST_LINE_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Panel:
    """What the panel beside a class says to this reader."""

    facts: EnrollmentFacts
    verdict: Verdict
    own: Enrollment | None
    place: tuple[int, int] | None  # in the line, and its length
    may_leave: bool
    line_moves: bool
    is_learner: bool
    is_signed_in: bool
    is_staff: bool

    @property
    def line(self) -> list[int | None]:
        """Places to draw, the reader's among them; None stands for those left out."""
        if self.place is None:
            return []
        own, length = self.place
        if length <= LONGEST_LINE_SHOWN:
            return list(range(1, length + 1))
        shown = sorted({1, 2, own - 1, own, own + 1, length} & set(range(1, length + 1)))
        drawn: list[int | None] = []
        for before, number in zip([0, *shown], shown, strict=False):
            drawn += [number] if number == before + 1 else [None, number]
        return drawn


def _panel(found: TrainingClass, at: datetime) -> Panel:
    actor = current_actor()
    learner = people.find_learner_of_user(actor.user_id) if actor.user_id is not None else None
    own = queries.live_enrollment(found.id, learner.id) if learner else None
    facts = timetable.enrollment_facts(found.id)
    waits = own is not None and own.state is EnrollmentState.WAITLISTED
    return Panel(
        facts=facts,
        verdict=queries.explain(found.id, learner.id if learner else None, at, is_signed_in=actor.user_id is not None),
        own=own,
        place=queries.waitlist_place(found.id, own.waitlist_no or 0) if own and waits else None,
        may_leave=may_withdraw(facts, now=at),
        line_moves=may_promote(facts, now=at),
        is_learner=learner is not None,
        is_signed_in=actor.user_id is not None,
        is_staff=can_manage_enrollments(actor) or actor.has(Role.INSTRUCTOR),
    )


def _seen(code: str) -> TrainingClass:
    """The class, if the reader may know of it."""
    found = timetable.get_class(code)
    if not can_see_class(current_actor(), found):
        raise NotFound
    return found


@blueprint.get("/classes/<code>")
@public
def class_page(code: str) -> ResponseReturnValue:
    """What a class is, when and where, and whether the reader may enroll."""
    found = _seen(code)
    program = catalog.program_by_id(found.program_id)
    field = catalog.find_field(program.field_code)
    slots = timetable.slots_of(found)
    return render_template(
        "enrollment/class.html",
        found=found,
        program=program,
        field=field,
        panel_class=panel_class(program.field_code),
        site=sites.site_by_id(found.site_id),
        room=sites.room_by_id(found.room_id) if found.room_id else None,
        weeks=compute_weeks(slots),
        called_off=timetable.cancelled_of(found.id),
        minutes=sum(slot.minutes for slot in slots),
        elsewhere=sorted({(slot.day, slot.place) for slot in slots if slot.place}),
        instructors=timetable.instructors_of(found.id),
        types=[bilingual(short_type_name(t.name_zh), t.name_en) for t in accounts.person_types() if t.code in found.audience],
        certificate=certificate_line(program.certificate_kind, program.validity_months),
        **_panel_values(found),
    )


def _panel_values(found: TrainingClass) -> dict[str, object]:
    return {
        "panel": _panel(found, now()),
        "button": EmptyForm(),
        "state_words": STATE_WORDS,
        "state_signs": STATE_SIGNS,
        "may_manage": can_manage_enrollments(current_actor()),
    }


def _answer(code: str) -> ResponseReturnValue:
    """After a press: the panel alone for htmx, else the whole page."""
    if request.headers.get("HX-Request"):
        found = _seen(code)
        return render_template("enrollment/_panel.html", found=found, with_notes=True, **_panel_values(found))
    return redirect(url_for("enrollment.class_page", code=code))


@blueprint.post("/classes/<code>/enroll")
@signed_in
def enroll(code: str) -> ResponseReturnValue:
    """Enroll oneself. Pressed twice, it says so and changes nothing."""
    if EmptyForm().validate_on_submit():
        try:
            with transaction():
                outcome = services.enroll_self(class_code=code, actor=current_actor(), now=now())
            say(_words(outcome), "ok" if outcome.is_new and outcome.number is None else "wait")
        except NotFound:
            raise
        except DomainError as error:
            say_error(error)
    return _answer(code)


def _words(outcome: Enrolled) -> Text:
    if not outcome.is_new:
        return Text(N_("您已经报过这个班，不用再报，什么都没有改动。"))
    if outcome.number is not None:
        return Text(N_("席位已满，您已加入候补，候补号 %(number)s。有人退出时按号递补。"), number=outcome.number)
    return Text(N_("报名成功，席位是您的了。"))


@blueprint.post("/classes/<code>/withdraw")
@signed_in
def withdraw(code: str) -> ResponseReturnValue:
    """Leave a class or its line."""
    found, actor = _seen(code), current_actor()
    learner = people.find_learner_of_user(actor.user_id) if actor.user_id is not None else None
    own = queries.live_enrollment(found.id, learner.id) if learner else None
    if EmptyForm().validate_on_submit():
        try:
            if own is None:
                raise services.AlreadyEnded
            with transaction():
                services.withdraw(code=own.code, actor=actor, now=now())
            say(N_("已退出，席位已让出。以后还可以报名。"))
        except DomainError as error:
            say_error(error)
    return _answer(code)
