"""A sitting with two essay questions, handed in, for tests of marking and appeals."""

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from sqlalchemy import insert, select

from academy.accounts.models import User
from academy.core.access import Actor, Role
from academy.core.codes import random_code16
from academy.core.db import db, transaction
from academy.exams.models import Answer as AnswerRow
from academy.exams.models import Attempt, ExamSitting, Paper, PaperItem, Question, QuestionVersion
from academy.exams.rules.kinds import AttemptSource, AttemptState, QuestionKind, SittingState
from academy.scoring import queries, services
from academy.scoring.models import Result, ResultList, Script, ScriptMark
from academy.scoring.rules.marking import Mode, Round, TaskState, Tie
from academy.scoring.rules.results import ResultState
from tests.accounts.factories import actor_of, make_user
from tests.exams.factories import MANAGER, NOW, World, make_sitting, make_world

DUE = NOW + timedelta(days=7)
RUBRIC = [
    {
        "criterion_id": f"C{n}",
        "name_zh": f"要点{n}",
        "max_marks": 10,
        "sub_question_no": None,
        "levels": [
            {"level_zh": "优", "marks": 10, "marks_min": 7.5, "marks_max": 10, "descriptor_zh": "好"},
            {"level_zh": "差", "marks": 7, "marks_min": 0, "marks_max": 7, "descriptor_zh": "差"},
        ],
    }
    for n in (1, 2)
]


@dataclass
class Marking:
    """A sitting with its markers."""

    world: World
    sitting: ExamSitting
    attempts: list[Attempt]
    markers: list[User] = field(default_factory=list)
    arbiters: list[User] = field(default_factory=list)


def make_essay_paper(world: World) -> Paper:
    """A single-choice question, an essay of 20, and a case whose second part (of 20) is marked by people."""
    found = db.session.scalars(select(QuestionVersion).limit(1)).one()
    paper = Paper(code=random_code16(), title_zh="论述卷", minutes=60, blueprint=[], created_at=NOW, created_by="李主任")
    essay = Question(bank_id=world.bank.id, code=f"E-{random_code16()}"[:32], kind=QuestionKind.ESSAY, difficulty=3)
    case = Question(bank_id=world.bank.id, code=f"K-{random_code16()}"[:32], kind=QuestionKind.CASE, difficulty=3)
    db.session.add_all([paper, essay, case])
    db.session.flush()
    parts = [
        {"no": 1, "stem_zh": "第一小题", "marks": "1", "kind": "single"},
        {"no": 2, "stem_zh": "第二小题", "marks": "20", "kind": "essay", "reference_zh": "参考"},
    ]
    versions = [
        QuestionVersion(
            question_id=question.id,
            version=1,
            stem_zh="论述保密原则",
            options=[],
            marks=Decimal(20),
            sub_questions=subs,
            rubric=RUBRIC,
            created_at=NOW,
            created_by="李主任",
        )
        for question, subs in ((essay, []), (case, parts))
    ]
    db.session.add_all(versions)
    db.session.flush()
    rows = [(found.id, 0, QuestionKind.SINGLE, "A", 1), (versions[0].id, 0, QuestionKind.ESSAY, "", 20)]
    rows.append((versions[1].id, 2, QuestionKind.ESSAY, "", 20))
    items = [
        {
            "paper_id": paper.id,
            "position": place,
            "question_version_id": version_id,
            "part": part,
            "kind": kind,
            "key": key,
            "option_count": 5,
            "prompt_count": 0,
            "marks": Decimal(marks),
        }
        for place, (version_id, part, kind, key, marks) in enumerate(rows, 1)
    ]
    db.session.execute(insert(PaperItem), items)
    return paper


def make_marking(*, learners: int = 3, markers: int = 3, arbiters: int = 1, blanks: tuple[int, ...] = ()) -> Marking:
    """Everybody has handed in both answers; those in `blanks` wrote nothing (and the first of them not even blanks)."""
    world = make_world(learners=learners)
    sitting = make_sitting(world, make_essay_paper(world))
    sitting.state = SittingState.CLOSED
    attempts = []
    for place, learner in enumerate(world.learners):
        attempt = Attempt(
            code=random_code16(),
            sitting_id=sitting.id,
            learner_id=learner.id,
            user_id=learner.user_id,
            candidate_no=f"K{place + 1:04}",
            source=AttemptSource.ONLINE,
            state=AttemptState.SUBMITTED,
            started_at=NOW,
            due_at=NOW,
            submitted_at=NOW,
        )
        db.session.add(attempt)
        db.session.flush()
        attempts.append(attempt)
        if place in blanks[:1]:
            continue
        texts = {1: "A", 2: "\n　" if place in blanks else f"答{place}", 3: "" if place in blanks else f"例{place}"}
        rows = [
            {"attempt_id": attempt.id, "position": p, "response": text, "is_flagged": False, "seq": 0}
            for p, text in texts.items()
        ]
        db.session.execute(insert(AnswerRow), rows)
    found = Marking(world, sitting, attempts)
    found.markers = [make_user(Role.INSTRUCTOR, name=f"阅卷人{n}") for n in range(markers)]
    found.arbiters = [make_user(Role.INSTRUCTOR, name=f"仲裁人{n}") for n in range(arbiters)]
    db.session.commit()
    return found


def begin(
    made: Marking, mode: Mode = Mode.FOUR, *, tolerance: str = "3", tie: Tie = Tie.ARBITER, control_every: int = 0
) -> None:
    """Open the marking of both essays."""
    terms = [services.ItemTerms(p, mode, Decimal(tolerance), tie, Decimal("0.5")) for p in (2, 3)]
    with transaction():
        services.open_marking(
            sitting_id=made.sitting.id,
            terms=terms,
            marker_ids=[one.id for one in made.markers],
            arbiter_ids=[one.id for one in made.arbiters],
            due_at=DUE,
            control_every=control_every,
            actor=MANAGER,
            now=NOW,
        )


def script(made: Marking, place: int, position: int = 2) -> Script:
    """The script of the nth candidate."""
    db.session.expire_all()
    found = queries.script_of(made.attempts[place].id, position)
    assert found is not None
    return found


def look(found: Script, round_: Round) -> ScriptMark:
    """The task or mark of a round."""
    query = select(ScriptMark).where(ScriptMark.script_id == found.id, ScriptMark.round == round_)
    return db.session.scalars(query).one()


def user_of(mark: ScriptMark) -> Actor:
    """The marker of a task at her desk."""
    return actor_of(db.session.get_one(User, mark.user_id))


def give(mark: ScriptMark, total: str, *, comment: str = "") -> bool:
    """Give `total`, the first ten of it for the first criterion."""
    whole = Decimal(total)
    first = min(whole, Decimal(10))
    written = {"C1": str(first), "C2": str(whole - first)}
    with transaction():
        return services.give_mark(code=mark.code, written=written, levels={}, comment=comment, actor=user_of(mark), now=NOW)


def give_rounds(made: Marking, place: int, *totals: str, position: int = 2) -> Script:
    """Give the rounds of a script one after the other."""
    for round_, total in zip((Round.FIRST, Round.SECOND, Round.THIRD, Round.ARBITER), totals, strict=False):
        give(look(script(made, place, position), round_), total)
    return script(made, place, position)


def give_everything(made: Marking, total: str = "12") -> None:
    """Every open task gets the same mark."""
    query = select(ScriptMark).where(ScriptMark.state == TaskState.OPEN).order_by(ScriptMark.id)
    for one in list(db.session.scalars(query)):
        give(one, total)


def make_results(made: Marking, marks: dict[int, list[str]] | None = None, *, version: int = 1) -> list[Result]:
    """A released list of results: the single question right, the essays as they were marked (or as given by place)."""
    final = queries.final_marks(made.sitting.id)
    rule = db.session.scalar(select(ResultList.rule_id).limit(1)) or _rule_id()
    stored = ResultList(
        sitting_id=made.sitting.id,
        version=version,
        rule_id=rule,
        state=ResultState.RELEASED,
        full_marks=Decimal(41),
        pass_mark=Decimal(60),
        count=len(made.attempts),
        passed_count=0,
        digest=f"{version}" * 8,
        scored_by="李主任",
        scored_at=NOW,
        confirmed_by="赵老师",
        confirmed_at=NOW,
        released_by="赵老师",
        released_at=NOW,
    )
    db.session.add(stored)
    db.session.flush()
    made_results = []
    for place, attempt in enumerate(made.attempts):
        essays = final.get(attempt.id, {})
        items = (marks or {}).get(place) or ["1", *(str(essays.get(p, 0)) for p in (2, 3))]
        total = sum(map(Decimal, items), Decimal(0))
        made_results.append(
            Result(
                code=random_code16(),
                list_id=stored.id,
                sitting_id=made.sitting.id,
                learner_id=attempt.learner_id,
                attempt_id=attempt.id,
                candidate_no=attempt.candidate_no,
                version=version,
                automatic_marks=Decimal(1),
                given_marks=total - 1,
                kind_marks={"single": "1", "essay": str(total - 1)},
                total=total,
                passed=False,
                item_marks=items,
                state=ResultState.RELEASED,
                scored_at=NOW,
                confirmed_by="赵老师",
                confirmed_at=NOW,
                released_at=NOW,
            )
        )
    db.session.add_all(made_results)
    db.session.commit()
    return made_results


def _rule_id() -> int:
    from academy.scoring.models import ScoringRule
    from tests.scoring.test_score_sitting import add_national_rule

    add_national_rule()
    return db.session.scalars(select(ScoringRule.id).limit(1)).one()
