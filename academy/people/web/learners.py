"""The register of learners, for staff and for coordinators of their own organization."""

from collections.abc import Mapping

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from academy.accounts.queries import (
    find_division,
    organizations,
    organizations_by_code,
    organizations_by_ids,
    person_types,
)
from academy.core.access import Role, allow, current_actor
from academy.core.clock import now
from academy.core.db import transaction
from academy.core.errors import NotFound
from academy.core.sealed import mask_id_number, mask_mobile
from academy.people import queries, services
from academy.people.models import Learner
from academy.people.policies import (
    can_correct,
    can_export_in_full,
    can_import,
    can_merge,
    can_see_learner,
    can_unmask,
    sees_all_learners,
    visible_organizations,
)
from academy.people.rules import EDUCATION_WORDS, GENDER_WORDS, HELD_LEVEL_WORDS, HeldLevel
from academy.people.services import MOST_WITHOUT_PURPOSE
from academy.people.web import blueprint
from academy.ui.forms import EmptyForm
from academy.ui.paging import page_of

PER_PAGE = 20
MAY_READ = (Role.ADMINISTRATOR, Role.CLASS_MANAGER, Role.ORGANIZATION_COORDINATOR)


def wanted_learners(asked: Mapping[str, str]) -> queries.LearnerFilter:
    """What a list, or a file of it, is narrowed to; whatever is asked, nobody gets beyond her scope."""
    actor = current_actor()
    kinds = {kind.code for kind in person_types()}
    level = next((level for level in HeldLevel if level.value == asked.get("level")), None)
    scope = visible_organizations(actor)
    code = asked.get("unit", "")[:12].replace("\0", "")
    unit = organizations_by_code().get(code) if code else None
    if unit is not None:
        scope = frozenset({unit.id}) if scope is None or unit.id in scope else frozenset()
    return queries.LearnerFilter(
        search=asked.get("q", "")[:40].replace("\0", ""),
        person_type=asked.get("type", "") if asked.get("type") in kinds else "",
        held_level=level.value if level else "",
        organizations=scope,
    )


@blueprint.get("/manage/learners")
@allow(*MAY_READ)
def learners() -> ResponseReturnValue:
    """Search and filter; numbers are masked."""
    actor = current_actor()
    kinds = {kind.code: kind for kind in person_types()}
    wanted = wanted_learners(request.args)
    page = page_of(request.args.get("page"))
    found, total = queries.learners(wanted, limit=PER_PAGE, offset=page.offset(PER_PAGE))
    return render_template(
        "people/learners.html",
        learners=found,
        total=total,
        page=page,
        pages=page.count(total, PER_PAGE),
        per_page=PER_PAGE,
        wanted=wanted,
        kinds=kinds,
        units=organizations_by_ids({one.organization_id for one in found if one.organization_id}),
        level_words=HELD_LEVEL_WORDS,
        mask_id_number=mask_id_number,
        mask_mobile=mask_mobile,
        may_import=can_import(actor),
        is_scoped=visible_organizations(actor) is not None,
        all_units=organizations() if sees_all_learners(actor) else organizations_by_ids(actor.organizations).values(),
        unit=request.args.get("unit", ""),
        may_export_in_full=can_export_in_full(actor),
        may_merge=can_merge(actor),
        most_without_purpose=MOST_WITHOUT_PURPOSE,
        button=EmptyForm(),
    )


@blueprint.get("/manage/learners/<code>")
@allow(*MAY_READ)
def learner(code: str) -> ResponseReturnValue:
    """One learner, masked."""
    found = queries.get_learner(code)
    if not can_see_learner(current_actor(), found):
        raise NotFound  # a coordinator may not even know of people elsewhere
    if found.code != code:  # the code of a record that was merged into this one
        return redirect(url_for("people.learner", code=found.code))
    return _learner_page(found, is_unmasked=False)


@blueprint.post("/manage/learners/<code>/unmask")
@allow(Role.ADMINISTRATOR, Role.CLASS_MANAGER)
def unmask_learner(code: str) -> ResponseReturnValue:
    """Show the numbers in full, once, and write down who looked."""
    if not EmptyForm().validate_on_submit():
        return redirect(url_for("people.learner", code=code))
    with transaction():
        found = services.unmask_learner(code=code, actor=current_actor(), now=now())
    return _learner_page(found, is_unmasked=True)


def _learner_page(found: Learner, *, is_unmasked: bool) -> str:
    unit = organizations_by_ids([found.organization_id or 0]).get(found.organization_id or 0)
    return render_template(
        "people/learner.html",
        learner=found,
        id_number=found.id_number if is_unmasked else mask_id_number(found.id_number),
        mobile=found.mobile if is_unmasked else mask_mobile(found.mobile),
        is_unmasked=is_unmasked,
        merges=queries.merges_into(found.id) if can_merge(current_actor()) else [],
        may_merge=can_merge(current_actor()),
        may_correct=can_correct(current_actor(), found),
        may_unmask=can_unmask(current_actor(), found),
        unit=unit,
        kind=next((kind for kind in person_types() if kind.code == found.person_type_code), None),
        division=find_division(found.division_code) if found.division_code else None,
        gender_words=GENDER_WORDS,
        education_words=EDUCATION_WORDS,
        level_words=HELD_LEVEL_WORDS,
        button=EmptyForm(),
    )
