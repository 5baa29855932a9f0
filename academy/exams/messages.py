"""The letters that exams write."""

from collections.abc import Sequence
from datetime import datetime

from academy.core.text import N_
from academy.enrollment.messages import recipients_of
from academy.exams import queries
from academy.exams.models import ExamSitting, ExamSlotBooking
from academy.notifications.rules import Reason
from academy.notifications.services import plan_many
from academy.timetable import queries as timetable

SLOT_BOOKED = Reason(
    code="exams.slot_booked",
    subject=N_("已约好场次：%(title)s"),
    body=N_(
        "您好，%(name)s：\n\n您约的是“%(title)s”%(opens_at)s 开考的那一场。\n\n"
        "%(until)s 之前可以在“考试”里改约或退掉；之后请按时参加。"
    ),
    link="/exams/slots/%(group)s",
)
TICKET_READY = Reason(
    code="exams.ticket_ready",
    subject=N_("准考证可以打印了：%(title)s"),
    body=N_(
        "您好，%(name)s：\n\n“%(title)s”%(opens_at)s 开考，您的座位在第 %(room)s 考场（%(place)s）%(seat)s。\n\n"
        "请从“考试”里打印准考证，考试当天带准考证和有效身份证件入场。"
    ),
    link="/exams/%(code)s",
)


def _title(sitting: ExamSitting) -> str:
    """Every class has a “结业考试”."""
    return f"{timetable.class_by_id(sitting.class_id).title_zh} · {sitting.title_zh}"


def write_slot_booked(booking: ExamSlotBooking, sitting: ExamSitting, *, now: datetime) -> None:
    """Confirm a booking; each change is an occasion of its own."""
    found = queries.find_slot(sitting.id)
    recipient = recipients_of([booking.learner_id]).get(booking.learner_id)
    if found is None or recipient is None:
        return
    group = found[1]
    facts: dict[str, object] = {
        "title": _title(sitting),
        "name": recipient.name,
        "opens_at": sitting.opens_at,
        "until": group.change_until,
        "group": group.code,
    }
    plan_many(reason=SLOT_BOOKED, letters=[(recipient, facts, f"{booking.id}:{sitting.code}:{now:%Y%m%d%H%M%S}")], now=now)


def write_tickets(sitting: ExamSitting, learner_ids: Sequence[int], *, now: datetime) -> int:
    """Tell candidates where they sit; a seat once, however often this is asked. Returns how many have a seat."""
    seats, recipients = queries.seats_of(sitting.id), recipients_of(learner_ids)
    rooms = {view.exam_room.id: view for view in queries.rooms_of(sitting.id)}
    title = _title(sitting)
    letters = []
    for learner_id in learner_ids:
        seat, recipient = seats.get(learner_id), recipients.get(learner_id)
        if seat is None or recipient is None:
            continue
        facts: dict[str, object] = {
            "title": title,
            "name": recipient.name,
            "opens_at": sitting.opens_at,
            "room": seat.room_number,
            "place": rooms[seat.exam_room_id].name_zh,
            "seat": seat.label,
            "code": sitting.code,
        }
        letters.append((recipient, facts, f"{sitting.code}:{learner_id}:{seat.room_number}:{seat.label}"))
    plan_many(reason=TICKET_READY, letters=letters, now=now)
    return len(letters)
