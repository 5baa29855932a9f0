"""Forms of accounts."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, EmailField, PasswordField, SelectField, SelectMultipleField, StringField
from wtforms.validators import DataRequired, Email, InputRequired, Length

from academy.accounts.rules import LONGEST_PASSWORD
from academy.core.access import Role
from academy.core.text import N_
from academy.ui.forms import Form, clean_text

ROLE_WORDS: dict[Role, str] = {
    Role.LEARNER: N_("学员"),
    Role.INSTRUCTOR: N_("讲师"),
    Role.CLASS_MANAGER: N_("班主任"),
    Role.CERTIFICATE_OFFICER: N_("证书管理员"),
    Role.ORGANIZATION_COORDINATOR: N_("单位联络员"),
    Role.AUDITOR: N_("审计员"),
    Role.ADMINISTRATOR: N_("教务管理员"),
}


def _email() -> EmailField:
    return EmailField(
        _l("邮箱"),
        validators=[
            DataRequired(N_("请填写邮箱。")),
            Length(max=254, message=N_("邮箱太长。")),
            Email(N_("邮箱写得不对，例如 name@example.org。")),
        ],
        render_kw={"autocomplete": "username", "inputmode": "email"},
    )


def _password(label: str, autocomplete: str, description: Any = "") -> PasswordField:
    return PasswordField(
        _l(label),
        description=description,
        validators=[DataRequired(N_("请填写密码。")), Length(max=LONGEST_PASSWORD, message=N_("密码最多 200 个字符。"))],
        render_kw={"autocomplete": autocomplete},
    )


class SignInForm(Form):
    """E-mail and password."""

    email = _email()
    password = _password(N_("密码"), "current-password")


class SignUpForm(Form):
    """A new learner."""

    name_zh = StringField(
        _l("姓名"),
        description=_l("与证件一致，证书上照此显示。"),
        validators=[DataRequired(N_("请填写姓名。")), Length(max=60, message=N_("姓名最多 60 个字。")), clean_text],
        render_kw={"autocomplete": "name"},
    )
    email = _email()
    password = _password(N_("密码"), "new-password", _l("至少 10 个字符，可以是一句话。"))
    consent = BooleanField(_l("我已阅读并同意个人信息保护说明"), validators=[InputRequired(N_("要先同意，才能建账号。"))])


class ResetRequestForm(Form):
    """Where to send the reset link."""

    email = _email()


class ResetForm(Form):
    """The new password."""

    password = _password(N_("新密码"), "new-password", _l("至少 10 个字符，可以是一句话。"))


class UserForm(Form):
    """An account made by an administrator; the person sets the password by mail."""

    name_zh = StringField(_l("姓名"), validators=[DataRequired(N_("请填写姓名。")), Length(max=60), clean_text])
    email = _email()


class RolesForm(Form):
    """A user's roles."""

    roles = SelectMultipleField(_l("角色"), choices=[(role.value, _l(words)) for role, words in ROLE_WORDS.items()])
    organization = SelectField(_l("联络员所属单位"), validate_choice=False)
