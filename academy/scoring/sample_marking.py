"""Sample data: an essay paper that is being marked by three people and an arbiter, and appeals against released results."""

from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

from academy.accounts import queries as accounts
from academy.core.access import SYSTEM, Actor, Grant, Role
from academy.core.clock import TZ, today
from academy.exams import queries as exams
from academy.exams import services as exam_services
from academy.exams.rules.kinds import QuestionKind, SittingState
from academy.exams.rules.responses import SheetRow
from academy.exams.sample import BANK
from academy.exams.sample_rubrics import packaged_rubrics
from academy.people import queries as people
from academy.scoring import queries, services
from academy.scoring.models import Result
from academy.scoring.rules.appeals import AppealPolicy
from academy.scoring.rules.marking import Mode, Round, ScriptState, Tie

ESSAYS = ("Q-0381", "Q-0382")
CANDIDATES = 16
BLANK = 5  # the candidate who wrote nothing
HALF = Decimal("0.5")
MARKERS = {"instructor": (Role.INSTRUCTOR, 7), "manager": (Role.CLASS_MANAGER, 99), "admin": (Role.ADMINISTRATOR, 9)}
SLIPS = {3: Decimal(-3), 7: Decimal(4), 11: Decimal(3)}  # scripts about which the markers disagree


def load(*, now: datetime) -> None:
    """Load the marking and the appeals, where the demo users are there to do them."""
    people_by_name = {name: _person(name, role) for name, (role, _) in MARKERS.items()}
    arbiter, learner = _person("admin2", Role.ADMINISTRATOR), _person("learner", Role.LEARNER)
    closed = [one for one in exams.sittings() if one.state is SittingState.CLOSED]
    if not closed or arbiter.user_id is None or any(one.user_id is None for one in people_by_name.values()):
        return
    _load_marking(closed[0].class_id, people_by_name, arbiter, now)
    if learner.user_id is not None:
        _load_appeals(learner, now)


def _person(name: str, role: Role) -> Actor:
    user = accounts.find_user_by_email(f"{name}@demo.example")
    return Actor(user.id if user else None, user.name_zh if user else name, frozenset({Grant(role)}))


def _load_marking(class_id: int, markers: dict[str, Actor], arbiter: Actor, now: datetime) -> None:
    bank = exams.find_bank(BANK)
    if bank is None:
        return
    items = [exam_services.KeyItem(code, QuestionKind.ESSAY, "", Decimal(20)) for code in ESSAYS]
    paper = exam_services.take_over_paper(
        bank_id=bank.id, title_zh="社会工作实务（高级）论述卷", minutes=90, items=items, actor=SYSTEM, now=now
    )
    opens_at = (now - timedelta(days=2)).replace(minute=0, second=0, microsecond=0)
    sitting = exam_services.plan_sitting(
        class_id=class_id,
        paper_id=paper.id,
        title_zh="论述题模拟考试",
        opens_at=opens_at,
        closes_at=opens_at + timedelta(minutes=90),
        minutes=90,
        actor=SYSTEM,
        now=opens_at - timedelta(days=2),
    )
    numbers = list(exams.candidates_of(sitting.id))[:CANDIDATES]
    rows = [SheetRow(place, number, _answers(place)) for place, number in enumerate(numbers)]
    exam_services.record_responses(sitting_id=sitting.id, rows=rows, actor=SYSTEM, now=sitting.closes_at)
    sitting.state = SittingState.CLOSED
    services.open_marking(
        sitting_id=sitting.id,
        terms=[services.ItemTerms(position, Mode.FOUR, Decimal(2), Tie.HIGHER, HALF) for position in (1, 2)],
        marker_ids=[one.user_id or 0 for one in markers.values()],
        arbiter_ids=[arbiter.user_id or 0],
        due_at=datetime.combine(today(now) + timedelta(days=3), time(18), tzinfo=TZ),
        control_every=5,
        actor=markers["manager"],
        now=sitting.closes_at + timedelta(hours=1),
    )
    for place, (name, (_, most)) in enumerate(MARKERS.items()):
        for position in (1, 2):
            _mark_some(sitting.id, position, markers[name], place, most, now - timedelta(hours=20 - place))
    _load_doubts(sitting.id, markers, now)


def _load_doubts(sitting_id: int, markers: dict[str, Actor], now: datetime) -> None:
    """One script that its marker put aside, and one that waits for the arbiter."""
    instructor = markers["instructor"]
    task = queries.next_task(instructor.user_id or 0, sitting_id, 1)
    if task is not None:
        services.set_aside(code=task.code, doubt="所举情境像是抄自教材，请看是否给分", actor=instructor, now=now)
    settled = [look.script for look in queries.looks_of(sitting_id) if look.script.state is ScriptState.SETTLED]
    if settled:
        reason = "第一评漏看了第二段"
        services.send_to_arbiter(script_id=settled[0].id, reason=reason, actor=markers["manager"], now=now)


def _answers(place: int) -> dict[int, str]:
    if place == BLANK:
        return {}
    return {position: _sample(position, place)["answer_zh"] for position in (1, 2)}


def _sample(position: int, place: int) -> dict[str, Any]:
    answers = next(one for one in packaged_rubrics() if one["item_code"] == ESSAYS[position - 1])["sample_answers"]
    found: dict[str, Any] = answers[(place * 2 + position) % len(answers)]
    return found


def _mark_some(sitting_id: int, position: int, actor: Actor, bias: int, most: int, at: datetime) -> None:
    """Up to `most` scripts by what the sample answers earn; each marker a little milder than the one before."""
    criteria = queries.criteria_of(queries.marking_item(sitting_id, position))
    for count in range(most):
        task = queries.next_task(actor.user_id or 0, sitting_id, position)
        if task is None:
            return
        script = queries.get_task(task.code, user_id=actor.user_id).script
        response = queries.response_of(script)
        rubric = next(one for one in packaged_rubrics() if one["item_code"] == ESSAYS[position - 1])
        earned = next(one for one in rubric["sample_answers"] if one["answer_zh"] == response)["marks_by_criterion"]
        shift = HALF * (bias + (script.id + count + int(task.round)) % 3 - 1)
        slip = SLIPS.get(script.id % 13, Decimal(0)) if task.round is Round.SECOND else Decimal(0)
        written = {}
        for one in criteria:
            moved = Decimal(str(earned[one.id])) + (shift if one is criteria[0] else 0) + (slip if one is criteria[1] else 0)
            written[one.id] = f"{min(max(moved, Decimal(0)), one.full):f}"
        services.give_mark(
            code=task.code, written=written, levels={}, comment="", actor=actor, now=at + timedelta(minutes=4 * count)
        )


def _load_appeals(learner: Actor, now: datetime) -> None:
    """The demo learner objects to two questions of her latest released result; one has been answered."""
    record = people.find_learner_of_user(learner.user_id or 0)
    results = sorted(queries.released_results_of_learner(record.id if record else 0).values(), key=lambda one: one.id)
    if not results:
        return
    officer, result = _person("officer", Role.CERTIFICATE_OFFICER), results[-1]
    services.set_appeal_terms(
        sitting_id=result.sitting_id,
        opens_at=now - timedelta(days=2),
        closes_at=datetime.combine(today(now) + timedelta(days=5), time(18), tzinfo=TZ),
        quota=3,
        policy=AppealPolicy.CHECK_ONLY,
        may_lower=False,
        actor=officer,
        now=now - timedelta(days=2),
    )
    first, second = _lost(result)[:2]
    filed = services.file_appeal(
        result_code=result.code, position=first, reason="答题卡上改过一次，登记的可能是擦掉的那个选项。", actor=learner,
        now=now - timedelta(hours=30),
    )  # fmt: skip
    decision = services.Decision(is_granted=False, answer="已核对答题卡原件，登记的选项与原件一致。")
    services.decide_appeal(code=filed.code, decision=decision, actor=officer, now=now - timedelta(hours=8))
    services.file_appeal(
        result_code=result.code,
        position=second,
        reason="我填的和正确答案一样，请核对登分。",
        actor=learner,
        now=now - timedelta(hours=3),
    )


def _lost(result: Result) -> list[int]:
    return [position for position, mark in enumerate(result.item_marks, 1) if mark == "0"]
