"""The steps of the main job, each with the check that it adds up."""

import csv
from collections.abc import Callable
from datetime import datetime, timedelta
from datetime import time as clock_time
from fractions import Fraction

from academy.accounts import queries as accounts
from academy.accounts.sample import create_demo_users
from academy.accounts.sample import load as load_accounts
from academy.attendance import queries as attendance
from academy.attendance import services as attendance_services
from academy.attendance.rules import MarkState
from academy.attendance.services import Seen
from academy.catalog.sample import load as load_catalog
from academy.certificates import queries as certificates
from academy.certificates import services as certificate_services
from academy.certificates.numbers import is_number
from academy.certificates.queries import FileOutcome
from academy.config import settings
from academy.core import outbox
from academy.core.access import SYSTEM, Actor, Grant
from academy.core.audit import check_chain, extend_chain
from academy.core.clock import TZ, today
from academy.core.db import transaction
from academy.core.files import get_file
from academy.core.migrating import migrate
from academy.core.sheets import packaged_rows
from academy.core.sheets.reading import SAMPLES
from academy.enrollment import queries as enrollment
from academy.enrollment import services as enrollment_services
from academy.exams import queries as exams
from academy.exams import services as exam_services
from academy.exams.sample import load_bank, load_national_paper
from academy.people import queries as people
from academy.people.queries import LearnerFilter
from academy.people.sample import load as load_people
from academy.scoring import queries as scoring
from academy.scoring import services as scoring_services
from academy.scoring.sample import load_rule
from academy.sites import services as site_services
from academy.sites.sample import load as load_sites
from academy.timetable import queries as timetable
from academy.timetable import services as timetable_services
from academy.timetable.rules import Step
from academy.timetable.services.classes import ClassPlan
from academy.walkthrough.walk import Walk, expect, given

PROGRAM = "XA-001"
SITE, HALL = "TS-T-001", "HALL"
SEATS, APPLICANTS = 400, 405
OFTEN_AWAY = 12  # of those seated, who miss every second session


def prepare(walk: Walk) -> str:
    """Tables, catalog, people, sites, question bank, and one person for each role."""
    migrate()
    loads: tuple[Callable[..., object], ...] = (load_accounts, create_demo_users, load_catalog, load_sites, load_people)
    for load in loads:
        with transaction():
            load(now=walk.begins)
    with transaction():
        bank = load_bank(actor=SYSTEM, now=walk.begins)
        walk.paper_id = load_national_paper(bank=bank, actor=SYSTEM, now=walk.begins).id
        load_rule(actor=SYSTEM, now=walk.begins)
    for name in ("manager", "officer", "officer2", "admin", "admin2"):
        user = given(accounts.find_user_by_email(f"{name}@demo.example"), name)
        walk.actors[name] = Actor(user.id, user.name_zh, frozenset(Grant(g.role, g.organization_id) for g in user.grants))
    found, total = people.learners(LearnerFilter(), limit=APPLICANTS)
    walk.learner_ids = sorted(learner.id for learner in found)
    expect("applicants", len(walk.learner_ids), APPLICANTS)
    return f"708 courses, 30 programs, 50 sites, {total} learners, {sum(exams.bank_counts().values())} questions"


def open_class(walk: Walk) -> str:
    """A class from a program, with sessions and instructors, approved by a second person and opened."""
    manager, at = walk.actors["manager"], walk.begins
    starts_on = today(at) + timedelta(days=7)
    plan = ClassPlan(
        site_code=SITE,
        room_code=HALL,
        starts_on=starts_on,
        ends_on=starts_on + timedelta(days=13),
        seats=SEATS,
        enroll_opens_at=at,
        enroll_closes_at=datetime.combine(starts_on - timedelta(days=1), clock_time(18), tzinfo=TZ),
        audience=(),
    )
    with transaction():
        site_services.add_room(
            site_code=SITE, code=HALL, name_zh="大礼堂（演示）", capacity=SEATS, actor=walk.actors["admin"], now=at
        )
    with transaction():
        created = timetable_services.create_class(program_code=PROGRAM, plan=plan, actor=manager, now=at)
        instructors = [i.id for i in people.instructors("PD-01")]
        sessions = timetable_services.generate_sessions(code=created.code, actor=manager, now=at, instructor_ids=instructors)
    walk.class_id, walk.class_code = created.id, created.code
    for step, actor in ((Step.SUBMIT, "manager"), (Step.APPROVE, "admin"), (Step.OPEN, "manager")):
        with transaction():
            timetable_services.take_step(class_id=walk.class_id, step=step, actor=walk.actors[actor], now=at)
    minutes = sum(session.minutes for session in sessions)
    expect("planned minutes", attendance.planned_minutes(walk.class_id), minutes)
    return f"{created.code}: {len(sessions)} sessions, {minutes} minutes, {SEATS} seats"


def enroll(walk: Walk) -> str:
    """405 people for 400 seats: the first 400 are seated, five wait in order; one leaves, the first in line takes the seat."""
    at = walk.begins + timedelta(hours=1)
    for learner_id in walk.learner_ids:
        with transaction():
            enrollment_services.enroll(class_id=walk.class_id, learner_id=learner_id, actor=walk.actors["manager"], now=at)
    expect("seated", enrollment.admitted_learner_ids(walk.class_id), walk.learner_ids[:SEATS])
    waiting = [e for e in enrollment.enrollments_of(walk.class_id) if e.waitlist_no is not None]
    expect("line", [(e.learner_id, e.waitlist_no) for e in waiting], [(walk.learner_ids[SEATS + n], n + 1) for n in range(5)])
    leaver = given(enrollment.live_enrollment(walk.class_id, walk.learner_ids[0]), "the leaver's enrollment")
    with transaction():
        enrollment_services.withdraw(code=leaver.code, actor=walk.actors["manager"], now=at, reason="本人申请，换到下一期")
    outbox.drain(now=at)
    first = given(enrollment.live_enrollment(walk.class_id, walk.learner_ids[SEATS]), "the enrollment of the first in line")
    offer = given(enrollment.open_offer_of(first.id), "the offer of the freed seat")
    with transaction():
        enrollment_services.accept_offer(code=offer.code, now=at)
    walk.learner_ids = walk.learner_ids[1 : SEATS + 1]
    expect("seated after one left", sorted(enrollment.admitted_learner_ids(walk.class_id)), walk.learner_ids)
    return f"{APPLICANTS} applied, {SEATS} seated, {APPLICANTS - SEATS} waited in order, 1 left, 1 moved up"


def attend(walk: Walk) -> str:
    """Every session is marked; who missed too much is known from here on."""
    sessions = timetable.sessions_of(walk.class_id)
    with transaction():
        first = sessions[0].starts_at
        timetable_services.take_step(class_id=walk.class_id, step=Step.START, actor=walk.actors["manager"], now=first)
    walk.away_ids = set(walk.learner_ids[-OFTEN_AWAY:])
    attended = dict.fromkeys(walk.learner_ids, 0)
    for number, session in enumerate(sessions):
        away = walk.away_ids if number % 2 else set()
        marks = {id_: Seen(MarkState.ABSENT if id_ in away else MarkState.PRESENT) for id_ in walk.learner_ids}
        with transaction():
            attendance_services.mark_session(
                session_id=session.id, marks=marks, actor=walk.actors["manager"], now=session.ends_at
            )
        for id_ in set(walk.learner_ids) - away:
            attended[id_] += session.minutes
    expect("attended minutes", attendance.attended_minutes(walk.class_id), attended)
    expect("credited minutes", sum(attendance.credited_minutes_of_class(walk.class_id).values()), sum(attended.values()))
    with transaction():
        last = sessions[-1].ends_at
        timetable_services.take_step(class_id=walk.class_id, step=Step.CLOSE, actor=walk.actors["manager"], now=last)
    return f"{len(sessions)} sessions × {SEATS} people, {sum(attended.values())} minutes in the ledger"


def examine(walk: Walk) -> str:
    """The 80-item paper, answered on paper by 400 candidates."""
    last = timetable.sessions_of(walk.class_id)[-1].ends_at
    opens_at = last + timedelta(days=1)
    manager = walk.actors["manager"]
    with transaction():
        sitting = exam_services.plan_sitting(
            class_id=walk.class_id,
            paper_id=walk.paper_id,
            title_zh=exams.paper_by_id(walk.paper_id).title_zh,
            opens_at=opens_at,
            closes_at=opens_at + timedelta(minutes=120),
            minutes=120,
            actor=manager,
            now=last,
        )
    walk.sitting_id = sitting.id
    content = (SAMPLES / "responses.csv").read_bytes()
    after = opens_at + timedelta(hours=3)
    with transaction():
        upload = exam_services.upload_responses(
            sitting_id=sitting.id, file_name="responses.csv", content=content, actor=manager, now=after
        )
        preview = exams.response_preview(upload)
        expect("answer sheets that are good", (len(preview.good), len(preview.bad)), (SEATS, 0))
        exam_services.import_responses(code=upload.code, actor=manager, now=after)
    return f"{SEATS} answer sheets × 80 items taken"


def score(walk: Walk) -> str:
    """Score by the national rule; compare each candidate with a computation that shares no code; write scores.csv."""
    with transaction():
        scored = scoring_services.score_sitting(sitting_id=walk.sitting_id, actor=walk.actors["manager"], now=walk.ends)
    table = scoring.score_table(walk.sitting_id)
    independent = independent_scores()
    found = {row.candidate: tuple(Fraction(m) for m in (row.single, row.multiple, row.total)) for row in table}
    expect("candidates whose marks differ", [no for no in independent if found.get(no) != independent[no]], [])
    expect("candidates", len(table), SEATS)
    with (walk.out / "scores.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["candidate", "single", "multiple", "total"])
        writer.writerows([row.candidate, row.single, row.multiple, row.total] for row in table)
    walk.totals = {no: total for no, (_, _, total) in independent.items()}
    return f"{scored.count} results, mean {float(sum(walk.totals.values()) / SEATS):.2f}, equal to the independent computation"


def independent_scores() -> dict[str, tuple[Fraction, Fraction, Fraction]]:
    """Marks of the answer sheets (single, multiple, total) by candidate, computed from the files with sets and fractions."""
    key = [
        (row["item_code"], row["kind"], set(row["key"]), Fraction(row["marks"])) for row in packaged_rows("responses_key.csv")
    ]
    scores = {}
    for sheet in packaged_rows("responses.csv"):
        parts = {"single": Fraction(0), "multiple": Fraction(0)}
        for item, kind, right, marks in key:
            given = set(sheet[item])
            if given == right:
                parts[kind] += marks
            elif kind == "multiple" and given < right:
                parts[kind] += Fraction(len(given), 2)
        scores[sheet["candidate_no"]] = (parts["single"], parts["multiple"], parts["single"] + parts["multiple"])
    return scores


def confirm(walk: Walk) -> str:
    """A second person confirms, then the results are released."""
    version = given(scoring.find_newest_list(walk.sitting_id), "the list of results")
    with transaction():
        scoring_services.confirm_results(
            sitting_id=walk.sitting_id, version=version.version, actor=walk.actors["admin"], now=walk.ends
        )
    with transaction():
        scoring_services.release_results(
            sitting_id=walk.sitting_id, version=version.version, actor=walk.actors["admin"], now=walk.ends
        )
    outbox.drain(now=walk.ends)
    passed = sum(result.passed for result in scoring.released_results(walk.class_id).values())
    expect("passed", passed, sum(total >= 60 for total in walk.totals.values()))
    return f"{SEATS} results confirmed by a second person and released, {passed} passed"


def certify(walk: Walk) -> str:
    """One officer prepares, another approves; numbers without a gap, one signed file each."""
    candidates = exams.candidates_of(walk.sitting_id)
    entitled = {id_ for no, id_ in candidates.items() if walk.totals[no] >= 60 and id_ not in walk.away_ids}
    with transaction():
        batch = certificate_services.prepare_batch(class_id=walk.class_id, actor=walk.actors["officer"], now=walk.ends)
        expect("entitled", batch.total, len(entitled))
    with transaction():
        certificate_services.approve_batch(code=batch.code, actor=walk.actors["officer2"], now=walk.ends)
    outbox.drain(now=walk.ends)
    issued = certificates.certificates_of(walk.class_id)
    expect("holders", {certificate.learner_id for certificate in issued}, entitled)
    serials = sorted(int(certificate.number[9:13]) for certificate in issued)
    expect("serials", serials, list(range(1, len(entitled) + 1)))
    expect("numbers whose check character fails", [c.number for c in issued if not is_number(c.number)], [])
    return f"{len(issued)} certificates, serials 1–{len(issued)} without a gap"


def verify(walk: Walk) -> str:
    """Each file is written out, checked as a stranger would, and refused once a byte is changed."""
    folder = walk.out / "certificates"
    folder.mkdir(exist_ok=True)
    issued = certificates.certificates_of(walk.class_id)
    root = given(certificates.find_root_certificate(), "the root certificate")
    (walk.out / "root.pem").write_bytes(root)
    with (walk.out / "register.csv").open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["number", "name", "address", "issued_on", "sha256", "check"])
        for certificate in issued:
            pdf = get_file(certificate.file_id).content
            (folder / f"{certificate.number}.pdf").write_bytes(pdf)
            finding = certificates.check_file(pdf, now=walk.ends)
            expect(f"file of {certificate.number}", finding.outcome, FileOutcome.GENUINE)
            page = certificates.verify(certificate.public_id, now=walk.ends)
            expect(f"page of {certificate.number}", page.is_sound, wanted=True)
            address = f"{settings().address}/c/{certificate.public_id}"
            issued_on = today(certificate.issued_at).isoformat()
            writer.writerow([certificate.number, certificate.holder_name, address, issued_on, finding.sha256, "genuine"])
    altered = bytearray(pdf)
    altered[len(altered) // 2] ^= 1
    outcome = certificates.check_file(bytes(altered), now=walk.ends).outcome
    expect("an altered file is refused", outcome is not FileOutcome.GENUINE, wanted=True)
    return f"{len(issued)} files genuine, {len(issued)} pages sound, an altered file refused"


def audit(walk: Walk) -> str:
    """The audit trail is whole, nothing promised was left undone."""
    later = walk.ends + timedelta(minutes=5)
    with transaction():
        while extend_chain(now=later):
            pass
    report = check_chain(now=later)
    expect("audit chain", report.is_whole, wanted=True)
    expect("work given up", [row.last_error for row in outbox.failed_rows()], [])
    return f"{report.checked} audit rows chained, every promised job done"


STEPS: tuple[tuple[str, Callable[[Walk], str]], ...] = (
    ("prepare", prepare),
    ("class", open_class),
    ("enrollment", enroll),
    ("attendance", attend),
    ("exam", examine),
    ("scores", score),
    ("confirmation", confirm),
    ("certificates", certify),
    ("verification", verify),
    ("audit", audit),
)
