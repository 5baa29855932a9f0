"""Two records of one person: who they may be, what each holds, the merge, and how far it has come."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import StringField
from wtforms.validators import DataRequired, Length

from academy.accounts.queries import organizations_by_ids, person_types, users_by_ids
from academy.core.access import Role, allow, current_actor
from academy.core.clock import now
from academy.core.db import transaction
from academy.core.errors import DomainError
from academy.core.sealed import mask_id_number, mask_mobile
from academy.core.text import N_, render
from academy.people import queries, services
from academy.people.models import Learner
from academy.people.rules import EDUCATION_WORDS, GENDER_WORDS, HELD_LEVEL_WORDS
from academy.people.web import blueprint
from academy.ui.flash import say, say_error
from academy.ui.forms import EmptyForm, Form, clean_text
from academy.ui.paging import page_of

PER_PAGE = 20
MERGERS = (Role.ADMINISTRATOR, Role.CLASS_MANAGER)


class MergeForm(Form):
    """Why two records are one person."""

    reason = StringField(
        N_("为什么是同一个人"),
        validators=[DataRequired(N_("请写明为什么是同一个人。")), Length(max=500, message=N_("最多 500 字。")), clean_text],
    )


@blueprint.get("/manage/learners/duplicates")
@allow(*MERGERS)
def duplicates() -> ResponseReturnValue:
    """Records that may be one person: one name with one mobile number or one date of birth."""
    found = queries.merge_candidates()
    page = page_of(request.args.get("page"))
    shown = found[page.offset(PER_PAGE) : page.offset(PER_PAGE) + PER_PAGE]
    merges = queries.recent_merges()
    learners = queries.learners_by_ids({key for merge in merges for key in (merge.kept_id, merge.merged_id)})
    return render_template(
        "people/duplicates.html",
        candidates=shown,
        total=len(found),
        page=page,
        pages=page.count(len(found), PER_PAGE),
        per_page=PER_PAGE,
        units=_units([one for pair in shown for one in (pair.first, pair.second)]),
        merges=merges,
        learners=learners,
        mask_id_number=mask_id_number,
        mask_mobile=mask_mobile,
        button=EmptyForm(),
    )


def _units(learners: list[Learner]) -> dict[int, str]:
    ids = {one.organization_id for one in learners if one.organization_id is not None}
    return {key: unit.name_zh for key, unit in organizations_by_ids(ids).items()}


@blueprint.get("/manage/learners/merge")
@allow(*MERGERS)
def merge_preview() -> ResponseReturnValue:
    """Both records side by side, and what goes over; nothing is written."""
    return _preview(MergeForm(formdata=None))


def _preview(form: MergeForm) -> ResponseReturnValue:
    kept, merged = (queries.raw_learner(_code(name)) for name in ("kept", "merged"))
    problem: DomainError | None = None
    if kept.id == merged.id:
        problem = services.MergeIntoItself()
    elif kept.merged_into_id is not None or merged.merged_into_id is not None:
        problem = services.AlreadyMerged()
    form.reason.label.text = render(form.reason.label.text)
    both = [kept, merged]
    users = users_by_ids([one.user_id for one in both if one.user_id is not None])
    kinds = {kind.code: kind for kind in person_types()}
    return render_template(
        "people/merge.html",
        kept=kept,
        merged=merged,
        held=queries.holdings(kept.id, merged.id) if problem is None else [],
        problem=problem,
        form=form,
        units=_units(both),
        users=users,
        kinds=kinds,
        gender_words=GENDER_WORDS,
        education_words=EDUCATION_WORDS,
        level_words=HELD_LEVEL_WORDS,
        mask_id_number=mask_id_number,
        mask_mobile=mask_mobile,
    ), (422 if form.errors else 200)


def _code(name: str) -> str:
    return request.values.get(name, "").strip().upper()[:20].replace("\0", "")


@blueprint.post("/manage/learners/merge")
@allow(*MERGERS)
def merge_learners() -> ResponseReturnValue:
    """Merge, for good; what belongs to the record follows in the background."""
    form = MergeForm()
    if not form.validate_on_submit():
        return _preview(form)
    try:
        with transaction():
            merge = services.merge_learners(
                kept_code=_code("kept"),
                merged_code=_code("merged"),
                reason=form.reason.data or "",
                actor=current_actor(),
                now=now(),
            )
    except DomainError as error:
        say_error(error)
        return redirect(url_for("people.duplicates"))
    return redirect(url_for("people.merge", code=merge.code))


@blueprint.get("/manage/learners/merges/<code>")
@allow(*MERGERS)
def merge(code: str) -> ResponseReturnValue:
    """How far a merge has come: each domain with what it moved and what it left."""
    found = queries.get_merge(code)
    learners = queries.learners_by_ids([found.kept_id, found.merged_id])
    template = "people/_merge.html" if request.headers.get("HX-Request") else "people/merged.html"
    deliveries = queries.merge_deliveries(found)
    return render_template(
        template,
        merge=found,
        kept=learners[found.kept_id],
        merged=learners[found.merged_id],
        deliveries=deliveries,
        moves={move.subject: move for move in queries.moves_of(found)},
        is_done=all(row.state.value == "done" for row in deliveries),
        words=DOMAIN_WORDS,
    )


DOMAIN_WORDS = {
    "enrollment": N_("报名"),
    "attendance": N_("考勤与学时"),
    "exams": N_("答卷与考号"),
    "scoring": N_("成绩"),
    "certificates": N_("证书"),
}


@blueprint.post("/manage/learners/apart")
@allow(*MERGERS)
def keep_apart() -> ResponseReturnValue:
    """Say that two records are two people."""
    if EmptyForm().validate_on_submit():
        try:
            with transaction():
                services.keep_apart(first_code=_code("first"), second_code=_code("second"), actor=current_actor(), now=now())
            say(N_("已记下：这是两个人，不再提出。"))
        except DomainError as error:
            say_error(error)
    return redirect(url_for("people.duplicates"))
