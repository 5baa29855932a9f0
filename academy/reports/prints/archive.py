"""The list of a class's file, one class one file (一班一档): what it must hold, whether the system has it, and where.

Pure: `archive_read` counts what there is.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from academy.core.sheets import packaged_rows
from academy.core.text import N_, Text
from academy.core.wording import hours_from_minutes
from academy.reports.prints.forms import Stage
from academy.timetable.rules import ClassState


class EntryState(StrEnum):
    """Whether a paper is in the file."""

    PRESENT = "present"
    MISSING = "missing"
    LATER = "later"
    NOT_NEEDED = "not_needed"


ENTRY_WORDS = {
    EntryState.PRESENT: N_("有"),
    EntryState.MISSING: N_("缺"),
    EntryState.LATER: N_("未到"),
    EntryState.NOT_NEEDED: N_("不需要"),
}
ENTRY_SIGNS = {
    EntryState.PRESENT: "ok",
    EntryState.MISSING: "no",
    EntryState.LATER: "wait",
    EntryState.NOT_NEEDED: "draft",
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is in the system."""

    words: str
    endpoint: str = ""
    values: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One paper of the file."""

    code: str
    title_zh: str
    title_en: str
    stage: Stage
    state: EntryState
    evidence: Text
    place: Place


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the system holds of a class, counted."""

    class_code: str
    state: ClassState
    approved_by: str
    approved_on: date | None
    applications: int
    undecided: int
    people: int
    room_fits: bool
    sessions: int
    over: int
    marked: int  # sessions that are over and have a mark of everybody
    first_marks: int
    leave: int
    sittings: int
    candidates: int
    confirmed: int
    passed: int
    certified: int
    credited: int
    teachers: int
    unstaffed: int
    held_minutes: int
    summary_code: str


Found = tuple[EntryState | None, Text]  # None: not there; missing or later, as the stage says

BEGUN = frozenset({ClassState.RUNNING, ClassState.CLOSED, ClassState.ARCHIVED})
ENDED = frozenset({ClassState.CLOSED, ClassState.ARCHIVED})
DUE = {Stage.PRE: BEGUN, Stage.DURING: ENDED, Stage.ASSESS: ENDED, Stage.CLOSE: ENDED}
HERE, NEEDLESS = EntryState.PRESENT, EntryState.NOT_NEEDED


def compute_entries(held: Evidence) -> list[Entry]:
    """The approval, then the 22 forms of print_forms.csv, each with its state and the figure behind it."""
    approval = _entry("—", "开班审批", "Class approval", Stage.PRE, _approval(held), held)
    entries = [approval]
    for row in packaged_rows("print_forms.csv"):
        code, stage = row["form_code"], Stage(row["stage"])
        found = _index(entries) if code == "PF22" else _RULES[code](held)
        entries.append(_entry(code, row["form_zh"], row["form_en"], stage, found, held))
    return entries


def _entry(code: str, title_zh: str, title_en: str, stage: Stage, found: Found, held: Evidence) -> Entry:
    state, evidence = found
    if held.state is ClassState.CANCELLED:
        state, evidence = NEEDLESS, Text(N_("班次已取消"))
    if state is None:
        state = EntryState.MISSING if held.state in DUE[stage] else EntryState.LATER
    return Entry(code, title_zh, title_en, stage, state, evidence, _place(code, held))


def _counted(number: int, words: str, nothing: str) -> Found:
    return (HERE, Text(words, count=number)) if number else (None, Text(nothing))


def _approval(held: Evidence) -> Found:
    if held.approved_on is None:
        return None, Text(N_("还没有批准"))
    return HERE, Text(N_("%(name)s %(day)s 批准"), name=held.approved_by, day=held.approved_on.isoformat())


def _notice(held: Evidence) -> Found:
    if held.approved_on is None or not held.sessions:
        return None, Text(N_("批准并排课之后才有"))
    return HERE, Text(N_("批准日期、课程和地点已定，可随时打印"))


def _eligibility(held: Evidence) -> Found:
    if not held.applications:
        return None, Text(N_("还没有人报名"))
    if held.undecided:
        return None, Text(N_("还有 %(count)s 人没有审核结论"), count=held.undecided)
    return HERE, Text(N_("%(count)s 人都有结论"), count=held.applications)


def _seating(held: Evidence) -> Found:
    if not (held.people and held.room_fits):
        return None, Text(N_("没有学员，或教室没定、坐不下"))
    return HERE, Text(N_("%(count)s 人，教室坐得下"), count=held.people)


def _attendance(held: Evidence) -> Found:
    if not held.over:
        return None, Text(N_("还没有上过课"))
    words = Text(N_("已上 %(over)s 次课，点名点齐 %(marked)s 次"), over=held.over, marked=held.marked)
    is_whole = held.marked == held.over
    return (HERE if is_whole else EntryState.MISSING), words


def _leave(held: Evidence) -> Found:
    if held.leave:
        return HERE, Text(N_("%(count)s 人次请假，记在考勤里"), count=held.leave)
    return (NEEDLESS if held.over else None), Text(N_("没有人请假"))


def _tickets(held: Evidence) -> Found:
    if not held.sittings:
        return NEEDLESS, Text(N_("没有安排考试"))
    return _counted(held.candidates, N_("%(count)s 人有准考证号"), N_("还没有编准考证号"))


def _invigilation(held: Evidence) -> Found:
    if not held.sittings:
        return NEEDLESS, Text(N_("没有安排考试"))
    return _counted(held.candidates, N_("考场名单 %(count)s 人；监考签字件另附"), N_("还没有考场名单"))


def _grades(held: Evidence) -> Found:
    if not held.sittings:
        return NEEDLESS, Text(N_("没有安排考试"))
    words = Text(N_("%(sittings)s 场考试，%(confirmed)s 场成绩已确认"), sittings=held.sittings, confirmed=held.confirmed)
    return (HERE if held.confirmed == held.sittings else None), words


def _certificates(held: Evidence) -> Found:
    words = Text(N_("通过 %(passed)s 人，签发 %(certified)s 份"), passed=held.passed, certified=held.certified)
    if not held.certified:
        return None, words
    return (HERE if held.certified >= held.passed else EntryState.MISSING), words


def _summary(held: Evidence) -> Found:
    return (HERE, Text(N_("已生成，文件在报表里"))) if held.summary_code else (None, Text(N_("还没有生成")))


def _fees(held: Evidence) -> Found:
    if not held.over:
        return None, Text(N_("还没有上过课"))
    words = Text(
        N_("已上 %(over)s 次课、%(hours)s 学时，讲师 %(teachers)s 人；课酬按此核算"),
        over=held.over,
        hours=hours_from_minutes(held.held_minutes),
        teachers=held.teachers,
    )
    return (None if held.unstaffed else HERE), words


def _index(entries: list[Entry]) -> Found:
    missing = sum(entry.state is EntryState.MISSING for entry in entries)
    later = sum(entry.state is EntryState.LATER for entry in entries)
    if missing or later:
        return EntryState.LATER, Text(N_("还缺 %(missing)s 项，未到 %(later)s 项"), missing=missing, later=later)
    return HERE, Text(N_("应有的都有了"))


_RULES: dict[str, Callable[[Evidence], Found]] = {
    "PF01": _notice,
    "PF02": lambda held: _counted(held.applications, N_("%(count)s 份报名或推荐"), N_("还没有人报名")),
    "PF03": _eligibility,
    "PF04": lambda held: _counted(held.people, N_("%(count)s 人"), N_("还没有人录取")),
    "PF05": lambda held: _counted(held.sessions, N_("%(count)s 次课"), N_("还没有排课")),
    "PF06": lambda _: (NEEDLESS, Text(N_("由通知和课程表代替；另编了手册的请附纸质件"))),
    "PF07": lambda held: _counted(held.people, N_("%(count)s 人，可随时打印"), N_("还没有人录取")),
    "PF08": _seating,
    "PF09": lambda held: _counted(held.first_marks, N_("首次课记到 %(count)s 人；签字件另附"), N_("首次课还没有点名")),
    "PF10": _attendance,
    "PF11": _leave,
    "PF12": lambda _: (NEEDLESS, Text(N_("系统不管住宿；安排住宿的请附纸质件"))),
    "PF13": _tickets,
    "PF14": _invigilation,
    "PF15": _grades,
    "PF16": _certificates,
    "PF17": lambda held: _counted(held.certified, N_("%(count)s 份，可随时打印"), N_("还没有签发证书")),
    "PF18": lambda held: _counted(held.credited, N_("%(count)s 人已计入学时"), N_("还没有人计入学时")),
    "PF19": lambda _: (None, Text(N_("系统里没有测评结果；有纸质汇总请附上"))),
    "PF20": _summary,
    "PF21": _fees,
}
_PRINTED = {"PF01", "PF05", "PF07", "PF08", "PF09", "PF11", "PF17", "PF18", "PF22"}
_ENROLLED = {"PF02", "PF03", "PF04"}
_EXAMS = {"PF13", "PF14", "PF15"}


def _place(code: str, held: Evidence) -> Place:
    here = {"code": held.class_code}
    if code in {"—", "PF10", "PF21"}:
        return Place(N_("班次页：审批、课次、点名"), "timetable.manage_class", here)
    if code in _ENROLLED:
        return Place(N_("名单与席位"), "enrollment.people", here)
    if code in _PRINTED:
        return Place(N_("打印"), "reports.class_prints", here)
    if code in _EXAMS:
        return Place(N_("考试与成绩"), "scoring.manage")
    if code == "PF16":
        return Place(N_("证书"), "certificates.preview", here)
    if code == "PF20" and held.summary_code:
        return Place(N_("报表"), "reports.run", {"code": held.summary_code})
    if code == "PF20":
        return Place(N_("报表"), "reports.index")
    return Place(N_("系统外，另附"))


def count_states(entries: list[Entry]) -> dict[EntryState, int]:
    """How many papers stand in each state."""
    return {state: sum(entry.state is state for entry in entries) for state in EntryState}
