"""Reads of choices: who wants what, which classes somebody can choose, and what an allocation gave."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select

from academy.core.db import db
from academy.core.errors import NotFound
from academy.core.runs import JobRun
from academy.core.verdict import Verdict
from academy.enrollment.models import AllocationPreview as AllocationPreview  # what reads give back is public by name
from academy.enrollment.models import AllocationRow as AllocationRow
from academy.enrollment.models import Choice
from academy.enrollment.models import ChoiceApplication as ChoiceApplication
from academy.enrollment.queries.eligibility import explain
from academy.enrollment.queries.rounds import ChoiceRound, class_ids_of_round, round_by_id
from academy.enrollment.queries.rounds import running_round_of_class as running_round_of_class
from academy.enrollment.rules.explaining import RowFacts, explain_row
from academy.enrollment.rules.rounds import MOST_CHOICES, PreviewState, RowState
from academy.people import queries as people
from academy.people.queries import PlainLearner
from academy.timetable import queries as timetable
from academy.timetable.queries import TrainingClass

LEFT_TO_ALLOCATION = frozenset({"seats", "window", "round"})  # checks of the enrollment rule that a round answers itself


class ChoosableClass(NamedTuple):
    """A class of a round for one reader; `verdict` None: nobody we know reads."""

    found: TrainingClass
    verdict: Verdict | None

    @property
    def can_be_chosen(self) -> bool:
        """Whether nothing refuses it."""
        return self.verdict is not None and self.verdict.allowed


def classes_of_round(found: ChoiceRound) -> list[TrainingClass]:
    """The classes of a round by first day and code."""
    classes = timetable.classes_by_ids(class_ids_of_round(found.id)).values()
    return sorted(classes, key=lambda one: (one.starts_on, one.code))


def choosable(classes: Iterable[TrainingClass], learner_id: int | None, now: datetime) -> list[ChoosableClass]:
    """Classes with what the one enrollment rule says about a learner, but for seats and times: those are the round's."""
    if learner_id is None:
        return [ChoosableClass(found, None) for found in classes]
    return [ChoosableClass(found, may_choose(found.id, learner_id, now)) for found in classes]


def may_choose(class_id: int, learner_id: int, now: datetime) -> Verdict:
    """The enrollment rule's verdict without the checks that a round answers itself. Raises NotFound."""
    said = explain(class_id, learner_id, now)
    return Verdict(tuple(check for check in said.checks if check.code not in LEFT_TO_ALLOCATION), at=said.at)


def find_application(round_id: int, learner_id: int) -> ChoiceApplication | None:
    """A learner's application in a round, also a withdrawn one."""
    query = select(ChoiceApplication).where(ChoiceApplication.round_id == round_id, ChoiceApplication.learner_id == learner_id)
    return db.session.scalars(query).one_or_none()


def get_application(code: str) -> ChoiceApplication:
    """An application by its code. Raises NotFound."""
    found = db.session.scalars(select(ChoiceApplication).where(ChoiceApplication.code == code)).one_or_none()
    if found is None:
        raise NotFound
    return found


def choices_of(application_id: int) -> list[int]:
    """The classes of an application, the best first."""
    query = select(Choice.class_id).where(Choice.application_id == application_id).order_by(Choice.rank)
    return list(db.session.scalars(query))


def choices_by_application(application_ids: Iterable[int]) -> dict[int, list[int]]:
    """The classes of several applications, the best first."""
    ids = list(application_ids)
    found: dict[int, list[int]] = {one: [] for one in ids}
    query = select(Choice.application_id, Choice.class_id).where(Choice.application_id.in_(ids))
    for application_id, class_id in db.session.execute(query.order_by(Choice.application_id, Choice.rank)):
        found[application_id].append(class_id)
    return found


def applications_of_learner(learner_id: int) -> list[ChoiceApplication]:
    """A learner's applications in all rounds, the newest first; without withdrawn ones."""
    query = select(ChoiceApplication).where(
        ChoiceApplication.learner_id == learner_id, ChoiceApplication.withdrawn_at.is_(None)
    )
    return list(db.session.scalars(query.order_by(ChoiceApplication.id.desc())))


class UnitApplicant(NamedTuple):
    """An applicant of a unit, as its coordinator sees her: not what she chose."""

    application: ChoiceApplication
    learner: PlainLearner


def unit_applicants(round_id: int, organization_ids: Iterable[int]) -> list[UnitApplicant]:
    """Who of these organizations has choices in a round, by name."""
    query = select(ChoiceApplication).where(ChoiceApplication.round_id == round_id, ChoiceApplication.withdrawn_at.is_(None))
    applications = {one.learner_id: one for one in db.session.scalars(query)}
    learners = people.plain_learners(select(ChoiceApplication.learner_id).where(ChoiceApplication.round_id == round_id))
    wanted = set(organization_ids)
    mine = [learners[one] for one in applications if learners[one].organization_id in wanted]
    return [UnitApplicant(applications[one.id], one) for one in sorted(mine, key=lambda one: (one.name_zh, one.code))]


def previews_of(round_id: int) -> list[AllocationPreview]:
    """The previews of a round, the newest first."""
    query = select(AllocationPreview).where(AllocationPreview.round_id == round_id)
    return list(db.session.scalars(query.order_by(AllocationPreview.number.desc())))


def get_preview(code: str) -> AllocationPreview:
    """A preview by its code. Raises NotFound."""
    found = db.session.scalars(select(AllocationPreview).where(AllocationPreview.code == code)).one_or_none()
    if found is None:
        raise NotFound
    return found


def find_approved(round_id: int) -> AllocationPreview | None:
    """The preview of a round that was, or is being, carried out."""
    query = select(AllocationPreview).where(
        AllocationPreview.round_id == round_id, AllocationPreview.state == PreviewState.APPROVED
    )
    return db.session.scalars(query).one_or_none()


def preview_before(preview: AllocationPreview) -> AllocationPreview | None:
    """The preview of the same round that was prepared before this one."""
    query = select(AllocationPreview).where(
        AllocationPreview.round_id == preview.round_id, AllocationPreview.number == preview.number - 1
    )
    return db.session.scalars(query).one_or_none()


def find_run(preview: AllocationPreview | None) -> JobRun | None:
    """The progress of an approved preview."""
    return db.session.get(JobRun, preview.run_id) if preview is not None and preview.run_id is not None else None


def demand(round_id: int) -> dict[int, list[int]]:
    """How often each class is a first, second and third choice."""
    query = (
        select(Choice.class_id, Choice.rank, func.count())
        .join(ChoiceApplication, ChoiceApplication.id == Choice.application_id)
        .where(ChoiceApplication.round_id == round_id, ChoiceApplication.withdrawn_at.is_(None))
        .group_by(Choice.class_id, Choice.rank)
    )
    found: dict[int, list[int]] = {}
    for class_id, rank, count in db.session.execute(query):
        found.setdefault(class_id, [0] * MOST_CHOICES)[rank - 1] = count
    return found


def rows_of(preview_id: int) -> list[AllocationRow]:
    """All applicants of a preview: seats by class and place, then the lines, then whoever gets nothing."""
    query = select(AllocationRow).where(AllocationRow.preview_id == preview_id)
    return list(db.session.scalars(query.order_by(AllocationRow.turn.is_(None), AllocationRow.turn, AllocationRow.id)))


def find_row(preview_id: int, learner_id: int) -> AllocationRow | None:
    """What a preview gives a learner."""
    query = select(AllocationRow).where(AllocationRow.preview_id == preview_id, AllocationRow.learner_id == learner_id)
    return db.session.scalars(query).one_or_none()


def rows_of_learners(preview_id: int, learner_ids: Iterable[int]) -> dict[int, AllocationRow]:
    """What a preview gives each of these learners."""
    query = select(AllocationRow).where(AllocationRow.preview_id == preview_id, AllocationRow.learner_id.in_(list(learner_ids)))
    return {row.learner_id: row for row in db.session.scalars(query)}


def allocated_classes(preview_id: int) -> dict[int, int | None]:
    """Who gets which class in a preview: {learner: class or None}."""
    query = select(AllocationRow.learner_id, AllocationRow.class_id).where(AllocationRow.preview_id == preview_id)
    return dict(db.session.execute(query).all())


def learners_of_preview(preview_id: int) -> dict[int, PlainLearner]:
    """The applicants of a preview as people."""
    return people.plain_learners(select(AllocationRow.learner_id).where(AllocationRow.preview_id == preview_id))


def explain_allocation(
    preview: AllocationPreview, row: AllocationRow, found: ChoiceRound | None = None, titles: Mapping[int, str] | None = None
) -> Verdict:
    """Why an applicant got what she got, choice by choice; nobody else is named. `titles` of classes, if at hand."""
    found = found or round_by_id(preview.round_id)
    if titles is None:
        titles = {one.id: one.title_zh for one in timetable.classes_by_ids({bid["class_id"] for bid in row.bids}).values()}
    facts = RowFacts(
        bids=row.bids,
        class_id=row.class_id,
        line_class_id=row.line_class_id,
        state=row.state,
        number=row.number,
        problem=row.problem_text,
        titles=titles,
        criteria=found.criteria,
    )
    return explain_row(facts, at=preview.prepared_at)


def counts_by_state(preview_id: int) -> dict[RowState, int]:
    """How many applicants of a preview stand in each state."""
    counts: dict[RowState, int] = {}
    for state in db.session.scalars(select(AllocationRow.state).where(AllocationRow.preview_id == preview_id)):
        counts[state] = counts.get(state, 0) + 1
    return counts
