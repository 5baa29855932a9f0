"""The staff's view of the instructor pool: the list, and one instructor with her papers."""

from datetime import date

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from academy.accounts.queries import get_user, organizations_by_ids
from academy.core.access import Role, allow, current_actor
from academy.core.clock import now, today
from academy.core.db import transaction
from academy.core.errors import DomainError
from academy.core.sheets import XLSX, Book, Column
from academy.core.text import N_, render
from academy.people import queries, services
from academy.people.models import Instructor
from academy.people.policies import can_appoint
from academy.people.queries import PoolFilter
from academy.people.rules import (
    APPOINTMENT_SIGNS,
    APPOINTMENT_WORDS,
    FEE_TIER_WORDS,
    IMPERSONAL,
    INSTRUCTOR_KIND_WORDS,
    QUALIFICATION_WORDS,
    STANDING_SIGNS,
    STANDING_WORDS,
    AppointmentState,
    Standing,
    mask_number,
)
from academy.people.web import blueprint
from academy.people.web.instructors import field_names
from academy.people.web.pool_forms import AccountForm, AppointmentForm, FieldsForm, QualificationForm, ReasonForm
from academy.ui.filters import bilingual
from academy.ui.flash import say, tried
from academy.ui.forms import EmptyForm
from academy.ui.paging import page_of

PER_PAGE = 20
STAFF = (Role.ADMINISTRATOR, Role.CLASS_MANAGER)
URGENT = (Standing.EXPIRED, Standing.EXPIRING, Standing.SUBMITTED)
WORDS = {
    "standing_words": STANDING_WORDS,
    "standing_signs": STANDING_SIGNS,
    "kind_words": QUALIFICATION_WORDS,
    "appointment_words": APPOINTMENT_WORDS,
    "appointment_signs": APPOINTMENT_SIGNS,
    "fee_words": FEE_TIER_WORDS,
    "mask_number": mask_number,
    "impersonal": IMPERSONAL,
}


def _wanted() -> PoolFilter:
    args = request.args
    appointment = args.get("appointment", "")
    return PoolFilter(
        search=args.get("q", "")[:40].replace("\0", ""),
        field_code=args.get("field", "") if args.get("field") in field_names() else "",
        appointment=appointment if appointment == "none" or appointment in set(AppointmentState) else "",
        standing=next((one for one in URGENT if one.value == args.get("papers")), None),
    )


@blueprint.get("/manage/instructors")
@allow(*STAFF)
def pool() -> ResponseReturnValue:
    """The pool with what each can show and how she is appointed."""
    wanted, day, page = _wanted(), today(), page_of(request.args.get("page"))
    found, total = queries.find_in_pool(wanted, day, limit=PER_PAGE, offset=page.offset(PER_PAGE))
    ids = [one.id for one in found]
    return render_template(
        "people/pool.html",
        instructors=found,
        total=total,
        page=page,
        pages=page.count(total, PER_PAGE),
        per_page=PER_PAGE,
        wanted=wanted,
        fields=field_names(),
        units=organizations_by_ids({one.organization_id for one in found if one.organization_id}),
        papers=queries.qualifications_of(ids, day),
        appointments=queries.appointments_of(ids),
        counts=queries.standing_counts(day),
        urgent=URGENT,
        states=list(AppointmentState),
        **WORDS,
    )


@blueprint.get("/manage/instructors.xlsx")
@allow(*STAFF)
def pool_file() -> ResponseReturnValue:
    """The list as it is filtered, as a workbook; numbers of papers stay out."""
    moment, day = now(), today()
    found, _ = queries.find_in_pool(_wanted(), day, limit=None)
    ids = [one.id for one in found]
    papers, appointments = queries.qualifications_of(ids, day), queries.appointments_of(ids)
    units = organizations_by_ids({one.organization_id for one in found if one.organization_id})
    titles = (N_("编号"), N_("姓名"), N_("职称"), N_("单位"), N_("领域"), N_("聘任"), N_("聘期至"), N_("课酬档"), N_("资格"))
    columns = [Column(render(title), width) for title, width in zip(titles, (10, 12, 14, 28, 30, 14, 14, 16, 50), strict=True)]
    fields = field_names()
    rows = []
    for one in found:
        current = next(iter(appointments.get(one.id, [])), None)
        held = [f"{paper.row.name_zh}（{render(STANDING_WORDS[paper.standing])}）" for paper in papers.get(one.id, [])]
        taught = [bilingual(fields[code].name_zh, fields[code].name_en) for code in one.field_codes if code in fields]
        rows.append(
            (
                one.code,
                one.name_zh,
                one.title_zh,
                units[one.organization_id].name_zh if one.organization_id in units else "",
                "；".join(taught),
                render(APPOINTMENT_WORDS[current.state]) if current else "",
                current.until if current else None,
                render(FEE_TIER_WORDS.get(one.fee_tier, one.fee_tier)),
                "；".join(held),
            )
        )
    book = Book(as_of=moment)
    book.sheet(render(N_("师资库")), columns, rows)
    headers = {"Content-Disposition": 'attachment; filename="instructors.xlsx"'}
    return Response(book.content(), mimetype=XLSX, headers=headers)


@blueprint.get("/manage/instructors/<code>")
@allow(*STAFF)
def pool_instructor(code: str) -> ResponseReturnValue:
    """One instructor: fields, papers, appointments."""
    return _shown(queries.get_instructor(code))


def _shown(found: Instructor, *, seen: str = "", number: str = "") -> str:
    """The page; `seen` is the code of the paper whose number is shown in full, once."""
    fields = field_names()
    choices = [(code, bilingual(one.name_zh, one.name_en)) for code, one in fields.items()]
    form = FieldsForm(data={"main": next(iter(found.field_codes), ""), "others": found.field_codes[1:]})
    form.main.choices = form.others.choices = choices
    day = today()
    appointment = AppointmentForm(data={"fee_tier": found.fee_tier, "starts_on": day, "ends_on": _in_two_years(day)})
    return render_template(
        "people/pool_instructor.html",
        instructor=found,
        unit=organizations_by_ids([found.organization_id or 0]).get(found.organization_id or 0),
        account=get_user(found.user_id) if found.user_id else None,
        fields=fields,
        papers=queries.qualifications_of([found.id], day).get(found.id, []),
        appointments=queries.appointments_of([found.id]).get(found.id, []),
        form=form,
        appointment=appointment,
        account_form=AccountForm(),
        button=EmptyForm(),
        may_appoint=can_appoint(current_actor()),
        user_id=current_actor().user_id,
        source_words=INSTRUCTOR_KIND_WORDS,
        seen=seen,
        number=number,
        **WORDS,
    )


def _in_two_years(day: date) -> date:
    return date(day.year + 1, 12, 31)


@blueprint.post("/manage/instructors/<code>/fields")
@allow(*STAFF)
def set_fields(code: str) -> ResponseReturnValue:
    """Change what she teaches."""
    form = FieldsForm()
    form.main.choices = form.others.choices = [(one, one) for one in field_names()]
    if not form.validate_on_submit():
        say(N_("领域没有改：至少选一个，最多 8 个，都要在领域表里。"), "lost")
        return redirect(url_for("people.pool_instructor", code=code))
    return tried(
        url_for("people.pool_instructor", code=code),
        lambda: services.set_fields(instructor_code=code, field_codes=form.codes(), actor=current_actor(), now=now()),
        N_("领域已改。排课和找人从现在起按新的领域。"),
    )


@blueprint.post("/manage/instructors/<code>/account")
@allow(*STAFF)
def tie_account(code: str) -> ResponseReturnValue:
    """Say which account is hers."""
    form = AccountForm()
    typed = (form.email.data or "")[:254] if form.validate_on_submit() else ""
    return tried(
        url_for("people.pool_instructor", code=code),
        lambda: services.tie_account(instructor_code=code, email=typed, actor=current_actor(), now=now()),
        N_("账号已对上，本人登录后就能看到自己的课和资格。"),
    )


@blueprint.route("/manage/instructors/<code>/qualifications/new", methods=["GET", "POST"])
@allow(*STAFF)
def new_qualification(code: str) -> ResponseReturnValue:
    """Register a paper, or the one that follows another."""
    found = queries.get_instructor(code)
    return edited_paper(found, back=url_for("people.pool_instructor", code=code), is_staff=True)


def edited_paper(found: Instructor, *, back: str, is_staff: bool) -> ResponseReturnValue:
    """The form of a paper, for the staff and for the instructor herself."""
    renews = request.args.get("renews", "")[:16]
    old = queries.get_qualification(renews, instructor_id=found.id) if renews else None
    form = QualificationForm(data={"kind": old.kind.value, "name_zh": old.name_zh} if old else None)
    if form.validate_on_submit():
        try:
            with transaction():
                services.register_qualification(
                    instructor_code=found.code,
                    paper=form.paper(),
                    renews=renews or None,
                    actor=current_actor(),
                    now=now(),
                )
        except DomainError as error:
            form.refuse(error)
        else:
            say(N_("资格已登记，从现在起作数。") if is_staff else N_("已交给教务核验，核验后作数。"))
            return redirect(back)
    template = "people/new_qualification.html"
    status = 422 if form.errors else 200
    return render_template(template, form=form, instructor=found, old=old, back=back, is_staff=is_staff), status


@blueprint.post("/manage/instructors/<code>/qualifications/<paper>/<any(check,reject,unmask):step>")
@allow(*STAFF)
def decide_qualification(code: str, paper: str, step: str) -> ResponseReturnValue:
    """Check a paper that was handed in, reject it, or show its number once."""
    found = queries.get_instructor(code)
    queries.get_qualification(paper, instructor_id=found.id)
    actor, form = current_actor(), ReasonForm()
    if step == "unmask" and EmptyForm().validate_on_submit():
        with transaction():
            number = services.unmask_qualification(code=paper, actor=actor, now=now())
        return _shown(queries.get_instructor(code), seen=paper, number=number)
    if step == "check" and EmptyForm().validate_on_submit():
        return tried(
            url_for("people.pool_instructor", code=code),
            lambda: services.check_qualification(code=paper, actor=actor, now=now()),
            N_("资格已核验，从现在起作数，本人会收到通知。"),
        )
    typed = (form.reason.data or "") if form.validate_on_submit() else ""
    return tried(
        url_for("people.pool_instructor", code=code),
        lambda: services.reject_qualification(code=paper, reason=typed, actor=actor, now=now()),
        N_("已退回，本人会收到原因。"),
    )


@blueprint.post("/manage/instructors/<code>/appointments")
@allow(*STAFF)
def propose_appointment(code: str) -> ResponseReturnValue:
    """Propose to appoint her."""
    form = AppointmentForm()
    if not form.validate_on_submit():
        say(N_("聘任没有登记：要有岗位和课酬档，聘期先始后终，最长五年。"), "lost")
        return redirect(url_for("people.pool_instructor", code=code))
    return tried(
        url_for("people.pool_instructor", code=code),
        lambda: services.propose_appointment(instructor_code=code, terms=form.terms(), actor=current_actor(), now=now()),
        N_("已提出聘任，等另一位管理员批准。"),
    )


@blueprint.post("/manage/appointments/<code>/<any(appoint,end):step>")
@allow(Role.ADMINISTRATOR)
def step_appointment(code: str, step: str) -> ResponseReturnValue:
    """Appoint whom somebody proposed, or end an appointment."""
    back = queries.instructor_by_id(queries.get_appointment(code).instructor_id).code
    form, actor = ReasonForm(), current_actor()
    if step == "appoint" and EmptyForm().validate_on_submit():
        return tried(
            url_for("people.pool_instructor", code=back),
            lambda: services.appoint(code=code, actor=actor, now=now()),
            N_("已聘任，聘书有了编号，本人会收到通知。"),
        )
    typed = (form.reason.data or "") if form.validate_on_submit() else ""
    return tried(
        url_for("people.pool_instructor", code=back),
        lambda: services.end_appointment(code=code, reason=typed, actor=actor, now=now()),
        N_("聘任已结束。"),
    )
