"""Reads all that an allocation is computed from, in a constant number of queries, however many people there are."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, select

from academy.catalog import queries as catalog
from academy.core.clock import local
from academy.core.db import db, table_of
from academy.core.text import N_, Text
from academy.enrollment.models import Choice, ChoiceApplication, ClassQuota, Enrollment
from academy.enrollment.queries.rounds import ChoiceRound, class_ids_of_round
from academy.enrollment.rules import LIVE, SEATED, STATE_WORDS, EnrollmentState
from academy.enrollment.rules.round_inputs import ApplicantInput, Inputs, Quota, RoundClassInput
from academy.enrollment.rules.rounds import Standing, whole_years
from academy.people import queries as people
from academy.timetable import queries as timetable
from academy.timetable.queries import TrainingClass
from academy.timetable.rules import TAUGHT, ClassState

_applications, _choices, _enrollments = table_of(ChoiceApplication), table_of(Choice), table_of(Enrollment)
_PAST = frozenset({EnrollmentState.ADMITTED, EnrollmentState.COMPLETED, EnrollmentState.FAILED})


def read_inputs(found: ChoiceRound, now: datetime) -> Inputs:
    """A round as its allocation sees it at this instant. Years count until the day on which the window closes."""
    applying = _learner_ids(found.id)
    chosen = _chosen(found.id)
    learners = people.plain_learners(applying)
    history = _history(applying)
    ids = class_ids_of_round(found.id)
    classes = timetable.classes_by_ids({*ids, *(h[1] for rows in history.values() for h in rows)})
    programs = catalog.programs_by_ids({one.program_id for one in classes.values()})
    fields = {one.id: programs[one.program_id].field_code for one in classes.values()}
    offered = _offered([classes[class_id] for class_id in ids], fields, now)
    until = local(found.closes_at).date()
    applicants = []
    for learner_id, (code, number, is_nominated, choices) in chosen.items():
        learner = learners[learner_id]
        past = [classes[c] for state, c in history[learner_id] if state in _PAST and _is_over(classes[c], until)]
        standing = Standing(
            learner_code=learner.code,
            person_type_code=learner.person_type_code,
            is_nominated=is_nominated,
            fields=frozenset(fields[one.id] for one in past),
            years=whole_years(max((one.ends_on for one in past), default=None), until),
            number=number,
        )
        applicants.append(ApplicantInput(learner_id, code, learner.organization_id, tuple(choices), standing))
    unfit = _unfit(found.id, applicants, offered, history, classes)
    return Inputs(found.criteria, found.seed, found.has_line, offered, tuple(applicants), unfit)


def _learner_ids(round_id: int) -> Select[Any]:
    return select(_applications.c.learner_id).where(
        _applications.c.round_id == round_id, _applications.c.withdrawn_at.is_(None)
    )


def _chosen(round_id: int) -> dict[int, tuple[str, int, bool, list[int]]]:
    """By learner, in the order of their numbers: application, number, whether nominated, classes the best first."""
    columns = (_applications.c.learner_id, _applications.c.code, _applications.c.number, _applications.c.nominated_at)
    query = (
        select(*columns, _choices.c.class_id)
        .join(_choices, _choices.c.application_id == _applications.c.id)
        .where(_applications.c.round_id == round_id, _applications.c.withdrawn_at.is_(None))
        .order_by(_applications.c.number, _choices.c.rank)
    )
    found: dict[int, tuple[str, int, bool, list[int]]] = {}
    for learner_id, code, number, nominated_at, class_id in db.session.execute(query):
        found.setdefault(learner_id, (code, number, nominated_at is not None, []))[3].append(class_id)
    return found


def _history(applying: Select[Any]) -> dict[int, list[tuple[EnrollmentState, int]]]:
    """The applicants' enrollments that count: live ones, and seats they have or had."""
    query = select(_enrollments.c.learner_id, _enrollments.c.state, _enrollments.c.class_id).where(
        _enrollments.c.learner_id.in_(applying), _enrollments.c.state.in_(sorted(LIVE | SEATED))
    )
    found: dict[int, list[tuple[EnrollmentState, int]]] = defaultdict(list)
    for learner_id, state, class_id in db.session.execute(query):
        found[learner_id].append((EnrollmentState(state), class_id))
    return found


def _is_over(found: TrainingClass, until: date) -> bool:
    return found.state in TAUGHT and found.ends_on <= until


def _offered(classes: list[TrainingClass], fields: dict[int, str], now: datetime) -> tuple[RoundClassInput, ...]:
    quotas = quotas_of(one.id for one in classes)
    return tuple(
        RoundClassInput(
            one.id, one.code, fields[one.id], _free_seats(one, quotas[one.id]), quotas[one.id], _why_closed(one, now)
        )
        for one in classes
    )


def _free_seats(found: TrainingClass, quotas: Iterable[Quota]) -> int:
    """Seats that the allocation can give: whoever waits already goes first, and places that a unit names are the unit's."""
    return max(0, found.seats_left - found.waiting_count) + sum(quota.seats for quota in quotas)


def quotas_of(class_ids: Iterable[int]) -> dict[int, tuple[Quota, ...]]:
    """The seats that classes keep for groups and that nobody has used; those that a unit names are not the round's to give."""
    ids = list(class_ids)
    query = select(ClassQuota).where(
        ClassQuota.class_id.in_(ids),
        ClassQuota.returned_at.is_(None),
        ~ClassQuota.is_named,
        ClassQuota.taken < ClassQuota.seats,
    )
    found: dict[int, list[Quota]] = defaultdict(list)
    for quota in db.session.scalars(query.order_by(ClassQuota.id)):
        found[quota.class_id].append(Quota(quota.organization_id, quota.person_type_code, quota.seats - quota.taken))
    return {class_id: tuple(found[class_id]) for class_id in ids}


def _why_closed(found: TrainingClass, now: datetime) -> Text | None:
    """Why a class can take nobody at this instant."""
    if found.state is not ClassState.OPEN:
        return Text(N_("这个班现在不接受报名"))
    if local(now).date() >= found.starts_on:
        return Text(N_("这个班 %(day)s 已经开班"), day=found.starts_on)
    if not found.enroll_opens_at <= now < found.enroll_closes_at:
        return Text(N_("不在这个班的报名时间内"))
    return None


def _unfit(
    round_id: int,
    applicants: list[ApplicantInput],
    offered: tuple[RoundClassInput, ...],
    history: dict[int, list[tuple[EnrollmentState, int]]],
    classes: dict[int, TrainingClass],
) -> dict[tuple[int, int], Text]:
    """The choices that cannot be given, and why. In bulk what the enrollment rule asks of one; it decides again at the end."""
    closed = {one.id: one.closed for one in offered}
    overlapping = _overlapping(round_id)
    found: dict[tuple[int, int], Text] = {}
    for one in applicants:
        live = {class_id: state for state, class_id in history[one.learner_id] if state in LIVE}
        for class_id in one.choices:
            why = closed[class_id] or _why_unfit(classes[class_id], one, live, overlapping.get(class_id, frozenset()), classes)
            if why is not None:
                found[one.learner_id, class_id] = why
    return found


def _why_unfit(
    wanted: TrainingClass,
    applicant: ApplicantInput,
    live: dict[int, EnrollmentState],
    overlapping: frozenset[int] | set[int],
    classes: dict[int, TrainingClass],
) -> Text | None:
    if wanted.audience and applicant.standing.person_type_code not in wanted.audience:
        return Text(N_("人员类别不在本班范围"))
    if wanted.id in live:
        return Text(N_("已经报过这个班：%(state)s"), state=Text(STATE_WORDS[live[wanted.id]]))
    same = next((class_id for class_id in sorted(live) if classes[class_id].program_id == wanted.program_id), None)
    if same is not None:
        return Text(N_("同一项目已报另一期：%(code)s"), code=classes[same].code)
    clash = next((class_id for class_id in sorted(live) if class_id in overlapping), None)
    if clash is not None:
        return Text(N_("与已报的“%(title)s”时间冲突"), title=classes[clash].title_zh)
    return None


def _overlapping(round_id: int) -> dict[int, set[int]]:
    """Which classes, of those in which applicants are, have sessions at the same time as each class of the round."""
    theirs = select(_enrollments.c.class_id).where(
        _enrollments.c.learner_id.in_(_learner_ids(round_id)), _enrollments.c.state.in_(sorted(LIVE))
    )
    return timetable.clashes_among(class_ids_of_round(round_id), db.session.scalars(theirs.distinct()))
