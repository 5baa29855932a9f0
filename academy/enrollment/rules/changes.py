"""What would change a verdict: the same rule asked again with one thing different. Pure."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from academy.core.text import N_, Text
from academy.enrollment.rules.application import explain_application
from academy.enrollment.rules.facts import Applicant, ApplicationFacts
from academy.people.rules import HeldLevel
from academy.timetable.rules import ClassState, EnrollmentFacts


class Change(NamedTuple):
    """One thing that could be different, and whether it alone would be enough."""

    words: Text
    is_enough: bool


@dataclass(frozen=True, slots=True)
class _WhatIf:
    """A check that refuses, and the facts as they would be if it did not."""

    code: str
    words: Callable[[ApplicationFacts], Text]
    changed: Callable[[ApplicationFacts], ApplicationFacts]


def compute_changes(facts: ApplicationFacts, *, now: datetime) -> list[Change]:
    """For each check that refuses: what would have to be different, and whether that alone lets the person in."""
    refused = [check.code for check in explain_application(facts, now=now).checks if check.state == "no"]
    found = []
    for what in _WHAT_IFS:
        if what.code in refused:
            then = explain_application(what.changed(facts), now=now)
            found.append(Change(what.words(facts), then.allowed))
    return found


def _of_class(facts: ApplicationFacts, **different: Any) -> ApplicationFacts:
    return replace(facts, training_class=facts.training_class._replace(**different))


def _of_person(facts: ApplicationFacts, **different: Any) -> ApplicationFacts:
    if facts.applicant is None:
        return facts
    return replace(facts, applicant=facts.applicant._replace(**different))


def _registered(facts: ApplicationFacts) -> ApplicationFacts:
    """A learner who fits whatever the class asks for."""
    if facts.applicant is not None:
        audience = facts.training_class.audience
        return _of_person(facts, person_type_code=audience[0] if audience else facts.applicant.person_type_code)
    audience = facts.training_class.audience
    return replace(facts, applicant=Applicant(0, "", audience[0] if audience else "", ""))


def _window_opened(facts: ApplicationFacts) -> ApplicationFacts:
    found: EnrollmentFacts = facts.training_class
    long_ago, far_ahead = found.enroll_opens_at - timedelta(days=36500), found.enroll_closes_at + timedelta(days=36500)
    return _of_class(facts, state=ClassState.OPEN, enroll_opens_at=long_ago, enroll_closes_at=far_ahead)


_WHAT_IFS = (
    _WhatIf(
        "window",
        lambda facts: Text(
            N_("在报名时间里：%(opens)s 到 %(closes)s"),
            opens=facts.training_class.enroll_opens_at,
            closes=facts.training_class.enroll_closes_at,
        ),
        _window_opened,
    ),
    _WhatIf(
        "start",
        lambda facts: Text(N_("班还没有开始：换一期开班更晚的")),
        lambda facts: _of_class(facts, starts_on=facts.training_class.starts_on + timedelta(days=36500)),
    ),
    _WhatIf(
        "person_type", lambda facts: Text(N_("人员类别在本班范围内：由教务更正档案，或换一个面向这类人员的班")), _registered
    ),
    _WhatIf(
        "education",
        lambda facts: Text(N_("档案里有够条件的学历：补登或更正学历")),
        lambda facts: _of_person(facts, education=facts.training_class.min_education),
    ),
    _WhatIf(
        "years",
        lambda facts: Text(N_("工作年限够：补登参加社会工作的日期，或等到够年限的一期")),
        lambda facts: _of_class(facts, min_years=None),
    ),
    _WhatIf(
        "qualification",
        lambda facts: Text(N_("持有要求的资格并在开班那天有效：登记或更新有效期")),
        lambda facts: _of_person(
            facts,
            held_level=facts.training_class.required_level or HeldLevel.NONE,
            held_until=facts.training_class.starts_on,
        ),
    ),
    _WhatIf(
        "prerequisite",
        lambda facts: Text(N_("先结业“%(title)s”"), title=facts.prerequisite_title),
        lambda facts: replace(facts, has_prerequisite=True),
    ),
    _WhatIf(
        "round",
        lambda facts: Text(N_("在统一分配里填这个班的志愿，或等分配结束后报名")),
        lambda facts: replace(facts, round=None),
    ),
    _WhatIf(
        "once",
        lambda facts: Text(N_("先退出这个班现有的报名")),
        lambda facts: replace(facts, own=None),
    ),
    _WhatIf(
        "equivalent",
        lambda facts: Text(
            N_("从另一期（%(code)s）转过来，或先退出那一期"), code=facts.equivalent.class_code if facts.equivalent else ""
        ),
        lambda facts: replace(facts, equivalent=None),
    ),
    _WhatIf(
        "time",
        lambda facts: Text(
            N_("不再与“%(title)s”（%(code)s）撞时间：退出那一班，或等课次调整"),
            title=facts.clash.class_title if facts.clash else "",
            code=facts.clash.class_code if facts.clash else "",
        ),
        lambda facts: replace(facts, clash=None),
    ),
)
