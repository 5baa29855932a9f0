"""Forms of scoring."""

from decimal import Decimal, InvalidOperation
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from academy.core.text import N_
from academy.scoring.rules import Function, Standard, Treatment
from academy.ui.fields import MomentField
from academy.ui.forms import Form, clean_text

REQUIRED = N_("这里要填。")
ROWS = 3
REASON_HELP = _l("受影响的学员会在信里看到这句话。")


def read_decimal(written: str | None) -> Decimal | None:
    """A number as it was typed, None for nothing. Raises InvalidOperation for anything that is none."""
    text = (written or "").strip()
    if not text:
        return None
    found = Decimal(text)
    if not found.is_finite():
        raise InvalidOperation
    return found


class ReasonForm(Form):
    """Whatever is decided with a reason."""

    reason = StringField(_l("原因"), validators=[InputRequired(REQUIRED), Length(max=500), clean_text], description=REASON_HELP)


class RegradeForm(ReasonForm):
    """Up to three items of a paper at once."""


def _row(number: int) -> dict[str, Any]:
    return {
        f"position_{number}": IntegerField(_l("题号"), validators=[Optional(), NumberRange(1, 10_000)]),
        f"treatment_{number}": SelectField(
            _l("处理"),
            choices=[
                (Treatment.KEY.value, _l("改答案或分值")),
                (Treatment.ANY.value, _l("任选其一都算对")),
                ("version", _l("用题库里的新版本")),
                (Treatment.FULL.value, _l("全体给满分")),
                (Treatment.VOID.value, _l("作废，不计分")),
            ],
        ),
        f"key_{number}": TextAreaField(_l("新答案"), validators=[Length(max=2000)]),
        f"marks_{number}": StringField(_l("新分值"), validators=[Length(max=10)]),
    }


for _number in range(1, ROWS + 1):
    for _name, _field in _row(_number).items():
        setattr(RegradeForm, _name, _field)


class AdjustForm(ReasonForm):
    """A function of totals."""

    kind = SelectField(
        _l("性质"), choices=[("scaling", _l("调整总分（难度偏差）")), ("equating", _l("等值换算（与另一张卷子）"))]
    )
    function = SelectField(
        _l("函数"),
        choices=[
            (Function.ADD.value, _l("每人加减同样的分")),
            (Function.LINEAR.value, _l("乘一个数，再加一个数")),
            (Function.TABLE.value, _l("原分与新分对照表")),
        ],
    )
    figures = TextAreaField(
        _l("数字"),
        validators=[InputRequired(REQUIRED), Length(max=4000)],
        description=_l("加减：写一个数，如 2。乘加：写两个数，如 1.05 3。对照表：每行“原分 新分”，两点之间按直线。"),
    )


class CutForm(ReasonForm):
    """Another pass mark."""

    pass_mark = StringField(_l("新合格线（百分制）"), validators=[InputRequired(REQUIRED), Length(max=10)])


class HoldForm(Form):
    """Keep a person's result back."""

    candidate_no = StringField(_l("考生号"), validators=[InputRequired(REQUIRED), Length(max=20), clean_text])
    reason = StringField(_l("原因"), validators=[InputRequired(REQUIRED), Length(max=500), clean_text])


class ReleaseForm(Form):
    """When to release."""

    release_at = MomentField(_l("发布时间"), validators=[Optional()])


class StandardForm(Form):
    """What judges said."""

    method = SelectField(
        _l("方法"),
        choices=[
            (Standard.ANGOFF.value, _l("安戈夫法（Angoff）")),
            (Standard.BORDERLINE.value, _l("临界回归法")),
            (Standard.HOFSTEE.value, _l("霍夫斯泰法（Hofstee）")),
        ],
    )
    panel = StringField(
        _l("参加的评审"),
        validators=[InputRequired(REQUIRED), Length(max=1000), clean_text],
        description=_l("姓名，用顿号隔开。"),
    )
    judgments = TextAreaField(
        _l("安戈夫：各评审对每题的估计"),
        validators=[Length(max=60_000)],
        description=_l("每行一位评审，每题一个数：刚好合格的人在这题上平均能得几分。"),
    )
    grades = TextAreaField(
        _l("临界回归：各考生的总体等级"),
        validators=[Length(max=60_000)],
        description=_l("每行“考生号 等级”，等级用数字，越大越好。"),
    )
    borderline = StringField(_l("临界等级"), validators=[Length(max=10)])
    min_cut = StringField(_l("最低可接受合格分"), validators=[Length(max=10)])
    max_cut = StringField(_l("最高可接受合格分"), validators=[Length(max=10)])
    min_fail = StringField(_l("最低可接受未合格率"), validators=[Length(max=10)])
    max_fail = StringField(_l("最高可接受未合格率"), validators=[Length(max=10)])
    note = TextAreaField(_l("讨论与决定"), validators=[Length(max=2000)])


class SubjectForm(Form):
    """Which subject a sitting examines."""

    subject = SelectField(_l("科目"))
    exam_year = IntegerField(_l("考试年度"), validators=[InputRequired(REQUIRED), NumberRange(2000, 2100)])


class LineForm(Form):
    """A region's line."""

    subject = SelectField(_l("科目"))
    division = SelectField(_l("地区"))
    exam_year = IntegerField(_l("考试年度"), validators=[InputRequired(REQUIRED), NumberRange(2000, 2100)])
    pass_mark = StringField(_l("分数线（百分制）"), validators=[InputRequired(REQUIRED), Length(max=10)])
    source = StringField(_l("依据"), validators=[InputRequired(REQUIRED), Length(max=300), clean_text])
