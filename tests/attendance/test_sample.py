"""The sample's classes, people, marks and hours fit together."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from academy.accounts import sample as accounts
from academy.attendance import queries
from academy.attendance import sample as attendance
from academy.attendance.models import AttendanceMark, CreditEntry, HoursConversion, HoursDecree, RegistrationPeriod
from academy.attendance.rules import ConversionState
from academy.catalog import sample as catalog
from academy.core.db import transaction
from academy.enrollment import queries as enrollment
from academy.enrollment import sample as people_in_classes
from academy.enrollment.models import Enrollment
from academy.enrollment.rules import SEATED, EnrollmentState
from academy.people import sample as people
from academy.people.queries import get_learner
from academy.sites import sample as sites
from academy.timetable import queries as timetable
from academy.timetable import sample
from academy.timetable.models import Booking
from academy.timetable.rules import ClassState


def load_all(now: datetime) -> None:
    """The sample of everything below, and ours."""
    with transaction():
        accounts.load(now=now)
        accounts.create_demo_users(now=now)
        for loader in (catalog, sites, people, sample, people_in_classes, attendance):
            loader.load(now=now)


def test_the_sample_fits_together_and_is_loaded_once(session: Session, now: datetime) -> None:
    load_all(now)
    classes = timetable.classes()
    assert {found.state for found in classes} == set(ClassState)
    for found in classes:
        seated = enrollment.enrollments_of(found.id, SEATED)
        waiting = enrollment.enrollments_of(found.id, [EnrollmentState.WAITLISTED])
        assert (len(seated), len(waiting)) == (found.admitted_count, found.waiting_count), found.code
        asked = enrollment.enrollments_of(found.id, [EnrollmentState.OFFERED])
        assert len(asked) == found.held_count
        assert [one.waitlist_no for one in [*asked, *waiting]] == list(range(1, found.waitlist_seq + 1))
    rows = [session.scalar(select(func.count(model.id))) for model in (Enrollment, AttendanceMark, CreditEntry, Booking)]
    with transaction():
        for loader in (sample, people_in_classes, attendance):
            loader.load(now=now)
    again = [session.scalar(select(func.count(model.id))) for model in (Enrollment, AttendanceMark, CreditEntry, Booking)]
    assert again == rows


def test_the_ended_class_for_the_exam_is_fully_marked(session: Session, now: datetime) -> None:
    load_all(now)
    found = timetable.get_class(sample.SAMPLE_EXAM_CLASS)
    assert found.state is ClassState.CLOSED
    planned, attended = queries.planned_minutes(found.id), queries.attended_minutes(found.id)
    assert len(attended) == found.admitted_count >= 40
    assert planned == 36 * 45
    marked = queries.marked_counts(s.id for s in timetable.sessions_of(found.id))
    assert set(marked.values()) == {found.admitted_count}
    rates = queries.attendance_rate(found.id)
    assert sum(rate >= 80 for rate in rates.values()) >= 36
    assert any(rate < 80 for rate in rates.values())


def test_the_demo_learner_sees_a_real_gap_and_what_closes_it(session: Session, now: datetime) -> None:
    load_all(now)
    standing = queries.standing_of(get_learner("L-0025"), now=now)
    assert standing.urgent is not None
    assert standing.picked
    assert {one.state for one in queries.conversions_of(standing.learner.id)} == {
        ConversionState.APPLIED, ConversionState.APPROVED, ConversionState.REFUSED,
    }  # fmt: skip
    models = (RegistrationPeriod, HoursConversion, HoursDecree, CreditEntry)
    rows = [session.scalar(select(func.count(model.id))) for model in models]
    assert all(rows)
    with transaction():
        attendance.load(now=now)
    assert [session.scalar(select(func.count(model.id))) for model in models] == rows
