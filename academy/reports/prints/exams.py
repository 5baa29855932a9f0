"""What is printed for a sitting: admission tickets, door lists, sign-in sheets, seating plans, the invigilation record.

Tickets are PF13, the others PF14 (print_forms.csv). A file holds one room or all of them, the ticket of one person or of a
room. What is printed is Chinese, whoever asks; numbers are masked.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from academy.config import settings
from academy.core.clock import local
from academy.core.documents import render_pdf
from academy.core.errors import Invalid, NotFound
from academy.core.sealed import mask_id_number, mask_name
from academy.core.text import N_, Text
from academy.exams import queries as exams
from academy.exams.models import ExamIncident, ExamSitting
from academy.exams.queries import CandidateView, RoomView
from academy.exams.rules.incidents import INCIDENT_WORDS
from academy.exams.rules.kinds import AttemptSource, AttemptState
from academy.exams.rules.seating import seat_label
from academy.people import queries as people
from academy.people.models import Learner
from academy.people.rules import GENDER_WORDS
from academy.reports.prints.facts_common import Facts, zh_day, zh_instant
from academy.reports.prints.gaps import mark_gaps, require_drawable
from academy.reports.prints.layout import ROWS_ON_A_PAGE
from academy.sites import queries as sites
from academy.sites.rules.layout import rows_used
from academy.timetable import queries as timetable
from academy.timetable.queries import TrainingClass

BLANK_ROWS = 8  # of the invigilation record, for what was written by hand
MOST_TICKETS = 500  # in one file


@dataclass(frozen=True, slots=True)
class ExamForm:
    """A form of a sitting. `by_room`: one room a page or more; `has_seats`: nothing without seats."""

    slug: str
    code: str
    template: str
    title_zh: str
    title_en: str
    by_room: bool = True
    has_seats: bool = True


EXAM_FORMS: tuple[ExamForm, ...] = (
    ExamForm("tickets", "PF13", "admission_ticket", "准考证", "Exam admission ticket", has_seats=False),
    ExamForm("door-list", "PF14", "exam_door_list", "考场座次表（门贴）", "Exam-room door list"),
    ExamForm("sign-in", "PF14", "exam_sign_in", "考场签到表", "Exam-room sign-in sheet"),
    ExamForm("seating", "PF14", "seating_plan", "考场座位图", "Exam-room seating plan"),
    ExamForm("invigilation", "PF14", "invigilation_record", "监考记录", "Invigilation record", by_room=False, has_seats=False),
)
BY_SLUG: Mapping[str, ExamForm] = {form.slug: form for form in EXAM_FORMS}


class ExamFormLacksData(Invalid):
    """The form needs candidates or seats that are not there yet."""

    message = N_("这张表还印不了：%(reason)s")
    next_step = N_("补上之后再来，什么都没有改动。")


class TooManyTickets(Invalid):
    """Room by room instead."""

    message = N_("%(people)s 张准考证，一份太厚。")
    next_step = N_("请按考场打印。")


@dataclass(frozen=True, slots=True)
class SittingDossier:
    """A sitting as its forms need it, and who prints when."""

    sitting: ExamSitting
    training_class: TrainingClass
    candidates: Sequence[CandidateView]
    rooms: Sequence[RoomView]
    site: str
    address: str
    at: datetime
    printed_by: str

    @property
    def title(self) -> str:
        """社会工作者初级考前系统培训（2026年第3期）结业考试."""
        return f"{self.training_class.title_zh}（{self.training_class.run}）{self.sitting.title_zh}"

    @property
    def span(self) -> str:
        """12月5日（周六）09:00—11:00."""
        begins, ends = local(self.sitting.opens_at), local(self.sitting.closes_at)
        end = f"{ends:%H:%M}" if begins.date() == ends.date() else f"{zh_day(ends.date())}{ends:%H:%M}"
        return f"{zh_day(begins.date())}{begins:%H:%M}—{end}"

    def seated_in(self, room: RoomView) -> list[CandidateView]:
        """Who sits in a room, row by row."""
        there = [one for one in self.candidates if one.seat is not None and one.seat.exam_room_id == room.exam_room.id]
        return sorted(there, key=lambda one: (one.seat.row, one.seat.column) if one.seat else (0, 0))


def read_sitting(sitting: ExamSitting, *, printed_by: str, now: datetime) -> SittingDossier:
    """Everything that the forms of a sitting have in common. A fixed number of statements."""
    training_class, rooms = timetable.class_by_id(sitting.class_id), exams.rooms_of(sitting.id)
    site = sites.site_by_id(training_class.site_id)
    return SittingDossier(
        sitting=sitting,
        training_class=training_class,
        candidates=exams.candidate_views(sitting.id),
        rooms=rooms,
        site=rooms[0].site_zh if rooms else site.name_zh,
        address=rooms[0].address_zh if rooms else site.address_zh,
        at=now,
        printed_by=printed_by,
    )


def explain_missing(form: ExamForm, found: SittingDossier) -> Text | None:
    """Why a form cannot be printed yet; None when it can."""
    if not found.candidates:
        return Text(N_("还没有编考生号。"))
    if form.has_seats and not any(one.seat for one in found.candidates):
        return Text(N_("还没有排座位。"))
    return None


def make_form(form: ExamForm, found: SittingDossier, *, room: int | None, marks_gaps: bool = False) -> bytes:
    """A form as PDF: of one room (by its number), or of all of them.

    Raises ExamFormLacksData, TooManyTickets, NotFound, CharactersCannotBePrinted.
    """
    reason = explain_missing(form, found)
    if reason is not None:
        raise ExamFormLacksData(reason=reason)
    chosen = [view for view in found.rooms if room is None or view.exam_room.number == room]
    if room is not None and not chosen:
        raise NotFound
    if form.slug == "seating" and len(chosen) > 1:
        raise ExamFormLacksData(reason=Text(N_("一份只印一个考场，请选考场。")))
    facts = _BUILD[form.slug](form, found, chosen if room is not None or form.has_seats else list(found.rooms), room)
    if marks_gaps:
        facts = mark_gaps(facts)
    else:
        require_drawable(facts)
    return render_pdf(template=form.template, facts=facts, stamp=found.at)


def make_own_ticket(sitting: ExamSitting, learner_id: int, *, now: datetime) -> bytes:
    """One candidate's ticket. Raises NotFound for somebody who is no candidate."""
    found = read_sitting(sitting, printed_by="本人", now=now)
    mine = [one for one in found.candidates if one.candidate.learner_id == learner_id]
    if not mine:
        raise NotFound
    return render_pdf(template="admission_ticket", facts=mark_gaps(_tickets(found, mine)), stamp=now)


def file_name(form: ExamForm, found: SittingDossier, *, room: int | None) -> str:
    """准考证 第01考场 XA-2026-015-03.pdf."""
    part = f" 第{room:02}考场" if room is not None else ""
    return f"{form.title_zh}{part} {found.training_class.code}.pdf"


def _common(form: ExamForm, found: SittingDossier, **more: object) -> Facts:
    return {
        "doc": {"code": form.code, "title_zh": form.title_zh, "title_en": form.title_en},
        "class": {
            "code": found.training_class.code,
            "full_zh": found.title,
            "site_zh": found.site,
            "start_on": found.training_class.starts_on.isoformat(),
            "end_on": found.training_class.ends_on.isoformat(),
        },
        "exam": {"title": found.title, "site": found.site, "at": found.span},
        "printed": {"at": zh_instant(found.at), "by": found.printed_by},
        **more,
    }


def _room(view: RoomView) -> Facts:
    return {"number": f"{view.exam_room.number:02}", "name": view.name_zh, "capacity": view.seats}


def _learners(shown: Sequence[CandidateView]) -> dict[int, Learner]:
    return people.learners_by_ids([one.candidate.learner_id for one in shown])


def _starred(masked: str) -> str:
    """Stars: the fonts draw the screen's dot twice as wide."""
    return masked.replace("•", "*")


def _tickets_of_room(_form: ExamForm, found: SittingDossier, rooms: Sequence[RoomView], room: int | None) -> Facts:
    shown = list(found.candidates) if room is None else found.seated_in(rooms[0])
    if not shown:
        raise ExamFormLacksData(reason=Text(N_("这个考场还没有人。")))
    if len(shown) > MOST_TICKETS:
        raise TooManyTickets(people=len(shown))
    return _tickets(found, shown)


def _tickets(found: SittingDossier, shown: Sequence[CandidateView]) -> Facts:
    sitting, learners = found.sitting, _learners(shown)
    begins, ends = local(sitting.opens_at), local(sitting.closes_at)
    rules = exams.rules_of(sitting, has_rooms=bool(found.rooms))
    tickets = []
    for one in shown:
        learner = learners[one.candidate.learner_id]
        subject = {
            "title": sitting.title_zh,
            "on": begins.date().isoformat(),
            "from": f"{begins:%H:%M}",
            "to": f"{ends:%H:%M}",
            "room": one.room.name_zh if one.room else "",
            "room_no": f"第{one.room.exam_room.number:02}考场" if one.room else "线上",
            "seat": one.seat.label if one.seat else "—",
        }
        address = f"{settings().address}/exams/tickets/{one.candidate.ticket_code or ''}"
        tickets.append(
            {
                "name": one.name,
                "gender": GENDER_WORDS[learner.gender],
                "id_masked": _starred(mask_id_number(learner.id_number)),
                "number": one.candidate.candidate_no,
                "org": one.unit or "—",
                "subjects": [subject],
                "verify": {"url": address},
            }
        )
    exam = {
        "title": found.title,
        "code": sitting.code,
        "note": "本考试由学院组织，成绩用于本学院结业认定，与社会工作者职业水平考试无关。",
        "site": found.site,
        "address": found.address,
        "phone": "见开班通知",
    }
    return {"exam": exam, "rules": [str(rule) for rule in rules], "people": tickets}


def _door_list(form: ExamForm, found: SittingDossier, rooms: Sequence[RoomView], _room_number: int | None) -> Facts:
    pages = [
        {
            "room": _room(view),
            "people": [
                {"seat": one.seat.label, "number": one.candidate.candidate_no, "name": _starred(mask_name(one.name))}
                for one in found.seated_in(view)
                if one.seat
            ],
        }
        for view in rooms
    ]
    return _common(form, found, rooms=pages)


def _sign_in(form: ExamForm, found: SittingDossier, rooms: Sequence[RoomView], _room_number: int | None) -> Facts:
    learners = _learners(found.candidates)
    pages = [
        {
            "room": _room(view),
            "people": [
                {
                    "seat": one.seat.label,
                    "number": one.candidate.candidate_no,
                    "name": one.name,
                    "id_number": _starred(mask_id_number(learners[one.candidate.learner_id].id_number)),
                }
                for one in found.seated_in(view)
                if one.seat
            ],
        }
        for view in rooms
    ]
    return _common(form, found, rooms=pages)


def _seating(form: ExamForm, found: SittingDossier, rooms: Sequence[RoomView], _room_number: int | None) -> Facts:
    view = rooms[0]
    layout, usable = view.plan.layout, {(place.row, place.column) for place in view.plan.places}
    placed = [(one.seat.label, one) for one in found.seated_in(view) if one.seat]
    rows = layout.rows[: max(rows_used(placed, layout), min(ROWS_ON_A_PAGE, len(layout.rows)))]
    width = sum(layout.blocks)
    blocked = [
        seat_label(row, column)
        for row in range(1, len(rows) + 1)
        for column in range(1, width + 1)
        if (row, column) not in usable
    ]
    return _common(
        form,
        found,
        layout={"rows": rows, "blocks": layout.blocks, "absent": layout.absent, "blocked": blocked},
        seats=[{"seat": code, "name": one.name, "seq": one.candidate.candidate_no} for code, one in placed],
        room=f"第{view.exam_room.number:02}考场 {view.name_zh}",
        capacity=view.seats,
        order="各单位错开",
    )


def _record(form: ExamForm, found: SittingDossier, _rooms: Sequence[RoomView], _room_number: int | None) -> Facts:
    states = [one.attempt.state for one in found.candidates if one.attempt and one.attempt.source is AttemptSource.ONLINE]
    absent = [f"{one.candidate.candidate_no} {one.name}" for one in found.candidates if one.attempt is None]
    paper = sum(one.attempt is not None and one.attempt.source is AttemptSource.PAPER for one in found.candidates)
    counts = {
        "expected": len(found.candidates),
        "came": sum(one.candidate.checked_at is not None for one in found.candidates),
        "absent": len(absent),
        "submitted": states.count(AttemptState.SUBMITTED),
        "timed_out": states.count(AttemptState.TIMED_OUT),
        "paper": paper,
    }
    names = {one.candidate.learner_id: f"{one.candidate.candidate_no} {one.name}" for one in found.candidates}
    watching = [people.instructor_by_id(one.instructor_id).name_zh for one in exams.invigilators_of(found.sitting.id)]
    return _common(
        form,
        found,
        counts={name: str(number) for name, number in counts.items()},
        absent="、".join(absent),
        watching="、".join(watching) or "班主任",
        log=[_entry(one, names) for one in reversed(exams.incidents_of(found.sitting.id))],
        blank_rows=BLANK_ROWS,
    )


def _entry(one: ExamIncident, names: Mapping[int, str]) -> Facts:
    given = f"（补时 {one.minutes} 分钟，{one.extended} 人）" if one.minutes else "（准许进入）" if one.lets_in else ""
    clock = local(one.recorded_at)
    return {
        "at": f"{clock.month}-{clock.day} {clock:%H:%M}",
        "kind": "更正" if one.counters_id else INCIDENT_WORDS[one.kind],
        "who": names.get(one.learner_id, "—") if one.learner_id else "全体",
        "note": " ".join(one.note.split()) + given,
        "by": one.recorded_by,
    }


Build = Callable[[ExamForm, SittingDossier, Sequence[RoomView], int | None], Facts]
_BUILD: Mapping[str, Build] = {
    "tickets": _tickets_of_room,
    "door-list": _door_list,
    "sign-in": _sign_in,
    "seating": _seating,
    "invigilation": _record,
}
