"""Qualifications and appointments of instructors: words and pure decisions. No database, no clock, no Flask."""

from datetime import date, timedelta
from enum import StrEnum

from academy.core.text import N_


class QualificationKind(StrEnum):
    """What an instructor can show for herself."""

    LICENSE = "license"
    TITLE = "title"
    SOCIAL_WORKER = "social_worker"
    TEACHER = "teacher"
    TRAINING = "training"


class QualificationState(StrEnum):
    """Whether somebody has looked at the original. Only what was checked counts."""

    SUBMITTED = "submitted"
    CHECKED = "checked"
    REJECTED = "rejected"


class Standing(StrEnum):
    """What a qualification is worth on a day."""

    VALID = "valid"
    EXPIRING = "expiring"
    EXPIRED = "expired"
    NOT_YET = "not_yet"
    SUPERSEDED = "superseded"
    SUBMITTED = "submitted"
    REJECTED = "rejected"


class AppointmentState(StrEnum):
    """Where an appointment (聘任) stands."""

    PROPOSED = "proposed"
    APPOINTED = "appointed"
    ENDED = "ended"


QUALIFICATION_WORDS = {
    QualificationKind.LICENSE: N_("本院授课资格"),
    QualificationKind.TITLE: N_("专业技术职称"),
    QualificationKind.SOCIAL_WORKER: N_("社会工作者职业资格"),
    QualificationKind.TEACHER: N_("教师资格"),
    QualificationKind.TRAINING: N_("师资培训合格"),
}
IMPERSONAL = frozenset({QualificationKind.LICENSE})  # the academy's own numbers are no personal data
STANDING_WORDS = {
    Standing.VALID: N_("有效"),
    Standing.EXPIRING: N_("即将到期"),
    Standing.EXPIRED: N_("已过期"),
    Standing.NOT_YET: N_("还没有生效"),
    Standing.SUPERSEDED: N_("已由新证接替"),
    Standing.SUBMITTED: N_("待核验"),
    Standing.REJECTED: N_("没有通过核验"),
}
STANDING_SIGNS = {
    Standing.VALID: "ok",
    Standing.EXPIRING: "wait",
    Standing.EXPIRED: "no",
    Standing.NOT_YET: "draft",
    Standing.SUPERSEDED: "draft",
    Standing.SUBMITTED: "wait",
    Standing.REJECTED: "no",
}
APPOINTMENT_WORDS = {
    AppointmentState.PROPOSED: N_("拟聘"),
    AppointmentState.APPOINTED: N_("在聘"),
    AppointmentState.ENDED: N_("聘期已结束"),
}
APPOINTMENT_SIGNS = {
    AppointmentState.PROPOSED: "wait",
    AppointmentState.APPOINTED: "ok",
    AppointmentState.ENDED: "draft",
}

EXPIRING_DAYS = 90
EXPIRED_STAGE = 0
STAGES = (90, 30, EXPIRED_STAGE)  # a letter at most 90 days before, one at most 30 days before, one after the last day
REMINDED_AFTER = timedelta(days=30)  # who registers a paper that lapsed long ago knows that it did
LONGEST_APPOINTMENT = timedelta(days=5 * 366)


def is_valid_on(day: date, state: QualificationState, issued_on: date, expires_on: date | None) -> bool:
    """Whether a qualification holds on a day. A renewed one still holds for the days that it covered."""
    return state is QualificationState.CHECKED and issued_on <= day and (expires_on is None or day <= expires_on)


def standing_on(
    day: date, state: QualificationState, issued_on: date, expires_on: date | None, *, is_superseded: bool = False
) -> Standing:
    """What a qualification is worth on a day, in one word."""
    if state is not QualificationState.CHECKED:
        return Standing.SUBMITTED if state is QualificationState.SUBMITTED else Standing.REJECTED
    if is_superseded:
        return Standing.SUPERSEDED
    if day < issued_on:
        return Standing.NOT_YET
    if expires_on is None or (expires_on - day).days > EXPIRING_DAYS:
        return Standing.VALID
    return Standing.EXPIRING if day <= expires_on else Standing.EXPIRED


def reminder_stage(day: date, expires_on: date | None) -> int | None:
    """The stage of the letter that is due on a day: 90, 30, or EXPIRED_STAGE; None when none is."""
    if expires_on is None or day > expires_on + REMINDED_AFTER:
        return None
    left = (expires_on - day).days
    if left < 0:
        return EXPIRED_STAGE
    return next((stage for stage in sorted(STAGES) if stage and left <= stage), None)


def mask_number(number: str) -> str:
    """A certificate's number with all but its last four characters covered."""
    kept = 4 if len(number) > 6 else 0
    return "•" * (len(number) - kept) + number[len(number) - kept :]


def are_dates_usable(starts_on: date, ends_on: date | None, *, longest: timedelta | None = None) -> bool:
    """Whether two days stand in order, and not further apart than somebody can mean."""
    if ends_on is None:
        return True
    return starts_on <= ends_on and (longest is None or ends_on - starts_on <= longest)
