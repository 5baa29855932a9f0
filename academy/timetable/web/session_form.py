"""The form of one session: what, when, where, and who teaches in which role. Enrollment's page of moves shows it too."""

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import SelectField
from wtforms.validators import InputRequired, NumberRange, Optional

from academy.catalog import queries as catalog
from academy.core.clock import now
from academy.core.errors import DomainError
from academy.core.text import N_, Text, render
from academy.core.wording import MINUTES_PER_HOUR
from academy.people import queries as people
from academy.sites import queries as sites
from academy.timetable import queries
from academy.timetable.queries import ClassSession, TrainingClass
from academy.timetable.rules import TeachingRole, Wanted
from academy.timetable.services import SessionPlan
from academy.timetable.services.booking import DoesNotFit
from academy.timetable.web.forms import checkboxes, one_line
from academy.ui.fields import REQUIRED, MomentField, WholeNumberField
from academy.ui.forms import Form, is_near

ROLE_WORDS = {TeachingRole.LEAD: N_("主讲"), TeachingRole.ASSISTANT: N_("助教")}
MOST_INSTRUCTORS = 4


def _who(label: Any) -> SelectField:
    return SelectField(label, [Optional()], default="")


def _role(default: TeachingRole) -> SelectField:
    choices = [(role.value, _l(words)) for role, words in ROLE_WORDS.items()]
    return SelectField(_l("角色"), [Optional()], choices=choices, default=default.value)


class TaughtForm(Form):
    """What a session needs besides its time: course, hours, room, equipment and instructors with their roles."""

    title_zh = one_line(_l("课次名称"), is_required=True)
    course = SelectField(_l("课程"), [Optional()], default="", description=_l("考核不选课程。"))
    hours = WholeNumberField(
        _l("学时"),
        [InputRequired(REQUIRED), NumberRange(1, 12, N_("学时须为 1—12。"))],
        description=_l("每学时 45 分钟，不能超过实际时长。"),
    )
    room = SelectField(_l("教室"), [Optional()], default="")
    equipment = checkboxes(_l("要用的设备"), _l("教室没有的设备会被指出来。"))
    instructor_1 = _who(_l("讲师一"))
    role_1 = _role(TeachingRole.LEAD)
    instructor_2 = _who(_l("讲师二"))
    role_2 = _role(TeachingRole.ASSISTANT)
    instructor_3 = _who(_l("讲师三"))
    role_3 = _role(TeachingRole.ASSISTANT)
    instructor_4 = _who(_l("讲师四"))
    role_4 = _role(TeachingRole.ASSISTANT)

    @property
    def staff_fields(self) -> list[tuple[Any, Any]]:
        """Who and in which role, pair by pair."""
        return [(self[f"instructor_{n}"], self[f"role_{n}"]) for n in range(1, MOST_INSTRUCTORS + 1)]

    @property
    def staff(self) -> dict[int, TeachingRole]:
        """The instructors who were chosen, each once, with their roles."""
        chosen: dict[int, TeachingRole] = {}
        for who, role in self.staff_fields:
            if who.data:
                chosen.setdefault(int(who.data), TeachingRole(role.data or TeachingRole.ASSISTANT))
        return chosen


class SessionForm(TaughtForm):
    """One session."""

    starts_at = MomentField(_l("开始"), [InputRequired(REQUIRED)])
    ends_at = MomentField(_l("结束"), [InputRequired(REQUIRED)])

    def take_slot(self, value: str) -> bool:
        """Fill the times from a proposal that was pressed; False when it is none."""
        try:
            slots = [_moment(part) for part in value.split("/")]
        except ValueError:
            return False
        if len(slots) != 2 or not all(is_near(slot) for slot in slots):
            return False
        for field, slot in zip((self.starts_at, self.ends_at), slots, strict=True):
            field.data, field.raw_data = slot, None
        return True


def _moment(value: str) -> datetime:
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return moment


def fill(form: TaughtForm, found: TrainingClass) -> None:
    """The choices of courses, rooms near the class, equipment and instructors."""
    none = ("", render(N_("不指定")))
    pool = [(str(one.id), f"{one.name_zh} {one.title_zh}") for one in people.instructors()]
    for who, _ in form.staff_fields:
        who.choices = [none, *pool]
    form.course.choices = [none, *((str(one.id), one.title_zh) for one in catalog.program_courses(found.program_id))]
    form.equipment.choices = [(word, word) for word in sites.equipment_words()]
    form.room.choices = _rooms(found, none)


def _rooms(found: TrainingClass, none: tuple[str, str]) -> dict[str, list[tuple[str, str]]]:
    """The rooms of the class's site first, then those of the other sites of its city."""
    site = sites.site_by_id(found.site_id)
    rooms: dict[str, list[tuple[str, str]]] = {"": [none], site.name_zh: []}
    names = {one.id: one.name_zh for one in sites.sites() if one.city_code == site.city_code}
    for room in sites.rooms():
        if room.site_id in names:
            label = render(Text(N_("%(room)s（%(capacity)s 人）"), room=room.name_zh, capacity=room.capacity))
            rooms.setdefault(names[room.site_id], []).append((str(room.id), label))
    return rooms


def values_of(session: ClassSession) -> dict[str, Any]:
    """A session as the form's fields hold it."""
    ids = queries.session_instructors([session.id]).get(session.id, [])
    roles = queries.session_roles([session.id])
    taught = {f"instructor_{n}": str(id_) for n, id_ in enumerate(ids[:MOST_INSTRUCTORS], start=1)}
    taught |= {f"role_{n}": roles[session.id, id_].value for n, id_ in enumerate(ids[:MOST_INSTRUCTORS], start=1)}
    return {
        "course": str(session.course_id or ""),
        "room": str(session.room_id or ""),
        "hours": session.minutes // MINUTES_PER_HOUR,
        **taught,
    }


def plan_of(form: SessionForm) -> SessionPlan:
    """What was decided in a form that has been validated."""
    given: dict[str, Any] = form.data
    return SessionPlan(starts_at=given["starts_at"], ends_at=given["ends_at"], **taught(form))


def taught(form: TaughtForm) -> dict[str, Any]:
    """The same without its times."""
    given: dict[str, Any] = form.data
    return {
        "title_zh": given["title_zh"].strip(),
        "minutes": given["hours"] * MINUTES_PER_HOUR,
        "course_id": int(given["course"]) if given["course"] else None,
        "room_id": int(given["room"]) if given["room"] else None,
        "instructor_ids": tuple(form.staff),
        "roles": tuple(form.staff.values()),
        "equipment": tuple(given["equipment"] or ()),
    }


def say_in(form: Form, error: DomainError) -> None:
    """Put a refusal into the form: everything that stands in the way, each with its way out."""
    if isinstance(error, DoesNotFit):
        for obstacle in error.obstacles:
            form.form_errors.append(f"{render(obstacle.say)}{render(obstacle.fix)}")
        return
    form.refuse(error)


def proposals(found: TrainingClass, wanted: Wanted, session: ClassSession | None) -> list[Wanted]:
    """The nearest free times for a session that was refused."""
    return queries.free_times(found, wanted, now=now(), except_session=session.id if session else None)
