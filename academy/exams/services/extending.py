"""Giving time to an attempt that is running."""

from datetime import datetime, timedelta

from sqlalchemy import select, update

from academy.core.access import Actor
from academy.core.audit import record
from academy.core.db import db
from academy.core.errors import Conflict, Forbidden, Invalid, NotFound
from academy.core.text import N_
from academy.exams import queries
from academy.exams.models import Attempt
from academy.exams.rules.incidents import MOST_EXTRA_MINUTES
from academy.exams.rules.kinds import AttemptState


class AttemptIsNotRunning(Conflict):
    """The paper has been handed in or collected; there is no clock any more."""

    message = N_("考生 %(number)s 的卷子已经交了，补时没有地方算，没有记。")
    next_step = N_("确有必要，请联系班主任安排补考。")


class MinutesAreOutOfReach(Invalid):
    """Time is only ever added, and not without end."""

    message = N_("补时要在 1 到 %(most)s 分钟之间。")


def extend_attempt(*, attempt_id: int, minutes: int, reason: str, actor: Actor, now: datetime) -> datetime:
    """Add minutes to a running attempt; they count at once. Returns when it ends now.

    One conditional update: an attempt that has been handed in or collected in the meantime is left as it is. The row is
    locked first, so that two who give time at once both give it. Only who watches over the sitting gives time.

    Raises Forbidden, AttemptIsNotRunning, MinutesAreOutOfReach, NotFound.
    """
    if not 0 < minutes <= MOST_EXTRA_MINUTES:
        raise MinutesAreOutOfReach(most=MOST_EXTRA_MINUTES)
    columns = (Attempt.code, Attempt.candidate_no, Attempt.due_at, Attempt.sitting_id)
    found = db.session.execute(select(*columns).where(Attempt.id == attempt_id).with_for_update()).one_or_none()
    if found is None:
        raise NotFound
    if not queries.may_watch(actor, queries.sitting_by_id(found.sitting_id)):
        raise Forbidden
    due_at: datetime = found.due_at + timedelta(minutes=minutes)
    changed = db.session.execute(
        update(Attempt)
        .where(Attempt.id == attempt_id, Attempt.state == AttemptState.IN_PROGRESS, Attempt.due_at == found.due_at)
        .values(due_at=due_at)
        .returning(Attempt.id)
    ).one_or_none()
    if changed is None:
        raise AttemptIsNotRunning(number=found.candidate_no)
    before, after = {"due_at": found.due_at.isoformat()}, {"due_at": due_at.isoformat(), "minutes": minutes}
    record(actor, "exams.attempt_extended", f"attempt:{found.code}", now=now, before=before, after=after, reason=reason)
    return due_at
