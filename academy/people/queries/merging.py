"""Who may be one person twice, what each record holds, and how far a merge has come."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

from sqlalchemy import func, select

from academy.core.db import db
from academy.core.errors import NotFound
from academy.core.outbox import OutboxRow, rows_by_ids
from academy.core.text import Text
from academy.people.models import Learner, LearnerMove, LearnerPair
from academy.people.models import LearnerMerge as LearnerMerge  # what reads give back is public by name
from academy.people.rules.people import birth_date

MOST_CANDIDATES = 500


class Candidate(NamedTuple):
    """Two records that may be one person, and what speaks for it; the older record first."""

    first: Learner
    second: Learner
    same_mobile: bool
    same_birth_date: bool


def merge_candidates(limit: int = MOST_CANDIDATES) -> list[Candidate]:
    """Records of one name with the same mobile number or the same date of birth, unless somebody kept them apart."""
    alive = Learner.merged_into_id.is_(None)
    names = select(Learner.name_zh).where(alive).group_by(Learner.name_zh).having(func.count(Learner.id) > 1)
    query = select(Learner).where(alive, Learner.name_zh.in_(names)).order_by(Learner.name_zh, Learner.id)
    by_name: dict[str, list[Learner]] = defaultdict(list)
    for learner in db.session.scalars(query):
        by_name[learner.name_zh].append(learner)
    apart = set(db.session.execute(select(LearnerPair.first_id, LearnerPair.second_id)).all())
    found: list[Candidate] = []
    for namesakes in by_name.values():
        for first, second in _alike(namesakes):
            if (first.id, second.id) not in apart and len(found) < limit:
                found.append(_candidate(first, second))
    return found


def _alike(namesakes: list[Learner]) -> list[tuple[Learner, Learner]]:
    """Pairs that share a mobile number or a birthday; each once, in the order of their ids."""
    groups: dict[object, list[Learner]] = defaultdict(list)
    for one in namesakes:
        groups[one.mobile_index].append(one)
        groups[birth_date(one.id_number)].append(one)
    pairs = {(a.id, b.id): (a, b) for key, group in groups.items() if key for a, b in combinations(group, 2)}
    return [pairs[key] for key in sorted(pairs)]


def _candidate(first: Learner, second: Learner) -> Candidate:
    born = birth_date(first.id_number), birth_date(second.id_number)
    return Candidate(first, second, first.mobile_index == second.mobile_index, born[0] is not None and born[0] == born[1])


@dataclass(frozen=True, slots=True)
class Held:
    """What two records hold of one kind, and what will need a person's eye when they become one."""

    label: str
    kept: int
    merged: int
    warnings: tuple[Text, ...] = ()


Holder = Callable[[int, int], list[Held]]
_holders: dict[str, tuple[int, Holder]] = {}


def holds(name: str, *, place: int) -> Callable[[Holder], Holder]:
    """Register what a domain above keeps of learners, called as `holder(kept_id, merged_id)`; `place` is its line's."""

    def register(holder: Holder) -> Holder:
        if name in _holders:
            raise ValueError(f"two holders are named {name}")
        _holders[name] = place, holder
        return holder

    return register


def holdings(kept_id: int, merged_id: int) -> list[Held]:
    """What both records hold in every domain, in the order of their places."""
    ordered = sorted(_holders.items(), key=lambda item: (item[1][0], item[0]))
    return [held for _, (_, holder) in ordered for held in holder(kept_id, merged_id)]


def raw_learner(code: str) -> Learner:
    """A record itself, even when it was merged into another one. Raises NotFound."""
    learner = db.session.scalars(select(Learner).where(Learner.code == code)).one_or_none()
    if learner is None:
        raise NotFound
    return learner


def own_ids(learner_id: int) -> list[int]:
    """A record's id and those of the records that were merged into it."""
    merged = select(Learner.id).where(Learner.merged_into_id == learner_id).order_by(Learner.id)
    return [learner_id, *db.session.scalars(merged)]


def get_merge(code: str) -> LearnerMerge:
    """A merge by its code. Raises NotFound."""
    merge = db.session.scalars(select(LearnerMerge).where(LearnerMerge.code == code)).one_or_none()
    if merge is None:
        raise NotFound
    return merge


def recent_merges(limit: int = 10) -> list[LearnerMerge]:
    """The newest merges first."""
    query = select(LearnerMerge).order_by(LearnerMerge.merged_at.desc(), LearnerMerge.id.desc()).limit(limit)
    return list(db.session.scalars(query))


def merges_into(learner_id: int) -> list[LearnerMerge]:
    """What was merged into a record, the newest first."""
    query = select(LearnerMerge).where(LearnerMerge.kept_id == learner_id).order_by(LearnerMerge.id.desc())
    return list(db.session.scalars(query))


def merge_deliveries(merge: LearnerMerge) -> list[OutboxRow]:
    """The domains that follow a merge, and how far each is."""
    return rows_by_ids(merge.deliveries)


def moves_of(merge: LearnerMerge) -> list[LearnerMove]:
    """What each domain moved and left."""
    return list(db.session.scalars(select(LearnerMove).where(LearnerMove.merge_id == merge.id).order_by(LearnerMove.id)))
