"""Staff: teaching needs, and the search for somebody who can teach."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from academy.catalog import queries as catalog
from academy.core.access import Role, allow, current_actor
from academy.core.clock import now
from academy.core.db import transaction
from academy.core.errors import DomainError
from academy.core.text import N_
from academy.people import queries as people
from academy.people.rules import QUALIFICATION_WORDS, QualificationKind
from academy.sites import queries as sites
from academy.timetable import queries, services
from academy.timetable.models import TeachingNeed
from academy.timetable.policies import can_edit_sessions
from academy.timetable.queries import ClassSession, TrainingClass
from academy.timetable.rules import (
    CANDIDATE_SIGNS,
    CANDIDATE_WORDS,
    NEED_SIGNS,
    NEED_WORDS,
    REASON_WORDS,
    WAITING,
    CandidateState,
    NeedState,
    TeachingRole,
)
from academy.timetable.services.needs import Ask
from academy.timetable.web import blueprint
from academy.timetable.web.need_forms import ROLE_WORDS, AnswerForm, NeedForm, field_choices, fill_need_form, kind_choices
from academy.ui.flash import say, say_error, tried
from academy.ui.forms import EmptyForm
from academy.ui.paging import page_of

STAFF = (Role.ADMINISTRATOR, Role.CLASS_MANAGER)
PER_PAGE = 20
SHOWN = 15  # of a ranked list; the counted reasons say why the others are not there
ANSWER_WITHIN = timedelta(days=2)
WORDS = {
    "need_words": NEED_WORDS,
    "need_signs": NEED_SIGNS,
    "candidate_words": CANDIDATE_WORDS,
    "candidate_signs": CANDIDATE_SIGNS,
    "qualification_words": QUALIFICATION_WORDS,
    "reason_words": REASON_WORDS,
    "role_words": ROLE_WORDS,
    "SHOWN": SHOWN,
}


@blueprint.get("/manage/needs")
@allow(*STAFF)
def needs() -> ResponseReturnValue:
    """All needs, those that wait first."""
    wanted = next((state for state in NeedState if state.value == request.args.get("state")), None)
    page = page_of(request.args.get("page"))
    found, total = queries.find_needs([wanted] if wanted else None, limit=PER_PAGE, offset=page.offset(PER_PAGE))
    candidates = queries.candidates_of(one.id for one in found)
    return render_template(
        "timetable/needs.html",
        needs=found,
        total=total,
        page=page,
        pages=page.count(total, PER_PAGE),
        per_page=PER_PAGE,
        wanted=wanted,
        counts=queries.need_counts(),
        states=list(NeedState),
        candidates=candidates,
        waiting=WAITING,
        INVITED=CandidateState.INVITED,
        **shown_with(found),
        **WORDS,
    )


def shown_with(found: Sequence[TeachingNeed]) -> dict[str, Any]:
    """What every list of needs shows beside them."""
    return {
        "classes": queries.classes_by_ids({one.class_id for one in found}),
        "sessions": queries.sessions_of_needs(found),
        "assigned": people.instructors_by_ids({one.assigned_id for one in found if one.assigned_id}),
        "fields": {one.code: one for one in catalog.fields()},
        "sites": {one.id: one for one in sites.sites()},
    }


@blueprint.route("/manage/classes/<code>/needs/new", methods=["GET", "POST"])
@allow(*STAFF)
def new_need(code: str) -> ResponseReturnValue:
    """Ask for an instructor for sessions of a class."""
    found, at = queries.get_class(code), now()
    coming = [one for one in queries.sessions_of(found.id) if one.starts_at > at and not one.is_cancelled]
    teaching = queries.session_instructors(one.id for one in coming)
    form = NeedForm(**_defaults(coming, teaching, at))
    fill_need_form(form, coming, dict.fromkeys(id_ for ids in teaching.values() for id_ in ids))
    if form.validate_on_submit():
        try:
            with transaction():
                need = services.open_need(class_code=code, wanted=form.wanted(), actor=current_actor(), now=now())
        except DomainError as error:
            form.refuse(error)
        else:
            say(N_("需求已发布，这个领域的讲师现在能看到。接着可以邀请合适的人。"))
            return redirect(url_for("timetable.need", code=need.code))
    return render_template(
        "timetable/new_need.html",
        form=form,
        found=found,
        coming={one.id: one for one in coming},
        staffed=set(teaching),
        may=can_edit_sessions(current_actor(), found),
    ), 422 if form.errors else 200


def _defaults(coming: list[ClassSession], teaching: dict[int, list[int]], at: datetime) -> dict[str, Any]:
    """Sessions without anybody are chosen already; an answer is asked for within two days, before the first of them."""
    unstaffed = [one for one in coming if one.id not in teaching]
    first = next(iter(unstaffed or coming), None)
    if first is None:
        return {}
    course = catalog.courses_by_ids([first.course_id or 0]).get(first.course_id or 0)
    deadline = min(at + ANSWER_WITHIN, at + (first.starts_at - at) / 2)
    return {
        "sessions": [one.id for one in unstaffed],
        "field": course.field_code if course else None,
        "deadline_at": deadline,
    }


@blueprint.get("/manage/needs/<code>")
@allow(*STAFF)
def need(code: str) -> ResponseReturnValue:
    """One need: who was asked, what they said, who else fits."""
    found = queries.get_need(code)
    sessions = queries.sessions_of_needs([found])[found.id]
    candidates = queries.candidates_of([found.id]).get(found.id, [])
    search = None
    if found.state is NeedState.OPEN and sessions:
        search = queries.find_substitutes(
            sessions,
            field_code=found.field_code,
            kind=found.wanted_kind,
            declined=[one.instructor_id for one in candidates if one.state not in WAITING],
        )
    return render_template(
        "timetable/need.html",
        found=found,
        found_class=queries.class_by_id(found.class_id),
        wanted_sessions=sessions,
        candidates=candidates,
        people=people.instructors_by_ids({one.instructor_id for one in candidates} | {found.replaces_id or 0}),
        search=search,
        asked={one.instructor_id: one for one in candidates},
        waiting=WAITING,
        button=EmptyForm(),
        **shown_with([found]),
        **WORDS,
    )


@blueprint.post("/manage/needs/<code>/<any(invite,assign):step>")
@allow(*STAFF)
def step_need(code: str, step: str) -> ResponseReturnValue:
    """Invite somebody, or give her the sessions."""
    back, actor = url_for("timetable.need", code=code), current_actor()
    chosen = request.form.get("instructor", "")[:20]
    if not EmptyForm().validate_on_submit():
        return redirect(back)
    if step == "invite":
        return tried(
            back,
            lambda: services.invite(code=code, instructor_code=chosen, actor=actor, now=now()),
            N_("已邀请，对方会收到通知。"),
        )
    return tried(
        back,
        lambda: services.assign(code=code, instructor_code=chosen, actor=actor, now=now()),
        N_("已派定，课表随之更新，其他人会收到通知。"),
    )


@blueprint.post("/manage/needs/<code>/withdraw")
@allow(*STAFF)
def withdraw_need(code: str) -> ResponseReturnValue:
    """Take a need back."""
    back, form = url_for("timetable.need", code=code), AnswerForm()
    if not form.validate_on_submit():
        return redirect(back)
    return tried(
        back,
        lambda: services.withdraw_need(code=code, reason=form.reason.data or "", actor=current_actor(), now=now()),
        N_("需求已撤回，还在等的人会收到通知。"),
    )


@blueprint.route("/manage/classes/<code>/sessions/<int(max=2147483647):seq>/substitutes", methods=["GET", "POST"])
@allow(*STAFF)
def substitutes(code: str, seq: int) -> ResponseReturnValue:
    """Who could teach this session: free then, qualified, nearest. One press invites or assigns."""
    found, session = queries.get_class(code), queries.get_session(code, seq)
    open_need = queries.open_need_of_session(session.id)
    if open_need is not None:
        return redirect(url_for("timetable.need", code=open_need.code))
    if request.method == "POST" and EmptyForm().validate_on_submit():
        return _taken(found, session)
    course = catalog.courses_by_ids([session.course_id or 0]).get(session.course_id or 0)
    fields = dict(field_choices())
    field_code = request.args.get("field", "")
    if field_code not in fields:
        field_code = course.field_code if course else catalog.program_by_id(found.program_id).field_code
    kind = next((one for one in QualificationKind if one.value == request.args.get("kind")), None)
    teaching = queries.session_instructors([session.id]).get(session.id, [])
    return render_template(
        "timetable/substitutes.html",
        found=found,
        session=session,
        site=sites.site_by_id(found.site_id),
        search=queries.find_substitutes([session], field_code=field_code, kind=kind),
        teaching=list(people.instructors_by_ids(teaching).values()),
        fields=fields,
        field_code=field_code,
        kind=kind,
        kinds=kind_choices(),
        is_over=session.is_cancelled or session.starts_at <= now() or not can_edit_sessions(current_actor(), found),
        button=EmptyForm(),
        **WORDS,
    )


def _taken(found: TrainingClass, session: ClassSession) -> ResponseReturnValue:
    """Invite or assign whom the search found."""
    given, actor = request.form, current_actor()
    here = url_for("timetable.substitutes", code=found.code, seq=session.seq)
    chosen = given.get("instructor", "")[:20]
    kind = next((one for one in QualificationKind if one.value == given.get("kind")), None)
    teaching = queries.session_instructors([session.id]).get(session.id, [])
    replaced = next((id_ for id_ in teaching if str(id_) == given.get("replaces")), None)
    at = now()
    wanted = Ask(
        session_ids=(session.id,),
        field_code=given.get("field", "")[:10],
        deadline_at=min(at + ANSWER_WITHIN, at + (session.starts_at - at) / 2),
        kind=kind,
        role=TeachingRole.ASSISTANT if given.get("role") == TeachingRole.ASSISTANT.value else TeachingRole.LEAD,
        replaces_id=replaced,
    )
    is_assigned = given.get("step") == "assign"
    take = services.assign_at_once if is_assigned else services.invite_at_once
    try:
        with transaction():
            need = take(class_code=found.code, wanted=wanted, instructor_code=chosen, actor=actor, now=at)
        say(N_("已派定，课表随之更新，其他人会收到通知。") if is_assigned else N_("已邀请，对方会收到通知。"))
    except DomainError as error:
        say_error(error)
        return redirect(here)
    return redirect(url_for("timetable.need", code=need.code))
