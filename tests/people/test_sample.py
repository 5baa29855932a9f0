from datetime import datetime

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from academy.accounts import sample as accounts_sample
from academy.catalog import sample as catalog_sample
from academy.people import queries, sample
from academy.people.models import Learner


def load_all(now: datetime) -> None:
    accounts_sample.load(now=now)
    catalog_sample.load(now=now)
    sample.load(now=now)


def test_it_loads_people_once(session: Session, now: datetime) -> None:
    load_all(now)
    sample.load(now=now)
    assert session.scalar(select(func.count(Learner.id))) == 600
    assert len(queries.instructors()) == 120
    assert queries.instructors("SG-01")[0].field_codes[0] == "SG-01"


def test_identity_numbers_and_mobiles_are_not_in_the_database_in_clear(session: Session, now: datetime) -> None:
    load_all(now)
    learner = queries.get_learner("L-0001")
    assert (learner.id_number, learner.mobile) == ("370000198910198133", "19900008860")
    stored = session.execute(text("SELECT id_number, mobile, id_number_index FROM learner WHERE code = 'L-0001'")).one()
    assert all(b"370000" not in bytes(value) and b"199000" not in bytes(value) for value in stored[:2])
    assert "370000" not in stored[2]


def test_a_learner_is_found_by_her_whole_number_only(session: Session, now: datetime) -> None:
    load_all(now)
    by_number, total = queries.learners(queries.LearnerFilter(search="370000198910198133"))
    assert total == 1
    assert by_number[0].code == "L-0001"
    assert queries.learners(queries.LearnerFilter(search="37000019891019"))[1] == 0


def test_the_demo_users_become_the_people_of_the_sample(session: Session, now: datetime) -> None:
    accounts_sample.load(now=now)
    accounts_sample.create_demo_users(now=now)
    catalog_sample.load(now=now)
    sample.load(now=now)
    assert queries.get_learner("L-0025").user_id is not None
    assert queries.get_instructor("F-001").user_id is not None
