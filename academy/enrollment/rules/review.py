"""Decisions about applications: two levels, the unit's and the academy's. Pure."""

from enum import StrEnum

from academy.core.text import N_
from academy.enrollment.rules.states import EnrollmentState
from academy.timetable.rules import AdmissionMode


class Decision(StrEnum):
    """What somebody who reviews an application can say."""

    APPROVE = "approve"
    RETURN = "return"
    REJECT = "reject"


class Level(StrEnum):
    """On whose behalf somebody reviews."""

    UNIT = "unit"
    ACADEMY = "academy"


DECISION_WORDS = {Decision.APPROVE: N_("同意"), Decision.RETURN: N_("退回修改"), Decision.REJECT: N_("不同意")}


def may_decide(level: Level, state: EnrollmentState, admission: AdmissionMode) -> bool:
    """Whether an application waits for this level. The academy may go ahead of a unit that does not answer."""
    if level is Level.UNIT:
        return state is EnrollmentState.APPLIED and admission is AdmissionMode.UNIT_AND_ACADEMY
    return state in {EnrollmentState.APPLIED, EnrollmentState.UNIT_APPROVED}
