"""A paper that holds every kind of question, for tests of the exam page and of what it saves."""

from decimal import Decimal
from typing import Any, NamedTuple

from academy.core.codes import random_code16
from academy.core.db import db
from academy.exams.models import Paper, PaperItem, Question, QuestionVersion
from academy.exams.rules.keys import AcceptedNumber, AcceptedText, dump_blanks, dump_numbers
from academy.exams.rules.kinds import QuestionKind
from tests.exams.factories import NOW, World

STEPS = ["接案", "预估", "计划", "介入", "评估", "结案"]
FIRST_STEPS = ["评估安全", "结案", "转介", "筹款"]
CASE = "崔奶奶 78 岁，独居，近半年常忘事。"
PARTS: list[dict[str, Any]] = [
    {"no": 1, "kind": "essay", "stem_zh": "请分析崔奶奶的需要。", "marks": "6"},
    {
        "no": 2,
        "kind": "single",
        "stem_zh": "最先要做的是（ ）。",
        "marks": "2",
        "options": FIRST_STEPS,
    },
]


class Asked(NamedTuple):
    """A question to put on the paper; `part` makes it a part of the case."""

    kind: QuestionKind
    stem: str
    options: list[str]
    key: str
    prompts: list[str]
    part: int = 0


ASKED = (
    Asked(QuestionKind.SINGLE, "单选", ["甲", "乙", "丙", "丁"], "B", []),
    Asked(QuestionKind.MULTIPLE, "多选", ["甲", "乙", "丙", "丁", "戊"], "AC", []),
    Asked(QuestionKind.TRUE_FALSE, "判断", [], "T", []),
    Asked(QuestionKind.SHORT_TEXT, "填空", [], dump_blanks(((AcceptedText("助人"),), (AcceptedText("自助"),))), ["", ""]),
    Asked(QuestionKind.NUMERIC, "计算", [], dump_numbers((AcceptedNumber(Decimal("-11.7"), Decimal("0.02")),)), []),
    Asked(QuestionKind.MATCHING, "连线", ["个案", "小组", "社区"], "BAC", ["团体动力", "会谈", "居民参与"]),
    Asked(QuestionKind.ORDERING, "排序", STEPS, "ABCDEF", []),
    Asked(QuestionKind.ESSAY, "论述", [], "", []),
    Asked(QuestionKind.ESSAY, "", [], "", [], part=1),
    Asked(QuestionKind.SINGLE, "", PARTS[1]["options"], "A", [], part=2),
)
POSITIONS = {kind: place for place, kind in reversed(list(enumerate((asked.kind for asked in ASKED), 1)))}


def make_mixed_paper(world: World) -> Paper:
    """One question of every kind, then a case of two parts."""
    paper = Paper(code=random_code16(), title_zh="各题型", minutes=60, blueprint=[], created_at=NOW, created_by="t")
    db.session.add(paper)
    case = _version(world, QuestionKind.CASE, CASE, parts=PARTS)
    for position, asked in enumerate(ASKED, 1):
        wording = case if asked.part else _version(world, asked.kind, asked.stem, asked=asked)
        db.session.add(
            PaperItem(
                paper_id=paper.id,
                position=position,
                question_version_id=wording.id,
                part=asked.part,
                kind=asked.kind,
                option_count=len(asked.options),
                prompt_count=len(asked.prompts),
                key=asked.key,
                marks=Decimal(2),
            )
        )
    db.session.flush()
    return paper


def _version(
    world: World, kind: QuestionKind, stem: str, *, asked: Asked | None = None, parts: list[dict[str, Any]] | None = None
) -> QuestionVersion:
    question = Question(bank_id=world.bank.id, code=random_code16(), kind=kind, topic_zh="", difficulty=2)
    db.session.add(question)
    db.session.flush()
    wording = QuestionVersion(
        question_id=question.id,
        version=1,
        stem_zh=stem,
        options=asked.options if asked else [],
        prompts=asked.prompts if asked and asked.kind is QuestionKind.MATCHING else [],
        answer=asked.key if asked else "",
        marks=Decimal(2),
        sub_questions=parts or [],
        created_at=NOW,
        created_by="t",
    )
    db.session.add(wording)
    db.session.flush()
    return wording
