"""Two records of one person become one, and nothing that she has done is lost on the way."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from academy.app import create_app  # noqa: F401 - every domain subscribes when it is imported
from academy.attendance import queries as attendance
from academy.attendance.models import AttendanceMark, CreditEntry
from academy.attendance.rules import MarkState
from academy.certificates import queries as certificates
from academy.certificates.models import Certificate
from academy.core.access import Actor, Grant, Role
from academy.core.audit import AuditRow
from academy.core.db import Base, db, transaction
from academy.core.outbox import OutboxState, announce, drain
from academy.enrollment import queries as enrollment
from academy.enrollment.models import Enrollment
from academy.enrollment.rules import EnrollmentState
from academy.exams.models import Attempt
from academy.people import queries, services
from academy.people.models import Learner, LearnerMerge
from academy.people.services import AlreadyMerged, MergeIntoItself, MergeReasonIsMissing
from academy.scoring import queries as scoring
from academy.timetable.models import TrainingClass
from tests.accounts.factories import make_user
from tests.attendance.factories import make_room, mark
from tests.certificates.factories import issue, make_graduates, release_results
from tests.conftest import LiveApp
from tests.enrollment import factories
from tests.enrollment.factories import make_account, put_in, states
from tests.processes import begin_together
from tests.timetable.factories import make_class, make_world

STAFF = Actor(None, "孔延玲", frozenset({Grant(Role.CLASS_MANAGER)}))
# what has a learner in it and does not follow: history as it was, or a record of the merge itself
STAYS = {
    "check_in.learner_id",  # which device was used by whom
    "hours_decree_person.learner_id",  # what an act did, as it was done
    "hours_statement.learner_id",  # signed and frozen; the kept record gets a statement of its own
    "learner.merged_into_id",
    "learner_merge.kept_id",
    "learner_merge.merged_id",
    "learner_pair.first_id",
    "learner_pair.second_id",
    "roster_line.learner_id",
}
FOLLOWS = {
    "allocation_row.learner_id",
    "choice_application.learner_id",
    "hours_conversion.learner_id",
    "leave_request.learner_id",
    "leave_session.learner_id",
    "make_up.learner_id",
    "registration_period.learner_id",
    "removal_proposal.learner_id",
    "attempt.learner_id",
    "attendance_mark.learner_id",
    "certificate.learner_id",
    "certificate_batch_row.learner_id",
    "credit_entry.learner_id",
    "enrollment.learner_id",
    "exam_accommodation.learner_id",
    "exam_confirmation.learner_id",
    "exam_incident.learner_id",
    "exam_seat.learner_id",
    "exam_slot_booking.learner_id",
    "practice_run.learner_id",
    "result_hold.learner_id",
    "exam_candidate.learner_id",
    "result.learner_id",
}


def make_learner(now: datetime, *, name: str = "孙婷婷") -> Learner:
    """A learner with a code as the product makes them: in capitals."""
    made = factories.make_learner(now, name=name)
    made.code = made.code.upper()
    db.session.commit()
    return made


def merge(kept: Learner, merged: Learner, now: datetime, *, follow: bool = True) -> LearnerMerge:
    db.session.commit()
    with transaction():
        done = services.merge_learners(kept_code=kept.code, merged_code=merged.code, reason="同一个人", actor=STAFF, now=now)
    if follow:
        drain(now=now)
    db.session.expire_all()
    return done


def test_every_table_that_names_a_learner_follows_a_merge_or_says_that_it_stays() -> None:
    found = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.tables.values()
        for column in table.columns
        if any(key.target_fullname == "learner.id" for key in column.foreign_keys)
    }
    assert found == STAYS | FOLLOWS, "a new table needs a subscriber to people.learners_merged (people.services.repoint)"


def test_merging_two_accounts_loses_completions(session: Session, now: datetime) -> None:
    """The defect by its name: here nothing of the merged account is lost."""
    graduates = make_graduates(now, 1)
    merged = graduates.learners[0]
    certificate = issue(graduates, now)[0]
    before = certificate.facts, certificate.facts_sha256, certificate.facts_signature, certificate.file_sha256
    kept = make_learner(now, name=merged.name_zh)
    hours = attendance.credited_minutes(merged.id, certificate.issued_on.replace(year=2000), certificate.issued_on)
    assert hours > 0
    done = merge(kept, merged, now)
    assert {row.state for row in queries.merge_deliveries(done)} == {OutboxState.DONE}
    assert [one.state for one in enrollment.enrollments_of_learner(kept.id)] == [EnrollmentState.ADMITTED]
    assert attendance.credited_minutes(kept.id, certificate.issued_on.replace(year=2000), certificate.issued_on) == hours
    assert attendance.credited_minutes(merged.id, certificate.issued_on.replace(year=2000), certificate.issued_on) == 0
    assert attendance.attended_minutes_of(graduates.id, kept.id) == 360
    assert len(scoring.released_results_of_learner(kept.id)) == 1
    assert session.scalars(select(Attempt.learner_id)).all() == [kept.id]
    assert [one.number for one in certificates.certificates_of_learner(kept.id)] == [certificate.number]
    session.refresh(certificate)
    assert (certificate.facts, certificate.facts_sha256, certificate.facts_signature, certificate.file_sha256) == before
    assert {move.subject for move in queries.moves_of(done)} == {
        "enrollment", "attendance", "exams", "scoring", "certificates",
    }  # fmt: skip


def test_both_codes_numbers_and_accounts_stay_valid_and_lead_to_one_record(session: Session, now: datetime) -> None:
    make_world()
    (_, first, kept), (_, second, merged) = make_account(now), make_account(now)
    merged.code = merged.code.upper()
    merge(kept, merged, now)
    assert queries.get_learner(merged.code).id == queries.get_learner(kept.code).id == kept.id
    for actor in (first, second):
        assert actor.user_id is not None
        found = queries.find_learner_of_user(actor.user_id)
        locked = queries.lock_learner_of_user(actor.user_id)
        assert found is not None
        assert locked is not None
        assert (found.id, locked.id) == (kept.id, kept.id)
    assert queries.lock_learner(merged.id).id == kept.id
    listed, total = queries.learners(queries.LearnerFilter(search=merged.code))
    assert (total, [one.id for one in listed]) == (1, [kept.id])


def test_an_account_goes_over_when_the_kept_record_has_none_and_gaps_are_filled(session: Session, now: datetime) -> None:
    make_world()
    _, actor, merged = make_account(now)
    merged.email, merged.unit_zh = "her@example.org", "某某公司"
    kept = make_learner(now)
    merge(kept, merged, now)
    assert (kept.user_id, merged.user_id) == (actor.user_id, None)
    assert (kept.email, kept.unit_zh) == ("her@example.org", "某某公司")


def test_of_two_places_in_one_class_the_better_stays_and_the_freed_one_goes_to_the_line(
    session: Session, now: datetime
) -> None:
    world = make_world()
    found = make_class(world, now=now, seats=2)
    kept, merged, other = (make_learner(now, name=name) for name in ("孙婷婷", "孙婷婷", "王小明"))
    put_in(found, merged, actor=world.manager, now=now)
    put_in(found, kept, actor=world.manager, now=now)
    put_in(found, other, actor=world.manager, now=now)
    assert states(found)[other.id] == ("waitlisted", 1)
    merge(kept, merged, now)
    rows = session.scalars(select(Enrollment).where(Enrollment.learner_id == kept.id).order_by(Enrollment.id)).all()
    assert [row.state for row in rows] == [EnrollmentState.ADMITTED, EnrollmentState.REMOVED]
    assert "合并" in rows[1].reason
    assert states(found)[other.id][0] == "offered"
    counted = session.get_one(TrainingClass, found.id, populate_existing=True)
    assert (counted.admitted_count, counted.held_count) == (1, 1)


def test_a_seat_stays_and_the_place_in_the_line_ends(session: Session, now: datetime) -> None:
    world = make_world()
    found = make_class(world, now=now, seats=1)
    kept, merged = make_learner(now), make_learner(now)
    put_in(found, merged, actor=world.manager, now=now)
    put_in(found, kept, actor=world.manager, now=now)
    merge(kept, merged, now)
    assert enrollment.is_admitted(found.id, kept.id)
    counted = session.get_one(TrainingClass, found.id, populate_existing=True)
    assert (counted.admitted_count, counted.waiting_count) == (1, 0)


def test_of_two_marks_in_one_session_the_better_counts_once_and_the_ledger_is_only_added_to(
    session: Session, now: datetime
) -> None:
    room = make_room(now, people=2)
    kept, merged = room.learners
    mark(room, {0: MarkState.ABSENT, 1: MarkState.PRESENT})
    mark(room, {0: MarkState.PRESENT, 1: MarkState.PRESENT}, session=1)
    lines = {one.id: (one.learner_id, one.minutes, one.kind) for one in session.scalars(select(CreditEntry))}
    merge(kept, merged, now + timedelta(days=30))
    marks = attendance.marks_of_learner(room.found.id, kept.id)
    assert {one.state for one in marks.values()} == {MarkState.PRESENT}
    history = attendance.mark_history(room.sessions[0].id, kept.id)
    assert [(one.version, one.state, one.is_current) for one in history] == [
        (1, MarkState.ABSENT, False),
        (2, MarkState.PRESENT, True),
    ]
    assert merged.code in history[1].marked_by
    entries = list(session.scalars(select(CreditEntry).order_by(CreditEntry.id)))
    assert {one.id: (one.learner_id, one.minutes, one.kind) for one in entries if one.id in lines} == lines
    by_learner = select(CreditEntry.learner_id, func.sum(CreditEntry.minutes)).group_by(CreditEntry.learner_id)
    sums = dict(session.execute(by_learner).all())
    assert sums == {kept.id: 270, merged.id: 0}
    current = select(func.count(AttendanceMark.id)).where(AttendanceMark.learner_id == merged.id, AttendanceMark.is_current)
    assert session.scalar(current) == 0


def test_two_papers_of_one_sitting_stay_two_and_are_reported(session: Session, now: datetime) -> None:
    graduates = make_graduates(now, 2)
    issue(graduates, now)
    kept, merged = graduates.learners
    done = merge(kept, merged, now)
    left = {move.subject: move.left for move in queries.moves_of(done)}
    assert [len(left[name]) for name in ("exams", "scoring", "certificates")] == [1, 1, 1]
    assert session.scalar(select(func.count(Certificate.id)).where(Certificate.is_live)) == 2
    release_results(graduates.training_class, [kept], now)
    assert len(scoring.released_results_of_learner(kept.id)) == 2


def test_a_record_is_merged_once_never_into_itself_nor_in_a_circle(session: Session, now: datetime) -> None:
    make_world()
    first, second, third = (make_learner(now) for _ in range(3))
    with pytest.raises(MergeIntoItself):
        merge(first, first, now)
    merge(first, second, now)
    for kept, merged in ((first, second), (second, first), (third, second), (second, third)):
        with pytest.raises(AlreadyMerged):
            merge(kept, merged, now)
    with pytest.raises(MergeReasonIsMissing):
        services.merge_learners(kept_code=first.code, merged_code=third.code, reason=" ", actor=STAFF, now=now)


def test_a_chain_of_merges_leads_to_the_last_record_even_when_they_follow_late(session: Session, now: datetime) -> None:
    world = make_world()
    found = make_class(world, now=now)
    first, second, third = (make_learner(now) for _ in range(3))
    put_in(found, first, actor=world.manager, now=now)
    merge(second, first, now, follow=False)
    merge(third, second, now)
    assert queries.get_learner(first.code).id == third.id
    assert enrollment.is_admitted(found.id, third.id)


def test_following_twice_changes_nothing(session: Session, now: datetime) -> None:
    room = make_room(now, people=2)
    kept, merged = room.learners
    mark(room, {1: MarkState.PRESENT})
    merge(kept, merged, now)
    rows = select(func.count(CreditEntry.id)), select(func.count(AttendanceMark.id)), select(func.count(Enrollment.id))
    before = [session.scalar(one) for one in rows]
    with transaction():
        announce("people.learners_merged", now=now, kept_id=kept.id, merged_id=merged.id)
    drain(now=now)
    assert [session.scalar(one) for one in rows] == before


def test_a_merge_is_in_the_trail_of_both_with_everything_before_and_after(session: Session, now: datetime) -> None:
    make_world()
    kept, merged = make_learner(now), make_learner(now, name="孙亭亭")
    merge(kept, merged, now)
    rows = session.scalars(select(AuditRow).where(AuditRow.action == "people.learners_merged").order_by(AuditRow.id)).all()
    assert {row.subject for row in rows} == {f"learner:{kept.code}", f"learner:{merged.code}"}
    assert rows[0].before is not None
    assert rows[0].after is not None
    assert rows[0].before["merged"]["name_zh"] == "孙亭亭"
    assert rows[0].after["merged"]["merged_into_id"] == kept.id
    assert merged.id_number not in json.dumps(rows[0].before)


# candidates, and the pages


def namesakes(now: datetime) -> list[Learner]:
    """Four of one name: the first two share a mobile number, the third a birthday with the first, the last nothing."""
    numbers = ("370000199611130029", "370000198910198133", "371602199611130025", "370000197001010012")
    made = []
    for place, number in enumerate(numbers):
        one = make_learner(now, name="孙婷婷")
        one.id_number, one.mobile_index = number, "same" if place < 2 else f"own{place}"
        made.append(one)
    db.session.commit()
    return made


def test_candidates_share_a_name_and_a_mobile_number_or_a_birthday(session: Session, now: datetime) -> None:
    make_world()
    people = namesakes(now)
    found = [(one.first.id, one.second.id, one.same_mobile, one.same_birth_date) for one in queries.merge_candidates()]
    assert found == [(people[0].id, people[1].id, True, False), (people[0].id, people[2].id, False, True)]
    with transaction():
        services.keep_apart(first_code=people[1].code, second_code=people[0].code, actor=STAFF, now=now)
    merge(people[0], people[2], now)
    assert queries.merge_candidates() == []


def test_staff_find_look_merge_and_see_it_done(
    client: FlaskClient, sign_in: Callable[[FlaskClient, Any], None], session: Session, now: datetime
) -> None:
    world = make_world()
    kept, merged = namesakes(now)[:2]
    put_in(make_class(world, now=now), merged, actor=world.manager, now=now)
    sign_in(client, make_user(Role.CLASS_MANAGER))
    assert "有 2 对档案可能是同一个人" in client.get("/manage/learners/duplicates").get_data(as_text=True)
    page = f"/manage/learners/merge?kept={kept.code}&merged={merged.code}"
    shown = client.get(page).get_data(as_text=True)
    assert "什么会转过来" in shown
    assert kept.id_number not in shown
    form = {"kept": kept.code, "merged": merged.code, "reason": ""}
    assert client.post_form("/manage/learners/merge", form, page=page).status_code == 422  # type: ignore[attr-defined]
    answer = client.post_form("/manage/learners/merge", {**form, "reason": "本人确认"}, page=page)  # type: ignore[attr-defined]
    address = answer.headers["Location"]
    assert "正在转移" in client.get(address).get_data(as_text=True)
    drain(now=now + timedelta(days=30))
    assert "已全部转到" in client.get(address).get_data(as_text=True)
    old = client.get(f"/manage/learners/{merged.code}")
    assert old.headers["Location"].endswith(f"/manage/learners/{kept.code}")
    assert client.get(f"/manage/learners/merge?kept={kept.code}&merged={merged.code}").status_code == 200
    for odd in ("", "?kept=L-1&merged=%00", f"?kept={kept.code}"):
        assert client.get(f"/manage/learners/merge{odd}").status_code == 404
    sign_in(client, make_user(Role.CERTIFICATE_OFFICER))
    assert client.get("/manage/learners/duplicates").status_code == 403


WORKER = """
import json, sys
from datetime import datetime
from academy.app import create_app
from academy.core.access import Actor, Grant, Role
from academy.core.db import transaction
from academy.core.errors import DomainError
from academy.people.services import merge_learners
given = json.loads(sys.argv[1])
app = create_app()
staff = Actor(None, "教务", frozenset({Grant(Role.CLASS_MANAGER)}))
print("ready", flush=True)
sys.stdin.readline()
said = []
with app.app_context():
    for kept, merged in given["pairs"]:
        try:
            with transaction():
                codes = {"kept_code": kept, "merged_code": merged}
                merge_learners(**codes, reason="测试", actor=staff, now=datetime.fromisoformat(given["now"]))
            said.append("merged")
        except DomainError as error:
            said.append(error.code)
print(json.dumps(said))
"""


@pytest.mark.parallel
def test_merging_crosswise_at_once_merges_each_pair_once(live_app: LiveApp, now: datetime) -> None:
    make_world()
    pairs = [[make_learner(now).code, make_learner(now).code] for _ in range(12)]
    crosswise = [[second, first] for first, second in pairs]
    each = [{"pairs": given, "now": now.isoformat()} for given in (pairs, crosswise)]
    said = [word for outcome in begin_together(live_app, WORKER, each) for word in outcome]
    assert sorted(said) == ["already_merged"] * 12 + ["merged"] * 12
    drain(now=now)
    rows = db.session.scalars(select(Learner)).all()
    assert sum(one.merged_into_id is not None for one in rows) == 12
    assert db.session.scalar(select(func.count(LearnerMerge.id))) == 12
