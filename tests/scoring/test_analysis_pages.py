"""Item analysis and the dossier in the browser: who may see what, with which figures, and that nothing is ever voided."""

from collections.abc import Callable
from datetime import datetime
from io import BytesIO
from typing import Any

import openpyxl
import pytest

from academy.core.access import Role
from academy.core.db import db
from academy.exams import queries as exams
from academy.exams import services as exam_services
from academy.exams.models import ExamSitting
from academy.exams.rules.kinds import SittingState
from academy.scoring import queries, services
from academy.scoring.queries.analysis import seat_distance
from tests.accounts.factories import make_user
from tests.exams.factories import MANAGER, NOW, make_national_paper, make_sitting, make_world
from tests.scoring.test_score_sitting import DATA, add_national_rule
from tests.statements import counted

SignIn = Callable[[Any, Any], None]
COUNT = 400


def text(answer: Any) -> str:
    return str(answer.get_data(as_text=True))


@pytest.fixture
def sitting(client: Any) -> ExamSitting:
    """400 candidates on paper. The sample has two wrong keys (items 14 and 32) and three pairs who copied from one another."""
    add_national_rule()
    world = make_world(learners=COUNT, with_users=False)
    found = make_sitting(world, make_national_paper(world))
    preview = exams.preview_responses(found.id, (DATA / "responses.csv").read_bytes())
    exam_services.record_responses(sitting_id=found.id, rows=preview.good, actor=MANAGER, now=NOW)
    found.state = SittingState.CLOSED
    services.score_sitting(sitting_id=found.id, actor=MANAGER, now=NOW)
    db.session.commit()
    return found


@pytest.fixture
def small(client: Any) -> ExamSitting:
    """Two candidates."""
    add_national_rule()
    found = make_sitting(make_world(learners=2))
    table = b"candidate_no,T-1,T-2,T-3,T-4,T-5\nK0001,A,B,C,AB,DE\nK0002,B,,,E,\n"
    rows = exams.preview_responses(found.id, table).good
    exam_services.record_responses(sitting_id=found.id, rows=rows, actor=MANAGER, now=NOW)
    found.state = SittingState.CLOSED
    services.score_sitting(sitting_id=found.id, actor=MANAGER, now=NOW)
    db.session.commit()
    return found


def test_the_figures_are_shown_and_the_wrong_keys_are_suspected(client: Any, sign_in: SignIn, sitting: ExamSitting) -> None:
    sign_in(client, make_user(Role.CLASS_MANAGER))
    page = f"/manage/scoring/{sitting.code}/analysis"
    assert page in text(client.get(f"/manage/scoring/{sitting.code}"))
    shown = text(client.get(f"{page}?v=suspect&sort=rest&page=x"))
    assert "2 道题的答案要核对" in shown
    assert [shown.count(f"/analysis/{n}?") for n in (14, 32, 3)] == [2, 2, 0]
    assert "/similarity" in shown  # who may compare sees the way there
    assert shown.count('<svg class="chart') == 4
    one = text(client.get(f"{page}/32"))
    assert "第 32 题：答案要核对" in one
    assert "高分组有 96% 答 B" in one
    assert client.get(f"{page}?v=x&sort=y&version=%00&page=-1").status_code == 200
    _look_into_the_file(client.get(f"{page}.xlsx").data, [float(r.item_marks[0]) for r in queries.results_of(sitting.id)])


def _look_into_the_file(content: bytes, first_marks: list[float]) -> None:
    book = openpyxl.load_workbook(BytesIO(content))
    assert [sheet.title for sheet in book] == ["题目", "选项与答法"]
    rows = [row for row in book["题目"].iter_rows(values_only=True) if isinstance(row[0], int)]
    assert len(rows) == 80
    assert rows[0][4] == pytest.approx(sum(first_marks) / COUNT)
    assert len([row for row in book["选项与答法"].iter_rows(values_only=True) if isinstance(row[0], int)]) == 60 * 4 + 20 * 5


def test_the_dossier_shows_who_copied_side_by_side_and_voids_nothing(
    client: Any, sign_in: SignIn, sitting: ExamSitting
) -> None:
    before = [(r.code, r.total, r.state) for r in queries.results_of(sitting.id)]
    sign_in(client, make_user(Role.CERTIFICATE_OFFICER))
    page = f"/manage/scoring/{sitting.code}/similarity"
    assert page in text(client.get(f"/manage/scoring/{sitting.code}"))
    shown = text(client.get(page))
    assert "3 对答卷相同得超出偶然" in shown
    assert "系统不作废任何答卷" in shown
    newest = queries.find_newest_list(sitting.id)
    assert newest is not None
    papers, _, pairs = queries.pairs_of(newest)
    assert [{pair.first, pair.second} for pair in pairs] == [{343, 344}, {59, 65}, {22, 249}]
    codes = papers.codes[pairs[0].first], papers.codes[pairs[0].second]
    side = text(client.get(f"{page}/{codes[0]}/{codes[1]}"))
    assert side.count("错得一样") - pairs[0].shared_wrong == 3  # in the titles and in the summary
    assert client.get(f"{page}/{codes[0]}/{papers.codes[0]}").status_code == 404
    sheet = openpyxl.load_workbook(BytesIO(client.get(f"{page}.xlsx").data))["雷同材料"]
    assert any(papers.candidate_nos[pairs[0].first] in row for row in sheet.iter_rows(values_only=True))
    db.session.expire_all()
    assert [(r.code, r.total, r.state) for r in queries.results_of(sitting.id)] == before


def test_reading_takes_a_fixed_number_of_statements_and_is_bounded(sitting: ExamSitting) -> None:
    newest = queries.find_newest_list(sitting.id)
    assert newest is not None
    with counted() as statements:
        queries.analysis_of(queries.papers_of(newest))
    assert len(statements) < 6
    with pytest.raises(queries.TooManyPapers, match="400"):
        queries.papers_of(newest, most=399)


def test_only_those_who_confirm_or_audit_see_the_dossier(client: Any, sign_in: SignIn, small: ExamSitting) -> None:
    page = f"/manage/scoring/{small.code}"
    for role, may_read, may_compare in (
        (Role.INSTRUCTOR, 404, 403),
        (Role.AUDITOR, 200, 200),
        (Role.ADMINISTRATOR, 200, 200),
        (Role.LEARNER, 403, 403),
    ):
        sign_in(client, make_user(role))
        for path in ("analysis", "analysis/1", "analysis.xlsx"):
            assert client.get(f"{page}/{path}").status_code == may_read
        for path in ("similarity", "similarity.xlsx"):
            assert client.get(f"{page}/{path}").status_code == may_compare
        assert client.get(f"{page}/similarity/a/b").status_code == (404 if may_compare == 200 else 403)


def test_a_sitting_without_results_says_what_to_do(client: Any, sign_in: SignIn, now: datetime) -> None:
    found = make_sitting(make_world(learners=1))
    sign_in(client, make_user(Role.CLASS_MANAGER))
    for path in ("analysis", "similarity"):
        assert "去评分" in text(client.get(f"/manage/scoring/{found.code}/{path}"))
    for path in ("analysis/1", "analysis.xlsx", "similarity.xlsx", "similarity/a/b"):
        assert client.get(f"/manage/scoring/{found.code}/{path}").status_code == 404


def test_few_papers_are_shown_with_a_warning(client: Any, sign_in: SignIn, small: ExamSitting) -> None:
    sign_in(client, make_user(Role.CLASS_MANAGER))
    page = f"/manage/scoring/{small.code}"
    assert "只有 2 份答卷，数字摆动很大" in text(client.get(f"{page}/analysis"))
    assert "不到 20 份不比对" in text(client.get(f"{page}/similarity"))
    assert "谁选了什么" in text(client.get(f"{page}/analysis/4"))
    for odd in ("0", "6", "x", "99999999999999999999"):
        assert client.get(f"{page}/analysis/{odd}").status_code == 404


class _Seat:
    def __init__(self, room_number: int, row: int, column: int) -> None:
        self.room_number, self.row, self.column, self.label = room_number, row, column, f"{row}-{column}"


def test_seats_apart() -> None:
    assert seat_distance(_Seat(1, 2, 3), _Seat(1, 3, 4)) == 1
    assert seat_distance(_Seat(1, 2, 3), _Seat(1, 2, 7)) == 4
    assert seat_distance(_Seat(1, 2, 3), _Seat(2, 2, 3)) is None
    assert seat_distance(None, _Seat(2, 2, 3)) is None
