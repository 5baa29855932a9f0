"""A small academy to plan classes in: one program, one site with two rooms, two instructors, staff."""

import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from academy.accounts.models import Division, PersonType, User
from academy.catalog.models import Course, Field, Panel, Program, ProgramCourse
from academy.catalog.rules import CertificateKind, Level, Mode
from academy.core.access import Actor, Role
from academy.core.clock import TZ
from academy.core.db import db
from academy.people.models import Instructor, InstructorField
from academy.people.rules import Gender, InstructorKind
from academy.sites.models import Room, TeachingSite
from academy.sites.rules import SiteStatus, SiteType
from academy.timetable.models import ClassSession, SessionInstructor, TrainingClass
from academy.timetable.rules import ClassState, class_code
from tests.accounts.factories import actor_of, make_user

AUDIENCE = ["P10", "P11", "P12"]
FIRST_DAY = date(2026, 12, 7)


@dataclass(frozen=True)
class World:
    """What a class needs around it."""

    program: Program
    courses: list[Course]
    site: TeachingSite
    room: Room  # 30 people
    hall: Room  # 300 people
    instructors: list[Instructor]
    manager: Actor
    admin: Actor


def make_world() -> World:
    """A program of three courses (4, 4 and 2 hours) and everything around it."""
    db.session.add_all(
        [
            Division(
                code="371602", name_zh="滨城区", pinyin="bincheng", name_en="Bincheng", level="county", type="district",
                parent_code="371600",
            ),
            *[_person_type(code) for code in ("P01", *AUDIENCE)],
            Panel(code="SG", name_zh="社会治理", name_en="Social Governance", position=2),
            Panel(code="PD", name_zh="专业发展", name_en="Professional Development", position=5),
        ]
    )  # fmt: skip
    db.session.flush()
    db.session.add_all([_field("SG-03"), _field("PD-02")])
    db.session.flush()
    courses = [_course("SG-03-002", 4), _course("SG-03-003", 4), _course("PD-02-022", 2)]
    program = Program(
        code="XA-015", field_code="SG-03", title_zh="社区议事协商主持人能力培训", summary_zh="能设题、控场、促成共识。",
        audience=AUDIENCE, min_hours=8, pass_mark=Decimal(70), min_attendance_pct=90,
        certificate_kind=CertificateKind.POSITION_COMPETENCE, validity_months=24, initials="sqyxs",
    )  # fmt: skip
    site = TeachingSite(
        code="TS-T-001", name_zh="滨城区启明理论培训教学点（演示）", site_type=SiteType.THEORY, division_code="371602",
        city_code="371602", city_zh="滨州市", county_zh="滨城区", address_zh="演示地址", lon=118.0, lat=37.4,
        max_group_size=300, status=SiteStatus.ACTIVE, batch="2024-08",
    )  # fmt: skip
    db.session.add_all([*courses, program, site])
    db.session.flush()
    for position, course in enumerate(courses, start=1):
        db.session.add(ProgramCourse(program_id=program.id, course_id=course.id, position=position))
    room, hall = _room(site, "302", 30), _room(site, "大教室", 300)
    instructors = [_instructor("F-001", "梁伯渊", "SG-03"), _instructor("F-002", "尹疏桐", "PD-02")]
    db.session.add_all([room, hall, *instructors])
    db.session.commit()
    manager, admin = make_user(Role.CLASS_MANAGER, name="李明蕙"), make_user(Role.ADMINISTRATOR, name="孔延玲")
    return World(program, courses, site, room, hall, instructors, actor_of(manager), actor_of(admin))


def _person_type(code: str) -> PersonType:
    return PersonType(
        code=code, group_code="G1", group_zh="组", group_en="Group", name_zh=f"类别{code}", name_en=f"Type {code}"
    )


def _field(code: str) -> Field:
    return Field(code=code, panel_code=code[:2], name_zh=f"领域{code}", name_en=f"Field {code}", slug=code.lower())


def _course(code: str, hours: int) -> Course:
    return Course(
        code=code, field_code=code[:5], title_zh=f"课程{code}", summary_zh="", level=Level.FOUNDATION,
        mode=Mode.FACE_TO_FACE, minutes=hours * 45, objectives=[], keywords=[], initials="kc", keyword_initials=[],
    )  # fmt: skip


def _room(site: TeachingSite, name: str, capacity: int) -> Room:
    return Room(site_id=site.id, code=f"{site.code}-{name}", name_zh=name, capacity=capacity, equipment=[])


def _instructor(code: str, name: str, field: str) -> Instructor:
    return Instructor(
        code=code, name_zh=name, gender=Gender.MALE, title_zh="教授", kind=InstructorKind.EXPERT, max_hours_per_week=20,
        bio_zh="研究社区议事规则。", email="a@example.org", fee_tier="full_senior",
        fields=[InstructorField(field_code=field, position=1)],
    )  # fmt: skip


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """A time of the academy's day."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=TZ)


_serial = iter(range(1, 1000))


def make_class(world: World, *, now: datetime, state: ClassState = ClassState.OPEN, **given: Any) -> TrainingClass:
    """A class of the program, open from a week ago until the last of November; overrides by name."""
    number = next(_serial)
    values: dict[str, Any] = {
        "code": class_code("XA-015", 2026, number) + secrets.token_hex(2).upper(),
        "program_id": world.program.id,
        "year": 2026,
        "run_no": number,
        "class_serial": number,
        "title_zh": world.program.title_zh,
        "state": state,
        "site_id": world.site.id,
        "room_id": world.hall.id,
        "starts_on": FIRST_DAY,
        "ends_on": FIRST_DAY + timedelta(days=2),
        "seats": 20,
        "enroll_opens_at": now - timedelta(days=7),
        "enroll_closes_at": datetime(2026, 12, 1, 18, tzinfo=TZ),
        "audience": AUDIENCE,
        "created_at": now - timedelta(days=9),
        **given,
    }
    found = TrainingClass(**values)
    db.session.add(found)
    db.session.commit()
    return found


def make_site(code: str = "TS-P-009", *, lon: float = 118.0, lat: float = 37.4) -> Room:
    """Another site with one room; the world's site is at 118.0°E, 37.4°N."""
    site = TeachingSite(
        code=code, name_zh=f"教学点{code}", site_type=SiteType.PRACTICAL, division_code="371602", city_code="371602",
        city_zh="滨州市", county_zh="滨城区", address_zh="演示地址", lon=lon, lat=lat, max_group_size=60,
        status=SiteStatus.ACTIVE, batch="2024-08",
    )  # fmt: skip
    db.session.add(site)
    db.session.flush()
    room = _room(site, "实训室", 60)
    db.session.add(room)
    db.session.commit()
    return room


def make_session(
    found: TrainingClass,
    starts_at: datetime,
    *,
    minutes: int = 180,
    instructor: Instructor | None = None,
    room: Room | None = None,
) -> ClassSession:
    """A session, without bookings."""
    taken = len(db.session.query(ClassSession).filter_by(class_id=found.id).all())
    session = ClassSession(
        class_id=found.id, seq=taken + 1, title_zh=f"第{taken + 1}课", starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=minutes * 50 // 45), minutes=minutes, room_id=room.id if room else found.room_id,
    )  # fmt: skip
    db.session.add(session)
    db.session.flush()
    if instructor is not None:
        db.session.add(SessionInstructor(session_id=session.id, instructor_id=instructor.id))
    db.session.commit()
    return session


def make_staff(role: Role) -> tuple[User, Actor]:
    """A user with a role, and the same as an actor."""
    user = make_user(role)
    return user, actor_of(user)
