"""What tests of people, and of domains above, need."""

from datetime import datetime

from academy.accounts import sample as accounts_sample
from academy.accounts.models import User
from academy.accounts.queries import organizations_by_code
from academy.accounts.services import create_user
from academy.catalog import sample as catalog_sample
from academy.core.access import SYSTEM, Actor, Grant, Role
from academy.core.db import db, transaction
from academy.core.outbox import drain
from academy.people import sample as people_sample
from academy.people import services
from academy.people.models import Learner, RosterImport
from academy.people.services import Person, new_learner


def load_people(now: datetime) -> None:
    """The whole sample of people and what it stands on."""
    accounts_sample.load(now=now)
    catalog_sample.load(now=now)
    people_sample.load(now=now)


def make_user(now: datetime, role: Role = Role.ADMINISTRATOR, *, name: str = "孔延玲", organization: str = "") -> User:
    """An account with one role; `organization` is the code of a coordinator's unit."""
    scope = organizations_by_code()[organization].id if organization else None
    email = f"{role.value}-{organization or 'x'}@test.example".lower()
    return create_user(email=email, name_zh=name, roles=[Grant(role, scope)], password=None, actor=SYSTEM, now=now)


def make_learner(
    now: datetime, *, name: str = "孙婷婷", id_number: str = "370000200002290030", user_id: int | None = None
) -> Learner:
    """A learner who was not known before; needs person types."""
    learner = new_learner(Person(name, id_number, "19900002827", "P11"), now=now)
    learner.user_id = user_id
    db.session.add(learner)
    db.session.flush()
    return learner


def upload_and_read(
    content: bytes, *, actor: Actor, now: datetime, name: str = "花名册.xlsx", subject: str = ""
) -> RosterImport:
    """An uploaded roster as the background leaves it."""
    db.session.commit()
    with transaction():
        roster = services.upload_roster(name=name, content=content, actor=actor, now=now, subject=subject)
    drain(now=now)
    db.session.refresh(roster)
    return roster


def import_all(roster: RosterImport, *, actor: Actor, now: datetime) -> RosterImport:
    """Decide to import, and let the background do it."""
    db.session.commit()
    with transaction():
        services.import_roster(code=roster.code, actor=actor, now=now)
    drain(now=now)
    db.session.expire_all()
    return roster
