"""The facts behind the one rule, for one person and for thousands: the number of statements does not grow with them."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, Row, and_, bindparam, exists, outerjoin, select

from academy.accounts import queries as accounts
from academy.catalog import queries as catalog
from academy.core.db import db, table_of
from academy.core.errors import NotFound
from academy.core.text import Name
from academy.core.verdict import Verdict
from academy.enrollment.models import Enrollment
from academy.enrollment.queries import rounds
from academy.enrollment.queries.enrollments import documents_of
from academy.enrollment.queries.quotas import standing_quotas
from academy.enrollment.rules import (
    LIVE,
    Applicant,
    ApplicationFacts,
    EnrollmentState,
    Equivalent,
    OwnEnrollment,
    QuotaFacts,
    RoundFacts,
    Source,
    explain_admission,
    explain_application,
)
from academy.people import queries as people
from academy.people.queries import Learner, LockedLearner
from academy.timetable import queries as timetable
from academy.timetable.rules import Clash, EnrollmentFacts

_own, _other = table_of(Enrollment).alias("own"), table_of(Enrollment).alias("other")
_class_id = timetable.FACTS.selected_columns.id
_learner_id: BindParameter[int] = bindparam("learner_id")
_LIVE = sorted(LIVE)
_is_elsewhere = exists().where(_other.c.learner_id == _learner_id, _other.c.state.in_(_LIVE), _other.c.class_id != _class_id)
_is_own = and_(_own.c.class_id == _class_id, _own.c.learner_id == _learner_id, _own.c.state.in_(_LIVE))
_APPLICATION = timetable.FACTS.add_columns(
    _own.c.state.label("own_state"),
    _own.c.waitlist_no,
    _own.c.applied_at,
    _is_elsewhere.correlate(_class_id.table).label("is_elsewhere"),
    rounds.is_in_running_round(_class_id).correlate(_class_id.table).label("is_allocated"),
).select_from(outerjoin(_class_id.table, _own, _is_own))
_APPLICATION_BY_ID = _APPLICATION.where(_class_id == bindparam("class_id"))
_APPLICATION_BY_CODE = _APPLICATION.where(timetable.FACTS.selected_columns.code == bindparam("code"))


def application_by_code(code: str, applicant: Applicant) -> ApplicationFacts:
    """All that the decision about a person and a class looks at; one statement for most people. Raises NotFound."""
    parameters = {"code": code, "learner_id": applicant.id}
    return _application(db.session.connection().execute(_APPLICATION_BY_CODE, parameters).one_or_none(), applicant)


def application(class_id: int, applicant: Applicant, *, by_naming: bool = False) -> ApplicationFacts:
    """The same by the class's id; `by_naming` when her unit or the academy puts her forward. Raises NotFound."""
    parameters = {"class_id": class_id, "learner_id": applicant.id}
    facts = _application(db.session.execute(_APPLICATION_BY_ID, parameters).one_or_none(), applicant)
    return replace(facts, by_naming=by_naming)


def _application(row: Row[Any] | None, applicant: Applicant) -> ApplicationFacts:
    if row is None:
        raise NotFound
    found = EnrollmentFacts._make(row[: len(EnrollmentFacts._fields)])
    around = _around(found, is_allocated=row.is_allocated)
    own = OwnEnrollment(found.id, row.own_state, row.waitlist_no, row.applied_at) if row.own_state else None
    others = _other_enrollments(found.id, [applicant.id]).get(applicant.id, {}) if row.is_elsewhere else {}
    clash = timetable.find_class_clash(found.id, list(others)) if others else None
    has_prerequisite = found.prerequisite_program_id is None or bool(_completed(found, [applicant.id]))
    return _facts(around, applicant, own, others, {clash.class_id: clash} if clash else {}, has_prerequisite=has_prerequisite)


class _Around(NamedTuple):
    """What is the same for everybody who looks at a class."""

    found: EnrollmentFacts
    quotas: tuple[QuotaFacts, ...]
    prerequisite_title: str
    round: RoundFacts | None


def _around(found: EnrollmentFacts, *, is_allocated: bool = True) -> _Around:
    """`is_allocated` False spares the question for a round: it is known that there is none."""
    program_id = found.prerequisite_program_id
    title = catalog.program_by_id(program_id).title_zh if program_id is not None else ""
    running = rounds.running_round_of_class(found.id) if is_allocated else None
    return _Around(
        found,
        standing_quotas(found.id) if found.reserved_count else (),
        title,
        RoundFacts(running.code, running.title_zh) if running else None,
    )


class _Other(NamedTuple):
    """A live enrollment in another class."""

    state: EnrollmentState
    code: str
    title: str
    program_id: int


def _other_enrollments(class_id: int, learner_ids: Iterable[int]) -> dict[int, dict[int, _Other]]:
    """Live enrollments in other classes, by learner and class."""
    query = select(Enrollment.learner_id, Enrollment.class_id, Enrollment.state).where(
        Enrollment.learner_id.in_(list(learner_ids)), Enrollment.state.in_(LIVE), Enrollment.class_id != class_id
    )
    rows = db.session.execute(query.order_by(Enrollment.id)).all()
    classes = timetable.classes_by_ids({row.class_id for row in rows})
    found: dict[int, dict[int, _Other]] = {}
    for row in rows:
        other = classes[row.class_id]
        found.setdefault(row.learner_id, {})[row.class_id] = _Other(row.state, other.code, other.title_zh, other.program_id)
    return found


def _completed(found: EnrollmentFacts, learner_ids: Iterable[int]) -> set[int]:
    """Who of these people has completed the program that the class requires."""
    classes = timetable.class_ids_of_program(found.prerequisite_program_id or 0)
    query = select(Enrollment.learner_id).where(
        Enrollment.class_id.in_(classes),
        Enrollment.learner_id.in_(list(learner_ids)),
        Enrollment.state == EnrollmentState.COMPLETED,
    )
    return set(db.session.scalars(query))


def _facts(
    around: _Around,
    applicant: Applicant,
    own: OwnEnrollment | None,
    others: Mapping[int, _Other],
    clashes: Mapping[int, Clash],
    *,
    has_prerequisite: bool,
) -> ApplicationFacts:
    same = [other for other in others.values() if other.program_id == around.found.program_id]
    clashing = [clashes[class_id] for class_id in others if class_id in clashes]
    return ApplicationFacts(
        training_class=around.found,
        applicant=applicant,
        is_signed_in=True,
        own=own,
        clash=min(clashing, key=lambda clash: clash.starts_at) if clashing else None,
        equivalent=Equivalent(same[0].code, same[0].title, same[0].state) if same else None,
        has_prerequisite=has_prerequisite,
        prerequisite_title=around.prerequisite_title,
        quotas=around.quotas,
        round=around.round,
    )


def explain(
    class_id: int, learner_id: int | None, now: datetime, *, is_signed_in: bool = True, by_naming: bool = False
) -> Verdict:
    """Why a person may or may not enroll in a class. Without a learner, what can be said to a visitor. Raises NotFound."""
    if learner_id is None:
        return explain_application(facts_of_nobody(class_id, is_signed_in=is_signed_in), now=now)
    return explain_application(facts_of(class_id, learner_id, by_naming=by_naming), now=now)


def facts_of_nobody(class_id: int, *, is_signed_in: bool) -> ApplicationFacts:
    """What the rule can look at when the reader is no learner. Raises NotFound."""
    around = _around(timetable.enrollment_facts(class_id))
    title = around.prerequisite_title
    return ApplicationFacts(
        around.found, None, is_signed_in, own=None, clash=None, prerequisite_title=title, round=around.round
    )


def facts_of(class_id: int, learner_id: int, *, by_naming: bool = False) -> ApplicationFacts:
    """What the rule looks at, with the names that readers want. Raises NotFound."""
    applicant = applicant_of(people.learner_by_id(learner_id), person_type_names())
    return application(class_id, applicant, by_naming=by_naming)


def applicant_of(learner: Learner | LockedLearner, type_names: Mapping[str, Name] | None = None) -> Applicant:
    """Whom the rule decides about. Her person type's name matters only to readers."""
    code = learner.person_type_code
    return Applicant(
        learner.id,
        learner.name_zh,
        code,
        type_name=(type_names or {}).get(code, code),
        organization_id=learner.organization_id,
        education=learner.education,
        works_since=learner.works_since,
        held_level=learner.held_level,
        held_until=learner.held_until,
    )


def in_words(facts: ApplicationFacts) -> ApplicationFacts:
    """The same facts with the name of the person's type in place of its code, for somebody who reads the verdict."""
    if facts.applicant is None:
        return facts
    code = facts.applicant.person_type_code
    return replace(facts, applicant=facts.applicant._replace(type_name=person_type_names().get(code, code)))


def person_type_names() -> dict[str, Name]:
    """What each person type is called, by its code."""
    return {one.code: Name(one.name_zh, one.name_en) for one in accounts.person_types()}


def eligible(class_id: int, learner_ids: Iterable[int], now: datetime, *, by_naming: bool = False) -> dict[int, Verdict]:
    """`explain` for many people and one class, in a constant number of statements. Unknown people are left out."""
    return {
        learner_id: explain_application(facts, now=now)
        for learner_id, facts in facts_of_many(class_id, learner_ids, by_naming=by_naming).items()
    }


def facts_of_many(class_id: int, learner_ids: Iterable[int], *, by_naming: bool = False) -> dict[int, ApplicationFacts]:
    """What the rule looks at, for many people and one class, in a constant number of statements. Raises NotFound."""
    ids = list(dict.fromkeys(learner_ids))
    around, names = _around(timetable.enrollment_facts(class_id)), person_type_names()
    own = _own_enrollments(class_id, ids)
    others = _other_enrollments(class_id, ids)
    clashes = timetable.clashing_classes(class_id) if others else {}
    has_prerequisite = set(ids) if around.found.prerequisite_program_id is None else _completed(around.found, ids)
    found = {}
    for learner in people.applicants_by_ids(ids):
        facts = _facts(
            around,
            applicant_of(learner, names),
            own.get(learner.id),
            others.get(learner.id, {}),
            clashes,
            has_prerequisite=learner.id in has_prerequisite,
        )
        found[learner.id] = replace(facts, by_naming=True) if by_naming else facts
    return found


def explain_approvals(applications: Iterable[Enrollment], now: datetime) -> dict[int, Verdict]:
    """Whether each of these applications could be approved now, by its id; a constant number of statements for a class."""
    listed = list(applications)
    documents = documents_of(one.id for one in listed)
    groups: dict[tuple[int, bool], list[Enrollment]] = {}
    for one in listed:
        groups.setdefault((one.class_id, one.source is Source.NOMINATION), []).append(one)
    verdicts = {}
    for (class_id, by_naming), ones in groups.items():
        facts = facts_of_many(class_id, [one.learner_id for one in ones], by_naming=by_naming)
        for one in ones:
            shown = frozenset(document.kind for document in documents.get(one.id, []))
            verdicts[one.id] = explain_admission(facts[one.learner_id].showing(shown), now=now)
    return verdicts


def _own_enrollments(class_id: int, learner_ids: list[int]) -> dict[int, OwnEnrollment]:
    query = select(Enrollment.learner_id, Enrollment.state, Enrollment.waitlist_no, Enrollment.applied_at).where(
        Enrollment.class_id == class_id, Enrollment.learner_id.in_(learner_ids), Enrollment.state.in_(LIVE)
    )
    return {
        row.learner_id: OwnEnrollment(class_id, row.state, row.waitlist_no, row.applied_at) for row in db.session.execute(query)
    }
