"""Forms of rounds. Messages are message ids: templates translate them."""

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, DateTimeLocalField, IntegerField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from academy.core.clock import TZ
from academy.core.text import N_
from academy.enrollment.rules.rounds import Criterion, CriterionItem
from academy.enrollment.services.rounds import RoundPlan
from academy.ui.forms import Form, clean_text, near_instant

REQUIRED = N_("请填这一项。")
MOMENT = "%Y-%m-%dT%H:%M"
PLACES = ("first", "second", "third", "fourth", "fifth")


class Moment(DateTimeLocalField):
    """An instant by the academy's clock; what is none is said in words."""

    def __init__(self, label: Any, **given: Any) -> None:
        super().__init__(label, [InputRequired(REQUIRED), near_instant], format=[MOMENT, "%Y-%m-%d %H:%M"], **given)

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was typed."""
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(N_("请填日期和时间，如 2026-12-01 18:00。")) from error

    @property
    def instant(self) -> datetime:
        """What was typed, as an instant."""
        assert self.data is not None  # noqa: S101 - the form was valid
        typed: datetime = self.data
        return typed.replace(tzinfo=TZ)


def _criterion(label: Any) -> SelectField:
    return SelectField(label, [Optional()], default="")


class RoundForm(Form):
    """What a person decides about a round."""

    title_zh = StringField(_l("名称"), [InputRequired(REQUIRED), Length(max=60, message=N_("最多 60 字。")), clean_text])
    note_zh = TextAreaField(
        _l("说明"),
        [Optional(), Length(max=1000, message=N_("最多 1000 字。"))],
        description=_l("填报的人会看到；可以不填。"),
        render_kw={"rows": 3},
    )
    classes = SelectMultipleField(
        _l("班次"),
        [InputRequired(N_("请选至少一个班次。"))],
        validate_choice=False,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        description=_l("公布之后，这些班不再先到先得，席位统一分配。"),
    )
    opens_at = Moment(_l("开放填报"))
    closes_at = Moment(_l("截止填报"))
    most_choices = IntegerField(
        _l("最多几个志愿"), [InputRequired(REQUIRED), NumberRange(1, 3, N_("最多可填 1—3 个志愿。"))], default=3
    )
    has_line = BooleanField(_l("没有分到的人，按同一次序加入第一志愿的候补"), default=True)
    first = _criterion(_l("第 1 条"))
    second = _criterion(_l("第 2 条"))
    third = _criterion(_l("第 3 条"))
    fourth = _criterion(_l("第 4 条"))
    fifth = _criterion(_l("第 5 条"))
    groups = TextAreaField(
        _l("人员类别的组别"),
        [Optional(), Length(max=400, message=N_("最多 400 字。"))],
        description=_l("用到“人员类别”时填：一行一组，写类别编号，用空格隔开；上面的组在前，没有写到的类别在最后。"),
        render_kw={"rows": 3, "spellcheck": "false"},
    )

    def plan(self) -> RoundPlan:
        """The valid form as a plan; the service decides what makes sense."""
        return RoundPlan(
            title_zh=self.title_zh.data or "",
            note_zh=self.note_zh.data or "",
            class_codes=tuple(self.classes.data or ()),
            opens_at=self.opens_at.instant,
            closes_at=self.closes_at.instant,
            most_choices=self.most_choices.data or 0,
            has_line=bool(self.has_line.data),
            criteria=self._criteria(),
        )

    def _criteria(self) -> tuple[CriterionItem, ...]:
        kinds = [Criterion(self[name].data) for name in PLACES if self[name].data]
        lines = (self.groups.data or "").upper().replace("、", " ").replace(",", " ").replace("，", " ").splitlines()
        groups = tuple(tuple(line.split()) for line in lines if line.split())
        return tuple(CriterionItem(kind, groups if kind is Criterion.PERSON_TYPE else ()) for kind in kinds)


class CancelForm(Form):
    """Why a round does not take place."""

    reason = StringField(_l("原因，填报的人会看到"), [InputRequired(REQUIRED), Length(max=500), clean_text])
