"""Central allocation: one person prepares a preview, another approves it, and it is carried out in slices.

A slice is one transaction: its admissions, their rows here and the progress are committed together, so that a worker that
dies gives back exactly what it had not finished. The round's row is locked by each of these steps: they never run at once.
"""

from datetime import datetime

from sqlalchemy import insert, select, update

from academy.core.access import SYSTEM, Actor
from academy.core.audit import record
from academy.core.codes import random_code16
from academy.core.db import db, table_of
from academy.core.errors import Conflict, DomainError, Forbidden, NotFound
from academy.core.outbox import announce
from academy.core.runs import advance_run, finish_run, start_run
from academy.core.text import N_, Text
from academy.enrollment import messages
from academy.enrollment.models import AllocationPreview, AllocationRow, ChoiceApplication, ChoiceRound
from academy.enrollment.policies import can_manage_enrollments
from academy.enrollment.queries import choices as queries
from academy.enrollment.queries import rounds
from academy.enrollment.queries.round_inputs import read_inputs
from academy.enrollment.rules import EnrollmentState, Source
from academy.enrollment.rules.explaining import compute_plan
from academy.enrollment.rules.round_inputs import PART_WORDS, changed_parts, fingerprints
from academy.enrollment.rules.rounds import PHASE_WORDS, Phase, PreviewState, RoundState, RowState
from academy.enrollment.services.enrolling import Enrolled, enroll
from academy.enrollment.services.rounds import locked_round, release_classes
from academy.people import queries as people
from academy.timetable import services as seats_of

SLICE = 50  # people admitted in one transaction: their classes' rows stay locked for so long
LETTERS = 200  # written in one transaction
RUN_KIND = "enrollment.allocation"


class RoundIsNotClosed(Conflict):
    """Nothing is allocated while people may still choose, nor twice."""

    message = N_("现在不能分配，这一轮的状态：%(phase)s。")
    next_step = N_("填报截止之后、录取开始之前才能分配。")


class NobodyChose(Conflict):
    """An allocation needs somebody."""

    message = N_("这一轮没有人填志愿，没有可以分配的。")
    next_step = N_("可以取消这一轮，班次就恢复自行报名。")


class PreviewIsOld(Conflict):
    """A newer preview has taken its place, or it was approved already."""

    message = N_("这份预览已经有新的替代，或者已经批准过，什么都没有改动。")
    next_step = N_("请看最新的一份。")


class PreviewPreparedByYou(Forbidden):
    """Two people are needed."""

    message = N_("这份预览是您做的，要由另一位教务批准。")


class InputsHaveChanged(Conflict):
    """What the preview was computed from is not so any more; `parts` says what."""

    message = N_("预览之后有变化：%(parts)s。没有录取任何人。")
    next_step = N_("请重新预览，看清变化后再由另一人批准。")

    def __init__(self, parts: list[str]) -> None:
        listed = Text(PART_WORDS[parts[0]])
        for part in parts[1:]:
            listed = Text(N_("%(before)s、%(next)s"), before=listed, next=Text(PART_WORDS[part]))
        super().__init__(parts=listed)
        self.parts = parts


def prepare_preview(*, round_code: str, actor: Actor, now: datetime) -> AllocationPreview:
    """Compute who would get what, and keep it with the fingerprint of its inputs. Admits nobody.

    Raises Forbidden, NotFound, RoundIsNotClosed, NobodyChose.
    """
    if not can_manage_enrollments(actor):
        raise Forbidden
    found = locked_round(rounds.get_round(round_code).id)
    _require_closed(found, now)
    inputs = read_inputs(found, now)
    if not inputs.applicants:
        raise NobodyChose
    rows, summary = compute_plan(inputs)
    earlier = queries.previews_of(found.id)
    _replace_prepared(found.id)
    preview = AllocationPreview(
        code=random_code16(),
        round_id=found.id,
        number=earlier[0].number + 1 if earlier else 1,
        state=PreviewState.PREPARED,
        fingerprints=fingerprints(inputs),
        summary=summary,
        prepared_by_id=actor.user_id,
        prepared_by=actor.name,
        prepared_at=now,
    )
    db.session.add(preview)
    db.session.flush()
    db.session.execute(
        insert(table_of(AllocationRow)), [{"preview_id": preview.id, "number": None, "problem": None, **row} for row in rows]
    )
    after = {"preview": preview.code, "counts": summary["counts"], "inputs": preview.fingerprints}
    record(actor, "choice_round.previewed", f"choice_round:{round_code}", now=now, after=after)
    return preview


def _replace_prepared(round_id: int) -> None:
    db.session.execute(
        update(AllocationPreview)
        .where(AllocationPreview.round_id == round_id, AllocationPreview.state == PreviewState.PREPARED)
        .values(state=PreviewState.REPLACED)
    )


def _require_closed(found: ChoiceRound, now: datetime) -> None:
    phase = found.phase(now)
    if phase is not Phase.CLOSED:
        raise RoundIsNotClosed(phase=Text(PHASE_WORDS[phase]))


def approve_preview(*, code: str, actor: Actor, now: datetime) -> AllocationPreview:
    """The second person lets it be carried out, if everything it was computed from is still so. Once for a round.

    Raises Forbidden, NotFound, RoundIsNotClosed, PreviewIsOld, PreviewPreparedByYou, InputsHaveChanged.
    """
    if not can_manage_enrollments(actor):
        raise Forbidden
    preview = queries.get_preview(code)
    found = locked_round(preview.round_id)
    db.session.refresh(preview)
    if preview.state is not PreviewState.PREPARED:
        raise PreviewIsOld
    _require_closed(found, now)
    if actor.user_id is not None and actor.user_id == preview.prepared_by_id:
        raise PreviewPreparedByYou
    parts = changed_parts(preview.fingerprints, fingerprints(read_inputs(found, now)))
    if parts:
        raise InputsHaveChanged(parts)
    title = Text(N_("统一分配：%(title)s"), title=found.title_zh)
    total = sum(preview.summary["counts"][:3]) + preview.summary["waiting"]
    subject = f"choice_round:{found.code}"
    run = start_run(kind=RUN_KIND, title=title, subject=subject, total=total, actor=actor, now=now)
    preview.state, preview.run_id = PreviewState.APPROVED, run.id
    preview.approved_by_id, preview.approved_by, preview.approved_at = actor.user_id, actor.name, now
    found.state = RoundState.COMMITTING
    db.session.flush()
    record(actor, "choice_round.approved", subject, now=now, after={"preview": preview.code, "total": total})
    announce("enrollment.allocation_approved", now=now, preview_id=preview.id)
    return preview


def carry_out_slice(*, preview_id: int, now: datetime) -> bool:
    """Admit the next people of an approved preview; whether there is more to do. The last call releases the outcome."""
    preview = db.session.get(AllocationPreview, preview_id)
    if preview is None:
        raise NotFound
    found = locked_round(preview.round_id)
    if found.state is not RoundState.COMMITTING:
        return False
    rows = _next_rows(preview_id)
    if not rows:
        _release(found, preview, now)
        return False
    _lock_in_order(rows)
    problems = [words for row in rows if (words := _carry_out(row, now))]
    db.session.flush()
    if preview.run_id is not None:
        advance_run(preview.run_id, done=len(rows) - len(problems), failed=len(problems), problems=problems)
    return True


def _next_rows(preview_id: int) -> list[AllocationRow]:
    query = select(AllocationRow).where(AllocationRow.preview_id == preview_id, AllocationRow.state == RowState.PLANNED)
    ordered = query.order_by(AllocationRow.turn).limit(SLICE).execution_options(populate_existing=True)
    return list(db.session.scalars(ordered))


def _lock_in_order(rows: list[AllocationRow]) -> None:
    """First the people, then the classes, each by id: as whoever enrolls one person does, so that nobody waits in a ring."""
    people.lock_learners(row.learner_id for row in rows)
    for class_id in sorted({row.class_id or row.line_class_id or 0 for row in rows}):
        seats_of.lock_class(class_id=class_id)


def _carry_out(row: AllocationRow, now: datetime) -> str:
    """Admit one person, or put her into the line. Returns what went otherwise than planned."""
    class_id = row.class_id or row.line_class_id or 0
    try:
        enrolled = _admit(class_id, row.learner_id, now)
    except DomainError as error:
        row.state, row.problem = RowState.REFUSED, error.text.as_json()
        return str(error.text)
    row.state = RowState.ADMITTED if enrolled.state is EnrollmentState.ADMITTED else RowState.WAITLISTED
    row.number = enrolled.number
    if row.class_id is None or row.state is RowState.ADMITTED:
        return ""
    problem = Text(N_("席位在录取前减少，改为候补 %(number)s 号"), number=enrolled.number)
    row.problem = problem.as_json()
    return str(problem)


def _admit(class_id: int, learner_id: int, now: datetime) -> Enrolled:
    """The one door through which an allocation enrolls: the same as for everybody else."""
    return enroll(class_id=class_id, learner_id=learner_id, actor=SYSTEM, now=now, source=Source.ALLOCATION)


def _release(found: ChoiceRound, preview: AllocationPreview, now: datetime) -> None:
    """Everything is done: the outcome is public, and the classes take people by the ordinary rule again."""
    found.state, found.ended_at = RoundState.RELEASED, now
    db.session.flush()
    release_classes(found.id)
    if preview.run_id is not None:
        finish_run(preview.run_id, now=now, result_url=f"/manage/rounds/{found.code}/previews/{preview.code}")
    states = {state.value: count for state, count in queries.counts_by_state(preview.id).items()}
    record(SYSTEM, "choice_round.released", f"choice_round:{found.code}", now=now, after=states)
    announce("enrollment.round_ended", now=now, round_id=found.id)


RECEIVED, ENDED = 1, 2  # the letters of a round, in their order


def write_letters(*, round_id: int, letter: int, now: datetime) -> bool:
    """Write the next applicants the letter about the closing or the end of their round; whether there are more."""
    query = (
        select(ChoiceApplication)
        .where(
            ChoiceApplication.round_id == round_id,
            ChoiceApplication.withdrawn_at.is_(None),
            ChoiceApplication.letters < letter,
        )
        .order_by(ChoiceApplication.id)
        .limit(LETTERS)
        .with_for_update(key_share=True)
    )
    applications = list(db.session.scalars(query.execution_options(populate_existing=True)))
    if not applications:
        return False
    found = rounds.round_by_id(round_id)
    if letter == RECEIVED:
        messages.tell_choices(found, applications, key="closed", now=now)
    elif found.state is RoundState.CANCELLED:
        messages.tell_round_cancelled(found, applications, now=now)
    else:
        rows = _rows_by_learner(found.id, [one.learner_id for one in applications])
        messages.tell_outcome(found, applications, rows, now=now)
    for one in applications:
        one.letters = letter
    return True


def _rows_by_learner(round_id: int, learner_ids: list[int]) -> dict[int, AllocationRow]:
    approved = queries.find_approved(round_id)
    return queries.rows_of_learners(approved.id, learner_ids) if approved else {}
