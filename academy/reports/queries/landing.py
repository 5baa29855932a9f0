"""What a visitor sees first: who the academy is, in numbers of this installation."""

from dataclasses import dataclass

from sqlalchemy import func, select

from academy.accounts.models import Organization, PersonType
from academy.accounts.rules import OrganizationKind
from academy.catalog.models import Course, Field, Panel, Program
from academy.core.db import db
from academy.people.models import Instructor
from academy.sites.models import TeachingSite
from academy.sites.rules import SiteType


@dataclass(frozen=True, slots=True)
class Landing:
    """Counts of this installation."""

    panels: int
    fields: int
    courses: int
    programs: int
    instructors: int
    person_types: int
    groups: int
    sites: int
    sites_by_type: dict[SiteType, int]
    universities: int
    social_organizations: int


def landing() -> Landing:
    """All counts in two statements."""
    schools = (OrganizationKind.UNIVERSITY, OrganizationKind.INSTITUTE)
    counts = [
        select(func.count(Panel.code)),
        select(func.count(Field.code)),
        select(func.count(Course.id)),
        select(func.count(Program.id)),
        select(func.count(Instructor.id)),
        select(func.count(PersonType.code)),
        select(func.count(func.distinct(PersonType.group_code))),
        select(func.count(Organization.id)).where(Organization.kind.in_(schools)),
        select(func.count(Organization.id)).where(Organization.kind == OrganizationKind.SOCIAL_ORGANIZATION),
    ]
    row = db.session.execute(select(*[query.scalar_subquery() for query in counts])).one()
    panels, fields, courses, programs, instructors, types, groups, universities, social = row
    by_type = select(TeachingSite.site_type, func.count()).group_by(TeachingSite.site_type)
    sites = dict(db.session.execute(by_type).all())
    return Landing(
        panels=panels,
        fields=fields,
        courses=courses,
        programs=programs,
        instructors=instructors,
        person_types=types,
        groups=groups,
        sites=sum(sites.values()),
        sites_by_type={kind: sites.get(kind, 0) for kind in SiteType},
        universities=universities,
        social_organizations=social,
    )
