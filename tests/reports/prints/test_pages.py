"""Who may print what, what is written down, and that nothing a browser sends breaks it."""

import io
import re
import zipfile
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pypdf
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from academy.core.access import Role
from academy.core.audit import AuditRow
from academy.core.db import db
from academy.people.rules import GENDER_WORDS
from academy.reports.prints.forms import FORMS
from academy.timetable.models import TrainingClass
from academy.timetable.rules import ClassState
from tests.accounts.factories import make_organization, make_user
from tests.certificates.factories import issue, make_graduates
from tests.conftest import ContextClient
from tests.enrollment.factories import make_learner, put_in
from tests.reports.factories import Academy, make_academy
from tests.statements import counted
from tests.timetable import factories as timetable

SignIn = Callable[[ContextClient, Any], None]
Client = ContextClient
ALL = {form.slug for form in FORMS}
EXPECTED = {
    "administrator": ALL,
    "class_manager": ALL,
    "certificate_officer": {"eligibility", "roster", "timetable", "grades", "certificates", "hours", "archive"},
    "auditor": {"eligibility", "roster", "timetable", "grades", "certificates", "hours", "archive"},
    "instructor": {"roster", "timetable", "badges", "desk-cards", "seating", "sign-in", "sign-in-all"},
    "learner": {"notice", "timetable", "own-hours"},
    "organization_coordinator": {"notice", "timetable"},
}


def running(academy: Academy) -> TrainingClass:
    """The class that runs today, with the learner in it and the instructor teaching."""
    query = select(TrainingClass).where(TrainingClass.state == ClassState.RUNNING)
    found = db.session.scalars(query).one()
    found.room_id = academy.world.room.id
    db.session.commit()
    return found


def printed(answer: Any) -> str:
    """The text of a file, without blanks."""
    assert answer.mimetype == "application/pdf", answer.get_data(as_text=True)[:2000]
    return "".join("".join(p.extract_text() for p in pypdf.PdfReader(io.BytesIO(answer.data)).pages).split())


@pytest.mark.parametrize("role", EXPECTED)
def test_each_role_prints_its_own_forms_and_no_others(
    session: Session, client: Client, sign_in: SignIn, now: datetime, role: str
) -> None:
    academy = make_academy(now)
    found = running(academy)
    sign_in(client, academy.users[role])
    person = f"?person={academy.learner.code}" if role in ("administrator", "class_manager") else ""
    allowed = set()
    for form in FORMS:
        status = client.get(f"/classes/{found.code}/prints/{form.slug}.pdf{person}").status_code
        assert status in (200, 403, 422), (form.slug, status)  # 422: allowed, but nothing to print from yet
        allowed |= {form.slug} if status != 403 else set()
    assert allowed == EXPECTED[role]


@pytest.mark.parametrize("role", ["instructor", "learner", "organization_coordinator"])
def test_outsiders_find_nothing(session: Session, client: Client, sign_in: SignIn, now: datetime, role: str) -> None:
    academy = make_academy(now)
    stranger = make_user(Role(role), organization=make_organization("WU-903"))
    sign_in(client, stranger)
    for form in FORMS:
        assert client.get(f"/classes/{running(academy).code}/prints/{form.slug}.pdf").status_code == 404
    if role == "instructor":
        assert client.get(f"/manage/classes/{running(academy).code}/prints").status_code == 404
        assert client.get(f"/classes/{running(academy).code}/prints.zip").status_code == 404


def test_a_visitor_is_asked_to_sign_in(session: Session, client: Client, now: datetime) -> None:
    code = running(make_academy(now)).code
    assert client.get(f"/classes/{code}/prints/roster.pdf").status_code == 302
    assert client.get(f"/manage/classes/{code}/prints").status_code == 302


def test_learners_and_coordinators_have_no_page_of_forms(
    session: Session, client: Client, sign_in: SignIn, now: datetime
) -> None:
    academy = make_academy(now)
    for role in ("learner", "organization_coordinator"):
        sign_in(client, academy.users[role])
        assert client.get(f"/manage/classes/{running(academy).code}/prints").status_code == 403
        assert client.get(f"/classes/{running(academy).code}/prints.zip").status_code == 403
        assert client.get(f"/manage/classes/{running(academy).code}/archive").status_code == 403


def test_an_instructor_has_the_page_but_not_the_archive(
    session: Session, client: Client, sign_in: SignIn, now: datetime
) -> None:
    academy = make_academy(now)
    sign_in(client, academy.users["instructor"])
    page = client.get(f"/manage/classes/{running(academy).code}/prints").get_data(as_text=True)
    assert "prints/sign-in.pdf" in page
    assert "prints/check-in.pdf" not in page
    assert "档案目录" not in page
    assert client.get(f"/manage/classes/{running(academy).code}/archive").status_code == 403


def test_a_learner_prints_her_own_papers_whoever_she_asks_for(
    session: Session, client: Client, sign_in: SignIn, now: datetime
) -> None:
    academy = make_academy(now)
    found = running(academy)
    other = make_learner(now, name="王别人")
    put_in_running(found, other, academy, now)
    sign_in(client, academy.users["learner"])
    own = printed(client.get(f"/classes/{found.code}/prints/own-hours.pdf?person={other.code}"))
    assert "孙婷婷" in own
    assert "王别人" not in own
    letter = printed(client.get(f"/classes/{found.code}/prints/notice.pdf"))
    assert "孙婷婷学员：" in letter
    assert "王别人" not in letter


def put_in_running(found: TrainingClass, learner: Any, academy: Academy, now: datetime) -> None:
    """Seat somebody although the class has begun."""
    kept = found.starts_on, found.ends_on
    found.state, found.starts_on, found.ends_on = ClassState.OPEN, timetable.FIRST_DAY, timetable.FIRST_DAY
    db.session.commit()
    put_in(found, learner, actor=academy.world.admin, now=now)
    found.state, (found.starts_on, found.ends_on) = ClassState.RUNNING, kept
    db.session.commit()


def test_a_class_with_nothing_gives_reasons_and_no_failure(
    session: Session, client: Client, sign_in: SignIn, now: datetime
) -> None:
    world = timetable.make_world()
    found = timetable.make_class(world, now=now, state=ClassState.DRAFT)
    found.room_id = None
    db.session.commit()
    sign_in(client, make_user(Role.ADMINISTRATOR))
    page = client.get(f"/manage/classes/{found.code}/prints").get_data(as_text=True)
    for reason in ("还没有人录取。", "还没有排课。", "还没有人报名。"):
        assert reason in page
    assert "prints/roster.pdf" not in page
    statuses = {form.slug: client.get(f"/classes/{found.code}/prints/{form.slug}.pdf").status_code for form in FORMS}
    assert {slug for slug, status in statuses.items() if status == 200} == {"application", "leave", "archive"}
    assert set(statuses.values()) == {200, 422}
    assert client.get(f"/manage/classes/{found.code}/archive").status_code == 200
    assert client.get(f"/classes/{found.code}/prints.zip").status_code == 200


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("roster.pdf?part=2", 200),
        ("badges.pdf?part=9", 404),
        ("badges.pdf?part=0", 200),
        ("badges.pdf?part=-1", 200),
        ("badges.pdf?part=%EF%BC%92", 200),
        ("badges.pdf?part=99999999999999999999", 200),
        ("seating.pdf?order=nonsense", 200),
        ("sign-in.pdf?half=nonsense", 404),
        ("sign-in.pdf?half=%00", 404),
        ("own-hours.pdf?person=L-NOBODY", 404),
        ("own-hours.pdf", 422),
        ("nothing.pdf", 404),
        ("..%2F..%2Froster.pdf", 404),
    ],
)
def test_whatever_an_address_says_it_is_no_failure(
    session: Session, client: Client, sign_in: SignIn, now: datetime, path: str, status: int
) -> None:
    academy = make_academy(now)
    sign_in(client, academy.users["administrator"])
    assert client.get(f"/classes/{running(academy).code}/prints/{path}").status_code == status
    assert client.get(f"/classes/NO-SUCH-CLASS/prints/{path}").status_code == 404


def _audit(action: str) -> list[AuditRow]:
    db.session.expire_all()
    return list(db.session.scalars(select(AuditRow).where(AuditRow.action == action)))


def test_numbers_are_printed_in_full_only_with_a_purpose_and_each_person_is_written_down(
    session: Session, client: Client, sign_in: SignIn, now: datetime
) -> None:
    academy = make_academy(now)
    code = academy.graduates.training_class.code
    sign_in(client, academy.users["class_manager"])
    page, path = f"/manage/classes/{code}/prints", f"/classes/{code}/prints/roster.pdf"
    assert "139****0000" in printed(client.get(path))
    assert _audit("people.learner_unmasked") == []
    refused = client.post_form(path, {"in_full": "1", "purpose": " 联 "}, page=page)
    assert refused.status_code == 422
    assert _audit("people.learner_unmasked") == []
    done = client.post_form(path, {"in_full": "1", "purpose": "开班前逐一电话确认"}, page=page)
    assert "13900000000" in printed(done)
    rows = _audit("people.learner_unmasked")
    assert {row.subject for row in rows} == {f"learner:{one.code}" for one in academy.graduates.learners}
    assert {row.reason for row in rows} == {"开班前逐一电话确认"}
    (row,) = _audit("reports.forms_printed")
    assert row.after == {"forms": ["roster"], "people": 6, "in_full": True}


@pytest.mark.parametrize("role", ["instructor", "certificate_officer", "auditor"])
def test_who_may_not_unmask_gets_no_full_numbers(
    session: Session, client: Client, sign_in: SignIn, now: datetime, role: str
) -> None:
    academy = make_academy(now)
    found = running(academy)
    sign_in(client, academy.users[role])
    token = client.token("/me")
    data = {"csrf_token": token, "in_full": "1", "purpose": "想看看大家的号码"}
    assert client.post(f"/classes/{found.code}/prints/roster.pdf", data=data).status_code == 403
    assert _audit("people.learner_unmasked") == []


def test_a_form_without_numbers_stays_without_them(session: Session, client: Client, sign_in: SignIn, now: datetime) -> None:
    academy = make_academy(now)
    code = academy.graduates.training_class.code
    sign_in(client, academy.users["administrator"])
    page, data = f"/manage/classes/{code}/prints", {"in_full": "1", "purpose": "核对签到名单"}
    assert "13900000000" not in printed(client.post_form(f"/classes/{code}/prints/sign-in.pdf", data, page=page))
    assert _audit("people.learner_unmasked") == []


def test_more_than_a_thousand_people_ask_for_a_purpose(
    session: Session, client: Client, sign_in: SignIn, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    academy = make_academy(now)
    code = academy.graduates.training_class.code
    monkeypatch.setattr("academy.reports.prints.services.MANY_PEOPLE", 5)
    sign_in(client, academy.users["administrator"])
    page = f"/manage/classes/{code}/prints"
    assert "要写用途" in client.get(page).get_data(as_text=True)
    assert client.get(f"/classes/{code}/prints/roster.pdf").status_code == 422
    assert client.get(f"/classes/{code}/prints.zip").status_code == 422
    assert client.get(f"/classes/{code}/prints/timetable.pdf").status_code == 200  # names nobody
    assert client.post_form(f"/classes/{code}/prints.zip", {"purpose": ""}, page=page).status_code == 422
    done = client.post_form(f"/classes/{code}/prints.zip", {"purpose": "开班材料归档"}, page=page)
    assert done.mimetype == "application/zip"
    (row,) = _audit("reports.forms_printed")
    assert (row.reason, row.after and row.after["people"]) == ("开班材料归档", 6)


def test_the_pack_holds_every_form_and_says_what_it_lacks(
    session: Session, client: Client, sign_in: SignIn, now: datetime
) -> None:
    graduates = make_graduates(now)
    sign_in(client, make_user(Role.ADMINISTRATOR))
    answer = client.get(f"/classes/{graduates.training_class.code}/prints.zip")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as pack:
        assert pack.testzip() is None
        names = pack.namelist()
        assert len([name for name in names if name.endswith(".pdf")]) == len(FORMS) - 2  # own-hours, certificates
        assert all(pack.read(name).startswith(b"%PDF-1.7") for name in names if name.endswith(".pdf"))
        assert "证书发放登记表：这张表还印不了：还没有签发证书。" in pack.read("没有印的表.txt").decode("utf-8-sig")
    issue(graduates, now)
    answer = client.get(f"/classes/{graduates.training_class.code}/prints.zip")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as pack:
        assert "没有印的表.txt" not in pack.namelist()


def test_a_missing_character_is_named_on_the_page_and_never_becomes_a_box(
    session: Session, client: Client, sign_in: SignIn, now: datetime
) -> None:
    graduates = make_graduates(now)
    graduates.learners[1].name_zh = "王𠮷祥"
    db.session.commit()
    code = graduates.training_class.code
    sign_in(client, make_user(Role.ADMINISTRATOR))
    page = client.get(f"/manage/classes/{code}/prints").get_data(as_text=True)
    assert "王𠮷祥" in page
    assert "U+20BB7" in page
    refused = client.get(f"/classes/{code}/prints/roster.pdf")
    assert refused.status_code == 422
    assert "王𠮷祥" in refused.get_data(as_text=True)
    marked = printed(client.get(f"/classes/{code}/prints/roster.pdf?gaps=mark"))
    assert "王〓祥" in marked
    assert "U+20BB7" in marked
    with zipfile.ZipFile(io.BytesIO(client.get(f"/classes/{code}/prints.zip").data)) as pack:
        assert "王𠮷祥" in pack.read("没有印的表.txt").decode("utf-8-sig")


def test_hostile_names_print_as_they_are_written(session: Session, client: Client, sign_in: SignIn, now: datetime) -> None:
    graduates = make_graduates(now)
    graduates.learners[0].name_zh = '#panic("x") [a] $b$ @c \\u'
    db.session.commit()
    sign_in(client, make_user(Role.ADMINISTRATOR))
    for slug in ("roster", "sign-in", "badges", "desk-cards", "seating", "eligibility", "grades"):
        text = printed(client.get(f"/classes/{graduates.training_class.code}/prints/{slug}.pdf"))
        assert '#panic("x")[a]$b$@c\\u' in text, slug


def test_printing_reads_a_fixed_number_of_times(session: Session, client: Client, sign_in: SignIn, now: datetime) -> None:
    counts: dict[str, list[int]] = {}
    world = timetable.make_world()
    sign_in(client, make_user(Role.ADMINISTRATOR))
    for people in (2, 40):
        graduates = make_graduates(now, people, world=world)
        client.get(f"/classes/{graduates.training_class.code}/prints/roster.pdf")
        for path in ("prints/roster.pdf", "prints/application.pdf", "prints/grades.pdf", "prints/archive.pdf"):
            with counted() as seen:
                client.get(f"/classes/{graduates.training_class.code}/{path}")
            counts.setdefault(path, []).append(len(seen))
    assert {path: len(set(found)) for path, found in counts.items()} == dict.fromkeys(counts, 1), counts


def test_the_archive_page_says_the_same_as_its_print(session: Session, client: Client, sign_in: SignIn, now: datetime) -> None:
    graduates = make_graduates(now)
    sign_in(client, make_user(Role.AUDITOR))
    code = graduates.training_class.code
    page = client.get(f"/manage/classes/{code}/archive").get_data(as_text=True)
    text = printed(client.get(f"/classes/{code}/prints/archive.pdf"))
    said = [re.sub(r"\s+", "", words) for words in re.findall(r'data-label="依据">([^<]+)<', page)]
    assert len(said) == 23
    assert [words for words in said if words.replace("/", "／") not in text and words not in text] == []
    assert "通过3人，签发0份" in said


def test_the_class_page_leads_to_the_forms(
    session: Session, client: Client, sign_in: SignIn, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("academy.enrollment.web.mine.now", lambda: now)
    academy = make_academy(now)
    code = academy.graduates.training_class.code
    sign_in(client, academy.users["class_manager"])
    for path in (f"/manage/classes/{code}", f"/manage/classes/{code}/people"):
        assert f"/manage/classes/{code}/prints" in client.get(path).get_data(as_text=True)
    sign_in(client, academy.users["instructor"])
    assert f"/manage/classes/{running(academy).code}/prints" in client.get("/").get_data(as_text=True)
    sign_in(client, academy.users["learner"])
    assert f"/classes/{running(academy).code}/prints/timetable.pdf" in client.get("/my/classes").get_data(as_text=True)


def test_documents_are_chinese_whoever_asks(session: Session, client: Client, sign_in: SignIn, now: datetime) -> None:
    graduates = make_graduates(now)
    sign_in(client, make_user(Role.ADMINISTRATOR))
    code = graduates.training_class.code
    client.get("/?lang=en")
    for slug in ("notice", "roster", "archive"):
        text = printed(client.get(f"/classes/{code}/prints/{slug}.pdf?lang=en"))
        assert "2026年11月23日10:42" in text, slug
    assert GENDER_WORDS[graduates.learners[0].gender] in printed(client.get(f"/classes/{code}/prints/roster.pdf?lang=en"))
