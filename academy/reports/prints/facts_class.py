"""The facts of the forms about the class itself: the notice, the timetable, the leave form. Pure."""

from typing import Any

from academy.core.clock import local
from academy.reports.prints.dossier import Dossier
from academy.reports.prints.facts_common import Facts, Options, common, courses, hours, mark, person, session, zh_date, zh_day
from academy.reports.prints.forms import Form
from academy.reports.prints.layout import HALVES, weeks_of


def timetable(form: Form, found: Dossier, _options: Options) -> Facts:
    """课程表: a grid for each calendar week."""
    weeks = []
    for week in weeks_of(found.sessions):
        held = [one for _, day in week for one in day]
        days = [{"on": day.isoformat(), "sessions": [session(one, found) for one in there]} for day, there in week]
        used = {one.half for one in held} | set(HALVES[:2])
        weeks.append({"days": days, "halves": [half for half in HALVES if half in used]})
    return {**common(form, found), "weeks": weeks, "courses": courses(found), "total": hours(found.minutes)}


def leave(form: Form, found: Dossier, _options: Options) -> Facts:
    """请假单 with the class's own rule."""
    rule = "请假须在缺课前办妥，未经批准按缺勤记。"
    if found.minutes:
        rule += f"本班共{hours(found.minutes)}学时，出勤不低于{found.min_attendance}%方可参加考核。"
    return {**common(form, found), "rule": rule}


def notice(form: Form, found: Dossier, options: Options) -> Facts:
    """开班通知: to the units with the list of people, or to one person who has a seat."""
    who = next((one for one in found.people if one.learner_id == options.learner_id), None)
    opening = f"我院定于{zh_date(found.starts_on)}至{zh_date(found.ends_on)}举办“{found.title}”（{found.run}）。"
    lead = f"{opening}{'您已被录取为本班学员，' if who else ''}现将有关事项通知如下。"
    return {
        **common(form, found, people=[] if who else [person(one) for one in found.people]),
        "heading": f"关于举办“{found.title}”的通知",
        "addressee": f"{who.name}学员" if who else "各有关单位",
        "lead": lead,
        "parts": [_when(found), _whom(found, who is not None), _what(found), _rules(found), _contact(found)],
        "issued_on": (found.approved_on or local(found.at).date()).isoformat(),
    }


def _when(found: Dossier) -> Facts:
    first, last = found.sessions[0], found.sessions[-1]
    room = f"，{found.room}" if found.room else ""
    lines = [
        f"{zh_day(first.on)}{first.begins}开课，{zh_day(last.on)}{last.ends}结束，共{hours(found.minutes)}学时。",
        f"地点：{found.site}{room}（{found.address}）。",
    ]
    elsewhere = [f"{zh_day(one.on)}{one.begins}“{one.title}”在{one.place}" for one in found.sessions if one.place]
    return _part("时间和地点", [*lines, *([f"{'；'.join(elsewhere)}。"] if elsewhere else [])])


def _whom(found: Dossier, is_personal: bool) -> Facts:  # noqa: FBT001 - one fact of the letter
    lines = [f"参训对象：{'、'.join(found.audience) or '不限人员类别'}。"]
    if found.people and not is_personal:
        lines.append(f"本期席位{found.seats}个，已录取{len(found.people)}人，名单附后。")
    lines.append("报到：开课当天凭身份证件到教室报到、签到。")
    lines.append("费用：不收培训费。" if not found.fee_fen else f"费用：培训费每人{found.fee_fen / 100:.2f}元。")
    return _part("对象、报到和费用", lines)


def _what(found: Dossier) -> Facts:
    return {**_part("培训内容", [f"共{len(found.sessions)}次课，讲师和学时如下，日程见课程表。"]), "courses": courses(found)}


def _rules(found: Dossier) -> Facts:
    validity = f"，有效{found.validity_months}个月" if found.validity_months else ""
    lines = [
        f"每半天签到，本人签名；请假须事先填写请假单。出勤不低于{found.min_attendance}%方可参加考核。",
        f"考核满分100分，{mark(found.pass_mark)}分及以上为合格；合格的颁发{found.certificate}{validity}。",
    ]
    return _part("考勤、考核和证书", lines)


def _contact(found: Dossier) -> Facts:
    manager = f"班主任：{found.manager}。" if found.manager else ""
    return _part("联系", [f"{manager}课表、教室如有变更，以班次页面为准，扫下方二维码可看。"])


def _part(title: str, lines: list[str]) -> dict[str, Any]:
    return {"title": title, "lines": lines}
