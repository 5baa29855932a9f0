"""Staff: many sessions at once, by a repeat rule or like an earlier class; what would be written is shown first."""

import re
from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, RadioField, SelectField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from academy.core.access import Role, allow, current_actor
from academy.core.clock import TZ, now
from academy.core.db import transaction
from academy.core.errors import DomainError
from academy.core.text import N_, Text
from academy.sites.rules import WEEKDAY_WORDS
from academy.timetable import queries, services
from academy.timetable.queries import ClassFilter, Draft, TrainingClass
from academy.timetable.rules import MOST_DATES, MOST_INTERVAL, Repeat
from academy.timetable.services import Planned, SessionPlan
from academy.timetable.services.booking import check_times
from academy.timetable.web import blueprint
from academy.timetable.web.forms import REQUIRED, ClockField, DayField, WholeNumberField, checkboxes
from academy.timetable.web.session_form import TaughtForm, fill, say_in, taught
from academy.ui.flash import say
from academy.ui.forms import Form, is_near

STAFF = (Role.ADMINISTRATOR, Role.CLASS_MANAGER)
MOST_SOURCES = 200


class RepeatForm(TaughtForm):
    """A session and the rule by which it repeats."""

    first = DayField(_l("从哪天起"), [InputRequired(REQUIRED)])
    begins = ClockField(_l("开始"), [InputRequired(REQUIRED)], render_kw={"type": "time"})
    ends = ClockField(_l("结束"), [InputRequired(REQUIRED)], render_kw={"type": "time"})
    weekdays = checkboxes(_l("星期"), "")
    interval = WholeNumberField(
        _l("每几周一次"), [InputRequired(REQUIRED), NumberRange(1, MOST_INTERVAL, N_("间隔须为 1—12 周。"))], default=1
    )
    ends_by = RadioField(_l("到什么时候"), choices=[("until", _l("到某一天")), ("times", _l("满若干次"))], default="until")
    until = DayField(_l("最后一天"), [Optional()])
    times = WholeNumberField(_l("次数"), [Optional(), NumberRange(1, 9999, N_("次数须为 1—120。"))])
    skip = TextAreaField(
        _l("跳过的日期"),
        [Optional(), Length(max=2000, message=N_("最多 2000 字。"))],
        description=_l("放假等不上课的日子，一行一个，如 2027-01-01。"),
        render_kw={"rows": 3, "spellcheck": "false"},
    )
    leaves_out = BooleanField(_l("有冲突的日期跳过，其余照排"))

    def validate_skip(self, _field: Any) -> None:
        """Each line is a day."""
        self.skipped()

    def skipped(self) -> frozenset[date]:
        """The days to leave out."""
        days = set()
        for typed in re.split(r"[\s,，、;；]+", self.skip.data or ""):
            if typed:
                days.add(_day(typed))
        return frozenset(days)

    def repeat(self) -> Repeat:
        """The rule, once the form has been validated."""
        given: dict[str, Any] = self.data
        is_until = given["ends_by"] == "until"
        return Repeat(
            first=given["first"],
            begins=given["begins"],
            ends=given["ends"],
            weekdays=tuple(int(n) for n in given["weekdays"] or () if n.isdecimal() and len(n) == 1),
            interval=given["interval"],
            until=given["until"] if is_until else None,
            times=None if is_until else given["times"],
            skip=self.skipped(),
        )

    def plan(self) -> SessionPlan:
        """The session on the rule's first day."""
        given: dict[str, Any] = self.data
        begins, ends = (datetime.combine(given["first"], given[name], tzinfo=TZ) for name in ("begins", "ends"))
        return SessionPlan(starts_at=begins, ends_at=ends, **taught(self))


def _day(typed: str) -> date:
    try:
        day = date.fromisoformat(typed)
    except ValueError as error:
        raise ValidationError(N_("请填日期，如 2026-12-07。")) from error
    if not is_near(day):
        raise ValidationError(N_("请填日期，如 2026-12-07。"))
    return day


class CopyForm(Form):
    """Which class to copy, and what of it."""

    source = SelectField(_l("照抄哪个班"), [InputRequired(REQUIRED)])
    with_instructors = BooleanField(_l("讲师也照抄"), default=True)
    leaves_out = BooleanField(_l("有冲突的课次跳过，其余照排"))


@blueprint.route("/manage/classes/<code>/sessions/repeat", methods=["GET", "POST"])
@allow(*STAFF)
def repeat_sessions(code: str) -> ResponseReturnValue:
    """Plan a session on every date of a rule: first the dates, then the write."""
    found = queries.get_class(code)
    form = RepeatForm(
        first=found.starts_on, until=found.ends_on, begins=time(9), ends=time(10, 40), hours=2, room=str(found.room_id or "")
    )
    fill(form, found)
    form.weekdays.choices = [(str(n), _l(words)) for n, words in WEEKDAY_WORDS.items()]
    drafts: list[Draft] | None = None
    if form.validate_on_submit():
        repeat, plan = form.repeat(), form.plan()
        try:
            services.check_repeat(repeat)
            check_times(plan)
            drafts = queries.judged(
                found, queries.repeat_drafts(repeat, Draft(plan.title_zh, plan.course_id, plan.wanted, plan.roles))
            )
        except DomainError as error:
            say_in(form, error)
        else:
            write = lambda: services.save_repeat(  # noqa: E731 - one call, made inside the transaction
                code=code, repeat=repeat, plan=plan, leave_out=bool(form.leaves_out.data), actor=current_actor(), now=now()
            )
            if request.form.get("do") == "write" and _written(form, write):
                return redirect(url_for("timetable.manage_class", code=code))
    values = {"found": found, "form": form, "drafts": drafts, "most": MOST_DATES}
    return render_template("timetable/repeat.html", **values), 422 if form.errors else 200


@blueprint.route("/manage/classes/<code>/sessions/copy", methods=["GET", "POST"])
@allow(*STAFF)
def copy_sessions(code: str) -> ResponseReturnValue:
    """Plan the sessions of an earlier class again: first what fits and what clashes, then the write."""
    found, form = queries.get_class(code), CopyForm()
    form.source.choices = [("", _l("请选择")), *_sources(found)]
    drafts: list[Draft] | None = None
    if form.validate_on_submit():
        source, staff = queries.get_class(form.source.data), bool(form.with_instructors.data)
        drafts = queries.judged(found, queries.copied_drafts(found, source, with_instructors=staff))
        write = lambda: services.copy_sessions(  # noqa: E731 - one call, made inside the transaction
            code=code,
            source_code=source.code,
            with_instructors=staff,
            leave_out=bool(form.leaves_out.data),
            actor=current_actor(),
            now=now(),
        )
        if request.form.get("do") == "write" and _written(form, write):
            return redirect(url_for("timetable.manage_class", code=code))
    values = {"found": found, "form": form, "drafts": drafts}
    return render_template("timetable/copy.html", **values), 422 if form.errors else 200


def _sources(found: TrainingClass) -> list[tuple[str, str]]:
    """Classes with sessions, those of the same program first, the latest first."""
    listed, _ = queries.find_classes(ClassFilter(), limit=MOST_SOURCES)
    planned = queries.minutes_of_classes(one.id for one in listed)
    kept = [one for one in listed if one.id in planned and one.id != found.id]
    kept.sort(key=lambda one: one.program_id != found.program_id)  # stable
    return [(one.code, f"{one.code} {one.title_zh}") for one in kept]


def _written(form: Form, write: Callable[[], Planned]) -> bool:
    """Write what was previewed; a refusal becomes the form's message."""
    try:
        with transaction():
            planned = write()
    except DomainError as error:
        say_in(form, error)
        return False
    words = N_("已排 %(made)s 次课，跳过 %(left_out)s 次。") if planned.left_out else N_("已排 %(made)s 次课。")
    say(Text(words, made=len(planned.made), left_out=len(planned.left_out)))
    return True
