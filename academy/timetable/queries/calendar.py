"""What a personal calendar feed shows, and whose feed a secret address is."""

import hashlib
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import and_, or_, select

from academy.core.db import db, table_of
from academy.core.errors import NotFound
from academy.timetable.models import CalendarFeed, ClassSession, SessionInstructor, TrainingClass
from academy.timetable.rules import ClassState, SessionState

LOOKS_BACK = timedelta(days=180)
TOLD_TO_INSTRUCTORS = frozenset(ClassState) - {ClassState.DRAFT, ClassState.SUBMITTED}
_classes, _sessions, _taught = table_of(TrainingClass), table_of(ClassSession), table_of(SessionInstructor)
_rooms, _sites = _sessions.metadata.tables["room"], _sessions.metadata.tables["teaching_site"]


class FeedSession(NamedTuple):
    """A session as a feed needs it. `is_taught`: the reader teaches it."""

    class_code: str
    class_title: str
    seq: int
    title: str
    starts_at: datetime
    ends_at: datetime
    minutes: int
    revision: int
    changed_at: datetime
    is_cancelled: bool
    reason: str
    site: str
    address: str
    room: str
    is_taught: bool


def token_hash(token: str) -> str:
    """What is kept of a secret address."""
    return hashlib.sha256(token.encode()).hexdigest()


def find_feed(user_id: int) -> CalendarFeed | None:
    """A person's feed, if she has one."""
    return db.session.scalars(select(CalendarFeed).where(CalendarFeed.user_id == user_id)).one_or_none()


def feed_user_id(token: str) -> int:
    """Whose feed a secret address is. Raises NotFound for an unknown or revoked one."""
    found = db.session.scalar(select(CalendarFeed.user_id).where(CalendarFeed.token_hash == token_hash(token)))
    if found is None:
        raise NotFound
    return found


def feed_sessions(*, class_ids: Collection[int], instructor_id: int | None, now: datetime) -> list[FeedSession]:
    """The sessions of some classes and of an instructor since half a year ago, each once, cancelled ones too, in order."""
    taught = select(_taught.c.session_id).where(_taught.c.instructor_id == instructor_id)
    teaches = _sessions.c.id.in_(taught)
    is_own = or_(_sessions.c.class_id.in_(list(class_ids)), and_(teaches, _classes.c.state.in_(sorted(TOLD_TO_INSTRUCTORS))))
    room_site = _sites.alias()
    query = (
        select(
            _classes.c.code,
            _classes.c.title_zh.label("class_title"),
            _classes.c.state.label("class_state"),
            _classes.c.created_at,
            _sessions,
            _sites.c.name_zh.label("site"),
            _sites.c.address_zh.label("address"),
            room_site.c.name_zh.label("room_site"),
            room_site.c.address_zh.label("room_address"),
            _rooms.c.name_zh.label("room"),
            teaches.label("is_taught"),
        )
        .select_from(
            _sessions.join(_classes, _classes.c.id == _sessions.c.class_id)
            .join(_sites, _sites.c.id == _classes.c.site_id)
            .outerjoin(_rooms, _rooms.c.id == _sessions.c.room_id)
            .outerjoin(room_site, room_site.c.id == _rooms.c.site_id)
        )
        .where(is_own, _sessions.c.starts_at >= now - LOOKS_BACK)
        .order_by(_sessions.c.starts_at, _sessions.c.id)
    )
    return [
        FeedSession(
            class_code=row.code,
            class_title=row.class_title,
            seq=row.seq,
            title=row.title_zh,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            minutes=row.minutes,
            revision=row.revision + (1 if row.class_state is ClassState.CANCELLED else 0),
            changed_at=row.changed_at or row.created_at,
            is_cancelled=SessionState.CANCELLED is row.state or ClassState.CANCELLED is row.class_state,
            reason=row.cancelled_reason,
            site=row.room_site or row.site,
            address=row.room_address or row.address,
            room=row.room or "",
            is_taught=bool(row.is_taught),
        )
        for row in db.session.execute(query)
    ]
