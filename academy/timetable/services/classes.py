"""Creating and changing a class."""

from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy.exc import IntegrityError

from academy.accounts import queries as accounts
from academy.catalog import queries as catalog
from academy.core.access import Actor
from academy.core.audit import record
from academy.core.clock import TZ, local
from academy.core.db import db
from academy.core.errors import Conflict, Forbidden, Invalid
from academy.core.text import N_
from academy.sites import queries as sites
from academy.timetable import queries
from academy.timetable.models import TrainingClass
from academy.timetable.policies import can_edit_facts, can_manage_classes
from academy.timetable.rules import ClassState, class_code
from academy.timetable.services.seats import MOST_SEATS, SeatsAreUnusable, SeatsExceedRoom

LONGEST_CLASS = timedelta(days=366)
MOST_TRIES = 5


class DatesAreUnusable(Invalid):
    """First and last day do not fit together."""

    message = N_("结束日期不能早于开始日期，一个班最长一年。")


class DeadlineIsUnusable(Invalid):
    """The enrollment window is empty, or reaches into the class."""

    message = N_("报名要先开放后截止，并在开班日之前截止。")


class RoomIsElsewhere(Invalid):
    """The room belongs to another site."""

    message = N_("这间教室不在所选的教学点。")


class AudienceIsUnknown(Invalid):
    """A person type that does not exist."""

    message = N_("适用人员里有一类不存在。")


class ClassCannotBeEdited(Conflict):
    """Dates, site and audience are fixed once people enroll."""

    message = N_("开放报名之后，日期、教学点和适用人员不能再改。")
    next_step = N_("席位、截止时间和课次可以分别改。")


class NumberIsContested(Conflict):
    """Several people created classes at the same moment."""

    message = N_("同时有人在建班，编号没有排上。")
    next_step = N_("请再提交一次。")


@dataclass(frozen=True, slots=True)
class ClassPlan:
    """What a person decides about a class. `audience` None takes the program's; empty means everybody."""

    site_code: str
    room_code: str | None
    starts_on: date
    ends_on: date
    seats: int
    enroll_opens_at: datetime
    enroll_closes_at: datetime
    audience: tuple[str, ...] | None = None
    title_zh: str = ""
    fee_fen: int = 0
    is_cadre: bool = False


def create_class(*, program_code: str, plan: ClassPlan, actor: Actor, now: datetime) -> TrainingClass:
    """A new class of a program, as a draft; the actor manages it. Raises Forbidden, NotFound or a sentence of this file."""
    if not can_manage_classes(actor):
        raise Forbidden
    program = catalog.get_program(program_code)
    values = _values(plan, default_title=program.title_zh, default_audience=program.audience)
    year = plan.starts_on.year
    fixed = {"program_id": program.id, "year": year, "state": ClassState.DRAFT, "created_at": now}
    found = _numbered(program_code, {**values, **fixed, "manager_user_id": actor.user_id})
    record(actor, "timetable.class_created", f"class:{found.code}", now=now, after=_shown(plan))
    return found


def _numbered(program_code: str, values: dict[str, Any]) -> TrainingClass:
    """Insert with the next run and serial; whoever loses the race for a number tries the one after it."""
    program_id, year = values["program_id"], values["year"]
    for _ in range(MOST_TRIES):
        run_no = queries.next_run_no(program_id, year)
        found = TrainingClass(
            **values, run_no=run_no, class_serial=queries.next_class_serial(year), code=class_code(program_code, year, run_no)
        )
        try:
            with db.session.begin_nested():
                db.session.add(found)
        except IntegrityError:
            continue
        return found
    raise NumberIsContested


def edit_class(*, code: str, plan: ClassPlan, actor: Actor, now: datetime) -> TrainingClass:
    """Change a class before it opens. What was submitted or approved becomes a draft again: nobody approved this.

    Raises Forbidden, NotFound, ClassCannotBeEdited or a sentence of this file. Sessions stay; they may need a new plan.
    """
    found = queries.get_class(code)
    if not can_manage_classes(actor):
        raise Forbidden
    if not can_edit_facts(actor, found):
        raise ClassCannotBeEdited
    before = {"state": found.state.value, "seats": found.seats, "starts_on": found.starts_on.isoformat()}
    for name, value in _values(plan, default_title=found.title_zh, default_audience=found.audience).items():
        setattr(found, name, value)
    found.state, found.submitted_by_id, found.approved_by_id = ClassState.DRAFT, None, None
    db.session.flush()
    record(actor, "timetable.class_edited", f"class:{code}", now=now, before=before, after=_shown(plan))
    return found


def change_deadline(*, code: str, enroll_closes_at: datetime, actor: Actor, now: datetime) -> TrainingClass:
    """Move the end of enrollment, also while people enroll. Raises Forbidden, DeadlineIsUnusable."""
    found = queries.get_class(code)
    if not can_manage_classes(actor):
        raise Forbidden
    _check_window(found.enroll_opens_at, enroll_closes_at, found.starts_on)
    before = {"enroll_closes_at": found.enroll_closes_at.isoformat()}
    found.enroll_closes_at = enroll_closes_at
    db.session.flush()
    after = {"enroll_closes_at": enroll_closes_at.isoformat()}
    record(actor, "timetable.deadline_changed", f"class:{code}", now=now, before=before, after=after)
    return found


def _values(plan: ClassPlan, *, default_title: str, default_audience: list[str]) -> dict[str, Any]:
    if not plan.starts_on <= plan.ends_on <= plan.starts_on + LONGEST_CLASS:
        raise DatesAreUnusable
    _check_window(plan.enroll_opens_at, plan.enroll_closes_at, plan.starts_on)
    site_id, room_id = _place(plan)
    audience = default_audience if plan.audience is None else list(plan.audience)
    if set(audience) - {one.code for one in accounts.person_types()}:
        raise AudienceIsUnknown
    return {
        "title_zh": plan.title_zh or default_title,
        "site_id": site_id,
        "room_id": room_id,
        "audience": audience,
        **{name: getattr(plan, name) for name in ("starts_on", "ends_on", "seats", "fee_fen", "is_cadre")},
        **{name: getattr(plan, name) for name in ("enroll_opens_at", "enroll_closes_at")},
    }


def _place(plan: ClassPlan) -> tuple[int, int | None]:
    """Site and room, which belong together and hold the seats."""
    if not 1 <= plan.seats <= MOST_SEATS:
        raise SeatsAreUnusable(most=MOST_SEATS)
    site = sites.get_site(plan.site_code)
    if plan.room_code is None:
        return site.id, None
    room = sites.get_room(plan.room_code)
    if room.site_id != site.id:
        raise RoomIsElsewhere
    if room.capacity < plan.seats:
        raise SeatsExceedRoom(capacity=room.capacity, seats=plan.seats)
    return site.id, room.id


def _check_window(opens_at: datetime, closes_at: datetime, starts_on: date) -> None:
    if not opens_at < closes_at <= datetime.combine(starts_on, time(0), tzinfo=TZ):
        raise DeadlineIsUnusable


def _shown(plan: ClassPlan) -> dict[str, Any]:
    shown = {name: value for name, value in asdict(plan).items() if value not in (None, "")}
    for name, value in shown.items():
        if isinstance(value, datetime):
            shown[name] = local(value).isoformat()
        elif isinstance(value, date):
            shown[name] = value.isoformat()
    return shown
