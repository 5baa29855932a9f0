"""Forms of exams."""

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileAllowed, FileField, FileRequired
from wtforms import (
    BooleanField,
    DateTimeLocalField,
    HiddenField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from academy.core.text import N_
from academy.exams.rules.delivery import MOST_MINUTES
from academy.ui.forms import Form, clean_text, near_instant

REQUIRED = N_("这里要填。")


class EnterForm(Form):
    """Read and agreed."""

    rules = HiddenField()
    agreed = BooleanField(_l("我已读完上面的规则，知道进入后开始计时"), validators=[DataRequired(N_("先勾选这一项，再进入。"))])


class SittingForm(Form):
    """A new sitting."""

    training_class = SelectField(_l("班次"), validators=[InputRequired(REQUIRED)])
    paper = SelectField(_l("试卷"), validators=[InputRequired(REQUIRED)])
    title_zh = StringField(_l("名称"), validators=[InputRequired(REQUIRED), Length(max=120), clean_text])
    opens_at = DateTimeLocalField(_l("开考"), format="%Y-%m-%dT%H:%M", validators=[InputRequired(REQUIRED), near_instant])
    closes_at = DateTimeLocalField(_l("收卷"), format="%Y-%m-%dT%H:%M", validators=[InputRequired(REQUIRED), near_instant])
    minutes = IntegerField(_l("答题时间（分钟）"), validators=[InputRequired(REQUIRED), NumberRange(1, MOST_MINUTES)])
    entry_minutes = IntegerField(
        _l("开考几分钟后停止入场"),
        description=_l("不填：收卷前都可以入场。"),
        validators=[Optional(), NumberRange(1, MOST_MINUTES)],
    )


def _instant_field(label: str) -> DateTimeLocalField:
    return DateTimeLocalField(label, format="%Y-%m-%dT%H:%M", validators=[Optional(), near_instant])


class SlotsForm(Form):
    """Several slots of one exam."""

    training_class = SelectField(_l("班次"), validators=[InputRequired(REQUIRED)])
    paper = SelectField(_l("试卷"), validators=[InputRequired(REQUIRED)])
    title_zh = StringField(_l("名称"), validators=[InputRequired(REQUIRED), Length(max=120), clean_text])
    minutes = IntegerField(_l("答题时间（分钟）"), validators=[InputRequired(REQUIRED), NumberRange(1, MOST_MINUTES)])
    entry_minutes = IntegerField(_l("开考几分钟后停止入场"), validators=[Optional(), NumberRange(1, MOST_MINUTES)])
    change_until = DateTimeLocalField(
        _l("约和改的截止时间"), format="%Y-%m-%dT%H:%M", validators=[InputRequired(REQUIRED), near_instant]
    )
    opens_1, closes_1 = _instant_field(_l("第 1 场开考")), _instant_field(_l("第 1 场收卷"))
    seats_1 = IntegerField(_l("第 1 场座位"), validators=[Optional(), NumberRange(1, 5000)])
    opens_2, closes_2 = _instant_field(_l("第 2 场开考")), _instant_field(_l("第 2 场收卷"))
    seats_2 = IntegerField(_l("第 2 场座位"), validators=[Optional(), NumberRange(1, 5000)])
    opens_3, closes_3 = _instant_field(_l("第 3 场开考")), _instant_field(_l("第 3 场收卷"))
    seats_3 = IntegerField(_l("第 3 场座位"), validators=[Optional(), NumberRange(1, 5000)])
    opens_4, closes_4 = _instant_field(_l("第 4 场开考")), _instant_field(_l("第 4 场收卷"))
    seats_4 = IntegerField(_l("第 4 场座位"), validators=[Optional(), NumberRange(1, 5000)])


class RoomForm(Form):
    """A room for a sitting."""

    room = SelectField(_l("教室"), validators=[InputRequired(REQUIRED)])
    capacity = IntegerField(
        _l("摆几个座位"), description=_l("不填：教室的容量。"), validators=[Optional(), NumberRange(1, 5000)]
    )
    gap = SelectField(_l("间隔"), choices=[("0", _l("挨着坐")), ("1", _l("隔一列坐")), ("2", _l("隔两列坐"))], default="1")


class InvigilatorForm(Form):
    """Who watches, and where."""

    instructor = SelectField(_l("讲师"), validators=[InputRequired(REQUIRED)])
    room = SelectField(_l("考场"))


class AccommodationForm(Form):
    """Extra time for a candidate."""

    candidate = SelectField(_l("考生"), validators=[InputRequired(REQUIRED)])
    percent = IntegerField(
        _l("加时（%）"),
        description=_l("25 即多给四分之一的时间；0 取消。"),
        validators=[InputRequired(REQUIRED), NumberRange(0, 200)],
    )
    reason = TextAreaField(_l("依据和原因"), validators=[InputRequired(REQUIRED), Length(max=1000)])


class IncidentForm(Form):
    """An entry of the log. `entry` makes a form that is sent twice one entry."""

    entry = HiddenField(validators=[InputRequired(REQUIRED)])
    kind = SelectField(_l("类别"), validators=[InputRequired(REQUIRED)])
    candidate = SelectField(_l("考生"))
    minutes = IntegerField(_l("补时（分钟）"), validators=[Optional(), NumberRange(1, 240)])
    lets_in = BooleanField(_l("迟到：准许进入"))
    note = TextAreaField(_l("经过和原因"), validators=[InputRequired(REQUIRED), Length(max=1000)])


class CounterForm(Form):
    """Why an entry is corrected."""

    entry = HiddenField(validators=[InputRequired(REQUIRED)])
    note = StringField(_l("为什么更正"), validators=[InputRequired(REQUIRED), Length(max=1000), clean_text])


class ReseatForm(Form):
    """Another seat, and why."""

    seat = SelectField(_l("换到"), validators=[InputRequired(REQUIRED)])
    reason = StringField(_l("原因"), validators=[InputRequired(REQUIRED), Length(max=300), clean_text])


class PaperForm(Form):
    """A new paper by blueprint."""

    title_zh = StringField(_l("名称"), validators=[InputRequired(REQUIRED), Length(max=120), clean_text])
    minutes = IntegerField(_l("答题时间（分钟）"), validators=[InputRequired(REQUIRED), NumberRange(1, MOST_MINUTES)])
    singles = IntegerField(_l("单项选择题（每题 1 分）"), validators=[InputRequired(REQUIRED), NumberRange(0, 200)])
    multiples = IntegerField(_l("多项选择题（每题 2 分）"), validators=[InputRequired(REQUIRED), NumberRange(0, 200)])
    fields = SelectMultipleField(_l("从哪些领域选（不选：全部）"))


class TableForm(Form):
    """A table to import."""

    table = FileField(
        _l("表格"),
        description=_l(".xlsx 或 .csv，不超过 12 MB"),
        validators=[FileRequired(N_("请选一个文件。")), FileAllowed(["xlsx", "csv"], N_("只收 .xlsx 和 .csv 表格。"))],
    )


class BankFileForm(Form):
    """A file of questions in any of the formats; what it is shows from its content."""

    table = FileField(
        _l("题目文件"),
        description=_l("Excel、文本、Moodle GIFT 或 XML、QTI 试题包，不超过 12 MB"),
        validators=[FileRequired(N_("请选一个文件。"))],
    )
