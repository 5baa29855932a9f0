"""What a repeat rule or the timetable of an earlier class would plan, session by session; nothing is written."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from academy.timetable.models import TrainingClass
from academy.timetable.queries.board import read_board
from academy.timetable.queries.classes import session_instructors, session_roles, sessions_of
from academy.timetable.rules import Obstacle, Repeat, TeachingRole, Wanted, dates_of, judge, span_on


class Draft(NamedTuple):
    """A session that may be planned: what it is, and what stands in its way (nothing: it fits)."""

    title_zh: str
    course_id: int | None
    wanted: Wanted
    roles: tuple[TeachingRole, ...]
    obstacles: tuple[Obstacle, ...] = ()

    @property
    def fits(self) -> bool:
        """Whether nothing stands in the way."""
        return not self.obstacles


def judged(found: TrainingClass, drafts: Sequence[Draft]) -> list[Draft]:
    """The drafts with what stands in the way of each, when they are planned one after another."""
    if not drafts:
        return []
    board = read_board(found, [draft.wanted for draft in drafts])
    verdicts = judge([(draft.wanted, draft.title_zh) for draft in drafts], board)
    return [draft._replace(obstacles=tuple(found)) for draft, found in zip(drafts, verdicts, strict=True)]


def repeat_drafts(repeat: Repeat, like: Draft) -> list[Draft]:
    """A session like one on every date of a rule."""
    spans = [span_on(day, repeat) for day in dates_of(repeat).days]
    return [like._replace(wanted=like.wanted._replace(starts_at=since, ends_at=until)) for since, until in spans]


def copied_drafts(found: TrainingClass, source: TrainingClass, *, with_instructors: bool) -> list[Draft]:
    """The sessions of an earlier class, shifted by the days between the two first days.

    What was in the earlier class's own room comes into the new class's room; what was elsewhere stays there.
    """
    sessions = sessions_of(source.id)
    shift = found.starts_on - source.starts_on
    roles = session_roles(session.id for session in sessions)
    staff = session_instructors(session.id for session in sessions)
    drafts = []
    for session in sessions:
        ids = tuple(staff.get(session.id, ())) if with_instructors else ()
        is_own_room = session.room_id is None or session.room_id == source.room_id
        span = _shifted(session.starts_at, session.ends_at, shift)
        room_id = found.room_id if is_own_room else session.room_id
        wanted = Wanted(*span, session.minutes, room_id, ids, tuple(session.equipment))
        drafts.append(Draft(session.title_zh, session.course_id, wanted, tuple(roles[session.id, id_] for id_ in ids)))
    return drafts


def _shifted(starts_at: datetime, ends_at: datetime, shift: timedelta) -> tuple[datetime, datetime]:
    return starts_at + shift, ends_at + shift  # Shandong keeps one offset all year
