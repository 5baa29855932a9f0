"""Numbers of this installation for the leadership board. What is counted how is said in DEFINITIONS, on the page."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import ROUND_HALF_UP, Decimal

from sqlalchemy import Select, distinct, func, select

from academy.accounts import queries as accounts
from academy.attendance.models import AttendanceMark
from academy.catalog import queries as catalog
from academy.catalog.models import Program
from academy.certificates.models import Certificate
from academy.certificates.rules import CertificateState
from academy.core.clock import TZ, local
from academy.core.db import db
from academy.core.text import N_
from academy.enrollment.models import Enrollment
from academy.enrollment.rules import SEATED
from academy.people.models import Learner
from academy.reports.rules.charts import TILES, Column, city_of, columns, heat_level
from academy.reports.rules.goal import Path, compute_path
from academy.reports.rules.months import Month
from academy.scoring.models import Result, ResultList
from academy.scoring.rules import ResultState
from academy.sites.models import TeachingSite
from academy.sites.rules import SiteType
from academy.timetable.models import ClassSession, TrainingClass
from academy.timetable.rules import ClassState, SessionState

ENDED = (ClassState.CLOSED, ClassState.ARCHIVED)
HEAT_MONTHS = 12
BINS = ("<40", "40—49", "50—59", "60—69", "70—79", "80—89", "90—100")
BIN_FLOORS = (40, 50, 60, 70, 80, 90)
PASS_BIN = 3

DEFINITIONS: tuple[tuple[str, str], ...] = (
    (N_("培养人数"), N_("在已经结束的班里，出勤达到该项目要求的人；同一人只计一次，计在第一个这样的班的结束日。")),
    (N_("参训人次"), N_("录取后没有退出的报名，计在班次的开班月份和项目的主要领域。")),
    (N_("本月参训"), N_("本月课上有出勤记录的人，同一人只计一次。")),
    (N_("出勤率"), N_("本月课程的实到分钟除以应到分钟，只算已经记了考勤的。")),
    (N_("通过率"), N_("近 12 个月发布的成绩里通过的比例，每场每人取最新一版。")),
    (N_("预计"), N_("最近最多 12 个完整月份的平均数乘以剩下的月份；区间按各月相互独立、波动不变来算。")),
)


@dataclass(frozen=True, slots=True)
class Figure:
    """One number with its unit and what it was a month before (None: there is nothing to compare)."""

    label: str
    value: str
    unit: str
    delta: Decimal | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class HeatRow:
    """A field's months."""

    name_zh: str
    name_en: str
    cells: tuple[tuple[int, int], ...]  # value, level


@dataclass(frozen=True, slots=True)
class Heat:
    """Fields by panel, twelve months."""

    months: tuple[Month, ...]
    panels: tuple[tuple[str, str, str, tuple[HeatRow, ...]], ...]  # css class, zh, en, rows
    top: int
    top_field: tuple[str, str] | None
    top_month: Month | None


@dataclass(frozen=True, slots=True)
class Tile:
    """A city on the tile map."""

    name_zh: str
    name_en: str
    column: int
    row: int
    people: int
    sites: int
    level: int


@dataclass(frozen=True, slots=True)
class Marks:
    """How marks are spread."""

    columns: tuple[Column, ...]
    count: int
    passed: int
    mean: Decimal | None


@dataclass(frozen=True, slots=True)
class Board:
    """Everything on the board, for one instant."""

    at: datetime
    path: Path
    figures: tuple[Figure, ...]
    heat: Heat
    tiles: tuple[Tile, ...]
    elsewhere: int
    sites_by_type: dict[SiteType, int]
    marks: Marks


def board(now: datetime) -> Board:
    """The board as of now."""
    today = local(now).date()
    trained = _trained()
    by_month: dict[Month, int] = {}
    by_city: dict[str | None, int] = {}
    for first_on, division, people in trained:
        month, city = Month.of(first_on), city_of(division)
        by_month[month] = by_month.get(month, 0) + people
        by_city[city] = by_city.get(city, 0) + people
    sites = _sites()
    return Board(
        at=now,
        path=compute_path(by_month, today),
        figures=_figures(today),
        heat=_heat(today),
        tiles=_tiles(by_city, sites),
        elsewhere=sum(people for city, people in by_city.items() if city not in TILES),
        sites_by_type={kind: sum(n for (_, k), n in sites.items() if k is kind) for kind in SiteType},
        marks=_marks(today),
    )


def trained_people() -> Select[int, date]:
    """Each person who attended enough of a class that has ended, with the end of the first such class."""
    planned = (
        select(ClassSession.class_id, func.sum(ClassSession.minutes).label("minutes"))
        .where(ClassSession.state == SessionState.PLANNED)
        .group_by(ClassSession.class_id)
    ).subquery()
    attended = (
        select(ClassSession.class_id, AttendanceMark.learner_id, func.sum(AttendanceMark.minutes).label("minutes"))
        .join(AttendanceMark, AttendanceMark.session_id == ClassSession.id)
        .where(AttendanceMark.is_current)
        .group_by(ClassSession.class_id, AttendanceMark.learner_id)
    ).subquery()
    return (
        select(attended.c.learner_id, func.min(TrainingClass.ends_on).label("first_on"))
        .join(planned, planned.c.class_id == attended.c.class_id)
        .join(TrainingClass, TrainingClass.id == attended.c.class_id)
        .join(Program, Program.id == TrainingClass.program_id)
        .where(
            TrainingClass.state.in_(ENDED),
            attended.c.minutes * 100 >= planned.c.minutes * Program.min_attendance_pct,
        )
        .group_by(attended.c.learner_id)
    )


def trained_total() -> int:
    """How many people were trained so far."""
    return db.session.scalar(select(func.count()).select_from(trained_people().subquery())) or 0


def _trained() -> list[tuple[date, str | None, int]]:
    first = trained_people().subquery()
    query = (
        select(first.c.first_on, Learner.division_code, func.count())
        .join(Learner, Learner.id == first.c.learner_id)
        .group_by(first.c.first_on, Learner.division_code)
    )
    return [(day, division, people) for day, division, people in db.session.execute(query)]


def _month_bounds(month: Month) -> tuple[datetime, datetime]:
    start, end = (datetime.combine(m.first_day, time(), TZ).astimezone(UTC) for m in (month, month.plus(1)))
    return start, end


def _figures(today: date) -> tuple[Figure, ...]:
    this, last = Month.of(today), Month.of(today).plus(-1)
    people, rate = _attended_in(this)
    people_before, rate_before = _attended_in(last)
    running = db.session.scalar(select(func.count()).where(TrainingClass.state == ClassState.RUNNING)) or 0
    issued, revoked = _certificates()
    marks = _marks(today)
    return (
        Figure(N_("在办班次"), f"{running:,}", N_("个")),
        Figure(N_("本月参训"), f"{people:,}", N_("人"), Decimal(people - people_before)),
        Figure(N_("出勤率"), _shown(rate), "%", rate - rate_before if rate and rate_before else None),
        Figure(N_("考核通过率"), _shown(_percent(marks.passed, marks.count)), "%", note=N_("近 12 个月")),
        Figure(N_("已签发证书"), f"{issued:,}", N_("张")),
        Figure(N_("已撤销证书"), f"{revoked:,}", N_("张")),
    )


def _attended_in(month: Month) -> tuple[int, Decimal | None]:
    start, end = _month_bounds(month)
    query = (
        select(
            func.count(distinct(AttendanceMark.learner_id)),
            func.coalesce(func.sum(AttendanceMark.minutes), 0),
            func.coalesce(func.sum(ClassSession.minutes), 0),
        )
        .join(ClassSession, ClassSession.id == AttendanceMark.session_id)
        .where(AttendanceMark.is_current, ClassSession.starts_at >= start, ClassSession.starts_at < end)
    )
    people, present, planned = db.session.execute(query).one()
    return int(people), _percent(int(present), int(planned))


def _percent(part: int, whole: int) -> Decimal | None:
    return (Decimal(part) * 100 / whole).quantize(Decimal("0.1"), ROUND_HALF_UP) if whole else None


def _shown(rate: Decimal | None) -> str:
    return "—" if rate is None else f"{rate}"


def _certificates() -> tuple[int, int]:
    query = select(Certificate.state, func.count()).group_by(Certificate.state)
    counts = dict(db.session.execute(query).all())
    revoked = counts.get(CertificateState.REVOKED, 0)
    return sum(counts.values()) - counts.get(CertificateState.REPLACED, 0), revoked


def _heat(today: date) -> Heat:
    months = tuple(Month.of(today).plus(n - HEAT_MONTHS + 1) for n in range(HEAT_MONTHS))
    query = (
        select(Program.field_code, TrainingClass.starts_on, func.count(Enrollment.id))
        .join(TrainingClass, TrainingClass.id == Enrollment.class_id)
        .join(Program, Program.id == TrainingClass.program_id)
        .where(Enrollment.state.in_(SEATED), TrainingClass.starts_on >= months[0].first_day)
        .where(TrainingClass.starts_on <= today)
        .group_by(Program.field_code, TrainingClass.starts_on)
    )
    counts: dict[tuple[str, Month], int] = {}
    for field_code, day, number in db.session.execute(query):
        counts[field_code, Month.of(day)] = counts.get((field_code, Month.of(day)), 0) + number
    top = max(counts.values(), default=0)
    where = max(counts, key=lambda at: (counts[at], at), default=None)
    fields = catalog.fields()
    named = {field.code: (field.name_zh, field.name_en) for field in fields}
    panels = tuple(
        (
            next((f.panel for f in fields if f.panel_code == panel.code), ""),
            panel.name_zh,
            panel.name_en,
            tuple(
                HeatRow(f.name_zh, f.name_en, _cells([counts.get((f.code, month), 0) for month in months], top))
                for f in fields
                if f.panel_code == panel.code
            ),
        )
        for panel in catalog.panels()
    )
    return Heat(months, panels, top, named[where[0]] if where else None, where[1] if where else None)


def _cells(values: Iterable[int], top: int) -> tuple[tuple[int, int], ...]:
    return tuple((value, heat_level(value, top)) for value in values)


def _sites() -> dict[tuple[str, SiteType], int]:
    query = select(TeachingSite.city_code, TeachingSite.site_type, func.count()).group_by(
        TeachingSite.city_code, TeachingSite.site_type
    )
    return {(city, kind): number for city, kind, number in db.session.execute(query)}


def _tiles(by_city: dict[str | None, int], sites: dict[tuple[str, SiteType], int]) -> tuple[Tile, ...]:
    names = {d.code: (d.name_zh.removesuffix("市"), d.name_en.removesuffix(" City")) for d in accounts.divisions("city")}
    top = max((by_city.get(code, 0) for code in TILES), default=0)
    return tuple(
        Tile(
            *names.get(code, (code, code)),
            column,
            row,
            by_city.get(code, 0),
            sum(n for (city, _), n in sites.items() if city == code),
            heat_level(by_city.get(code, 0), top),
        )
        for code, (column, row) in TILES.items()
    )


def _marks(today: date) -> Marks:
    since, _ = _month_bounds(Month.of(today).plus(1 - HEAT_MONTHS))
    newer = ResultList.__table__.alias("newer")
    latest = (
        select(func.max(newer.c.version))
        .where(newer.c.sitting_id == ResultList.sitting_id, newer.c.state == ResultState.RELEASED.value)
        .scalar_subquery()
    )
    query = (
        select(Result.total, ResultList.full_marks, Result.passed)
        .join(ResultList, ResultList.id == Result.list_id)
        .where(ResultList.state == ResultState.RELEASED, ResultList.released_at >= since, ResultList.version == latest)
    )
    rows = db.session.execute(query).all()
    percents = [total * 100 / full for total, full, _ in rows if full]
    counts = [0] * len(BINS)
    for percent in percents:
        counts[bin_of(percent)] += 1
    mean = (sum(percents, Decimal(0)) / len(percents)).quantize(Decimal("0.1"), ROUND_HALF_UP) if percents else None
    drawn = columns(BINS, counts, pass_from=PASS_BIN, width=460, height=150)
    return Marks(tuple(drawn), len(rows), sum(1 for row in rows if row.passed), mean)


def bin_of(percent: Decimal) -> int:
    """The column of a mark out of 100."""
    return sum(1 for floor in BIN_FLOORS if percent >= floor)
