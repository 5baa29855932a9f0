"""The certificate officer's desk: classes that are ready, batches, the register."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from academy.certificates import queries, services
from academy.certificates.policies import READERS, WRITERS, can_approve, can_prepare, can_revoke
from academy.certificates.queries import RegisterFilter
from academy.certificates.rules import CertificateState, RowState, standing
from academy.certificates.web import blueprint
from academy.certificates.web.forms import ReasonForm
from academy.certificates.web.shown import HEADLINES, fields, headline
from academy.core.access import allow, current_actor
from academy.core.clock import now, today
from academy.core.db import transaction
from academy.core.errors import DomainError
from academy.core.text import N_, Text
from academy.timetable import queries as timetable
from academy.ui.flash import say, say_error
from academy.ui.forms import EmptyForm
from academy.ui.paging import Page, page_of

PER_PAGE = 20
STATE_WORDS: dict[CertificateState, tuple[str, str]] = {
    CertificateState.ISSUED: ("ok", N_("有效")),
    CertificateState.SUSPENDED: ("wait", N_("已暂停")),
    CertificateState.REVOKED: ("no", N_("已撤销")),
    CertificateState.REPLACED: ("fix", N_("已被替换")),
}
"""Sign and words of each state in the register."""
ROW_WORDS: dict[RowState, tuple[str, str]] = {
    RowState.WAITING: ("wait", N_("待签发")),
    RowState.ISSUED: ("ok", N_("已签发")),
    RowState.FAILED: ("lost", N_("没有办成")),
    RowState.REFUSED: ("no", N_("不再符合")),
}


@blueprint.get("/manage/certificates")
@allow(*READERS)
def manage() -> str:
    """What waits, what runs, and the register."""
    state = CertificateState(request.args["state"]) if request.args.get("state") in set(CertificateState) else None
    search, page = request.args.get("q", "")[:100], page_of(request.args.get("page"))
    found, total = queries.register_page(RegisterFilter(search, state), limit=PER_PAGE, offset=page.offset(PER_PAGE))
    return render_template(
        "certificates/manage.html",
        ready=queries.ready_classes(),
        batches=queries.recent_batches(),
        may_prepare=can_prepare(current_actor()),
        certificates=found,
        total=total,
        pages=Page.count(total, PER_PAGE),
        page=page,
        per_page=PER_PAGE,
        search=search,
        state=state,
        state_words=STATE_WORDS,
        standing_of=lambda one: HEADLINES[standing(one.state, one.valid_until, today())],
    )


@blueprint.get("/manage/certificates/classes/<code>")
@allow(*READERS)
def preview(code: str) -> str:
    """Who in a class is entitled and who is not, with the reasons."""
    training_class = timetable.get_class(code)
    people = queries.evaluate_class(training_class.id, now=now())
    return render_template(
        "certificates/preview.html",
        training_class=training_class,
        entitled=[person for person in people if person.verdict.allowed],
        others=[person for person in people if not person.verdict.allowed and person.held_number is None],
        held=[person for person in people if person.held_number is not None],
        open_batch=queries.find_open_batch(training_class.id),
        may_prepare=can_prepare(current_actor()),
        form=EmptyForm(),
    )


@blueprint.post("/manage/certificates/classes/<code>")
@allow(*WRITERS)
def prepare(code: str) -> ResponseReturnValue:
    """Prepare a batch for the second person."""
    class_id = timetable.get_class(code).id
    try:
        with transaction():
            batch = services.prepare_batch(class_id=class_id, actor=current_actor(), now=now())
    except DomainError as error:
        say_error(error)
        return redirect(url_for("certificates.preview", code=code))
    say(Text(N_("已准备 %(count)s 人，请另一位证书管理员批准。"), count=batch.total))
    return redirect(url_for("certificates.batch", code=batch.code))


@blueprint.get("/manage/certificates/batches/<code>")
@allow(*READERS)
def batch(code: str) -> str:
    """A batch: what will happen, what is happening, what became of it."""
    return render_template(
        "certificates/batch.html", **_batch_facts(code), form=EmptyForm(), reason_form=ReasonForm(formdata=None)
    )


@blueprint.get("/manage/certificates/batches/<code>/progress")
@allow(*READERS)
def batch_progress(code: str) -> str:
    """The part of the page that asks for itself while the batch runs."""
    return render_template("certificates/_progress.html", **_batch_facts(code), form=EmptyForm())


def _batch_facts(code: str) -> dict[str, object]:
    found = queries.get_batch(code)
    rows = queries.batch_rows(found.id)
    actor = current_actor()
    return {
        "batch": found,
        "rows": rows,
        "issued": queries.certificates_of_batch(found.id),
        "run": queries.find_run(found),
        "row_words": ROW_WORDS,
        "failed": sum(row.state is RowState.FAILED for row in rows),
        "may_approve": can_approve(actor, found.prepared_by_id),
        "may_prepare": can_prepare(actor),
        "is_mine": actor.user_id is not None and actor.user_id == found.prepared_by_id,
    }


@blueprint.post("/manage/certificates/batches/<code>/approve")
@allow(*WRITERS)
def approve(code: str) -> ResponseReturnValue:
    """The second person approves."""
    try:
        with transaction():
            approved = services.approve_batch(code=code, actor=current_actor(), now=now())
    except DomainError as error:
        say_error(error)
    else:
        say(Text(N_("已批准，正在签发 %(count)s 份。可以离开这一页。"), count=approved.total))
    return redirect(url_for("certificates.batch", code=code))


@blueprint.post("/manage/certificates/batches/<code>/withdraw")
@allow(*WRITERS)
def withdraw(code: str) -> ResponseReturnValue:
    """Take a batch back before it is approved."""
    form = ReasonForm()
    if not form.validate_on_submit():
        return render_template("certificates/batch.html", **_batch_facts(code), form=EmptyForm(), reason_form=form), 422
    try:
        with transaction():
            services.withdraw_batch(code=code, reason=form.reason.data or "", actor=current_actor(), now=now())
    except DomainError as error:
        say_error(error)
    else:
        say(N_("已撤回，没有签发任何证书。"))
    return redirect(url_for("certificates.batch", code=code))


@blueprint.post("/manage/certificates/batches/<code>/retry")
@allow(*WRITERS)
def retry(code: str) -> ResponseReturnValue:
    """Try the failed rows again."""
    try:
        with transaction():
            services.retry_failed(code=code, actor=current_actor(), now=now())
    except DomainError as error:
        say_error(error)
    else:
        say(N_("正在重试没有办成的。"))
    return redirect(url_for("certificates.batch", code=code))


@blueprint.get("/manage/certificates/<number>")
@allow(*READERS)
def entry(number: str) -> str:
    """One entry of the register with its chain of events."""
    return _entry_page(number, ReasonForm(formdata=None))


def _entry_page(number: str, form: ReasonForm) -> str:
    certificate = queries.get_certificate(number)
    finding = queries.verify(certificate.public_id, now=now())
    return render_template(
        "certificates/entry.html",
        certificate=certificate,
        checks=finding.checks,
        shown=fields(finding, name=certificate.holder_name),
        headline=headline(finding),
        events=queries.events_of(certificate.id),
        may_revoke=can_revoke(current_actor()) and certificate.state in (CertificateState.ISSUED, CertificateState.SUSPENDED),
        form=form,
    )


@blueprint.post("/manage/certificates/<number>/revoke")
@allow(*WRITERS)
def revoke(number: str) -> ResponseReturnValue:
    """Revoke, with a reason."""
    form = ReasonForm()
    if not form.validate_on_submit():
        return _entry_page(number, form), 422
    try:
        with transaction():
            services.revoke(number=number, reason=form.reason.data or "", actor=current_actor(), now=now())
    except DomainError as error:
        say_error(error)
    else:
        say(Text(N_("证书 %(number)s 已撤销，查验页即时显示。"), number=number))
    return redirect(url_for("certificates.entry", number=number))
