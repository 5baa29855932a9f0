"""What domains beside and above the catalog add to its pages, through app.extensions."""

from collections.abc import Sequence

from flask import current_app

from academy.catalog.rules import OpenClassCard
from academy.core.access import current_actor


def open_classes() -> Sequence[OpenClassCard]:
    """The classes that take enrollments now, as the timetable gives them."""
    provider = current_app.extensions.get("catalog.open_classes")
    return list(provider()) if provider else []


def own_type() -> str | None:
    """The person type of whoever is signed in, None when nobody is or it is not known."""
    user_id = current_actor().user_id
    provider = current_app.extensions.get("catalog.person_type_of")
    return provider(user_id) if provider and user_id is not None else None
