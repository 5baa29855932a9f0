"""The reports: what each one answers, what its columns mean, who may ask for it."""

from dataclasses import dataclass
from enum import StrEnum

from academy.core.access import Role
from academy.core.text import N_


class Format(StrEnum):
    """As what a report is kept."""

    XLSX = "xlsx"
    PDF = "pdf"


class RunState(StrEnum):
    """Where a run of a report stands."""

    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ReportDefinition:
    """A report with its version: a change of what a column means is a new version."""

    code: str
    version: int
    title: str
    question: str
    columns: tuple[tuple[str, str], ...]
    sensitivity: str
    roles: frozenset[Role]
    formats: tuple[Format, ...]


CLASS_SUMMARY = ReportDefinition(
    code="class_summary",
    version=1,
    title=N_("培训总结报告"),
    question=N_("这个班办得怎么样：谁来了、上了多少课、考得如何、谁结业了？"),
    columns=(
        (N_("应到"), N_("截至时点已录取且没有退出的人。")),
        (N_("实到学时"), N_("截至时点各节课最新一版考勤的实到分钟之和，除以 45。")),
        (N_("出勤率"), N_("实到分钟除以已经上完的课的计划分钟。")),
        (N_("成绩"), N_("截至时点已发布的成绩，换算成百分制；考了几场的取最高一场，每场取最新一版。")),
        (N_("通过"), N_("该场考试的规则判定。")),
        (N_("证书编号"), N_("截至时点已签发、没有被替换或撤销的证书。")),
    ),
    sensitivity=N_("含姓名、单位和成绩，只给办班和本单位的人看，不得外传。"),
    roles=frozenset(
        {
            Role.ADMINISTRATOR,
            Role.CLASS_MANAGER,
            Role.CERTIFICATE_OFFICER,
            Role.AUDITOR,
            Role.INSTRUCTOR,
            Role.ORGANIZATION_COORDINATOR,
        }
    ),
    formats=(Format.XLSX, Format.PDF),
)
DEFINITIONS: dict[str, ReportDefinition] = {CLASS_SUMMARY.code: CLASS_SUMMARY}
