"""Forms of certificates."""

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from academy.certificates.rules import SHORTEST_REASON
from academy.core.text import N_
from academy.ui.forms import Form, clean_text


class LookUpForm(Form):
    """A certificate is found by number only together with its holder's name."""

    number = StringField(
        _l("证书编号"),
        description=_l("XA 开头，13 位加 1 位校验；不分大小写，空格可有可无。"),
        validators=[DataRequired(N_("请填写证书编号。")), Length(max=64, message=N_("编号太长。")), clean_text],
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )
    name = StringField(
        _l("持证人姓名"),
        description=_l("写全名。只凭编号不显示任何内容，以免有人挨个试。"),
        validators=[DataRequired(N_("请填写持证人姓名。")), Length(max=120, message=N_("姓名太长。")), clean_text],
        render_kw={"autocomplete": "off"},
    )


class UploadForm(Form):
    """A PDF to be compared with what was issued."""

    pdf = FileField(_l("选择 PDF 文件"), validators=[FileRequired(N_("请选择一个 PDF 文件。"))])


class ReasonForm(Form):
    """A decision that is only taken with a reason."""

    reason = TextAreaField(
        _l("原因"),
        description=_l("会一直保留，并告知持证人；撤销原因在公开查验页上显示，请不要写他人信息。"),
        validators=[
            DataRequired(N_("请写明原因。")),
            Length(min=SHORTEST_REASON, max=500, message=N_("原因至少 4 个字，最多 500 个字。")),
        ],
        render_kw={"rows": "3"},
    )
