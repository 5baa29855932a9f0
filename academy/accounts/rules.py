"""Pure decisions about passwords, sign-in attempts and words of organizations."""

from datetime import datetime, timedelta
from enum import StrEnum

from academy.core.text import N_

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 200
FREE_ATTEMPTS = 5
LOCK_FOR = timedelta(minutes=15)
RESET_VALID_FOR = timedelta(hours=1)


class OrganizationKind(StrEnum):
    """What an organization is."""

    UNIVERSITY = "university"
    INSTITUTE = "institute"
    SOCIAL_ORGANIZATION = "social_organization"
    WORK_UNIT = "work_unit"
    STATION = "station"


def password_problem(password: str, email: str) -> str | None:
    """Why a new password is refused, as a message id; None when it will do (NIST SP 800-63B: length, not classes)."""
    if len(password) < SHORTEST_PASSWORD:
        return N_("密码至少 10 个字符，可以是一句话。")
    if len(password) > LONGEST_PASSWORD:
        return N_("密码最多 200 个字符。")
    if len(set(password)) < 4 or password.lower() in {email.lower(), email.partition("@")[0].lower()}:
        return N_("这个密码太容易猜到，请换一个。")
    return None


def locked_until(failures: int, now: datetime) -> datetime | None:
    """Until when sign-in is closed after so many failures in a row: every fifth closes it for 15 minutes."""
    return now + LOCK_FOR if failures and failures % FREE_ATTEMPTS == 0 else None


def normalized_email(email: str) -> str:
    """An address as it is compared: trimmed and lower case."""
    return email.strip().lower()


def short_type_name(name_zh: str) -> str:
    """A person type without its trailing remark, in full-width brackets: 专职社区工作者(含网格员) → 专职社区工作者."""
    name = name_zh.replace("(", "（").replace(")", "）")
    return name[: name.rindex("（")] if name.endswith("）") else name
