"""The letters that accounts writes."""

from academy.accounts.models import User
from academy.core.text import N_
from academy.notifications.rules import Reason, Recipient

PASSWORD_RESET = Reason(
    code="accounts.password_reset",
    subject=N_("重设密码"),
    body=N_(
        "您好，%(name)s：\n\n请在 %(until)s 之前打开下面的地址，设一个新密码。只能用一次。\n\n"
        "%(address)s\n\n如果不是您本人要求的，请不必理会，密码没有改动。"
    ),
    is_one_time=True,
)
WELCOME = Reason(
    code="accounts.welcome",
    subject=N_("欢迎来到%(academy)s"),
    body=N_("您好，%(name)s：\n\n账号已经建好，用这个邮箱登录。可以从“课程与班次”开始，找一个适合您的班。"),
    link="/catalog",
)


def recipient_of(user: User) -> Recipient:
    """A user as the receiver of a message."""
    return Recipient(user_id=user.id, email=user.email, name=user.name_zh, locale=user.locale)
