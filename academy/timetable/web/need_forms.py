"""Forms about teaching needs and absences. Messages are message ids: templates translate them."""

from collections.abc import Iterable
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SelectField, SelectMultipleField, StringField
from wtforms.validators import InputRequired, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from academy.catalog import queries as catalog
from academy.core.text import N_, render
from academy.people import queries as people
from academy.people.rules import QUALIFICATION_WORDS, QualificationKind
from academy.timetable.queries import ClassSession
from academy.timetable.rules import TeachingRole
from academy.timetable.services.needs import Ask
from academy.ui.fields import REQUIRED, MomentField
from academy.ui.filters import bilingual
from academy.ui.forms import Form, clean_text

ROLE_WORDS = {TeachingRole.LEAD: N_("主讲"), TeachingRole.ASSISTANT: N_("助教")}


def _note(label: Any, description: Any = "") -> StringField:
    checks = [Optional(), Length(max=300, message=N_("最多 300 字。")), clean_text]
    return StringField(label, checks, description=description)


class NeedForm(Form):
    """What is asked for."""

    sessions = SelectMultipleField(
        _l("课次"),
        [InputRequired(N_("至少选一次课。"))],
        coerce=int,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    field = SelectField(_l("领域"), [InputRequired(REQUIRED)])
    kind = SelectField(_l("要的资格"), [Optional()], default="")
    role = SelectField(_l("担任"), [InputRequired(REQUIRED)], default=TeachingRole.LEAD.value)
    replaces = SelectField(
        _l("接替谁"), [Optional()], default="", description=_l("原来的讲师不能来时选；派定后原讲师的时间放开。")
    )
    deadline_at = MomentField(_l("答复截止"), [InputRequired(REQUIRED)], description=_l("到时没有派定就自动结束。"))
    note = _note(_l("说明"), _l("讲师会看到，如“要会方言”“带实训材料”。"))

    def wanted(self) -> Ask:
        """What was filled in."""
        given: dict[str, Any] = self.data
        return Ask(
            session_ids=tuple(given["sessions"]),
            field_code=given["field"],
            deadline_at=given["deadline_at"],
            kind=QualificationKind(given["kind"]) if given["kind"] else None,
            role=TeachingRole(given["role"]),
            replaces_id=int(given["replaces"]) if given["replaces"] else None,
            note=given["note"] or "",
        )


def fill_need_form(form: NeedForm, sessions: list[ClassSession], teaching: Iterable[int]) -> None:
    """The choices: sessions to come, fields, kinds of qualification, who teaches now."""
    form.sessions.choices = [(one.id, one.title_zh) for one in sessions]
    form.field.choices = field_choices()
    form.kind.choices = kind_choices()
    form.role.choices = [(role.value, render(words)) for role, words in ROLE_WORDS.items()]
    named = people.instructors_by_ids(teaching)
    nobody = ("", render(N_("不接替谁")))
    form.replaces.choices = [nobody, *((str(one.id), one.name_zh) for one in named.values())]


def field_choices() -> list[tuple[str, str]]:
    """The fields by code."""
    return [(one.code, bilingual(one.name_zh, one.name_en)) for one in catalog.fields()]


def kind_choices() -> list[tuple[str, str]]:
    """Any valid qualification, or one kind."""
    return [("", render(N_("任一有效资格"))), *((kind.value, render(words)) for kind, words in QUALIFICATION_WORDS.items())]


class AnswerForm(Form):
    """A short answer, with a reason where one is asked for."""

    reason = _note(_l("说明"))


class AbsenceForm(Form):
    """When somebody cannot teach."""

    starts_at = MomentField(_l("从"), [InputRequired(REQUIRED)])
    ends_at = MomentField(_l("到"), [InputRequired(REQUIRED)])
    reason = StringField(
        _l("原因"), [Optional(), Length(max=200, message=N_("最多 200 字。")), clean_text], description=_l("只有教务看得到。")
    )
    is_confirmed = BooleanField(_l("那段时间有课也登记，我来找人代课"))
