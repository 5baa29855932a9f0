"""Reads of rounds alone: nothing here asks the enrollment rule, so that the rule itself may ask here."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, bindparam, exists, func, select

from academy.core.db import db, table_of
from academy.core.errors import NotFound
from academy.enrollment.models import ChoiceApplication, RoundClass
from academy.enrollment.models import ChoiceRound as ChoiceRound  # what reads give back is public by name
from academy.enrollment.rules.rounds import RoundState


class RunningRound(NamedTuple):
    """A round that has the seats of a class."""

    id: int
    code: str
    title_zh: str
    opens_at: datetime
    closes_at: datetime
    state: RoundState


_rounds, _classes = table_of(ChoiceRound), table_of(RoundClass)
_RUNNING = (
    select(*[_rounds.c[name] for name in RunningRound._fields])
    .join(_classes, _classes.c.round_id == _rounds.c.id)
    .where(_classes.c.class_id == bindparam("class_id"), _classes.c.is_running)
)


def running_round_of_class(class_id: int) -> RunningRound | None:
    """The round in which a class is, from its publication until its outcome is released or it is cancelled.

    Until then nobody enrolls there by being quick: the seats wait for the allocation.
    """
    row = db.session.execute(_RUNNING, {"class_id": class_id}).one_or_none()
    return RunningRound._make(row) if row else None


def is_in_running_round(class_id: ColumnElement[int]) -> ColumnElement[bool]:
    """In SQL: whether a class is in a running round. One index entry; for statements that a rush sends."""
    return exists().where(_classes.c.class_id == class_id, _classes.c.is_running)


def get_round(code: str) -> ChoiceRound:
    """A round by its code. Raises NotFound."""
    found = db.session.scalars(select(ChoiceRound).where(ChoiceRound.code == code)).one_or_none()
    if found is None:
        raise NotFound
    return found


def round_by_id(round_id: int) -> ChoiceRound:
    """A round by its id. Raises NotFound."""
    found = db.session.get(ChoiceRound, round_id)
    if found is None:
        raise NotFound
    return found


def rounds(states: Iterable[RoundState] | None = None) -> list[ChoiceRound]:
    """Rounds in some states (None: all), those that close last first."""
    query = select(ChoiceRound).order_by(ChoiceRound.closes_at.desc(), ChoiceRound.id.desc())
    return list(db.session.scalars(query if states is None else query.where(ChoiceRound.state.in_(list(states)))))


def class_ids_of_round(round_id: int) -> list[int]:
    """The classes of a round."""
    query = select(RoundClass.class_id).where(RoundClass.round_id == round_id).order_by(RoundClass.class_id)
    return list(db.session.scalars(query))


def class_counts(round_ids: Iterable[int]) -> dict[int, int]:
    """How many classes each round has."""
    query = select(RoundClass.round_id, func.count()).where(RoundClass.round_id.in_(list(round_ids)))
    return dict(db.session.execute(query.group_by(RoundClass.round_id)).all())


def applicant_counts(round_ids: Iterable[int]) -> dict[int, int]:
    """How many people have choices in each round."""
    query = select(ChoiceApplication.round_id, func.count()).where(
        ChoiceApplication.round_id.in_(list(round_ids)), ChoiceApplication.withdrawn_at.is_(None)
    )
    return dict(db.session.execute(query.group_by(ChoiceApplication.round_id)).all())


def rounds_to_close(now: datetime) -> list[int]:
    """Published rounds whose window has ended and whose end nobody has noticed yet."""
    query = select(ChoiceRound.id).where(
        ChoiceRound.state == RoundState.PUBLISHED, ChoiceRound.closes_at <= now, ChoiceRound.closed_at.is_(None)
    )
    return list(db.session.scalars(query.order_by(ChoiceRound.id)))


def taken_class_ids(class_ids: Iterable[int], *, except_round: int | None = None) -> dict[int, int]:
    """Which of these classes a running round has, and which round: {class: round}."""
    query = select(RoundClass.class_id, RoundClass.round_id).where(
        RoundClass.class_id.in_(list(class_ids)), RoundClass.is_running
    )
    if except_round is not None:
        query = query.where(RoundClass.round_id != except_round)
    return dict(db.session.execute(query).all())
