"""The instructor's own side: needs that fit her, invitations, and when she cannot teach."""

from datetime import datetime, timedelta

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from academy.core.access import Role, allow, current_actor
from academy.core.clock import now
from academy.core.db import transaction
from academy.core.errors import DomainError
from academy.core.text import N_
from academy.people import queries as people
from academy.people.queries import Instructor
from academy.timetable import queries, services
from academy.timetable.models import TeachingNeed
from academy.timetable.queries import ClassSession
from academy.timetable.rules import Answer, CandidateState, NeedState
from academy.timetable.web import blueprint
from academy.timetable.web.need_forms import AbsenceForm, AnswerForm
from academy.timetable.web.needs import STAFF, WORDS, shown_with
from academy.ui.flash import say, say_error, tried
from academy.ui.forms import EmptyForm

LOOK_BACK, LOOK_AHEAD = timedelta(days=90), timedelta(days=730)


def _own() -> Instructor | None:
    actor = current_actor()
    return people.find_instructor_of_user(actor.user_id) if actor.user_id is not None else None


@blueprint.get("/teaching/needs")
@allow(Role.INSTRUCTOR)
def own_needs() -> ResponseReturnValue:
    """Invitations that wait for an answer, open needs that fit, and what came of earlier ones."""
    instructor, at = _own(), now()
    mine = queries.candidacies_of(instructor.id) if instructor else []
    fitting = queries.needs_that_fit(instructor, at) if instructor else []
    return render_template(
        "timetable/own_needs.html",
        instructor=instructor,
        invited=[(c, n) for c, n in mine if c.state is CandidateState.INVITED and _is_open(n, at)],
        pending=[(c, n) for c, n in mine if c.state in {CandidateState.APPLIED, CandidateState.ACCEPTED} and _is_open(n, at)],
        past=[(c, n) for c, n in mine if not _is_open(n, at) or c.state in {CandidateState.DECLINED, CandidateState.WITHDRAWN}],
        fitting=fitting,
        clashes=_clashes(instructor, queries.sessions_of_needs(fitting)) if instructor else {},
        button=EmptyForm(),
        **shown_with([*fitting, *(need for _, need in mine)]),
        **WORDS,
    )


def _is_open(need: TeachingNeed, at: datetime) -> bool:
    return need.state is NeedState.OPEN and need.deadline_at > at


def _clashes(instructor: Instructor, sessions: dict[int, list[ClassSession]]) -> dict[int, str]:
    """What she teaches at the time of each need, in a few words; one statement for all needs."""
    wanted = [one for found in sessions.values() for one in found]
    if not wanted:
        return {}
    then = queries.taught_then(instructor.id, min(s.starts_at for s in wanted), max(s.ends_at for s in wanted))
    hits = {
        need_id: [s.title_zh for s, _ in then if any(s.starts_at < o.ends_at and o.starts_at < s.ends_at for o in found)]
        for need_id, found in sessions.items()
    }
    return {need_id: titles[0] for need_id, titles in hits.items() if titles}


@blueprint.post("/teaching/needs/<code>/apply")
@allow(Role.INSTRUCTOR)
def apply_for(code: str) -> ResponseReturnValue:
    """Offer oneself."""
    form = AnswerForm()
    note = (form.reason.data or "") if form.validate_on_submit() else None
    if note is None:
        return redirect(url_for("timetable.own_needs"))
    return tried(
        url_for("timetable.own_needs"),
        lambda: services.apply_for(code=code, note=note, actor=current_actor(), now=now()),
        N_("已应征。派定与否都会通知您。"),
    )


@blueprint.post("/teaching/invitations/<code>/<any(accept,decline):answer>")
@allow(Role.INSTRUCTOR)
def answer_invitation(code: str, answer: str) -> ResponseReturnValue:
    """Accept or decline one's own invitation."""
    form = AnswerForm()
    reason = (form.reason.data or "") if form.validate_on_submit() else None
    if reason is None:
        return redirect(url_for("timetable.own_needs"))
    done = N_("已接受。教务派定后，课会出现在您的课表里。") if answer == Answer.ACCEPT else N_("已谢绝，原因已转给教务。")
    return tried(
        url_for("timetable.own_needs"),
        lambda: services.answer_invitation(code=code, answer=Answer(answer), reason=reason, actor=current_actor(), now=now()),
        done,
    )


@blueprint.post("/teaching/invitations/<code>/take-back")
@allow(Role.INSTRUCTOR)
def take_back(code: str) -> ResponseReturnValue:
    """Take one's own application back."""
    if not EmptyForm().validate_on_submit():
        return redirect(url_for("timetable.own_needs"))
    return tried(
        url_for("timetable.own_needs"),
        lambda: services.take_back(code=code, actor=current_actor(), now=now()),
        N_("应征已撤回。"),
    )


@blueprint.route("/teaching/absences", methods=["GET", "POST"])
@allow(Role.INSTRUCTOR)
def own_absences() -> ResponseReturnValue:
    """When she cannot teach."""
    instructor = _own()
    if instructor is None:
        return render_template("timetable/absences.html", instructor=None, is_staff=False)
    return _absences(instructor, url_for("timetable.own_absences"), is_staff=False)


@blueprint.route("/manage/instructors/<code>/absences", methods=["GET", "POST"])
@allow(*STAFF)
def absences_of(code: str) -> ResponseReturnValue:
    """The same for the staff, who may confirm sessions away."""
    return _absences(people.get_instructor(code), url_for("timetable.absences_of", code=code), is_staff=True)


def _absences(instructor: Instructor, here: str, *, is_staff: bool) -> ResponseReturnValue:
    form = AbsenceForm(**_tomorrow())
    if form.validate_on_submit() and _declared(form, instructor, is_staff=is_staff):
        return redirect(here)
    at = now()
    found = people.absences_between([instructor.id], at - LOOK_BACK, at + LOOK_AHEAD).get(instructor.id, [])
    return render_template(
        "timetable/absences.html",
        instructor=instructor,
        form=form,
        absences=found,
        at=at,
        is_staff=is_staff,
        button=EmptyForm(),
        remove_url=url_for("timetable.remove_absence", code=instructor.code),
    ), 422 if form.errors else 200


def _tomorrow() -> dict[str, datetime]:
    begin = now() + timedelta(days=1)
    return {"starts_at": begin, "ends_at": begin + timedelta(hours=8)}


def _declared(form: AbsenceForm, instructor: Instructor, *, is_staff: bool) -> bool:
    given = form.data
    try:
        with transaction():
            services.declare_absence(
                instructor_code=instructor.code,
                starts_at=given["starts_at"],
                ends_at=given["ends_at"],
                reason=given["reason"] or "",
                is_confirmed=is_staff and bool(given["is_confirmed"]),
                actor=current_actor(),
                now=now(),
            )
    except DomainError as error:
        form.refuse(error)
        return False
    say(N_("已登记。那段时间不会再排课。"))
    return True


@blueprint.post("/teaching/absences/<code>/remove")
@allow(Role.INSTRUCTOR, *STAFF)
def remove_absence(code: str) -> ResponseReturnValue:
    """Take an absence back. `code` is the instructor's; which one is in the form."""
    typed = request.form.get("absence", "")
    absence_id = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else 0
    instructor = _own()
    is_own = instructor is not None and instructor.code == code
    if EmptyForm().validate_on_submit():
        try:
            with transaction():
                services.withdraw_absence(instructor_code=code, absence_id=absence_id, actor=current_actor(), now=now())
            say(N_("已撤销，那段时间又可以排课。"))
        except DomainError as error:
            say_error(error)
    return redirect(url_for("timetable.own_absences") if is_own else url_for("timetable.absences_of", code=code))
