"""The letters that reports writes."""

from academy.core.text import N_
from academy.notifications.rules import Reason

READY = Reason(
    code="reports.ready",
    subject=N_("报表做好了：%(title)s"),
    body=N_("%(report)s（%(title)s，数据截至 %(as_of)s）已经做好，可以下载 Excel 和 PDF。"),
    link="/reports/%(code)s",
)
