"""The letters that scoring writes."""

from academy.core.text import N_
from academy.notifications.rules import Reason

RESULT_RELEASED = Reason(
    code="scoring.result_released",
    subject=N_("《%(title)s》的成绩可以看了"),
    body=N_(
        "您好，%(name)s：\n\n《%(title)s》的成绩已经两人核对并发布。登录后在“考试”里可以看总分和每道题的得分。\n\n"
        "信里不写分数，以免被旁人看到。"
    ),
    link="/results/%(code)s",
)
