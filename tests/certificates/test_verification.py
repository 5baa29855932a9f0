"""What the public sees: the page of a certificate, look-up by number and name, files that are handed in."""

import io
import json
import statistics
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update
from sqlalchemy.orm import Session

from academy.certificates import queries, services
from academy.certificates.models import Certificate
from academy.certificates.queries import FileOutcome
from academy.certificates.rules import Standing
from academy.core.clock import TZ
from academy.core.db import transaction
from academy.core.files import get_file
from tests.certificates.factories import Graduates, certificates, issue, make_graduates
from tests.statements import counted


@pytest.fixture
def graduates(session: Session, now: datetime) -> Graduates:
    graduates = make_graduates(now, 2)
    graduates.learners[0].name_zh = graduates.learners[1].name_zh = "阿依古丽·买买提"
    session.commit()
    issue(graduates, now)
    return graduates


def page(client: FlaskClient, path: str) -> str:
    return client.get(path).get_data(as_text=True)


def test_the_page_shows_every_signed_field_and_masks_the_name(client: FlaskClient, graduates: Graduates) -> None:
    one = certificates(graduates)[0]
    shown = page(client, f"/c/{one.public_id}")
    said = json.loads(one.facts)
    for words in (
        one.number,
        said["certificate"]["title_zh"],
        said["program"]["title_zh"],
        said["program"]["run_zh"],
        "8 学时",
        graduates.training_class.code,
        "2026年11月10日",
        "2026年11月11日",
        "2026年11月23日（周一）",
        "2028年11月22日",
        said["academy"]["name_zh"],
    ):
        assert words in shown, words
    assert "阿＊古丽·买买提" in shown
    assert "阿依古丽" not in shown
    assert ">有效</h1>" in shown


def test_the_page_says_what_was_checked_and_when(client: FlaskClient, graduates: Graduates) -> None:
    shown = page(client, f"/c/{certificates(graduates)[0].public_id}")
    for words in ("编号校验位", "登记簿", "登记内容的数字签名", "暂停、撤销、替换与有效期"):
        assert words in shown
    assert shown.count("<time datetime=") == 4


@pytest.mark.parametrize(
    "typed", [str.lower, lambda code: code.replace("0", "o").replace("1", "l"), lambda c: f"{c[:8]}-{c[8:]}"]
)
def test_an_address_may_be_typed_by_hand(client: FlaskClient, graduates: Graduates, typed: Callable[[str], str]) -> None:
    one = certificates(graduates)[0]
    assert one.number in page(client, f"/c/{typed(one.public_id)}")


@pytest.mark.parametrize("code", ["0" * 16, "x", "U" * 16, "%00" * 16, "../../etc/passwd", "😀" * 16, "a" * 5000])
def test_an_unknown_address_is_a_page_that_helps(client: FlaskClient, graduates: Graduates, code: str) -> None:
    answer = client.get(f"/c/{code}")
    assert answer.status_code == 404
    assert "<main" in answer.get_data(as_text=True)


def test_the_page_takes_one_statement(client: FlaskClient, graduates: Graduates) -> None:
    one = certificates(graduates)[0].public_id
    page(client, f"/c/{one}")
    with counted("SELECT") as seen:
        page(client, f"/c/{one}")
    assert len(seen) == 1


def test_the_frame_of_one_certificate_shows_nothing_of_another(client: FlaskClient, graduates: Graduates) -> None:
    one, other = certificates(graduates)
    first, second = page(client, f"/c/{one.public_id}"), page(client, f"/c/{other.public_id}")
    for mine, shown, theirs in ((one, first, other), (other, second, one)):
        assert mine.number in shown
        assert f"/c/{mine.public_id}?lang=en" in shown
        assert f"/c/{mine.public_id}.json" in shown
        assert theirs.number not in shown
        assert theirs.public_id not in shown
        assert "\ue000" not in shown
    assert second.replace(other.public_id, "").replace(other.number, "").count("<") == first.count("<")


def test_what_a_certificate_says_is_escaped(client: FlaskClient, session: Session, now: datetime) -> None:
    graduates = make_graduates(now, 1)
    graduates.learners[0].name_zh = "<b>x&y"
    session.commit()
    (one,) = issue(graduates, now)
    for path in (f"/c/{one.public_id}", f"/c/{one.public_id}?lang=zh"):
        shown = page(client, path)
        assert "&lt;＊&gt;x&amp;y" in shown
        assert "<b>x" not in shown


def test_a_signed_in_reader_gets_the_page_with_her_own_header(
    client: FlaskClient, graduates: Graduates, sign_in: Callable[[FlaskClient, Any], None]
) -> None:
    from tests.accounts.factories import make_user

    one = certificates(graduates)[0]
    page(client, f"/c/{one.public_id}")
    sign_in(client, make_user(name="王读者"))
    assert "王读者" in page(client, f"/c/{one.public_id}")
    with client.session_transaction() as kept:
        kept.clear()
    assert "王读者" not in page(client, f"/c/{one.public_id}")


def revoke(graduates: Graduates, now: datetime) -> Certificate:
    one = certificates(graduates)[0]
    with transaction():
        services.revoke(number=one.number, reason="出勤记录不实", actor=graduates.officer, now=now)
    return certificates(graduates)[0]


def test_a_revoked_certificate_stays_visible_with_its_reason(client: FlaskClient, graduates: Graduates, now: datetime) -> None:
    one = revoke(graduates, now)
    shown = page(client, f"/c/{one.public_id}")
    assert ">已撤销</h1>" in shown
    assert "出勤记录不实" in shown
    assert one.number in shown


def test_an_expired_certificate_says_so(graduates: Graduates) -> None:
    one = certificates(graduates)[0]
    last_day = datetime(2028, 11, 22, 23, 59, tzinfo=TZ)
    assert queries.verify(one.public_id, now=last_day).standing is Standing.VALID
    assert queries.verify(one.public_id, now=last_day + timedelta(minutes=1)).standing is Standing.EXPIRED


@pytest.mark.parametrize(
    "change",
    [
        lambda facts: facts["holder"].update(name="别人"),
        lambda facts: facts["program"].update(hours="80"),
        lambda facts: facts["certificate"].update(valid_until="2099-01-01"),
        lambda facts: facts["certificate"].update(title_zh="高级证书"),
        lambda facts: facts.update(extra=1),
    ],
)
def test_facts_changed_in_the_database_are_never_called_valid(
    client: FlaskClient, graduates: Graduates, session: Session, change: Callable[[dict[str, Any]], None]
) -> None:
    from academy.certificates.rules import canonical, digest_of

    one = certificates(graduates)[0]
    facts = json.loads(one.facts)
    change(facts)
    text = canonical(facts)
    session.execute(update(Certificate).where(Certificate.id == one.id).values(facts=text, facts_sha256=digest_of(text)))
    session.commit()
    shown = page(client, f"/c/{one.public_id}")
    assert ">不能确认</h1>" in shown
    assert ">有效</h1>" not in shown
    assert one.number in {fault.subject for fault in queries.audit_register().faults}


def test_a_longer_validity_written_into_the_column_is_noticed(graduates: Graduates, session: Session, now: datetime) -> None:
    one = certificates(graduates)[0]
    session.execute(update(Certificate).where(Certificate.id == one.id).values(valid_until=None))
    session.commit()
    assert not queries.verify(one.public_id, now=now).is_sound


def test_machines_get_the_same_answer(client: FlaskClient, graduates: Graduates) -> None:
    one = certificates(graduates)[0]
    for path in (f"/c/{one.public_id}.json", f"/api/v1/certificates/{one.public_id}"):
        answer = client.get(path)
        body = answer.get_json()
        assert answer.status_code == 200
        assert (body["state"], body["number"], body["facts_sha256"]) == ("valid", one.number, one.facts_sha256)
        assert body["facts"]["holder"] == {"name_masked": "阿＊古丽·买买提"}
        assert [check["passed"] for check in body["checks"]] == [True] * 4
    assert client.get("/api/v1/certificates/" + "0" * 16).status_code == 404


# ---------- by number and name ----------


def test_number_with_name_leads_to_the_page(client: FlaskClient, graduates: Graduates) -> None:
    one = certificates(graduates)[0]
    typed = {"number": f" {one.number[:6].lower()} {one.number[6:]}", "name": "阿依古丽・买买提 "}
    answer = client.post_form("/verify", typed)  # type: ignore[attr-defined]
    assert answer.status_code == 303
    assert answer.location == f"/c/{one.public_id}"


def test_every_miss_gets_the_same_answer(client: FlaskClient, graduates: Graduates) -> None:
    one = certificates(graduates)[0]
    misses = [
        {"number": one.number, "name": "孙婷婷"},
        {"number": "XA20250120037S", "name": "阿依古丽·买买提"},
        {"number": "XA2025", "name": "阿依古丽·买买提"},
        {"number": one.number, "name": "阿＊古丽·买买提"},
        {"number": one.number, "name": "%"},
        {"number": "' OR 1=1 --", "name": "' OR 1=1 --"},
    ]
    answers = [client.post_form("/verify", miss) for miss in misses]  # type: ignore[attr-defined]
    assert {answer.status_code for answer in answers} == {404}
    bodies = set()
    for miss, answer in zip(misses, answers, strict=True):
        body = answer.get_data(as_text=True)
        assert one.public_id not in body
        bodies.add(_without_what_was_typed(body, miss))
    assert len(bodies) == 1


def _without_what_was_typed(body: str, miss: dict[str, str]) -> str:
    import re

    body = re.sub(r'name="csrf_token"[^>]*>', "", body)
    return re.sub(r'value="[^"]*"', "", body) if miss else body


def test_a_wrong_name_takes_as_long_as_a_wrong_number(graduates: Graduates) -> None:
    one = certificates(graduates)[0]
    wrong_name, wrong_number = [], []
    for _ in range(60):
        wrong_name.append(_seconds(lambda: queries.find_by_number_and_name(one.number, "孙婷婷")))
        wrong_number.append(_seconds(lambda: queries.find_by_number_and_name("XA20990010001", "孙婷婷")))
    assert 0.5 < statistics.median(wrong_name) / statistics.median(wrong_number) < 2


def _seconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def test_a_number_alone_finds_nothing(client: FlaskClient, graduates: Graduates) -> None:
    answer = client.post_form("/verify", {"number": certificates(graduates)[0].number})  # type: ignore[attr-defined]
    assert answer.status_code == 422
    assert "请填写持证人姓名" in answer.get_data(as_text=True)
    assert client.get(f"/c/{certificates(graduates)[0].number}").status_code == 404


# ---------- by file ----------


def hand_in(client: FlaskClient, content: bytes) -> tuple[int, str]:
    data = {"csrf_token": client.token("/verify"), "pdf": (io.BytesIO(content), "x.pdf")}  # type: ignore[attr-defined]
    answer = client.post("/verify/file", data=data, content_type="multipart/form-data")
    return answer.status_code, answer.get_data(as_text=True)


def file_of(graduates: Graduates, place: int = 0) -> bytes:
    return get_file(certificates(graduates)[place].file_id).content


def test_the_issued_file_is_genuine_and_shows_the_whole_name(client: FlaskClient, graduates: Graduates) -> None:
    status, shown = hand_in(client, file_of(graduates))
    assert status == 200
    assert "文件是真的，有效" in shown
    assert "阿依古丽·买买提" in shown
    assert "PAdES 签名通过" in shown


def test_a_genuine_file_of_a_revoked_certificate_says_revoked(client: FlaskClient, graduates: Graduates, now: datetime) -> None:
    revoke(graduates, now)
    _, shown = hand_in(client, file_of(graduates))
    assert "文件是真的，已撤销" in shown
    assert "出勤记录不实" in shown


def test_a_flipped_byte_anywhere_is_found(graduates: Graduates, now: datetime) -> None:
    content = file_of(graduates)
    for place in range(20, len(content), 4999):
        changed = content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
        assert queries.check_file(changed, now=now).outcome is not FileOutcome.GENUINE


def test_an_altered_file_leads_to_what_the_register_says(client: FlaskClient, graduates: Graduates) -> None:
    content = bytearray(file_of(graduates))
    content[5000] ^= 1
    _, shown = hand_in(client, bytes(content))
    assert "文件被改动" in shown
    assert certificates(graduates)[0].number in shown
    assert "阿依古丽" not in shown


def test_content_added_after_signing_is_told_apart(client: FlaskClient, graduates: Graduates) -> None:
    _, shown = hand_in(client, file_of(graduates) + b"\n1 0 obj\n<<>>\nendobj\n%%EOF\n")
    assert "签发之后又加了内容" in shown


def test_a_foreign_signature_is_told_apart(graduates: Graduates, now: datetime) -> None:
    from tests.certificates.test_signing import sign

    assert queries.check_file(sign().content, now=now).outcome is FileOutcome.FOREIGN


def test_a_file_signed_with_our_key_outside_the_register_is_not_ours(graduates: Graduates, now: datetime) -> None:
    from tests.certificates.test_signing import sign

    stray = sign(services.current_signer(now=now)).content
    assert queries.check_file(stray, now=now).outcome is FileOutcome.NOT_REGISTERED


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"GIF89a" + b"\0" * 100, "这不是 PDF 文件"),
        (b"", "这不是 PDF 文件"),
        (b"%PDF-1.7\n" + b"\xff" * 5000, "文件里没有电子签名"),
        (b"%PDF-1.7\n" + b"/ByteRange [0 1 2 3]" * 20_000, "文件里没有电子签名"),
        (b"%PDF-1.7\n" + b"[" * 1_000_000, "文件里没有电子签名"),
    ],
    ids=["a picture", "nothing", "noise", "many ranges", "deep"],
)
def test_hostile_files_get_a_clear_answer(client: FlaskClient, graduates: Graduates, content: bytes, words: str) -> None:
    status, shown = hand_in(client, content)
    assert (status, words in shown) == (200, True)


def test_a_huge_file_is_refused_before_it_is_read(client: FlaskClient, graduates: Graduates) -> None:
    status, shown = hand_in(client, b"%PDF-1.7\n" + b"0" * (6 * 1024 * 1024))
    assert status == 413
    assert "5 MB" in shown


def test_no_file_at_all_is_said_beside_the_field(client: FlaskClient, graduates: Graduates) -> None:
    answer = client.post("/verify/file", data={"csrf_token": client.token("/verify")})  # type: ignore[attr-defined]
    assert answer.status_code == 422
    assert "请选择一个 PDF 文件" in answer.get_data(as_text=True)


def test_the_root_certificate_can_be_taken_along(client: FlaskClient, graduates: Graduates) -> None:
    answer = client.get("/certificates/root.crt")
    assert answer.status_code == 200
    assert answer.data.startswith(b"-----BEGIN CERTIFICATE-----")
