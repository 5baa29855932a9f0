"""Leave: who may ask until when, who decides, what it does to marks, and what too much of it leads to."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from fractions import Fraction

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from academy.accounts.models import User
from academy.attendance import queries, services
from academy.attendance.models import LeaveRequest, LeaveSession, RemovalProposal
from academy.attendance.rules import (
    CADRE,
    DatedRule,
    LeaveKind,
    LeaveShare,
    LeaveState,
    MarkSource,
    MarkState,
    ProposalState,
    dated_rules,
    least_attendance_on,
    rule_on,
)
from academy.core import outbox
from academy.core.access import Role
from academy.core.db import db, transaction
from academy.core.errors import Forbidden, NotFound
from academy.enrollment import queries as enrollment
from academy.enrollment import services as seats
from academy.notifications.models import Message
from tests.accounts.factories import actor_of, make_user
from tests.attendance.factories import Room, account_of, arrive, ask, decide, make_room, mark, open_in
from tests.enrollment.factories import make_account
from tests.timetable.factories import FIRST_DAY, make_session
from tests.timetable.factories import at as at_hour

P, LEAVE, ABSENT = MarkState.PRESENT, MarkState.LEAVE, MarkState.ABSENT


def letters(code: str) -> set[str]:
    return set(db.session.scalars(select(Message.name).where(Message.reason == code)))


def states(room: Room, session: int = 0) -> list[MarkState | None]:
    marks = queries.marks_of_session(room.sessions[session].id)
    return [marks[one.id].state if one.id in marks else None for one in room.learners]


def with_manager(room: Room) -> Room:
    room.found.manager_user_id = room.world.manager.user_id
    db.session.commit()
    return room


def test_leave_is_asked_granted_and_marked_when_the_session_is(session: Session, now: datetime) -> None:
    room = with_manager(make_room(now))
    _, actor = account_of(room, 0)
    asked = ask(room, actor, 1, at=now)
    assert letters("attendance.leave_asked") == {"李明蕙"}
    assert letters("attendance.leave_received") == {"学员1"}
    decide(room, asked, at=now)
    assert letters("attendance.leave_decided") == {"学员1"}
    assert states(room) == [None, None, None]  # nothing is marked in advance
    with transaction():
        services.mark_rest(session_id=room.sessions[0].id, actor=room.instructor, now=room.sessions[0].ends_at)
    assert states(room) == [LEAVE, ABSENT, ABSENT]


def test_the_reason_is_sealed(session: Session, now: datetime) -> None:
    room = make_room(now)
    ask(room, account_of(room, 0)[1], 1, at=now)
    stored = session.connection().exec_driver_sql("SELECT reason FROM leave_request").scalar_one()
    assert "发烧".encode() not in bytes(stored)


def test_an_absence_that_is_marked_becomes_leave_and_the_first_mark_stays(session: Session, now: datetime) -> None:
    room = make_room(now)
    mark(room, {0: ABSENT, 1: P})
    ends = room.sessions[0].ends_at
    asked = ask(room, account_of(room, 0)[1], 1, at=ends + timedelta(days=3))
    assert states(room)[0] is ABSENT
    decide(room, asked, at=ends + timedelta(days=3))
    history = queries.mark_history(room.sessions[0].id, room.learners[0].id)
    assert [(one.state, one.source) for one in history] == [(ABSENT, MarkSource.ROSTER), (LEAVE, MarkSource.LEAVE)]
    assert history[1].reason


def test_leave_is_asked_up_to_three_days_after_the_session(session: Session, now: datetime) -> None:
    room = make_room(now)
    with pytest.raises(services.TooLateForLeave, match="超过 3 天"):
        ask(room, account_of(room, 0)[1], 1, at=room.sessions[0].ends_at + timedelta(days=3, seconds=1))


def test_what_cannot_be_asked_is_refused_and_nothing_is_written(session: Session, now: datetime) -> None:
    room = make_room(now)
    _, actor = account_of(room, 0)
    for seqs, reason in (((), "病"), ((9,), "病"), ((1, 9), "病"), ((1,), " "), ((1,), "病" * 301), ((-1,), "病")):
        with pytest.raises(services.LeaveIsUnusable), transaction():
            services.ask_leave(class_code=room.found.code, seqs=seqs, kind=LeaveKind.WORK, reason=reason, actor=actor, now=now)
    mark(room, {0: P})
    with pytest.raises(services.SheWasThere):
        ask(room, actor, 1, at=now)
    assert session.scalars(select(LeaveRequest)).all() == []


def test_one_live_request_for_a_session_and_after_taking_it_back_another(session: Session, now: datetime) -> None:
    room = make_room(now)
    _, actor = account_of(room, 0)
    asked = ask(room, actor, 1, at=now)
    with pytest.raises(services.LeaveIsAsked):
        ask(room, actor, 1, 2, at=now)
    with pytest.raises(IntegrityError), session.begin_nested():
        other = LeaveRequest(
            code="x", class_id=room.found.id, learner_id=room.learners[0].id, kind=asked.kind, reason="x",
            state=LeaveState.PENDING, requested_at=now,
        )  # fmt: skip
        session.add(other)
        session.flush()
        session.add(LeaveSession(request_id=other.id, session_id=room.sessions[0].id, learner_id=room.learners[0].id))
        session.flush()
    with transaction():
        services.take_back_leave(code=asked.code, actor=actor, now=now)
    assert ask(room, actor, 1, 2, at=now).state is LeaveState.PENDING


def test_it_is_decided_once_by_the_staff_and_refused_with_a_reason(session: Session, now: datetime) -> None:
    room = make_room(now)
    _, actor = account_of(room, 0)
    asked = ask(room, actor, 1, at=now)
    for other in (actor, room.instructor):
        with pytest.raises(Forbidden), transaction():
            services.decide_leave(code=asked.code, approve=True, answer="", actor=other, now=now)
    with pytest.raises(services.RefusalNeedsReason):
        decide(room, asked, approve=False, answer=" ", at=now)
    decide(room, asked, approve=False, answer="那天是考核", at=now)
    with pytest.raises(services.LeaveIsDecided, match="未准假"):
        decide(room, asked, at=now)
    with pytest.raises(services.LeaveIsDecided), transaction():
        services.take_back_leave(code=asked.code, actor=actor, now=now)
    assert queries.leave_share(room.found.id, room.learners[0].id).used == 0


def test_granted_leave_is_taken_back_before_it_begins_only_and_by_herself(session: Session, now: datetime) -> None:
    room = with_manager(make_room(now))
    _, actor = account_of(room, 0)
    asked = ask(room, actor, 1, at=now)
    decide(room, asked, at=now)
    with pytest.raises(NotFound), transaction():
        services.take_back_leave(code=asked.code, actor=account_of(room, 1)[1], now=now)
    with pytest.raises(services.TooLateToTakeBack), transaction():
        services.take_back_leave(code=asked.code, actor=actor, now=room.sessions[0].starts_at)
    with transaction():
        services.take_back_leave(code=asked.code, actor=actor, now=now)
    assert queries.learners_on_leave(room.sessions[0].id) == set()
    assert letters("attendance.leave_withdrawn") == {"李明蕙"}


def test_who_was_there_after_all_is_present(session: Session, now: datetime) -> None:
    room = make_room(now)
    _, actor = account_of(room, 0)
    decide(room, ask(room, actor, 1, at=now), at=now)
    arrive(room, open_in(room), actor, room.sessions[0].starts_at)
    assert states(room)[0] is P
    assert queries.leave_share(room.found.id, room.learners[0].id).used == 0


def test_outsiders_are_told_nothing(session: Session, now: datetime) -> None:
    room = make_room(now)
    _, stranger, _ = make_account(now)
    with pytest.raises(NotFound):
        ask(room, stranger, 1, at=now)


# ---- dated rules -------------------------------------------------------------------------------------------------------


def test_the_table_has_the_known_figures_with_their_sources() -> None:
    assert rule_on("sit_exam_pct", FIRST_DAY) == rule_on("sit_exam_pct", FIRST_DAY, "completion")
    found = rule_on("leave_limit", FIRST_DAY, CADRE)
    assert found is not None
    assert found.value == Fraction(1, 7)
    assert all(rule.source for rule in dated_rules())
    assert rule_on("leave_limit", FIRST_DAY, "completion") is None
    assert rule_on("sit_exam_pct", date(2024, 8, 7)) is None


def test_the_rule_of_the_day_and_of_the_type_decides_and_the_program_wins() -> None:
    rules = [
        DatedRule("sit_exam_pct", "*", date(2024, 8, 8), Fraction(80), "percent", "x"),
        DatedRule("sit_exam_pct", "*", date(2027, 1, 1), Fraction(85), "percent", "x"),
        DatedRule("sit_exam_pct", "cadre", date(2025, 1, 1), Fraction(90), "percent", "x"),
    ]

    def on(day: date, kind: str) -> Fraction:
        found = rule_on("sit_exam_pct", day, kind, rules)
        assert found is not None
        return found.value

    assert on(date(2026, 12, 31), "*") == 80
    assert on(date(2027, 1, 1), "completion") == 85
    assert on(date(2027, 1, 1), "cadre") == 90
    assert on(date(2024, 12, 31), "cadre") == 80
    assert least_attendance_on(FIRST_DAY, 90) == 90
    assert least_attendance_on(FIRST_DAY, 0) == 80


def test_a_program_that_sets_nothing_takes_the_dated_rule(session: Session, now: datetime) -> None:
    room = make_room(now)
    assert queries.least_attendance(room.found.id) == 90
    room.world.program.min_attendance_pct = 0
    session.commit()
    assert queries.least_attendance(room.found.id) == 80


@pytest.mark.parametrize(("used", "over"), [(0, False), (270, False), (271, True)])
def test_exactly_one_seventh_is_not_too_much(used: int, over: bool) -> None:
    assert LeaveShare(used, 7 * 270, Fraction(1, 7)).is_over is over
    assert LeaveShare(used, 7 * 270, None).is_over is False


# ---- too much leave in a cadre class -----------------------------------------------------------------------------------


def cadre_room(now: datetime) -> Room:
    """Eight sessions of four hours: one of them is less than a seventh, two are more."""
    room = with_manager(make_room(now))
    room.found.is_cadre = True
    for day in range(1, 7):
        begin = at_hour(FIRST_DAY + timedelta(days=day), 8)
        room.sessions.append(make_session(room.found, begin, instructor=room.world.instructors[0]))
    db.session.commit()
    return room


def test_over_one_seventh_somebody_is_asked_and_nobody_is_removed(session: Session, now: datetime) -> None:
    room = cadre_room(now)
    _, actor = account_of(room, 0)
    decide(room, ask(room, actor, 1, at=now), at=now)
    outbox.drain(now=now)
    assert queries.proposals_of_class(room.found.id) == []
    decide(room, ask(room, actor, 2, at=now), at=now)
    outbox.drain(now=now)
    (proposal,) = queries.proposals_of_class(room.found.id)
    assert (proposal.leave_minutes, proposal.limit_share, proposal.state) == (270, "1/7", ProposalState.OPEN)
    assert letters("attendance.removal_proposed") == {"李明蕙"}
    assert enrollment.is_admitted(room.found.id, room.learners[0].id)
    for _ in range(2):  # running it again changes nothing
        with transaction():
            assert services.review_leave(class_id=room.found.id, now=now) == []


def over(room: Room, now: datetime) -> RemovalProposal:
    _, actor = account_of(room, 0)
    decide(room, ask(room, actor, 1, 2, at=now), at=now)
    outbox.drain(now=now)
    return queries.proposals_of_class(room.found.id)[0]


def test_one_press_removes_her_with_the_reason_and_her_hours_stay(session: Session, now: datetime) -> None:
    room = cadre_room(now)
    mark(room, {0: P}, session=2)
    proposal = over(room, now)
    earned = queries.credited_minutes_of_class(room.found.id)[room.learners[0].id]
    assert earned == 180
    with transaction():
        services.decide_removal(code=proposal.code, remove=True, reason="", actor=room.world.manager, now=now)
    assert not enrollment.is_admitted(room.found.id, room.learners[0].id)
    assert queries.credited_minutes_of_class(room.found.id)[room.learners[0].id] == earned
    assert queries.credited_minutes(room.learners[0].id, FIRST_DAY, FIRST_DAY + timedelta(days=9)) == earned
    assert letters("enrollment.removed") == {"学员1"}
    with pytest.raises(services.ProposalIsDecided), transaction():
        services.decide_removal(code=proposal.code, remove=True, reason="", actor=room.world.manager, now=now)


def test_who_is_kept_is_asked_about_again_after_further_leave_only(session: Session, now: datetime) -> None:
    room = cadre_room(now)
    proposal = over(room, now)
    with pytest.raises(services.RefusalNeedsReason), transaction():
        services.decide_removal(code=proposal.code, remove=False, reason="", actor=room.world.manager, now=now)
    with pytest.raises(Forbidden), transaction():
        services.decide_removal(code=proposal.code, remove=True, reason="", actor=room.instructor, now=now)
    with transaction():
        services.decide_removal(code=proposal.code, remove=False, reason="防汛值守", actor=room.world.manager, now=now)
        assert services.review_leave(class_id=room.found.id, now=now) == []
    asked = ask(room, actor_of(db.session.get_one(User, room.learners[0].user_id)), 3, at=now)
    decide(room, asked, at=now)
    outbox.drain(now=now)
    assert [one.state for one in queries.proposals_of_class(room.found.id)] == [ProposalState.OPEN, ProposalState.KEPT]


def test_a_correction_takes_the_proposal_back(session: Session, now: datetime) -> None:
    room = cadre_room(now)
    proposal = over(room, now)
    mark(room, {0: P}, session=0)
    outbox.drain(now=now)
    with transaction():
        services.review_leave(class_id=room.found.id, now=now)
    session.refresh(proposal)
    assert proposal.state is ProposalState.LAPSED


def test_hours_already_earned_stay_when_somebody_withdraws(session: Session, now: datetime) -> None:
    room = make_room(now)
    mark(room, {0: P})
    live = enrollment.live_enrollment(room.found.id, room.learners[0].id)
    assert live is not None
    with transaction():
        seats.withdraw(code=live.code, actor=room.world.manager, now=now, reason="调离")
    assert queries.credited_minutes(room.learners[0].id, FIRST_DAY, FIRST_DAY) == 180
    assert [one.state for one in queries.mark_history(room.sessions[0].id, room.learners[0].id)] == [P]
    with pytest.raises(services.NotOnTheRoster):
        mark(room, {0: ABSENT})


# ---- pages -------------------------------------------------------------------------------------------------------------


def test_the_learner_asks_on_her_page_and_sees_what_it_comes_to(
    session: Session, client: FlaskClient, sign_in: Callable[..., None], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    for door in ("mine", "leave", "overview"):
        monkeypatch.setattr(f"academy.attendance.web.{door}.now", lambda: now)
    room = cadre_room(now)
    user, _ = account_of(room, 0)
    sign_in(client, user)
    page = f"/my/attendance/{room.found.code}/leave"
    assert "总学时的 1/7" in client.get(page).get_data(as_text=True)
    token = client.token(page)  # type: ignore[attr-defined]
    shown = client.post(f"{page}/share", data={"csrf_token": token, "sessions": ["1", "2"]}).get_data(as_text=True)
    assert "批准后共请假 6 学时" in shown
    assert "超过上限" in shown
    wrong = client.post_form(page, {"sessions": "1", "kind": "holiday", "reason": "旅行"})  # type: ignore[attr-defined]
    assert wrong.status_code == 422
    done = client.post_form(page, {"sessions": "1", "kind": "sick", "reason": "发烧"}, follow_redirects=True)  # type: ignore[attr-defined]
    assert "班主任批复后" in done.get_data(as_text=True)
    assert client.get("/my/attendance").status_code == 200
    (asked,) = queries.leave_requests_of_class(room.found.id)
    address = f"/attendance/leave/{asked.code}"
    assert client.get(address).status_code == 403
    sign_in(client, make_user(Role.CLASS_MANAGER))
    assert "发烧" in client.get(address).get_data(as_text=True)
    granted = client.post_form(address, {"decision": "approve"}, follow_redirects=True)  # type: ignore[attr-defined]
    assert "已准假" in granted.get_data(as_text=True)
    assert "学员1" in client.get(f"/attendance/{room.found.code}/1/leave").get_data(as_text=True)
    assert client.get("/attendance/leave/nothing").status_code == 404


def test_a_proposal_is_decided_on_the_class_page(
    session: Session, client: FlaskClient, sign_in: Callable[..., None], now: datetime
) -> None:
    room = cadre_room(now)
    proposal = over(room, now)
    sign_in(client, room.user)
    page = f"/attendance/{room.found.code}/overview"
    assert "由班主任决定" in client.get(page).get_data(as_text=True)
    sign_in(client, make_user(Role.CLASS_MANAGER))
    done = client.post_form(f"/attendance/removals/{proposal.code}", {"decision": "remove"}, page=page, follow_redirects=True)  # type: ignore[attr-defined]
    assert "已得的学时保留" in done.get_data(as_text=True)
    assert client.get(f"{page}.xlsx").status_code == 200
    sign_in(client, make_user(Role.INSTRUCTOR))
    assert client.get(page).status_code == 403
