"""Reads of uploaded sign-in sheets."""

from sqlalchemy import select

from academy.attendance.models import SheetImport as SheetImport  # what reads give back is public by name
from academy.attendance.models import SheetState as SheetState
from academy.core.db import db
from academy.core.errors import NotFound


def get_sheet_import(class_id: int, code: str) -> SheetImport:
    """An uploaded sheet of a class. Raises NotFound, also for sheets of other classes."""
    found = db.session.scalars(select(SheetImport).where(SheetImport.code == code)).one_or_none()
    if found is None or found.class_id != class_id:
        raise NotFound
    return found


def recent_sheet_imports(class_id: int, limit: int = 5) -> list[SheetImport]:
    """The newest sheets of a class."""
    query = select(SheetImport).where(SheetImport.class_id == class_id).order_by(SheetImport.id.desc())
    return list(db.session.scalars(query.limit(limit)))
