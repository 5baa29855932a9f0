"""Every write of the catalog."""

from datetime import datetime

from sqlalchemy import update

from academy.catalog import queries
from academy.catalog.models import CatalogRevision, Course, CourseVersion
from academy.catalog.policies import can_edit_catalog
from academy.catalog.search import initials_of
from academy.core.access import Actor
from academy.core.audit import record
from academy.core.codes import random_code16
from academy.core.db import db
from academy.core.errors import Conflict, Forbidden, Invalid
from academy.core.text import N_

LONGEST_TITLE = 60
LONGEST_SUMMARY = 300


class CourseHasChanged(Conflict):
    """Somebody saved the course while this form was open."""

    message = N_("您填写期间，这门课已被改到第 %(version)s 版。您的改动没有写入。")
    next_step = N_("请看过现在的内容，再提交一次。")


class CourseTextIsUnusable(Invalid):
    """A title or summary is missing or too long."""

    message = N_("课程名称须为 1—%(title)s 字，简介最多 %(summary)s 字。")


def renew_revision() -> None:
    """Tell every process that its copy of the catalog is old. Part of each write of the catalog."""
    token = random_code16()
    if not db.session.execute(update(CatalogRevision).values(token=token)).rowcount:  # type: ignore[attr-defined]
        db.session.add(CatalogRevision(id=1, token=token))
        db.session.flush()


def edit_course(*, code: str, title_zh: str, summary_zh: str, version: int, actor: Actor, now: datetime) -> Course:
    """Change a course's title and summary; what it said before is kept as a version.

    `version` is the one that the person saw. Raises Forbidden, CourseHasChanged, CourseTextIsUnusable.
    """
    if not can_edit_catalog(actor):
        raise Forbidden
    title, summary = title_zh.strip(), summary_zh.strip()
    if not title or len(title) > LONGEST_TITLE or len(summary) > LONGEST_SUMMARY:
        raise CourseTextIsUnusable(title=LONGEST_TITLE, summary=LONGEST_SUMMARY)
    course = queries.get_course(code)
    _claim_version(course, version)
    before = {"title_zh": course.title_zh, "summary_zh": course.summary_zh}
    db.session.add(
        CourseVersion(course_id=course.id, version=version, replaced_at=now, replaced_by=actor.name, **before),
    )
    course.title_zh, course.summary_zh, course.initials = title, summary, initials_of(title)
    db.session.flush()
    renew_revision()
    after = {"title_zh": title, "summary_zh": summary}
    record(actor, "catalog.course_edited", f"course:{code}", now=now, before=before, after=after)
    return course


def _claim_version(course: Course, version: int) -> None:
    """Take the next version by conditional update, so that of two editors one is told."""
    claimed = update(Course).where(Course.id == course.id, Course.version == version).values(version=version + 1)
    if not db.session.execute(claimed).rowcount:  # type: ignore[attr-defined]
        raise CourseHasChanged(version=course.version)
