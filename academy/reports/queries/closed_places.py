"""Rooms and sites that were closed over sessions already planned there."""

from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import Select, and_, func, or_, select

from academy.sites.models import Closure, Room, TeachingSite
from academy.timetable.models import ClassSession, TrainingClass
from academy.timetable.rules import ClassState, SessionState

AnySelect: TypeAlias = "Select[*tuple[Any, ...]]"


def closed_places(now: datetime) -> AnySelect:
    """Each closure into which sessions still to come are planned: how many, and the first of them."""
    own, held_at = Room.__table__.alias("own"), Room.__table__.alias("held_at")
    site_id = func.coalesce(held_at.c.site_id, TrainingClass.site_id)
    is_there = or_(
        and_(Closure.room_id.is_(None), Closure.site_id == site_id),
        Closure.room_id == ClassSession.room_id,
    )
    query = (
        select(
            Closure.code,
            Closure.reason,
            Closure.created_at,
            TeachingSite.name_zh.label("site"),
            own.c.name_zh.label("room"),
            func.count(ClassSession.id).label("sessions"),
            func.min(ClassSession.starts_at).label("first"),
        )
        .select_from(Closure)
        .join(TeachingSite, TeachingSite.id == Closure.site_id)
        .outerjoin(own, own.c.id == Closure.room_id)
        .join(ClassSession, and_(ClassSession.starts_at < Closure.ends_at, ClassSession.ends_at > Closure.starts_at))
        .join(TrainingClass, TrainingClass.id == ClassSession.class_id)
        .outerjoin(held_at, held_at.c.id == ClassSession.room_id)
        .where(Closure.lifted_at.is_(None), Closure.ends_at > now, ClassSession.ends_at > now, is_there)
        .where(ClassSession.state == SessionState.PLANNED, TrainingClass.state != ClassState.CANCELLED)
    )
    return query.group_by(Closure.id, Closure.code, Closure.reason, Closure.created_at, TeachingSite.name_zh, own.c.name_zh)
