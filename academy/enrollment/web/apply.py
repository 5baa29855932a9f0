"""One class: what it is, whether the reader may enroll and why, and the buttons to enroll, to move and to leave."""

from collections.abc import Callable

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from academy.accounts import queries as accounts
from academy.accounts.rules import short_type_name
from academy.catalog import queries as catalog
from academy.catalog.rules import certificate_line, panel_class
from academy.core.access import current_actor, public, signed_in
from academy.core.clock import now
from academy.core.db import transaction
from academy.core.errors import DomainError
from academy.core.text import N_, Text
from academy.enrollment import queries, services
from academy.enrollment.rules import PENDING, DocumentKind, EnrollmentState
from academy.enrollment.services import Enrolled
from academy.enrollment.web import blueprint
from academy.enrollment.web.panel import panel_values, seen
from academy.people import queries as people
from academy.sites import queries as sites
from academy.timetable import queries as timetable
from academy.timetable.week import compute_weeks
from academy.ui.filters import bilingual
from academy.ui.flash import say, say_error
from academy.ui.forms import EmptyForm


@blueprint.get("/classes/<code>")
@public
def class_page(code: str) -> ResponseReturnValue:
    """What a class is, when and where, and whether the reader may enroll."""
    found = seen(code)
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
        **panel_values(found),
    )


def _answer(code: str) -> ResponseReturnValue:
    """After a press: the panel alone for htmx, else the whole page."""
    if request.headers.get("HX-Request"):
        found = seen(code)
        return render_template("enrollment/_panel.html", found=found, with_notes=True, **panel_values(found))
    return redirect(url_for("enrollment.class_page", code=code))


@blueprint.post("/classes/<code>/enroll")
@signed_in
def enroll(code: str) -> ResponseReturnValue:
    """Enroll oneself, or hand in an application. Pressed twice, it says so and changes nothing."""
    try:
        with transaction():
            outcome = services.apply(class_code=code, actor=current_actor(), now=now(), uploads=_uploads())
        say(_words(outcome), "ok" if outcome.is_new and outcome.state is EnrollmentState.ADMITTED else "wait")
    except DomainError as error:
        say_error(error)
    return _answer(code)


def _uploads() -> dict[DocumentKind, services.Upload]:
    """The documents of the form that have a file in them."""
    files = {kind: request.files.get(f"document-{kind.value}") for kind in DocumentKind}
    return {
        kind: services.Upload((file.filename or "")[:255], file.read())
        for kind, file in files.items()
        if file and file.filename
    }


@blueprint.post("/classes/<code>/resubmit")
@signed_in
def resubmit(code: str) -> ResponseReturnValue:
    """Hand a returned application in again."""
    return _change_own(
        code,
        lambda own: services.resubmit(code=own, actor=current_actor(), now=now(), uploads=_uploads()),
        N_("已重新提交，次序不变，等审核。"),
    )


@blueprint.post("/classes/<code>/transfer")
@signed_in
def transfer(code: str) -> ResponseReturnValue:
    """Move to another run of the program."""
    target = request.form.get("target", "")
    moved = _change_own(
        code,
        lambda own: services.transfer(code=own, target_code=target, actor=current_actor(), now=now()),
        N_("已转班，原来的席位已让出。"),
    )
    return redirect(url_for("enrollment.class_page", code=target)) if _is_in(target) else moved


def _is_in(code: str) -> bool:
    actor = current_actor()
    found = timetable.find_class(code)
    learner = people.find_learner_of_user(actor.user_id) if actor.user_id is not None else None
    return found is not None and learner is not None and queries.is_admitted(found.id, learner.id)


def _words(outcome: Enrolled) -> Text:
    if not outcome.is_new:
        return Text(N_("您已经报过这个班，不用再报，什么都没有改动。"))
    if outcome.state in PENDING:
        return Text(N_("申请已提交，正在审核，结果会发消息给您。"))
    if outcome.number is not None:
        return Text(N_("席位已满，您已加入候补，候补号 %(number)s。轮到您时会征询您。"), number=outcome.number)
    return Text(N_("报名成功，席位是您的了。"))


@blueprint.post("/classes/<code>/withdraw")
@signed_in
def withdraw(code: str) -> ResponseReturnValue:
    """Leave a class or its line."""
    return _change_own(
        code,
        lambda own: services.withdraw(code=own, actor=current_actor(), now=now()),
        N_("已退出，席位已让出。以后还可以报名。"),
    )


def _change_own(code: str, change: Callable[[str], object], words: str) -> ResponseReturnValue:
    """Do something with the reader's live enrollment in a class, and say how it went."""
    found, actor = seen(code), current_actor()
    learner = people.find_learner_of_user(actor.user_id) if actor.user_id is not None else None
    own = queries.live_enrollment(found.id, learner.id) if learner else None
    if EmptyForm().validate_on_submit():
        try:
            if own is None:
                raise services.AlreadyEnded
            with transaction():
                change(own.code)
            say(words)
        except DomainError as error:
            say_error(error)
    return _answer(code)
