"""Sample data: the national rule; results released, one list and one correction that wait for a second person."""

from datetime import date, datetime, timedelta

from sqlalchemy import select

from academy.accounts import queries as accounts
from academy.catalog import queries as catalog
from academy.core.access import SYSTEM, Actor, Grant, Role
from academy.core.db import db
from academy.exams import queries as exams
from academy.exams.rules.kinds import SittingState
from academy.scoring import sample_changes, sample_marking, services
from academy.scoring.models import ScoringRule
from academy.scoring.rules import NATIONAL
from academy.timetable import queries as timetable
from academy.timetable.sample import EXAM_PROGRAM

VALID_FROM = date(2020, 1, 1)
MARKED_AFTER = timedelta(hours=5)


def load(*, now: datetime) -> None:
    """Load the rule and the results unless there is a rule."""
    if db.session.scalar(select(ScoringRule.id).limit(1)) is not None:
        return
    load_rule(actor=SYSTEM, now=now)
    taken = sorted((s for s in exams.sittings() if s.state is SittingState.CLOSED), key=lambda s: s.opens_at)
    for sitting in taken:
        is_latest, at = sitting is taken[-1], sitting.closes_at + MARKED_AFTER
        program_id = timetable.class_by_id(sitting.class_id).program_id
        if catalog.program_by_id(program_id).code == EXAM_PROGRAM:
            sample_changes.load_subject(sitting.id, actor=_person("manager", Role.CLASS_MANAGER), now=at)
        _load_results(sitting.id, at, is_released=not is_latest)
    if len(taken) > 1:
        manager, officer = _person("manager", Role.CLASS_MANAGER), _person("officer2", Role.CERTIFICATE_OFFICER)
        sample_changes.load_standards(taken[0].id, actor=manager, now=taken[0].closes_at + timedelta(days=2))
        sample_changes.load_waiting_change(taken[0].id, actor=manager, now=now - timedelta(hours=20))
        sample_changes.load_hold(taken[-1].id, actor=officer, now=taken[-1].closes_at + MARKED_AFTER)
    sample_marking.load(now=now)


def load_rule(*, actor: Actor, now: datetime) -> ScoringRule:
    """The marking of objective papers in the national exam; for kinds that it does not have, the academy's own rules."""
    return services.add_rule(
        code=services.NATIONAL_CODE,
        title_zh="全国社会工作者职业水平考试客观题评分",
        parameters=NATIONAL,
        source_zh="单选、多选依全国社会工作者职业水平考试客观题：单选选对得满分；多选错选得 0 分，少选每个正确选项 0.5 分，"
        "全对得满分。国考没有的题型依本院记分办法：判断、计算全对得分，填空按空、连线按对、排序按位置得分，论述由人评",
        valid_from=VALID_FROM,
        actor=actor,
        now=now,
    )


def _load_results(sitting_id: int, at: datetime, *, is_released: bool) -> None:
    made = services.score_sitting(sitting_id=sitting_id, actor=_person("manager", Role.CLASS_MANAGER), now=at)
    if is_released:
        second, later = _person("officer2", Role.CERTIFICATE_OFFICER), at + timedelta(hours=18)
        services.confirm_results(sitting_id=sitting_id, version=made.version, actor=second, now=later)
        services.release_results(sitting_id=sitting_id, version=made.version, actor=second, now=later)


def _person(name: str, role: Role) -> Actor:
    user = accounts.find_user_by_email(f"{name}@demo.example")
    return Actor(user.id if user else None, user.name_zh if user else name, frozenset({Grant(role)}))
