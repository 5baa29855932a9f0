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

RESULT_CORRECTED = Reason(
    code="scoring.result_corrected",
    subject=N_("《%(title)s》的成绩更正了"),
    body=N_(
        "您好，%(name)s：\n\n《%(title)s》的成绩经两人核对后作了更正，您的得分有变化。\n\n原因：%(reason)s\n\n"
        "登录后在“考试”里可以看更正后的得分；更正前的成绩也留着，可以对照。对结果有疑问请联系班主任。\n\n"
        "信里不写分数，以免被旁人看到。"
    ),
    link="/results/%(code)s",
)
