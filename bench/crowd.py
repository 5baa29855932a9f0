"""People who can sign in and classes that take them, made in bulk: what a rush needs around it."""

import secrets
from datetime import date, datetime, timedelta
from typing import Any

from flask import Flask
from flask_wtf.csrf import generate_csrf
from sqlalchemy import insert, select

FIRST_DAY = date(2027, 9, 6)


def learners_with_accounts(count: int = 500) -> list[int]:
    """The user ids of so many new learners who can sign in."""
    from academy.accounts.models import RoleGrant, User
    from academy.core.access import Role
    from academy.core.clock import now
    from academy.core.codes import random_code, random_code16
    from academy.core.db import db, transaction
    from academy.core.sealed import seal
    from academy.people.models import Learner

    at, batch, sealed = now(), secrets.token_hex(4), seal(b"-")
    users = [
        {
            "code": random_code16(),
            "email": f"{batch}-{n}@example.org",
            "name_zh": f"学员{n}",
            "password_hash": "-",
            "created_at": at,
        }
        for n in range(count)
    ]
    with transaction():
        ids = list(db.session.scalars(insert(User).returning(User.id), users))
        db.session.execute(insert(RoleGrant), [{"user_id": id_, "role": Role.LEARNER} for id_ in ids])
        known = db.session.scalars(select(Learner).order_by(Learner.id).limit(1)).one()
        copied = {name: getattr(known, name) for name in ("gender", "organization_id", "person_type_code", "education")}
        people = [
            {
                **copied,
                "code": f"L-{random_code(12)}",
                "user_id": id_,
                "name_zh": f"学员{n}",
                "id_number": sealed.hex(),
                "id_number_index": secrets.token_hex(32),
                "mobile": "13900000000",
                "mobile_index": "-",
                "created_at": at,
            }
            for n, id_ in enumerate(ids)
        ]
        db.session.execute(insert(Learner), people)
    return ids


def session_of(app: Flask, user_id: int) -> tuple[str, str]:
    """A session cookie and the CSRF token that belongs to it."""
    serializer: Any = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    with app.test_request_context():  # in a context of its own, or the tokens are shared
        from flask import session

        token = generate_csrf()
        session.update(_user_id=f"{user_id}.1", _fresh=True)
        return f"{app.config['SESSION_COOKIE_NAME']}={serializer.dumps(dict(session))}", token


def open_class(*, seats: int) -> str:
    """A class of thirteen sessions that takes applications now, planned, approved by a second person and opened."""
    from academy.accounts import queries as accounts
    from academy.core.access import Actor, Grant, Role
    from academy.core.clock import now
    from academy.core.db import transaction
    from academy.people import queries as people
    from academy.sites import services as sites
    from academy.timetable import services
    from academy.timetable.rules import Step
    from academy.timetable.services.classes import ClassPlan

    def actor(name: str) -> Actor:
        user = accounts.find_user_by_email(f"{name}@demo.example")
        assert user is not None
        return Actor(user.id, user.name_zh, frozenset({Grant(Role.ADMINISTRATOR)}))

    first, second, at, room = actor("admin"), actor("admin2"), now(), f"B-{secrets.token_hex(3)}"
    plan = ClassPlan(
        site_code="TS-T-001",
        room_code=room,
        starts_on=FIRST_DAY,
        ends_on=FIRST_DAY + timedelta(days=13),
        seats=seats,
        enroll_opens_at=at - timedelta(hours=1),
        enroll_closes_at=datetime.combine(FIRST_DAY - timedelta(days=1), datetime.min.time(), tzinfo=at.tzinfo),
        audience=(),
    )
    with transaction():
        sites.add_room(site_code="TS-T-001", code=room, name_zh=room, capacity=seats, actor=first, now=at)
    with transaction():
        created = services.create_class(program_code="XA-001", plan=plan, actor=first, now=at)
        teachers = [instructor.id for instructor in people.instructors()]
        services.generate_sessions(code=created.code, actor=first, now=at, instructor_ids=teachers)
    for step, who in ((Step.SUBMIT, first), (Step.APPROVE, second), (Step.OPEN, first)):
        with transaction():
            services.take_step(class_id=created.id, step=step, actor=who, now=at)
    return created.code


def copies_of(code: str, count: int, *, seats: int) -> list[str]:
    """More classes like one, each with the same sessions; without bookings, which no enrollment looks at."""
    from academy.core.db import db, table_of, transaction
    from academy.timetable import queries
    from academy.timetable.models import ClassSession, TrainingClass

    found = queries.get_class(code)
    classes, sessions = table_of(TrainingClass), table_of(ClassSession)
    with transaction():
        row = dict(db.session.execute(select(classes).where(classes.c.id == found.id)).mappings().one())
        planned = db.session.execute(select(sessions).where(sessions.c.class_id == found.id)).mappings().all()
        serial = queries.next_class_serial(found.year)
        counted = {"admitted_count": 0, "held_count": 0, "reserved_count": 0, "waiting_count": 0, "waitlist_seq": 0}
        made = []
        for number in range(count):
            own = {"code": f"B-{secrets.token_hex(5)}", "run_no": 1000 + serial + number, "class_serial": serial + number}
            copy = {**row, **counted, **own, "seats": seats}
            del copy["id"]
            made.append(own["code"])
            class_id = db.session.execute(insert(classes).returning(classes.c.id), copy).scalar_one()
            db.session.execute(
                insert(sessions), [{**{k: v for k, v in one.items() if k != "id"}, "class_id": class_id} for one in planned]
            )
    return [str(one) for one in made]
