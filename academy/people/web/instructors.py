"""The instructor pool, as anybody may see it."""

from collections import Counter
from collections.abc import Mapping
from typing import Protocol

from flask import current_app, render_template, request
from flask.typing import ResponseReturnValue

from academy.accounts.queries import find_division, organizations_by_ids
from academy.core.access import Actor, Role, current_actor, public
from academy.people import queries
from academy.people.models import Instructor
from academy.people.policies import can_manage_instructors
from academy.people.rules import FEE_TIER_WORDS, INSTRUCTOR_KIND_WORDS, InstructorKind
from academy.people.web import blueprint
from academy.ui.paging import page_of

PER_PAGE = 12


class FieldName(Protocol):
    """A field as the catalog names it."""

    code: str
    name_zh: str
    name_en: str
    panel: str


def field_names() -> Mapping[str, FieldName]:
    """The fields by code, from the catalog."""
    provider = current_app.extensions.get("catalog.fields")
    return provider() if provider else {}


@blueprint.get("/instructors")
@public
def instructors() -> ResponseReturnValue:
    """Search the pool by name, unit or words of the biography; filter by field and kind."""
    fields = field_names()
    field = fields.get(request.args.get("field", ""))
    kind = next((kind for kind in InstructorKind if kind.value == request.args.get("kind")), None)
    search = request.args.get("q", "")[:40].strip()
    everybody = queries.instructors()
    units = organizations_by_ids({one.organization_id for one in everybody if one.organization_id})
    names = {code: unit.name_zh for code, unit in units.items()}
    found = [
        one
        for one in everybody
        if (field is None or field.code in one.field_codes)
        and (kind is None or one.kind is kind)
        and (not search or search in f"{one.name_zh}{one.title_zh}{one.bio_zh}{names.get(one.organization_id or 0, '')}")
    ]
    page = page_of(request.args.get("page"))
    return render_template(
        "people/instructors.html",
        total=len(everybody),
        found=len(found),
        instructors=found[page.offset(PER_PAGE) : page.offset(PER_PAGE) + PER_PAGE],
        page=page,
        pages=page.count(len(found), PER_PAGE),
        per_page=PER_PAGE,
        fields=fields,
        counts=Counter(code for one in everybody for code in one.field_codes),
        field=field,
        kind=kind,
        search=search,
        unit_names=names,
        kind_words=INSTRUCTOR_KIND_WORDS,
        is_staff=can_manage_instructors(current_actor()),
        is_instructor=current_actor().has(Role.INSTRUCTOR),
    )


@blueprint.get("/instructors/<code>")
@public
def instructor(code: str) -> ResponseReturnValue:
    """One instructor: who, what fields, from where. Pay and mail are for staff and for the person."""
    found = queries.get_instructor(code)
    unit = organizations_by_ids([found.organization_id or 0]).get(found.organization_id or 0)
    home = find_division(found.home_division_code) if found.home_division_code else None
    colleagues = [one for one in queries.instructors(found.field_codes[0]) if one.id != found.id] if found.fields else []
    return render_template(
        "people/instructor.html",
        instructor=found,
        unit=unit,
        home=home,
        fields=field_names(),
        colleagues=colleagues[:6],
        kind_words=INSTRUCTOR_KIND_WORDS,
        fee_words=FEE_TIER_WORDS,
        sees_more=_sees_more(current_actor(), found),
        is_staff=can_manage_instructors(current_actor()),
    )


def _sees_more(actor: Actor, instructor: Instructor) -> bool:
    if actor.user_id is not None and instructor.user_id == actor.user_id:
        return True
    return actor.has(Role.ADMINISTRATOR, Role.CLASS_MANAGER)
