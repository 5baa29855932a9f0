"""Quotas of a class, and the allotments of a unit."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select

from academy.core.db import db
from academy.core.errors import NotFound
from academy.enrollment.models import ClassQuota as ClassQuota  # what reads give back is public by name
from academy.enrollment.rules import QuotaFacts


def quotas_of(class_id: int) -> list[ClassQuota]:
    """A class's quotas, those of units first, then by age."""
    query = select(ClassQuota).where(ClassQuota.class_id == class_id)
    return list(db.session.scalars(query.order_by(ClassQuota.organization_id.is_(None), ClassQuota.id)))


def fresh_quotas(class_id: int) -> list[ClassQuota]:
    """A class's quotas as they are in the database, whatever was read before; by age."""
    query = select(ClassQuota).where(ClassQuota.class_id == class_id).order_by(ClassQuota.id)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def standing_quotas(class_id: int) -> tuple[QuotaFacts, ...]:
    """The quotas of a class that have not been returned, as the rule sees them."""
    names = [getattr(ClassQuota, name) for name in QuotaFacts._fields]
    query = select(*names).where(ClassQuota.class_id == class_id, ClassQuota.returned_at.is_(None)).order_by(ClassQuota.id)
    return tuple(QuotaFacts._make(row) for row in db.session.execute(query))


def get_quota(quota_id: int, class_id: int) -> ClassQuota:
    """A quota of a class. Raises NotFound, also when it belongs to another class."""
    found = db.session.get(ClassQuota, quota_id, populate_existing=True)
    if found is None or found.class_id != class_id:
        raise NotFound
    return found


def allotments_of(organization_ids: Iterable[int]) -> list[ClassQuota]:
    """The quotas of these organizations, the newest class first."""
    query = select(ClassQuota).where(ClassQuota.organization_id.in_(list(organization_ids)))
    return list(db.session.scalars(query.order_by(ClassQuota.class_id.desc(), ClassQuota.id)))


def class_ids_with_due_quotas(now: datetime) -> list[int]:
    """Classes with a quota whose hour of return has come, in a fixed order."""
    query = select(ClassQuota.class_id).where(ClassQuota.returned_at.is_(None), ClassQuota.returns_at <= now)
    return list(db.session.scalars(query.distinct().order_by(ClassQuota.class_id)))
