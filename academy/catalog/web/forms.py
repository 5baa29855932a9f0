"""Forms of the catalog."""

from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, NumberRange
from wtforms.widgets import HiddenInput

from academy.catalog.services import LONGEST_SUMMARY, LONGEST_TITLE
from academy.core.text import N_
from academy.ui.forms import Form, clean_text


class CourseForm(Form):
    """What an administrator may change of a course, and the version that she saw."""

    title_zh = StringField(
        _l("课程名称"),
        validators=[
            DataRequired(N_("请填写课程名称。")),
            Length(max=LONGEST_TITLE, message=N_("课程名称最多 60 字。")),
            clean_text,
        ],
    )
    summary_zh = TextAreaField(
        _l("简介"),
        validators=[DataRequired(N_("请填写简介。")), Length(max=LONGEST_SUMMARY, message=N_("简介最多 300 字。"))],
        render_kw={"rows": 5},
    )
    version = IntegerField(widget=HiddenInput(), validators=[NumberRange(min=1, message=N_("页面过期了，请刷新后再改。"))])
