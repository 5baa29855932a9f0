"""Meetings about the pass mark."""

from sqlalchemy import select

from academy.core.db import db
from academy.core.errors import NotFound
from academy.scoring.models import StandardSetting


def standards_of(sitting_id: int) -> list[StandardSetting]:
    """The standards set for a sitting, newest first."""
    query = select(StandardSetting).where(StandardSetting.sitting_id == sitting_id)
    return list(db.session.scalars(query.order_by(StandardSetting.made_at.desc(), StandardSetting.id.desc())))


def get_standard(code: str, *, sitting_id: int) -> StandardSetting:
    """A standard of a sitting by its code. Raises NotFound."""
    query = select(StandardSetting).where(StandardSetting.code == code, StandardSetting.sitting_id == sitting_id)
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound
    return found
