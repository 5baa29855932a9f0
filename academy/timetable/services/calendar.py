"""Making, replacing and revoking the secret address of a personal calendar feed."""

import secrets
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from academy.core.access import Actor
from academy.core.audit import record
from academy.core.db import db
from academy.core.errors import Conflict, Forbidden
from academy.core.text import N_
from academy.timetable import queries
from academy.timetable.models import CalendarFeed


class NoFeed(Conflict):
    """There is no address to revoke."""

    message = N_("没有订阅地址，不用撤销。")


def create_feed(*, actor: Actor, now: datetime) -> str:
    """A new secret for the person's feed; one that she had no longer works. It is given once: only its hash is kept.

    Raises Forbidden for nobody.
    """
    if actor.user_id is None:
        raise Forbidden
    token = secrets.token_urlsafe(32)
    before = queries.find_feed(actor.user_id)
    if before is None:
        feed = CalendarFeed(user_id=actor.user_id, token_hash=queries.token_hash(token), created_at=now)
        try:
            with db.session.begin_nested():
                db.session.add(feed)
        except IntegrityError:  # pressed twice at once: the later address counts
            before = queries.find_feed(actor.user_id)
    if before is not None:
        before.token_hash, before.created_at = queries.token_hash(token), now
        db.session.flush()
    action = "timetable.feed_replaced" if before else "timetable.feed_created"
    record(actor, action, f"user:{actor.user_id}", now=now)
    return token


def revoke_feed(*, actor: Actor, now: datetime) -> None:
    """Let the person's address end. Raises Forbidden for nobody, NoFeed."""
    if actor.user_id is None:
        raise Forbidden
    feed = queries.find_feed(actor.user_id)
    if feed is None:
        raise NoFeed
    db.session.execute(delete(CalendarFeed).where(CalendarFeed.id == feed.id))
    record(actor, "timetable.feed_revoked", f"user:{actor.user_id}", now=now)
