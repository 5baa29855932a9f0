"""Merging two records of one person: what happens at once, and what the domains above need to follow.

At once: the merged record becomes a signpost to the kept one (its code, its identity number and its account go on working),
an account and messages go over, gaps of the kept record are filled. Then `people.learners_merged` is announced; every domain
that keeps rows of learners re-points its own in a subscriber and says with `note_moved` what it moved and what it left.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import ColumnElement, FromClause, exists, select, update

from academy.core.access import Actor
from academy.core.audit import record
from academy.core.codes import random_code16
from academy.core.db import Base, db, table_of
from academy.core.errors import Conflict, Forbidden, Invalid, NotFound
from academy.core.outbox import announce, newest_rows
from academy.core.sealed import mask_id_number, mask_mobile
from academy.core.text import N_
from academy.notifications.services import hand_over_messages
from academy.people.models import Learner, LearnerMerge, LearnerMove, LearnerPair
from academy.people.policies import can_merge
from academy.people.rules import HeldLevel

EVENT = "people.learners_merged"


Condition: TypeAlias = Callable[[FromClause, FromClause], ColumnElement[bool]]


class MergeIntoItself(Invalid):
    """A record is one person with itself already."""

    message = N_("这是同一份档案，不能与自己合并。")


class AlreadyMerged(Conflict):
    """A record goes into another one once; and nothing goes into a record that is a signpost only."""

    message = N_("其中一份档案已经并入别的档案，没有再合并。")
    next_step = N_("请用仍在使用的那一份。")


class MergeReasonIsMissing(Invalid):
    """Two records become one for good: somebody says why they are one person."""

    message = N_("请写明为什么是同一个人。什么都没有改动。")


def merge_learners(*, kept_code: str, merged_code: str, reason: str, actor: Actor, now: datetime) -> LearnerMerge:
    """Merge one record into another. Raises Forbidden, NotFound, MergeIntoItself, AlreadyMerged, MergeReasonIsMissing."""
    if not can_merge(actor):
        raise Forbidden
    if kept_code == merged_code:
        raise MergeIntoItself
    if not reason.strip():
        raise MergeReasonIsMissing
    kept, merged = _lock_both(kept_code, merged_code)
    if kept.merged_into_id is not None or merged.merged_into_id is not None:
        raise AlreadyMerged
    before = {"kept": _facts(kept), "merged": _facts(merged)}
    _move_account(kept, merged)
    _fill_gaps(kept, merged)
    merged.merged_into_id = kept.id
    db.session.flush()
    shorten = update(Learner).where(Learner.merged_into_id == merged.id).values(merged_into_id=kept.id)
    db.session.execute(shorten.execution_options(synchronize_session=False))
    merge = LearnerMerge(
        code=random_code16(),
        kept_id=kept.id,
        merged_id=merged.id,
        reason=reason.strip()[:500],
        merged_by_id=actor.user_id,
        merged_by=actor.name,
        merged_at=now,
        deliveries=[],
    )
    db.session.add(merge)
    db.session.flush()
    after = {"kept": _facts(kept), "merged": _facts(merged)}
    for learner in (kept, merged):
        subject = f"learner:{learner.code}"
        record(actor, "people.learners_merged", subject, now=now, before=before, after=after, reason=merge.reason)
    payload = {"kept_id": kept.id, "merged_id": merged.id}
    announce(EVENT, now=now, **payload)
    merge.deliveries = newest_rows(EVENT, payload=payload)
    return merge


def _lock_both(kept_code: str, merged_code: str) -> tuple[Learner, Learner]:
    """Both records, locked in the order of their ids: of two that merge them crosswise, one finds a signpost."""
    query = select(Learner).where(Learner.code.in_([kept_code, merged_code])).order_by(Learner.id)
    locked = query.with_for_update().execution_options(populate_existing=True)
    found = {learner.code: learner for learner in db.session.scalars(locked)}
    if len(found) < 2:
        raise NotFound
    return found[kept_code], found[merged_code]


def _move_account(kept: Learner, merged: Learner) -> None:
    """The account goes over when the kept record has none; of two accounts both lead to the kept record."""
    if merged.user_id is None:
        return
    if kept.user_id is None:
        account, merged.user_id = merged.user_id, None
        db.session.flush()
        kept.user_id = account
    else:
        hand_over_messages(from_user_id=merged.user_id, to_user_id=kept.user_id)


def _fill_gaps(kept: Learner, merged: Learner) -> None:
    """What only the merged record says is kept; of what the kept one says, only the qualification may give way."""
    if kept.organization_id is None and not kept.unit_zh:
        kept.organization_id, kept.unit_zh = merged.organization_id, merged.unit_zh
    kept.email = kept.email or merged.email
    kept.education = kept.education or merged.education
    kept.division_code = kept.division_code or merged.division_code
    kept.works_since = kept.works_since or merged.works_since
    better = max((kept, merged), key=_held)  # of equals the first, so the kept one
    kept.held_level, kept.held_until = better.held_level, better.held_until  # a level never with another paper's last day


def _held(learner: Learner) -> tuple[int, date]:
    """How good a qualification is: its level, then its last day; one that is not on record is the least."""
    return list(HeldLevel).index(learner.held_level), learner.held_until or date.min


def _facts(learner: Learner) -> dict[str, Any]:
    """The whole record, numbers masked."""
    return {
        "code": learner.code,
        "name_zh": learner.name_zh,
        "id_number": mask_id_number(learner.id_number),
        "mobile": mask_mobile(learner.mobile),
        "email": learner.email,
        "user_id": learner.user_id,
        "organization_id": learner.organization_id,
        "unit_zh": learner.unit_zh,
        "person_type": learner.person_type_code,
        "education": learner.education.value if learner.education else None,
        "division": learner.division_code,
        "works_since": _day(learner.works_since),
        "held_level": learner.held_level.value,
        "held_until": _day(learner.held_until),
        "merged_into_id": learner.merged_into_id,
    }


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def note_moved(*, merged_id: int, subject: str, moved: Iterable[int], left: Iterable[str] = (), now: datetime) -> None:
    """Say what a domain moved for a merge (row ids), and what it left and why. Said again, it changes nothing."""
    merge = db.session.scalars(select(LearnerMerge).where(LearnerMerge.merged_id == merged_id)).one()
    known = select(LearnerMove.id).where(LearnerMove.merge_id == merge.id, LearnerMove.subject == subject)
    if db.session.scalar(known) is None:
        rows, remarks = sorted(moved), list(left)
        db.session.add(LearnerMove(merge_id=merge.id, subject=subject, moved=rows, left=remarks, moved_at=now))
        db.session.flush()


class Repointed(NamedTuple):
    """The ids of rows that belong to the kept record now, and of those that could not."""

    moved: list[int]
    left: list[int]


def repoint(
    model: type[Base], *, kept_id: int, merged_id: int, unique: Sequence[str] = (), when: Condition | None = None
) -> Repointed:
    """Give a table's rows of the merged record to the kept one.

    A row stays when the kept record has one with the same `unique` columns already (and `when`, called with both tables,
    holds): two rows that the table may not hold for one person are a matter for a person.
    """
    table = table_of(model)
    kept = table.alias("kept")
    mine: list[ColumnElement[bool]] = [table.c.learner_id == merged_id]
    if unique:
        same = exists().where(kept.c.learner_id == kept_id, *(kept.c[name] == table.c[name] for name in unique))
        same = same.where(when(kept, table)) if when is not None else same
        mine.append(~same)
    moving = list(db.session.scalars(select(table.c.id).where(*mine).order_by(table.c.id)))
    if moving:
        db.session.execute(update(table).where(table.c.id.in_(moving)).values(learner_id=kept_id))
    left = db.session.scalars(select(table.c.id).where(table.c.learner_id == merged_id).order_by(table.c.id))
    db.session.expire_all()
    return Repointed(moving, list(left))


def keep_apart(*, first_code: str, second_code: str, actor: Actor, now: datetime) -> None:
    """Say that two records are two people; they are not proposed again. Raises Forbidden, NotFound, MergeIntoItself."""
    if not can_merge(actor):
        raise Forbidden
    if first_code == second_code:
        raise MergeIntoItself
    first, second = sorted(_lock_both(first_code, second_code), key=lambda one: one.id)
    known = select(LearnerPair.id).where(LearnerPair.first_id == first.id, LearnerPair.second_id == second.id)
    if db.session.scalar(known) is None:
        db.session.add(LearnerPair(first_id=first.id, second_id=second.id, said_by=actor.name, said_at=now))
        db.session.flush()
        record(actor, "people.learners_kept_apart", f"learner:{first.code}", now=now, after={"other": second.code})
