"""The marking of a sitting as its chief runs it: begin, watch, hand over, arbitrate. Scripts have codes, never names."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from academy.accounts import queries as accounts
from academy.core.access import Role, allow, current_actor
from academy.core.clock import TZ, local, now
from academy.core.db import transaction
from academy.core.errors import DomainError, Forbidden, NotFound
from academy.core.text import N_, Text, render
from academy.exams import queries as exams
from academy.scoring import queries, services
from academy.scoring.policies import CONFIRMING_ROLES, MARKING_ROLES, SCORING_ROLES, can_score
from academy.scoring.queries.marking_board import Look
from academy.scoring.rules.marking import (
    HOW_WORDS,
    MODE_WORDS,
    ROUND_WORDS,
    STEPS,
    TIE_WORDS,
    Mode,
    Round,
    ScriptState,
    TaskState,
    Tie,
)
from academy.scoring.web import blueprint
from academy.timetable import queries as timetable
from academy.ui.flash import say, say_error
from academy.ui.forms import EmptyForm, is_near

BOARD_ROLES = (*CONFIRMING_ROLES, Role.AUDITOR)  # not instructors: who may have to mark sees no other marks
DEFAULT_CONTROL = 10
DEFAULT_TERM = timedelta(days=7)


def _markers() -> list[Any]:
    """Everybody who may be asked to mark."""
    found = {user.id: user for role in MARKING_ROLES for user in accounts.users_with_role(role) if user.is_active}
    return sorted(found.values(), key=lambda user: (user.name_zh, user.id))


@blueprint.get("/manage/scoring/<code>/marking")
@allow(*BOARD_ROLES)
def board(code: str) -> ResponseReturnValue:
    """How the marking goes; before it is opened, the form that opens it."""
    return _board(code)


def _board(code: str, *, error: DomainError | None = None) -> str:
    found, actor = exams.get_sitting(code), current_actor()
    plan = queries.find_plan(found.id)
    items = exams.marked_items(found.paper_id)
    said = " ".join(filter(None, [render(error.text), render(error.next_text)])) if error else ""
    context = {
        "sitting": found,
        "training_class": timetable.class_by_id(found.class_id),
        "plan": plan,
        "questions": {item.position: item for item in items},
        "everybody": _markers(),
        "can_run": can_score(actor),
        "button": EmptyForm(),
        "error": said,
        "now": now(),
        "Mode": Mode,
        "Tie": Tie,
        "mode_words": MODE_WORDS,
        "tie_words": TIE_WORDS,
    }
    if plan is None:
        due = request.form.get("due_at") or f"{local(now() + DEFAULT_TERM).date()}T18:00"
        return render_template(
            "scoring/open_marking.html", typed=request.form, steps=STEPS, due=due, control=DEFAULT_CONTROL, **context
        )
    looks = queries.looks_of(found.id)
    return render_template(
        "scoring/marking.html",
        progress=queries.question_progress(plan, looks),
        people=queries.marker_progress(plan, looks, now()),
        arbitration=_waiting(looks),
        own={o.script.id: o.mark.code for o in looks if o.mark.user_id == actor.user_id and o.mark.state is TaskState.OPEN},
        is_own=any(one.mark.user_id == actor.user_id for one in looks) and actor.has(*MARKING_ROLES),
        doubtful=[look for look in looks if look.mark.doubt and look.mark.state is TaskState.OPEN],
        **context,
    )


def _waiting(looks: list[Look]) -> list[Look]:
    """Scripts that lie far apart: the first look at each stands for it."""
    return [look for look in looks if look.mark.round is Round.FIRST and look.script.state is ScriptState.ARBITRATION]


def _number(name: str) -> Decimal:
    try:
        typed = Decimal(request.form.get(name, "")[:12])
    except InvalidOperation:
        return Decimal(-1)
    return typed if typed.is_finite() else Decimal(-1)


def _instant(name: str) -> datetime:
    """What was typed is the academy's wall clock; what cannot be read is long past, and refused as such."""
    try:
        typed = datetime.fromisoformat(request.form.get(name, "")[:16])
    except ValueError:
        typed = datetime(2000, 1, 1)  # noqa: DTZ001 - the zone follows
    return (typed if is_near(typed) and typed.tzinfo is None else datetime(2000, 1, 1)).replace(tzinfo=TZ)  # noqa: DTZ001


def _ids(name: str) -> list[int]:
    by_code = {user.code: user.id for user in _markers()}
    return [by_code[code] for code in request.form.getlist(name) if code in by_code]


def _terms(paper_id: int) -> list[services.ItemTerms]:
    terms = []
    for item in exams.marked_items(paper_id):
        place = item.position
        mode = next((mode for mode in Mode if mode.value == request.form.get(f"mode-{place}")), Mode.FOUR)
        tie = next((tie for tie in Tie if tie.value == request.form.get(f"tie-{place}")), Tie.HIGHER)
        step = next((step for step in STEPS if str(step) == request.form.get(f"step-{place}")), STEPS[0])
        terms.append(services.ItemTerms(place, mode, _number(f"tolerance-{place}"), tie, step))
    return terms


@blueprint.post("/manage/scoring/<code>/marking")
@allow(*SCORING_ROLES)
def open_marking(code: str) -> ResponseReturnValue:
    """Begin."""
    found = exams.get_sitting(code)
    if not EmptyForm().validate_on_submit():
        return redirect(url_for("scoring.board", code=code))
    control = request.form.get("control", "")
    try:
        with transaction():
            services.open_marking(
                sitting_id=found.id,
                terms=_terms(found.paper_id),
                marker_ids=_ids("marker"),
                arbiter_ids=_ids("arbiter"),
                due_at=_instant("due_at"),
                control_every=int(control) if control.isascii() and control.isdigit() and len(control) < 5 else 0,
                actor=current_actor(),
                now=now(),
            )
    except Forbidden:
        raise
    except DomainError as error:
        return _board(code, error=error), error.status
    say(N_("阅卷开始了，阅卷人会收到消息；空白的答卷已记 0 分。"))
    return redirect(url_for("scoring.board", code=code))


def _act(code: str, work: Callable[[int], Text | str]) -> ResponseReturnValue:
    found = exams.get_sitting(code)
    if EmptyForm().validate_on_submit():
        try:
            with transaction():
                words = work(found.id)
            say(words)
        except (NotFound, Forbidden):
            raise
        except DomainError as error:
            say_error(error)
    return redirect(url_for("scoring.board", code=code))


@blueprint.post("/manage/scoring/<code>/marking/allot")
@allow(*SCORING_ROLES)
def allot(code: str) -> ResponseReturnValue:
    """Hand out what nobody has."""

    def work(sitting_id: int) -> Text:
        made, short = services.allot_missing(sitting_id=sitting_id, actor=current_actor(), now=now())
        return Text(N_("补派了 %(made)s 份；还有 %(short)s 份没有人可派。"), made=made, short=short)

    return _act(code, work)


@blueprint.post("/manage/scoring/<code>/marking/deadline")
@allow(*SCORING_ROLES)
def move_deadline(code: str) -> ResponseReturnValue:
    """Another deadline for what is open."""
    due_at = _instant("due_at")

    def work(sitting_id: int) -> Text:
        count = services.move_deadline(sitting_id=sitting_id, due_at=due_at, actor=current_actor(), now=now())
        return Text(N_("截止改到 %(at)s，%(count)s 份没评的都按它算。"), at=due_at, count=count)

    return _act(code, work)


@blueprint.post("/manage/scoring/<code>/marking/people")
@allow(*SCORING_ROLES)
def add_member(code: str) -> ResponseReturnValue:
    """One more marker or arbiter."""
    chosen, is_arbiter = _ids("who"), request.form.get("as") == "arbiter"

    def work(sitting_id: int) -> str:
        if not chosen:
            raise services.MarkerMayNotMark(count=1)
        services.add_member(sitting_id=sitting_id, user_id=chosen[0], is_arbiter=is_arbiter, actor=current_actor(), now=now())
        return N_("已加入，没有人评的答卷分给了他。")

    return _act(code, work)


@blueprint.post("/manage/scoring/<code>/marking/release")
@allow(*SCORING_ROLES)
def release_member(code: str) -> ResponseReturnValue:
    """Take somebody out; her open scripts go to others."""
    user_id = accounts.get_user_by_code(request.form.get("who", "")).id

    def work(sitting_id: int) -> Text:
        moved, left = services.release_member(sitting_id=sitting_id, user_id=user_id, actor=current_actor(), now=now())
        return Text(N_("改派了 %(moved)s 份；%(left)s 份没有人可派，请加阅卷人。已评的不变。"), moved=moved, left=left)

    return _act(code, work)


@blueprint.get("/manage/scoring/<code>/marking/scripts/<mark_code>")
@allow(*BOARD_ROLES)
def script(code: str, mark_code: str) -> ResponseReturnValue:
    """All looks at one script; closed to whoever has it to mark, so that she stays blind."""
    found = exams.get_sitting(code)
    look = queries.get_look(mark_code)
    if look.script.sitting_id != found.id:
        raise NotFound
    looks = queries.marks_of_script(look.script.id)
    if any(one.user_id == current_actor().user_id and one.state is TaskState.OPEN for one in looks):
        raise Forbidden
    item = queries.marking_item(found.id, look.script.position)
    return render_template(
        "scoring/script.html",
        sitting=found,
        look=look.task,
        script=look.script,
        item=item,
        criteria=queries.criteria_of(item),
        question=queries.question_of(found.id, look.script.position),
        response=queries.response_of(look.script),
        looks=looks,
        names={user.id: user.name_zh for user in accounts.users_by_ids({one.user_id for one in looks}).values()},
        is_arbitrated=any(one.round is Round.ARBITER for one in looks),
        can_run=can_score(current_actor()),
        round_words=ROUND_WORDS,
        how_words=HOW_WORDS,
        button=EmptyForm(),
        ScriptState=ScriptState,
        TaskState=TaskState,
    )


@blueprint.post("/manage/scoring/<code>/marking/scripts/<mark_code>/arbiter")
@allow(*SCORING_ROLES)
def arbiter(code: str, mark_code: str) -> ResponseReturnValue:
    """Let the arbiter decide this script."""
    look, reason = queries.get_look(mark_code), request.form.get("reason", "").strip()[:500]
    if look.script.sitting_id != exams.get_sitting(code).id:
        raise NotFound

    def work(_sitting_id: int) -> str:
        services.send_to_arbiter(script_id=look.script.id, reason=reason, actor=current_actor(), now=now())
        return N_("已送仲裁；仲裁人的分数就是最后得分。")

    return _act(code, work)
