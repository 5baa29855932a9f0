"""The class summary as files: a workbook, and the facts of the printed report. Chinese, whoever asks."""

from datetime import date
from decimal import Decimal
from typing import Any

from academy.config import settings
from academy.core.clock import local
from academy.core.documents import render_pdf
from academy.core.sheets import XLSX, Book, Column
from academy.reports.queries.board import BINS, PASS_BIN
from academy.reports.queries.class_summary import Person, Summary, Taught, hours
from academy.reports.rules.definitions import CLASS_SUMMARY, Format

MEDIA_TYPES = {Format.XLSX: XLSX, Format.PDF: "application/pdf"}
DEFINITION_LINE = "1学时=45分钟；出勤率=实到分钟÷已上完的课的计划分钟；成绩为已发布的最高一场，百分制。"


def file_name(summary: Summary, format_: Format) -> str:
    """培训总结报告 XA-2026-015-03 20261123-1042.xlsx."""
    return f"培训总结报告 {summary.class_code} {local(summary.as_of):%Y%m%d-%H%M}.{format_.value}"


def render(summary: Summary, format_: Format) -> bytes:
    """The file's bytes; equal for equal content."""
    return (
        workbook(summary)
        if format_ is Format.XLSX
        else render_pdf(template="class_summary", facts=facts(summary), stamp=summary.as_of)
    )


def _as_of(summary: Summary) -> str:
    at = local(summary.as_of)
    return f"{at.year}年{at.month}月{at.day}日 {at:%H:%M:%S}"


def workbook(summary: Summary) -> bytes:
    """Figures, people, sessions, marks, and what each column means."""
    book = Book(as_of=summary.as_of)
    period = f"{summary.starts_on.isoformat()} 至 {summary.ends_on.isoformat()}"
    notes = (summary.title, f"{period}　{summary.site}", f"数据截至 {_as_of(summary)}　内容校验 {summary.checksum}")
    figures = [(f["label"], f["number"], f["unit"], f["note"]) for f in figures_of(summary)]
    columns = [Column("指标", 18), Column("数值", 12, "#,##0.0"), Column("单位", 8), Column("说明", 40)]
    book.sheet("培训总结", columns, figures, title=CLASS_SUMMARY.title, notes=notes)
    book.sheet("学员", _PEOPLE, [_person(n, p) for n, p in enumerate(summary.people, start=1)])
    book.sheet("课程", _SESSIONS, [_session(s, len(summary.people)) for s in summary.sessions])
    if summary.marks:
        book.sheet("成绩分布", [Column("分数段", 12), Column("人数", 10, "0")], list(zip(BINS, summary.bins, strict=True)))
    about = [("报表", CLASS_SUMMARY.title), ("回答的问题", CLASS_SUMMARY.question), ("版本", str(CLASS_SUMMARY.version))]
    about += [("数据截至", _as_of(summary)), ("内容校验（SHA-256）", summary.checksum), ("敏感程度", CLASS_SUMMARY.sensitivity)]
    about += [("范围", "仅本单位的人" if summary.is_partial else "全班")]
    book.sheet("定义", [Column("栏目", 22), Column("含义", 80)], [*about, *CLASS_SUMMARY.columns])
    return book.content()


_PEOPLE = [
    Column("序号", 6, "0"),
    Column("学员编号", 16),
    Column("姓名", 14),
    Column("单位", 34),
    Column("人员类别", 24),
    Column("县（市、区）", 14),
    Column("实到学时", 10, "0.0"),
    Column("出勤率%", 10, "0.0"),
    Column("成绩", 10, "0.00"),
    Column("通过", 8),
    Column("证书编号", 18),
]
_SESSIONS = [
    Column("节次", 6, "0"),
    Column("日期", 12),
    Column("半天", 8),
    Column("课程", 40),
    Column("讲师", 18),
    Column("学时", 8, "0.0"),
    Column("应到", 8, "0"),
    Column("实到", 8, "0"),
]


def _person(number: int, p: Person) -> tuple[Any, ...]:
    passed = "" if p.passed is None else "是" if p.passed else "否"
    return (
        number, p.code, p.name, p.organization, p.person_type, p.division,
        hours(p.attended), p.rate, p.mark, passed, p.certificate,
    )  # fmt: skip


def _session(s: Taught, people: int) -> tuple[Any, ...]:
    present = s.present if s.is_over else None
    return (s.seq, s.on, s.half, s.title, s.teachers, hours(s.minutes), people, present)


def figures_of(summary: Summary) -> list[dict[str, Any]]:
    """The figures at the top, each with its number, its unit and what it is measured against."""
    people, attended = len(summary.people), sum(p.attended for p in summary.people)
    certified = sum(1 for p in summary.people if p.certificate)
    marks = summary.marks
    rate = Decimal(summary.passed * 100) / len(marks) if marks else None
    return [
        _figure("在班人数", people, "人", f"席位 {summary.seats}"),
        _figure("平均出勤率", summary.rate, "%", f"要求不低于 {summary.min_attendance}%"),
        _figure("累计学时", int(hours(attended)), "学时", f"人均 {hours(attended // people) if people else 0} 学时"),
        _figure("考核通过率", rate, "%", f"{summary.passed} 人通过，{len(marks)} 人有成绩" if marks else "还没有发布成绩"),
        _figure("签发证书", certified, "张", f"{people - certified} 人没有"),
    ]


def _figure(label: str, number: int | Decimal | None, unit: str, note: str) -> dict[str, Any]:
    shown = "—" if number is None else f"{number:,}" if isinstance(number, int) else f"{number:,.1f}"
    return {"label": label, "number": number, "value": shown, "unit": "" if number is None else unit, "note": note}


def facts(summary: Summary) -> dict[str, Any]:
    """What the printed report needs (academy/documents/class_summary.typ)."""
    config = settings()
    return {
        "academy": {"name_zh": config.academy_name_zh, "name_en": config.academy_name_en},
        "class": {
            "code": summary.class_code,
            "title_zh": summary.title,
            "site_zh": summary.site,
            "start_on": summary.starts_on.isoformat(),
            "end_on": summary.ends_on.isoformat(),
        },
        "number": f"ZJ-{summary.class_code}",
        "as_of": _as_of(summary),
        "as_of_on": local(summary.as_of).date().isoformat(),
        "definition": f"{DEFINITION_LINE}内容校验 {summary.checksum[:16]}",
        "lead": lead(summary),
        "enrolled": len(summary.people),
        "figures": [{k: f[k] for k in ("label", "value", "unit", "note")} for f in figures_of(summary)],
        "by_division": _by_division(summary),
        "scores": _scores(summary),
        "attendance": _halves(summary),
        "courses": [{"title": s.title, "teacher": s.teachers, "hours": float(hours(s.minutes))} for s in summary.sessions],
        "findings": findings(summary),
    }


def _by_division(summary: Summary) -> list[dict[str, Any]]:
    counts: dict[str, int] = {}
    for person in summary.people:
        counts[person.division or "未填"] = counts.get(person.division or "未填", 0) + 1
    ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    shown = ranked if len(ranked) <= 8 else [*ranked[:7], ("其他", sum(n for _, n in ranked[7:]))]
    return [{"label": label, "value": number} for label, number in shown]


def _scores(summary: Summary) -> dict[str, Any] | None:
    if not summary.marks:
        return None
    average, middle, spread = summary.statistics
    return {
        "bins": [label.replace("—", "–") for label in BINS],
        "counts": summary.bins,
        "pass_from": PASS_BIN,
        "passed": summary.passed,
        "mean": float(average),
        "median": float(middle),
        "sd": float(spread),
    }


def _halves(summary: Summary) -> list[dict[str, Any]]:
    """Who came by half-day: of two sessions in a half the fuller one counts."""
    halves: dict[tuple[date, str], int] = {}
    for session in summary.sessions:
        if session.is_over:
            key = (session.on, session.half)
            halves[key] = max(halves.get(key, 0), session.present)
    return [{"on": on.isoformat(), "half": half, "present": present} for (on, half), present in halves.items()]


def lead(summary: Summary) -> str:
    """The opening paragraph, from the same figures."""
    over = sum(1 for s in summary.sessions if s.is_over)
    scope = "本单位" if summary.is_partial else "全班"
    words = f"本班依据“{summary.program}”项目举办，共排 {len(summary.sessions)} 节，截至本报告时点上完 {over} 节。"
    words += f"{scope}在班 {len(summary.people)} 人"
    if summary.rate is not None:
        words += f"，平均出勤率 {summary.rate}%"
    return words + (
        f"；有成绩的 {len(summary.marks)} 人中 {summary.passed} 人通过。" if summary.marks else "；还没有发布成绩。"
    )


def findings(summary: Summary) -> list[str]:
    """What stands out, each sentence counted from the rows."""
    found = []
    low = sum(1 for p in summary.people if p.rate is not None and p.rate < summary.min_attendance)
    if low:
        found.append(f"{low} 人的出勤率低于 {summary.min_attendance}%，没有达到参加考核的要求。")
    over = [s for s in summary.sessions if s.is_over]
    if over and summary.people:
        thin = min(over, key=lambda s: (s.present, s.seq))
        found.append(f"到课最少的是第 {thin.seq} 节“{thin.title}”，应到 {len(summary.people)} 人，实到 {thin.present} 人。")
    failed = sum(1 for p in summary.people if p.passed is False)
    if failed:
        found.append(f"{failed} 人考核没有通过。")
    without = sum(1 for p in summary.people if p.passed and not p.certificate)
    if without:
        found.append(f"{without} 人考核通过，还没有签发证书。")
    return found or ["没有需要说明的问题。"]
