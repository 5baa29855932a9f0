"""Forms of exams."""

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileAllowed, FileField, FileRequired
from wtforms import BooleanField, DateTimeLocalField, IntegerField, SelectField, SelectMultipleField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange

from academy.core.text import N_
from academy.exams.rules.delivery import MOST_MINUTES
from academy.ui.forms import Form, clean_text, near_instant

REQUIRED = N_("这里要填。")


class EnterForm(Form):
    """Read and agreed."""

    agreed = BooleanField(_l("我已读完上面的规则，知道进入后开始计时"), validators=[DataRequired(N_("先勾选这一项，再进入。"))])


class SittingForm(Form):
    """A new sitting."""

    training_class = SelectField(_l("班次"), validators=[InputRequired(REQUIRED)])
    paper = SelectField(_l("试卷"), validators=[InputRequired(REQUIRED)])
    title_zh = StringField(_l("名称"), validators=[InputRequired(REQUIRED), Length(max=120), clean_text])
    opens_at = DateTimeLocalField(_l("开考"), format="%Y-%m-%dT%H:%M", validators=[InputRequired(REQUIRED), near_instant])
    closes_at = DateTimeLocalField(_l("收卷"), format="%Y-%m-%dT%H:%M", validators=[InputRequired(REQUIRED), near_instant])
    minutes = IntegerField(_l("答题时间（分钟）"), validators=[InputRequired(REQUIRED), NumberRange(1, MOST_MINUTES)])


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
