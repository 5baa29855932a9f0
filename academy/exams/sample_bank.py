"""Sample data of the bank's life: questions of every kind, a material, drafts that wait, a blueprint and its papers."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from academy.accounts import queries as accounts
from academy.core.access import SYSTEM, Actor, Grant, Role
from academy.exams import queries, services
from academy.exams.models import QuestionBank
from academy.exams.rules.blueprint import Cell
from academy.exams.rules.keys import AcceptedNumber, AcceptedText, dump_blanks, dump_numbers
from academy.exams.rules.kinds import QuestionKind
from academy.exams.rules.wording import Wording
from academy.exams.services import Filing

SEED = 2027
MATERIAL = (
    "某社区共有居民1200户。社会工作站上季度入户走访300户，收到议事提案48件，其中停车12件、楼道照明20件、其余为环境卫生。"
    "站里打算按提案数从多到少安排议事会，并请居民代表、物业和社区民警一起到场。"
)
FILING = Filing("SG-03", "社区议事", 3, "学院自编 2026")


def load_bank_life(bank: QuestionBank, *, now: datetime) -> None:
    """Questions of every kind by one teacher, most of them reviewed by another; one blueprint with three papers."""
    author, reviewer = _teacher("instructor@demo.example"), _teacher("manager@demo.example")
    if author is None or reviewer is None:
        return
    written_at = now - timedelta(days=20)
    material = services.write_material(
        bank_id=bank.id, title_zh="某社区的议事提案", text_zh=MATERIAL, actor=author, now=written_at
    )
    pinned = queries.material_versions(material.id)[0].id
    for place, (wording, has_material) in enumerate(_questions()):
        made = services.write_question(
            bank_id=bank.id, code=f"X-{place + 1:04}", wording=wording, filing=FILING, actor=author,
            now=written_at + timedelta(minutes=7 * place), material_version_id=pinned if has_material else None,
        )  # fmt: skip
        if place < 6:
            given = {"code": made.code, "version": 1, "actor": reviewer, "now": written_at + timedelta(days=1)}
            services.review_question(**given, note="题干和答案都核过")  # type: ignore[arg-type]
            if place < 5:
                services.use_question(**given)  # type: ignore[arg-type]
    _correct_one(author, now - timedelta(days=2))
    _assemble(bank, now - timedelta(days=9))


def _teacher(email: str) -> Actor | None:
    user = accounts.find_user_by_email(email)
    return Actor(user.id, user.name_zh, frozenset({Grant(Role.INSTRUCTOR)})) if user else None


def _correct_one(author: Actor, now: datetime) -> None:
    """A question in use with a newer draft that waits for a second person."""
    row = queries.get_question("X-0001")
    wording = replace(queries.wording_of(row.question, row.wording), explanation_zh="照明20件最多，环境卫生16件，停车12件。")
    services.correct_question(
        question_id=row.question.id, seen_version=1, wording=wording, filing=FILING, actor=author, now=now,
        material_version_id=row.wording.material_version_id,
    )  # fmt: skip


def _assemble(bank: QuestionBank, now: datetime) -> None:
    one, two = Decimal(1), Decimal(2)
    cells = (
        Cell(QuestionKind.SINGLE, 20, one, difficulties=(1, 2)),
        Cell(QuestionKind.SINGLE, 15, one, difficulties=(3, 4, 5)),
        Cell(QuestionKind.MULTIPLE, 15, two),
        Cell(QuestionKind.TRUE_FALSE, 5, one),
    )
    blueprint = services.save_blueprint(
        bank_id=bank.id, title_zh="阶段测验", minutes=60, cells=cells, most_common=20, actor=SYSTEM, now=now
    )
    services.assemble_by_blueprint(code=blueprint.code, title_zh="阶段测验", forms=3, seed=SEED, actor=SYSTEM, now=now)


def _questions() -> list[tuple[Wording, bool]]:
    """The wordings, and whether they are about the material."""
    two = Decimal(2)
    ordering = Wording(
        QuestionKind.ORDERING, "按材料，议事会应当先议哪一类提案？请从先到后排列。", two,
        options=("停车", "楼道照明", "环境卫生"), answer="BCA",
    )  # fmt: skip
    numeric = Wording(
        QuestionKind.NUMERIC, "按材料，上季度入户走访的户数占全部户数的百分之几？", two,
        answer=dump_numbers((AcceptedNumber(Decimal(25), Decimal("0.5"), unit="%"),)),
    )  # fmt: skip
    blanks = Wording(
        QuestionKind.SHORT_TEXT,
        "社会工作者设身处地体会服务对象的感受并让对方知道，叫做____；不以自己的好恶评判对方，叫做____。",
        two,
        answer=dump_blanks((
            (AcceptedText("同理心", group="同理"), AcceptedText("共情", group="同理")),
            (AcceptedText("非批判"), AcceptedText("接纳", Decimal("0.5"))),
        )),
    )  # fmt: skip
    matching = Wording(
        QuestionKind.MATCHING, "把左边的做法和右边的工作方法连起来。", Decimal(3),
        options=("个案工作", "小组工作", "社区工作", "社会工作行政"),
        prompts=("与一位独居老人面谈", "组织照顾者互助小组", "动员居民议事"), answer="ABC",
    )  # fmt: skip
    case = Wording(
        QuestionKind.CASE, "刘大姐的楼道照明提案被排在第一位，物业说没有预算，几位居民在会上争执起来。", Decimal(6),
        parts=(
            Wording(QuestionKind.SINGLE, "社会工作者此时首先应当（ ）。", two,
                    options=("请各方冷静并重申议事规则", "宣布散会", "替物业答应下来"), answer="A", no=1),
            Wording(QuestionKind.ESSAY, "请提出一个各方可以接受的解决办法，并说明步骤。", Decimal(4), no=2,
                    explanation_zh="可从公共收益、分期改造、居民自筹等方面提出，步骤清楚。"),
        ),
        rubric=({"criterion_id": "C1", "name_zh": "办法可行、步骤清楚", "max_marks": 4, "sub_question_no": 2, "levels": [
            {"level_zh": "优", "marks": 4, "marks_min": 3.5, "marks_max": 4, "descriptor_zh": "兼顾各方，步骤可做"},
            {"level_zh": "中", "marks": 3, "marks_min": 2, "marks_max": 3, "descriptor_zh": "有办法，步骤不全"},
            {"level_zh": "差", "marks": 1.5, "marks_min": 0, "marks_max": 1.5, "descriptor_zh": "只表态，没有办法"}]},),
    )  # fmt: skip
    essay = Wording(
        QuestionKind.ESSAY, "结合本社区，谈谈怎样让平时不说话的居民在议事会上说话。", Decimal(10),
        rubric=({"criterion_id": "C1", "name_zh": "办法具体", "max_marks": 6, "sub_question_no": None, "levels": []},
                {"criterion_id": "C2", "name_zh": "结合实际", "max_marks": 4, "sub_question_no": None, "levels": []}),
    )  # fmt: skip
    judge = Wording(QuestionKind.TRUE_FALSE, "议事会形成的决定，物业不同意就自动作废。", Decimal(1), answer="F")
    return [
        (ordering, True),
        (numeric, True),
        (blanks, False),
        (matching, False),
        (case, False),
        (essay, False),
        (judge, False),
    ]
