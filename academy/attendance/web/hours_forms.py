"""Forms of the ledger: conversions, registration periods, hours written down, decrees."""

from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import DateField, HiddenField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional, ValidationError

from academy.attendance.rules import (
    MOST_EXTENDED_MONTHS,
    PERIOD_SOURCE_WORDS,
    REGISTERED_LEVELS,
    Period,
    PeriodSource,
    compute_period_end,
)
from academy.attendance.services import MOST_HOURS
from academy.core.text import N_
from academy.people.rules import HELD_LEVEL_WORDS, HeldLevel
from academy.ui.forms import Form, clean_text

_REASON = [
    DataRequired(N_("请写明原因，至少 4 个字。")),
    Length(min=4, max=500, message=N_("原因至少 4 个字，最多 500 个字。")),
]


class Day(DateField):
    """A day; what is no day is said in words."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was typed."""
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(N_("请填日期，如 2026-12-01。")) from error


def _near(_form: Any, field: Any) -> None:
    if isinstance(field.data, date) and not (1980 <= field.data.year <= 2100):
        raise ValidationError(N_("请填日期，如 2026-12-01。"))


class ReasonForm(Form):
    """A decision that is only taken with a reason."""

    reason = TextAreaField(_l("原因"), validators=_REASON, render_kw={"rows": "2"})


class ClaimForm(Form):
    """What somebody wants to have counted. The kinds are those in force."""

    kind = SelectField(_l("类别"), validators=[InputRequired(N_("请选择类别。"))])
    title = StringField(
        _l("内容"),
        description=_l("如论文题目、课程名称、学历名称。"),
        validators=[DataRequired(N_("请写明内容。")), Length(min=2, max=120, message=N_("内容写 2—120 个字。")), clean_text],
    )
    units = IntegerField(
        _l("数量"),
        description=_l("学历填 1；论文填篇数；其余填学时。"),
        default=1,
        validators=[InputRequired(N_("请填整数。")), NumberRange(1, 500, message=N_("请填 1—500 的整数。"))],
    )
    earned_on = Day(
        _l("取得日期"),
        description=_l("毕业、发表或完成的那一天，学时算在那一年。"),
        validators=[InputRequired(N_("请填日期，如 2026-12-01。")), _near],
    )
    evidence = TextAreaField(
        _l("证明材料"),
        description=_l("写明材料的出处，审核时会请您出示原件；不要写身份证号。"),
        validators=[DataRequired(N_("请写明证明材料。")), Length(min=4, max=500, message=N_("证明材料写 4—500 个字。"))],
        render_kw={"rows": "3"},
    )


class PeriodForm(Form):
    """A registration period. Without a last day it takes the three years of the regulation."""

    level = SelectField(_l("级别"))
    starts_on = Day(_l("起始日"), validators=[InputRequired(N_("请填日期，如 2026-12-01。")), _near])
    ends_on = Day(_l("截止日"), description=_l("不填就按三年算。"), validators=[Optional(), _near])
    source = SelectField(_l("依据"))
    note = StringField(
        _l("说明"),
        description=_l("如登记证上的备注，可以不填。"),
        validators=[Length(max=500, message=N_("最多 500 个字。")), clean_text],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.level.choices = [(level.value, _l(HELD_LEVEL_WORDS[level])) for level in REGISTERED_LEVELS]
        self.source.choices = [(source.value, _l(PERIOD_SOURCE_WORDS[source])) for source in PeriodSource]

    @property
    def period(self) -> Period:
        """What was typed, as a period."""
        first = self.starts_on.data
        assert first is not None  # noqa: S101 - validated
        return Period(HeldLevel(self.level.data), first, self.ends_on.data or compute_period_end(first))


class CorrectionForm(Form):
    """The right days and level of a period, with the reason; `version` is what was looked at."""

    level = SelectField(_l("级别"))
    starts_on = Day(_l("起始日"), validators=[InputRequired(N_("请填日期，如 2026-12-01。")), _near])
    ends_on = Day(_l("截止日"), validators=[InputRequired(N_("请填日期，如 2026-12-01。")), _near])
    reason = TextAreaField(_l("原因"), validators=_REASON, render_kw={"rows": "2"})
    version = HiddenField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.level.choices = [(level.value, _l(HELD_LEVEL_WORDS[level])) for level in REGISTERED_LEVELS]

    @property
    def seen_version(self) -> int:
        """The version that the page showed; whatever was tampered with is no version."""
        typed = self.version.data or ""
        return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 9 else 0


class HoursForm(Form):
    """Hours earned elsewhere and proved on paper."""

    title = StringField(
        _l("内容"),
        validators=[DataRequired(N_("请写明内容。")), Length(max=200, message=N_("最多 200 个字。")), clean_text],
    )
    hours = IntegerField(
        _l("学时"),
        validators=[InputRequired(N_("请填整数。")), NumberRange(1, MOST_HOURS, message=N_("请填 1—300 的整数。"))],
    )
    earned_on = Day(_l("日期"), validators=[InputRequired(N_("请填日期，如 2026-12-01。")), _near])
    reason = TextAreaField(_l("依据"), validators=_REASON, render_kw={"rows": "2"})


class DecreeForm(Form):
    """A document and whom it concerns."""

    number = StringField(
        _l("文号"),
        description=_l("如 鲁民函〔2026〕18号。"),
        validators=[DataRequired(N_("请填文号。")), Length(min=2, max=60, message=N_("文号写 2—60 个字。")), clean_text],
    )
    reason = TextAreaField(_l("事由"), validators=_REASON, render_kw={"rows": "2"})
    months = IntegerField(
        _l("延长（月）"),
        default=0,
        description=_l("登记有效期往后延几个月；只认定学时的填 0。"),
        validators=[InputRequired(N_("请填整数。")), NumberRange(0, MOST_EXTENDED_MONTHS, message=N_("请填 0—36 的整数。"))],
    )
    hours = IntegerField(
        _l("认定学时"),
        default=0,
        description=_l("给每个人记多少学时；只延期的填 0。"),
        validators=[InputRequired(N_("请填整数。")), NumberRange(0, MOST_HOURS, message=N_("请填 0—300 的整数。"))],
    )
    ends_from = Day(_l("到期日从"), validators=[InputRequired(N_("请填日期，如 2026-12-01。")), _near])
    ends_to = Day(_l("到"), validators=[InputRequired(N_("请填日期，如 2026-12-01。")), _near])
    organization = StringField(
        _l("单位编号"),
        description=_l("如 WU-001，连同下属单位；不填就是所有单位。"),
        validators=[Length(max=12, message=N_("单位编号太长。")), clean_text],
    )
    division = SelectField(_l("所在地"))
    level = SelectField(_l("级别"))
    digest = HiddenField()

    def __init__(self, *args: Any, divisions: list[tuple[str, str]] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.division.choices = [("", _l("不限")), *(divisions or [])]
        self.level.choices = [("", _l("不限")), *((one.value, _l(HELD_LEVEL_WORDS[one])) for one in REGISTERED_LEVELS)]
