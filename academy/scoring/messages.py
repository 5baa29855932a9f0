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
MARKING_ALLOTTED = Reason(
    code="scoring.marking_allotted",
    subject=N_("有答卷请您评阅：%(title)s"),
    body=N_(
        "您好，%(name)s：\n\n《%(title)s》的答卷已经分给您，请在 %(due_at)s 前评完。\n\n"
        "答卷不显示考生姓名、考号和单位；评分标准在答卷旁边，用键盘就能评。"
    ),
    link="/marking",
)
MARKING_DUE = Reason(
    code="scoring.marking_due",
    subject=N_("阅卷快到期：%(title)s"),
    body=N_("您好，%(name)s：\n\n《%(title)s》的答卷还有没评的，%(due_at)s 到期。\n\n评不完请告诉阅卷负责人，可以延期或改派。"),
    link="/marking",
)
APPEAL_FILED = Reason(
    code="scoring.appeal_filed",
    subject=N_("申诉已收到：%(title)s 第 %(position)s 题"),
    body=N_(
        "您好，%(name)s：\n\n您对《%(title)s》第 %(position)s 题的申诉已经收到，由没有评过这份答卷的人处理。\n\n"
        "结果会发消息给您；在处理完之前，成绩不变。"
    ),
    link="/results/%(code)s/appeal",
)
APPEAL_GRANTED = Reason(
    code="scoring.appeal_granted",
    subject=N_("申诉成立：%(title)s 第 %(position)s 题"),
    body=N_(
        "您好，%(name)s：\n\n您对《%(title)s》第 %(position)s 题的申诉成立，这道题的得分会更正，新的成绩核对后发布。\n\n"
        "理由登录后可以看。信里不写分数，以免被旁人看到。"
    ),
    link="/results/%(code)s/appeal",
)
APPEAL_REJECTED = Reason(
    code="scoring.appeal_rejected",
    subject=N_("申诉已答复：%(title)s 第 %(position)s 题"),
    body=N_(
        "您好，%(name)s：\n\n您对《%(title)s》第 %(position)s 题的申诉已经处理，维持原来的得分，成绩不变。\n\n"
        "理由登录后可以看。"
    ),
    link="/results/%(code)s/appeal",
)
