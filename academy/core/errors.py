"""The four ways to say no. A domain names its refusals as sentences beside their raiser.

class ClassIsFull(Conflict):
    message = N_("这个班已满，%(seats)s 席都已录取。")
    next_step = N_("可以加入候补。")
"""

import re
from typing import Any, ClassVar

from academy.core.text import N_, Text


class DomainError(Exception):
    """A refusal with its reason and the next step, in the reader's language."""

    status: ClassVar[int] = 400
    message: ClassVar[str] = N_("这件事没有办成，什么都没有改动。")
    next_step: ClassVar[str] = ""

    def __init__(self, **params: Any) -> None:
        self.params = params
        super().__init__(str(self.text))

    @property
    def text(self) -> Text:
        """What happened."""
        return Text(self.message, **self.params)

    @property
    def next_text(self) -> Text | None:
        """What to do next, if there is anything."""
        return Text(self.next_step, **self.params) if self.next_step else None

    @property
    def code(self) -> str:
        """The refusal's stable name for the API: ClassIsFull → class_is_full."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", type(self).__name__).lower()


class NotFound(DomainError):
    """There is no such thing, or the reader may not know of it."""

    status = 404
    message = N_("没有找到。地址可能抄漏了，或者已经归档。")


class Forbidden(DomainError):
    """The person is known but may not do this."""

    status = 403
    message = N_("这一步不归您办，什么都没有改动。")
    next_step = N_("需要权限请联系教务管理员。")


class Conflict(DomainError):
    """The state of things does not allow it."""

    status = 409


class Invalid(DomainError):
    """What was sent cannot be used."""

    status = 422
