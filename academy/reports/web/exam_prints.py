"""What is printed for a sitting: the page that lists the forms, each form as a file, and a candidate's own ticket."""

from io import BytesIO

from flask import Response, render_template, request, send_file
from flask.typing import ResponseReturnValue

from academy.core.access import Role, allow, current_actor
from academy.core.clock import now
from academy.core.errors import NotFound
from academy.exams import queries as exams
from academy.exams.models import ExamSitting
from academy.people import queries as people
from academy.reports.prints import exams as prints
from academy.reports.web import blueprint

WATCHING = (Role.ADMINISTRATOR, Role.CLASS_MANAGER, Role.INSTRUCTOR)


def _watched(code: str) -> ExamSitting:
    """A sitting, for who watches over it. Raises NotFound for everybody else."""
    sitting = exams.get_sitting(code)
    if not exams.may_watch(current_actor(), sitting):
        raise NotFound
    return sitting


@blueprint.get("/manage/exams/sittings/<code>/prints")
@allow(*WATCHING)
def sitting_prints(code: str) -> ResponseReturnValue:
    """The forms of a sitting, by room, and why one cannot be printed yet."""
    sitting = _watched(code)
    found = prints.read_sitting(sitting, printed_by=current_actor().name, now=now())
    return render_template(
        "reports/sitting_prints.html",
        sitting=sitting,
        found=found,
        gaps="mark" if request.args.get("gaps") == "mark" else None,
        forms=[(form, prints.explain_missing(form, found)) for form in prints.EXAM_FORMS],
    )


@blueprint.get("/manage/exams/sittings/<code>/prints/<slug>.pdf")
@allow(*WATCHING)
def print_sitting(code: str, slug: str) -> ResponseReturnValue:
    """A form of a sitting: of one room, or of all."""
    sitting, form = _watched(code), prints.BY_SLUG.get(slug)
    if form is None:
        raise NotFound
    typed = request.args.get("room", "")
    if typed and not (typed.isascii() and typed.isdigit() and len(typed) < 4):
        raise NotFound
    room, moment, actor = int(typed) if typed else None, now(), current_actor()
    found = prints.read_sitting(sitting, printed_by=actor.name, now=moment)
    content = prints.make_form(form, found, room=room, marks_gaps=request.args.get("gaps") == "mark")
    return _pdf(content, prints.file_name(form, found, room=room))


@blueprint.get("/exams/<code>/ticket.pdf")
@allow(Role.LEARNER)
def own_ticket(code: str) -> ResponseReturnValue:
    """My admission ticket."""
    sitting = exams.get_sitting(code)
    learner = people.find_learner_of_user(current_actor().user_id or 0)
    if learner is None:
        raise NotFound
    content = prints.make_own_ticket(sitting, learner.id, now=now())
    return _pdf(content, f"准考证 {sitting.title_zh}.pdf")


def _pdf(content: bytes, name: str) -> Response:
    return send_file(BytesIO(content), mimetype="application/pdf", download_name=name, as_attachment=True, max_age=0)
