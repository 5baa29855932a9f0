"""Forms of people."""

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import SelectField, StringField
from wtforms.validators import DataRequired, Length, ValidationError

from academy.core.text import N_
from academy.people import rules
from academy.people.rules import EDUCATION_WORDS
from academy.ui.forms import Form, clean_text


def _is_name(_form: Any, field: Any) -> None:
    name = rules.tidy_name(field.data or "")
    if rules.has_emoji(name) or not rules.is_name(name):
        raise ValidationError(N_("请按身份证填写姓名，不含数字和符号。"))


def _is_id_number(_form: Any, field: Any) -> None:
    words = {
        "id_format": N_("身份证号应为 18 位，末位可以是 X。"),
        "id_bad_date": N_("身份证号里的出生日期不存在，请核对。"),
        "id_bad_checksum": N_("身份证号校验码错误，请核对末四位。"),
    }
    problem = rules.id_number_problem(rules.tidy(field.data or ""))
    if problem:
        raise ValidationError(words[problem])


def _is_mobile(_form: Any, field: Any) -> None:
    if rules.mobile_problem(rules.tidy(field.data or "")):
        raise ValidationError(N_("手机号应为 11 位大陆手机号。"))


class ProfileForm(Form):
    """What is needed to enroll and to be certified."""

    name_zh = StringField(
        _l("姓名"),
        description=_l("按身份证填写，证书照此印出。"),
        validators=[DataRequired(N_("请填写姓名。")), Length(max=60, message=N_("姓名太长。")), clean_text, _is_name],
        render_kw={"autocomplete": "name"},
    )
    id_number = StringField(
        _l("身份证号"),
        description=_l("加密保存，页面上遮盖显示，只用于核对身份和证书。"),
        validators=[DataRequired(N_("请填写身份证号。")), Length(max=40, message=N_("身份证号应为 18 位。")), _is_id_number],
        render_kw={"autocomplete": "off", "inputmode": "text", "maxlength": 18},
    )
    mobile = StringField(
        _l("手机号"),
        validators=[DataRequired(N_("请填写手机号。")), Length(max=40, message=N_("手机号应为 11 位。")), _is_mobile],
        render_kw={"autocomplete": "tel", "inputmode": "tel"},
    )
    person_type = SelectField(_l("人员类别"), validators=[DataRequired(N_("请选择人员类别。"))])
    organization = SelectField(_l("工作单位"))
    education = SelectField(
        _l("学历"), choices=[("", "—"), *((key.value, _l(words)) for key, words in EDUCATION_WORDS.items())]
    )


class RosterForm(Form):
    """A file to upload; coordinators of several organizations say for which one."""

    file = FileField(
        _l("花名册文件"),
        description=_l(".xlsx 或 .csv，最多 20000 行、12 MB。上传后先预览，不会直接写入。"),
        validators=[FileRequired(N_("请先选择文件。"))],
        render_kw={"accept": ".xlsx,.csv"},
    )
    organization = SelectField(_l("为哪个单位导入"), validate_choice=False)
