"""Counting what the system holds of a class, for the list of its file; and the facts of the printed list."""

from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from academy.accounts import queries as accounts
from academy.attendance import queries as attendance
from academy.certificates import queries as certificates
from academy.core.clock import today
from academy.core.db import db
from academy.enrollment import queries as enrollment
from academy.enrollment.models import Enrollment
from academy.enrollment.rules import EnrollmentState
from academy.exams import queries as exams
from academy.exams.models import ExamCandidate
from academy.exams.rules.kinds import SittingState
from academy.reports.models import ReportRun
from academy.reports.prints.archive import ENTRY_WORDS, Entry, EntryState, Evidence, compute_entries, count_states
from academy.reports.prints.dossier import Dossier
from academy.reports.prints.facts_common import Facts, Options, common
from academy.reports.prints.forms import Form
from academy.reports.prints.records import CERTAIN, leave_marks
from academy.reports.rules.definitions import CLASS_SUMMARY, RunState
from academy.scoring import queries as scoring
from academy.sites import queries as sites
from academy.timetable import queries as timetable


def read_evidence(found: timetable.TrainingClass, *, now: datetime) -> Evidence:
    """Count what there is of a class."""
    approver = accounts.users_by_ids([found.approved_by_id]).get(found.approved_by_id) if found.approved_by_id else None
    people = enrollment.admitted_learner_ids(found.id)
    results = scoring.released_results(found.id)
    asked, undecided = _asked(found.id)
    return Evidence(
        class_code=found.code,
        state=found.state,
        approved_by=approver.name_zh if approver else "",
        approved_on=today(found.approved_at) if found.approved_at else None,
        applications=asked,
        undecided=undecided,
        people=len(people),
        room_fits=_room_fits(found, len(people)),
        leave=leave_marks(found.id),
        passed=sum(one.passed for one in results.values()),
        certified=certificates.certified_counts([found.id]).get(found.id, 0),
        credited=sum(minutes > 0 for minutes in attendance.credited_minutes_of_class(found.id).values()),
        summary_code=_summary_code(found.id),
        **_taught(found.id, len(people), now),
        **_examined(found.id),
    )


def _asked(class_id: int) -> tuple[int, int]:
    asked = func.count(func.distinct(Enrollment.learner_id))
    open_ = func.count(Enrollment.id).filter(Enrollment.state == EnrollmentState.APPLIED)
    row = db.session.execute(select(asked, open_).where(Enrollment.class_id == class_id)).one()
    return int(row[0]), int(row[1])


def _room_fits(found: timetable.TrainingClass, people: int) -> bool:
    return found.room_id is not None and sites.room_by_id(found.room_id).capacity >= people


def _taught(class_id: int, people: int, now: datetime) -> dict[str, Any]:
    sessions = timetable.sessions_of(class_id)
    teaching = timetable.session_instructors(one.id for one in sessions)
    over = [one for one in sessions if one.ends_at <= now]
    counts = attendance.marked_counts(one.id for one in sessions)
    return {
        "sessions": len(sessions),
        "over": len(over),
        "marked": sum(people > 0 and counts.get(one.id, 0) >= people for one in over),
        "first_marks": counts.get(sessions[0].id, 0) if sessions else 0,
        "teachers": len({id_ for one in over for id_ in teaching.get(one.id, ())}),
        "unstaffed": sum(not teaching.get(one.id) for one in over),
        "held_minutes": sum(one.minutes for one in over),
    }


def _examined(class_id: int) -> dict[str, Any]:
    sittings = [one for one in exams.sittings_of(class_id) if one.state is not SittingState.CANCELLED]
    ids = [one.id for one in sittings]
    candidates = select(func.count(ExamCandidate.id)).where(ExamCandidate.sitting_id.in_(ids))
    confirmed = sum(any(one.state in CERTAIN for one in scoring.lists_of(id_)) for id_ in ids)
    return {"sittings": len(ids), "candidates": db.session.scalar(candidates) or 0, "confirmed": confirmed}


def _summary_code(class_id: int) -> str:
    query = select(ReportRun.code).where(
        ReportRun.class_id == class_id, ReportRun.report == CLASS_SUMMARY.code, ReportRun.state == RunState.DONE
    )
    return db.session.scalar(query.order_by(ReportRun.id.desc()).limit(1)) or ""


def entries_of(found: Dossier) -> list[Entry]:
    """The list of a class that is being printed."""
    return compute_entries(read_evidence(timetable.class_by_id(found.class_id), now=found.at))


def facts(form: Form, found: Dossier, _options: Options, entries: list[Entry]) -> Facts:
    """培训档案目录."""
    counts = count_states(entries)
    listed = [
        {
            "seq": seq,
            "code": entry.code,
            "title": entry.title_zh,
            "title_en": entry.title_en,
            "state": ENTRY_WORDS[entry.state],
            "evidence": str(entry.evidence),
            "where": entry.place.words,
        }
        for seq, entry in enumerate(entries, start=1)
    ]
    return {
        **common(form, found),
        "entries": listed,
        "needed": len(entries) - counts[EntryState.NOT_NEEDED],
        "present": counts[EntryState.PRESENT],
        "missing": counts[EntryState.MISSING],
    }
