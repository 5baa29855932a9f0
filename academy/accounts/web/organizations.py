"""Organizations that the academy works with: universities and institutes, social organizations, work units."""

from collections import Counter

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from academy.accounts import queries
from academy.accounts.models import Organization
from academy.accounts.rules import OrganizationKind
from academy.core.access import Role, current_actor, public
from academy.core.text import N_
from academy.ui.paging import page_of

PER_PAGE = 20
KIND_WORDS: dict[OrganizationKind, str] = {
    OrganizationKind.UNIVERSITY: N_("高校"),
    OrganizationKind.INSTITUTE: N_("研究机构"),
    OrganizationKind.SOCIAL_ORGANIZATION: N_("社会组织"),
    OrganizationKind.WORK_UNIT: N_("用人单位"),
    OrganizationKind.STATION: N_("社工站"),
}
GROUPS: dict[str, tuple[str, tuple[OrganizationKind, ...]]] = {
    "universities": (N_("高校与研究机构"), (OrganizationKind.UNIVERSITY, OrganizationKind.INSTITUTE)),
    "social": (N_("社会组织"), (OrganizationKind.SOCIAL_ORGANIZATION,)),
    "units": (N_("用人单位"), (OrganizationKind.WORK_UNIT, OrganizationKind.STATION)),
}


def register(blueprint: Blueprint) -> None:
    """Open the two pages on the blueprint of accounts."""
    blueprint.add_url_rule("/organizations", view_func=organizations)
    blueprint.add_url_rule("/organizations/<code>", view_func=organization)


@public
def organizations() -> ResponseReturnValue:
    """Search by name, city or code; filter by group and city."""
    everything = queries.organizations()
    places = {place.code: place for place in queries.divisions()}
    group = request.args.get("group", "")
    search = request.args.get("q", "")[:40].strip()
    city = places.get(request.args.get("city", ""))
    found = [
        one
        for one in everything
        if (group not in GROUPS or one.kind in GROUPS[group][1])
        and (city is None or _city(one) == city.code)
        and (not search or search.lower() in f"{one.name_zh}{one.code}".lower())
    ]
    page = page_of(request.args.get("page"))
    return render_template(
        "accounts/organizations.html",
        total=len(everything),
        found=len(found),
        organizations=found[page.offset(PER_PAGE) : page.offset(PER_PAGE) + PER_PAGE],
        page=page,
        pages=page.count(len(found), PER_PAGE),
        per_page=PER_PAGE,
        groups=GROUPS,
        group_counts={name: sum(one.kind in kinds for one in everything) for name, (_, kinds) in GROUPS.items()},
        group=group if group in GROUPS else "",
        city=city,
        city_counts=Counter(_city(one) for one in everything if one.division_code),
        places=places,
        search=search,
        kind_words=KIND_WORDS,
    )


def _city(organization: Organization) -> str:
    """The code of the prefecture in which an organization lies."""
    return f"{organization.division_code[:4]}00" if organization.division_code else ""


@public
def organization(code: str) -> ResponseReturnValue:
    """One organization. Its contact person is for staff and for its own coordinator."""
    found = queries.get_organization(code)
    actor = current_actor()
    return render_template(
        "accounts/organization.html",
        organization=found,
        division=queries.find_division(found.division_code) if found.division_code else None,
        city=queries.find_division(_city(found)) if found.division_code else None,
        kind_words=KIND_WORDS,
        is_insider=actor.has(Role.ADMINISTRATOR, Role.CLASS_MANAGER) or found.id in actor.organizations,
    )
