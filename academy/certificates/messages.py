"""The letters that certificates writes."""

from academy.core.text import N_
from academy.notifications.rules import Reason

ISSUED = Reason(
    code="certificates.issued",
    subject=N_("您的%(title)s已签发"),
    body=N_(
        "您好，%(name)s：\n\n“%(program)s”的%(title)s已于%(issued_on)s签发，编号 %(number)s。\n"
        "登录后可以下载带电子签名的 PDF；任何人都可以在这个地址查验：\n\n%(address)s\n\n请核对姓名，有误请尽快联系证书室。"
    ),
    link="/my/certificates",
)
REVOKED = Reason(
    code="certificates.revoked",
    subject=N_("您的证书 %(number)s 已撤销"),
    body=N_(
        "您好，%(name)s：\n\n证书 %(number)s（%(program)s）已于%(revoked_on)s撤销。\n\n原因：%(reason)s\n\n"
        "查验地址保留，并注明已撤销。对此有疑问，请联系证书室申请复核。"
    ),
    link="/my/certificates",
)
