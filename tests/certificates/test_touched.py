"""Which certificates a change of results touches."""

from datetime import datetime

from flask import Flask
from sqlalchemy.orm import Session

from academy.certificates import queries
from academy.scoring.web.hooks import certificates_of
from tests.certificates.factories import issue, make_graduates
from tests.statements import counted


def test_live_certificates_of_those_whose_result_changes_in_one_statement(app: Flask, session: Session, now: datetime) -> None:
    graduates = make_graduates(now)
    issue(graduates, now)
    issued = {one.learner_id: one for one in queries.certificates_of(graduates.id)}
    wanted = [graduates.learners[0].id, graduates.learners[2].id, 0]
    with app.test_request_context(), counted() as statements:
        found = certificates_of(graduates.id, wanted)
    assert {learner_id: one.number for learner_id, one in found.items()} == {
        learner_id: issued[learner_id].number for learner_id in wanted[:2]
    }
    assert found[wanted[0]].url == f"/manage/certificates/{issued[wanted[0]].number}"
    assert len(statements) == 1
