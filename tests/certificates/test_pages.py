"""The officer's desk and the holder's page: what each role sees and does, with reasons and second persons."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from academy.accounts.models import User
from academy.certificates import queries
from academy.certificates.models import CertificateBatch
from academy.certificates.rules import BatchState, CertificateState
from academy.core import clock
from academy.core.access import Role
from academy.core.audit import AuditRow
from academy.core.db import db
from academy.core.files import get_file
from academy.core.outbox import drain
from tests.accounts.factories import make_user
from tests.certificates.factories import (
    Graduates,
    approve,
    certificates,
    give_account,
    issue,
    make_graduates,
    prepare,
    release_results,
)

SignIn = Callable[[FlaskClient, Any], None]


@pytest.fixture
def graduates(session: Session, now: datetime) -> Graduates:
    return make_graduates(now, 3)


def user_of(actor: Any) -> User:
    return db.session.get_one(User, actor.user_id)


def shown(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


def test_the_whole_way_through_the_browser(client: FlaskClient, graduates: Graduates, sign_in: SignIn, now: datetime) -> None:
    code = graduates.training_class.code
    sign_in(client, user_of(graduates.officer))
    assert code in shown(client, "/manage/certificates")
    assert "3 人可以发证" in shown(client, f"/manage/certificates/classes/{code}")
    answer = client.post_form(f"/manage/certificates/classes/{code}")  # type: ignore[attr-defined]
    batch = db.session.query(CertificateBatch).one()
    page = shown(client, answer.location)
    assert "等另一位证书管理员批准" in page
    assert "批准并签发" not in page

    sign_in(client, user_of(graduates.second))
    path = f"/manage/certificates/batches/{batch.code}"
    client.post_form(f"{path}/approve", page=path)  # type: ignore[attr-defined]
    running = shown(client, path)
    assert f'hx-get="{path}/progress"' in running
    drain(now=clock.now())
    assert "已签发 3 份" in shown(client, path)
    assert "hx-get" not in shown(client, f"{path}/progress")
    for one in certificates(graduates):
        assert one.number in shown(client, path)


def test_who_is_not_entitled_is_listed_with_rule_and_record(
    client: FlaskClient, graduates: Graduates, sign_in: SignIn, now: datetime
) -> None:
    graduates.learners[0].name_zh = "王𠮷祥"
    db.session.commit()
    sign_in(client, user_of(graduates.officer))
    page = shown(client, f"/manage/certificates/classes/{graduates.training_class.code}")
    assert "2 人可以发证，1 人还不行" in page
    assert "姓名排印不出来" in page
    assert "U+20BB7" in page


def test_the_preparer_sees_why_she_cannot_approve(
    client: FlaskClient, graduates: Graduates, sign_in: SignIn, now: datetime
) -> None:
    batch = prepare(graduates, now)
    sign_in(client, user_of(graduates.officer))
    path = f"/manage/certificates/batches/{batch.code}"
    answer = client.post_form(f"{path}/approve", page=path, follow_redirects=True)  # type: ignore[attr-defined]
    assert "要由另一位证书管理员批准" in answer.get_data(as_text=True)
    assert queries.get_batch(batch.code).state is BatchState.PREPARED


def test_a_batch_is_withdrawn_only_with_a_reason(
    client: FlaskClient, graduates: Graduates, sign_in: SignIn, now: datetime
) -> None:
    batch = prepare(graduates, now)
    sign_in(client, user_of(graduates.officer))
    path = f"/manage/certificates/batches/{batch.code}"
    refused = client.post_form(f"{path}/withdraw", {"reason": ""}, page=path)  # type: ignore[attr-defined]
    assert refused.status_code == 422
    client.post_form(f"{path}/withdraw", {"reason": "名单要再核对"}, page=path)  # type: ignore[attr-defined]
    assert "名单要再核对" in shown(client, path)


def test_a_certificate_is_revoked_only_with_a_reason(
    client: FlaskClient, graduates: Graduates, sign_in: SignIn, now: datetime
) -> None:
    one = issue(graduates, now)[0]
    sign_in(client, user_of(graduates.officer))
    path = f"/manage/certificates/{one.number}"
    refused = client.post_form(f"{path}/revoke", {"reason": "x"}, page=path)  # type: ignore[attr-defined]
    assert refused.status_code == 422
    client.post_form(f"{path}/revoke", {"reason": "出勤记录不实"}, page=path)  # type: ignore[attr-defined]
    page = shown(client, path)
    assert "出勤记录不实" in page
    assert "撤销这份证书" not in page
    assert certificates(graduates)[0].state is CertificateState.REVOKED
    events = queries.events_of(one.id)
    assert [event.kind.value for event in events] == ["issued", "revoked"]
    assert events[1].actor_name == "周静宜"


def test_the_register_is_searched_by_number_name_and_state(
    client: FlaskClient, graduates: Graduates, sign_in: SignIn, now: datetime
) -> None:
    first, second, _ = issue(graduates, now)
    sign_in(client, user_of(graduates.officer))
    assert second.number not in shown(client, f"/manage/certificates?q={first.number.lower()}")
    assert second.number in shown(client, f"/manage/certificates?q={second.holder_name}")
    assert "没有找到这样的证书" in shown(client, "/manage/certificates?state=revoked")
    for odd in ("?q=%25", "?state=nonsense", "?page=-1", "?page=999999999999", "?q=%00", "?q='"):
        assert client.get(f"/manage/certificates{odd}").status_code == 200


@pytest.mark.parametrize("role", [Role.LEARNER, Role.INSTRUCTOR, Role.ORGANIZATION_COORDINATOR])
def test_the_desk_is_closed_to_others(
    client: FlaskClient, graduates: Graduates, sign_in: SignIn, now: datetime, role: Role
) -> None:
    from tests.accounts.factories import make_organization

    batch = prepare(graduates, now)
    sign_in(client, make_user(role, organization=make_organization()))
    for path in ("/manage/certificates", f"/manage/certificates/batches/{batch.code}", "/manage/certificates/XA20250120037S"):
        assert client.get(path).status_code == 403


def test_an_auditor_reads_and_changes_nothing(
    client: FlaskClient, graduates: Graduates, sign_in: SignIn, now: datetime
) -> None:
    batch = prepare(graduates, now)
    sign_in(client, make_user(Role.AUDITOR))
    page = shown(client, f"/manage/certificates/batches/{batch.code}")
    assert "批准并签发" not in page
    assert "撤回这一批" not in page


def test_a_holder_sees_and_downloads_only_her_own(
    client: FlaskClient, graduates: Graduates, sign_in: SignIn, now: datetime
) -> None:
    user = give_account(graduates.learners[0])
    issued = {one.learner_id: one for one in issue(graduates, now)}
    own, other = issued[graduates.learners[0].id], issued[graduates.learners[1].id]
    sign_in(client, user)
    page = shown(client, "/my/certificates")
    assert own.number in page
    assert other.number not in page
    answer = client.get(f"/certificates/{own.public_id}.pdf")
    assert answer.data == get_file(own.file_id).content
    assert answer.headers["Content-Disposition"] == f"attachment; filename={own.number}.pdf"
    assert client.get(f"/certificates/{other.public_id}.pdf").status_code == 404
    assert client.get("/certificates/0000000000000000.pdf").status_code == 404


def test_a_stranger_must_sign_in_for_a_file(client: FlaskClient, graduates: Graduates, now: datetime) -> None:
    one = issue(graduates, now)[0]
    answer = client.get(f"/certificates/{one.public_id}.pdf")
    assert answer.status_code == 302
    assert "/sign-in" in answer.location


def test_an_officer_s_download_leaves_a_trace(
    client: FlaskClient, graduates: Graduates, sign_in: SignIn, now: datetime
) -> None:
    one = issue(graduates, now)[0]
    sign_in(client, user_of(graduates.officer))
    assert client.get(f"/certificates/{one.public_id}.pdf").status_code == 200
    assert db.session.query(AuditRow).filter_by(action="certificates.file_read").one().subject == f"certificate:{one.number}"


def test_without_certificates_the_page_says_what_to_do(client: FlaskClient, session: Session, sign_in: SignIn) -> None:
    sign_in(client, make_user(Role.LEARNER))
    page = shown(client, "/my/certificates")
    assert "还没有证书" in page
    assert 'href="/catalog"' in page


def test_failed_rows_are_offered_for_another_try(
    client: FlaskClient, graduates: Graduates, sign_in: SignIn, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.certificates.test_issue import fail_for

    batch = prepare(graduates, now)
    with monkeypatch.context() as patched:
        fail_for(queries.batch_rows(batch.id)[0].holder_name, patched)
        approve(graduates, batch, now)
        drain(now=now)
    sign_in(client, user_of(graduates.officer))
    path = f"/manage/certificates/batches/{batch.code}"
    assert "重试没有办成的 1 人" in shown(client, path)
    client.post_form(f"{path}/retry", page=path)  # type: ignore[attr-defined]
    drain(now=clock.now())
    assert "已签发 3 份" in shown(client, path)


def test_a_second_sitting_does_not_issue_again(graduates: Graduates, now: datetime) -> None:
    issue(graduates, now)
    release_results(graduates.training_class, graduates.learners, now)
    assert not any(person.verdict.allowed for person in queries.evaluate_class(graduates.id, now=now))


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.CLASS_MANAGER])
def test_who_may_only_read_the_register_writes_nothing(
    client: FlaskClient, graduates: Graduates, sign_in: SignIn, now: datetime, role: Role
) -> None:
    batch = prepare(graduates, now)
    sign_in(client, make_user(role))
    desk = "/manage/certificates"
    for path in (f"classes/{graduates.training_class.code}", *(f"batches/{batch.code}/{a}" for a in ("approve", "withdraw"))):
        assert client.post_form(f"{desk}/{path}", page="/me").status_code == 403, path  # type: ignore[attr-defined]
