"""Sample data: the bank, the national paper and one made by blueprint, and sittings in every state.

The ended classes were examined on paper, with the answers of responses.csv; one sitting is open now, so that the demo learner
can sit it, and one lies ahead.
"""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from decimal import Decimal

from academy.accounts import queries as accounts
from academy.attendance import queries as attendance
from academy.catalog import queries as catalog
from academy.core.access import SYSTEM, Actor, Grant, Role
from academy.core.clock import TZ, today
from academy.core.sheets import packaged_rows
from academy.exams import queries, services
from academy.exams.models import ExamSitting, Paper, QuestionBank
from academy.exams.rules.bank import COLUMNS
from academy.exams.rules.blueprint import national_blueprint
from academy.exams.rules.kinds import QuestionKind, SittingState
from academy.exams.rules.responses import Column, SheetRow, read_row
from academy.exams.sample_bank import load_bank_life
from academy.exams.sample_day import load_accommodation, load_log, load_practice, load_rooms, load_slots
from academy.exams.sample_rubrics import load_rubrics
from academy.timetable import queries as timetable
from academy.timetable.queries import TrainingClass
from academy.timetable.rules import ClassState
from academy.timetable.sample import EXAM_PROGRAM

BANK = "MAIN"
NATIONAL_PAPER = "社会工作综合能力（初级）模拟卷"
SEED = 2026  # the same paper at every loading
MINUTES = 120
# Rows of responses.csv for the four ended classes: the demo learner, the first one in each, passes two and makes up the third.
FIRST_ROWS = (35, 88, 140, 205)


def load(*, now: datetime) -> None:
    """Load the bank, papers and sittings unless there is a bank."""
    if queries.find_bank(BANK) is not None:
        return
    bank = load_bank(actor=SYSTEM, now=now)
    national = load_national_paper(bank=bank, actor=SYSTEM, now=now)
    practice = services.assemble_paper(
        bank_id=bank.id,
        title_zh="社会工作综合能力结业卷",
        minutes=MINUTES,
        cells=national_blueprint(),
        seed=SEED,
        actor=SYSTEM,
        now=now,
    )
    load_bank_life(bank, now=now)
    ended, running = _classes()
    for place, found in enumerate(ended):
        is_last = place == len(ended) - 1  # marked just now, so that its results wait for a second person
        day = today(now) - timedelta(days=3) if is_last else found.ends_on + timedelta(days=3)
        _load_taken(found, national, datetime.combine(day, time(9), tzinfo=TZ), FIRST_ROWS[place % len(FIRST_ROWS)])
    _load_open(ended, running, practice, now)
    load_practice(now=now)


def load_bank(*, actor: Actor, now: datetime) -> QuestionBank:
    """The questions of questions.csv."""
    bank = services.ensure_bank(code=BANK, title_zh="综合题库", actor=actor, now=now)
    keys = {title: key for key, titles in COLUMNS.items() for title in titles}
    rows = [{keys[title]: value for title, value in row.items()} for row in packaged_rows("questions.csv")]
    previews = queries.preview_questions(bank.id, list(enumerate(rows, start=2)))
    services.take_questions(bank_id=bank.id, previews=previews, actor=actor, now=now)
    load_rubrics(bank)
    return bank


def load_national_paper(*, bank: QuestionBank, actor: Actor, now: datetime) -> Paper:
    """60 single and 20 multiple, with the key that came with the answers."""
    items = [
        services.KeyItem(row["item_code"], QuestionKind(row["kind"]), row["key"], Decimal(row["marks"]))
        for row in packaged_rows("responses_key.csv")
    ]
    return services.take_over_paper(
        bank_id=bank.id, title_zh=NATIONAL_PAPER, minutes=MINUTES, items=items, actor=actor, now=now
    )


def _classes() -> tuple[list[TrainingClass], list[TrainingClass]]:
    """Ended classes, the exams' own class first; and those that run."""
    programs = {program.id: program.code for program in catalog.programs()}
    ended = timetable.classes([ClassState.CLOSED, ClassState.ARCHIVED])
    ended.sort(key=lambda found: programs[found.program_id] != EXAM_PROGRAM)
    return ended, timetable.classes([ClassState.RUNNING])


def _manager() -> Actor:
    user = accounts.find_user_by_email("manager@demo.example")
    return Actor(user.id, user.name_zh, frozenset({Grant(Role.CLASS_MANAGER)})) if user else SYSTEM


def _load_taken(found: TrainingClass, paper: Paper, opens_at: datetime, first: int) -> None:
    """A sitting on paper that has ended, with the answers of responses.csv from the `first` row on."""
    sitting = services.plan_sitting(
        class_id=found.id,
        paper_id=paper.id,
        title_zh="结业考试",
        opens_at=opens_at,
        closes_at=opens_at + timedelta(minutes=MINUTES),
        minutes=MINUTES,
        actor=_manager(),
        now=opens_at - timedelta(days=2),
    )
    rows = sample_rows(sitting, first)
    load_log(sitting, [row.candidate_no for row in rows], actor=_manager(), now=opens_at)
    services.record_responses(sitting_id=sitting.id, rows=rows, actor=_manager(), now=sitting.closes_at)
    sitting.state = SittingState.CLOSED


def sample_rows(sitting: ExamSitting, first: int = 0) -> list[SheetRow]:
    """Answers of responses.csv for the candidates who had attended enough, from the `first` one on."""
    columns = [Column(i.position, i.code, i.kind, len(i.options)) for i in queries.shown_items(sitting.paper_id)]
    program = catalog.program_by_id(timetable.class_by_id(sitting.class_id).program_id)
    rates = attendance.attendance_rate(sitting.class_id)
    candidates = queries.candidates_of(sitting.id)
    admitted = [no for no, learner_id in candidates.items() if rates.get(learner_id, Decimal(0)) >= program.min_attendance_pct]
    answers = packaged_rows("responses.csv")[first : first + len(admitted)]
    return [read_row(n, no, row, columns) for n, (no, row) in enumerate(zip(admitted, answers, strict=False), start=2)]


def _load_open(ended: Sequence[TrainingClass], running: Sequence[TrainingClass], paper: Paper, now: datetime) -> None:
    """A make-up exam that is open now, and an exam that lies ahead."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    others = [found for found in ended[1:] if found.state is ClassState.CLOSED]
    for found in others[:1]:
        again = _plan(found, paper, "结业考试（补考）", hour, hour + timedelta(days=30))
        services.set_shuffling(sitting_id=again.id, is_shuffled=True, actor=_manager(), now=now)
        load_slots(
            found, paper, first=datetime.combine(today(now) + timedelta(days=6), time(9), tzinfo=TZ), actor=_manager(), now=now
        )
    for found in running:
        opens_at = datetime.combine(found.ends_on + timedelta(days=3), time(9), tzinfo=TZ)
        ahead = _plan(found, paper, "结业考试", opens_at, opens_at + timedelta(hours=3), entry_minutes=15)
        load_rooms(ahead, actor=_manager(), now=now)
        load_accommodation(ahead, actor=_manager(), now=now)


def _plan(
    found: TrainingClass,
    paper: Paper,
    title: str,
    opens_at: datetime,
    closes_at: datetime,
    *,
    entry_minutes: int | None = None,
) -> ExamSitting:
    return services.plan_sitting(
        class_id=found.id,
        paper_id=paper.id,
        title_zh=title,
        opens_at=opens_at,
        closes_at=closes_at,
        minutes=MINUTES,
        entry_minutes=entry_minutes,
        actor=_manager(),
        now=opens_at - timedelta(days=2),
    )
