"""Whose results a person of the house may read."""

from academy.core.access import Actor
from academy.people import queries as people
from academy.scoring.policies import can_read_all
from academy.timetable import queries as timetable


def readable_class_ids(actor: Actor) -> set[int] | None:
    """The classes whose results the person may read; None: all. An instructor reads those of her own classes."""
    if can_read_all(actor):
        return None
    instructor = people.find_instructor_of_user(actor.user_id) if actor.user_id is not None else None
    return set(timetable.class_ids_of_instructor(instructor.id)) if instructor else set()


def may_read_class(actor: Actor, class_id: int) -> bool:
    """Whether the person may read the results of a class as one of the house."""
    ids = readable_class_ids(actor)
    return ids is None or class_id in ids
