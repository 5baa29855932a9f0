"""Exams and scoring in depth: keys of every kind, parts of a case, marks by kind."""

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None

MARKS = sa.Numeric(7, 2)
LONG = (("question_version", "answer", 500, 8_000), ("paper_item", "key", 500, 8_000),
        ("answer_event", "response", 500, 20_000), ("answer", "response", 500, 20_000))
UNIQUE_BEFORE, UNIQUE = "uq_paper_item_paper_id_question_version_id", "uq_paper_item_paper_id_question_version_id_part"


def _lengthen(widens: bool) -> None:
    for table, column, short, long in LONG:
        before, after = (short, long) if widens else (long, short)
        with op.batch_alter_table(table) as batch_op:
            batch_op.alter_column(
                column, existing_type=sa.String(before), type_=sa.String(after), existing_nullable=False
            )


def upgrade() -> None:
    op.create_table(
        "sealed_word",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("word", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sealed_word")),
    )
    _lengthen(widens=True)
    with op.batch_alter_table("question_version") as batch_op:
        batch_op.add_column(sa.Column("prompts", sa.JSON(), nullable=False, server_default="[]"))
        batch_op.add_column(sa.Column("scoring", sa.JSON(none_as_null=True), nullable=True))
        batch_op.add_column(sa.Column("rubric", sa.JSON(), nullable=False, server_default="[]"))
    with op.batch_alter_table("paper_item") as batch_op:
        batch_op.add_column(sa.Column("part", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("prompt_count", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("scoring", sa.JSON(none_as_null=True), nullable=True))
        batch_op.drop_constraint(UNIQUE_BEFORE, type_="unique")
        batch_op.create_unique_constraint(UNIQUE, ["paper_id", "question_version_id", "part"])
    _sum_up_results()


def _sum_up_results() -> None:
    """Marks by kind become one column of texts; what the rule gave and what people gave become two."""
    with op.batch_alter_table("result") as batch_op:
        batch_op.drop_constraint(op.f("ck_result_parts_add_up"), type_="check")
        batch_op.add_column(sa.Column("automatic_marks", MARKS, nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("given_marks", MARKS, nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("kind_marks", sa.JSON(), nullable=False, server_default="{}"))
    written = """'{"single": "' || CAST(single_marks AS text) || '", "multiple": "' || CAST(multiple_marks AS text) || '"}'"""
    as_json = f"CAST({written} AS json)" if op.get_bind().dialect.name == "postgresql" else written
    op.execute(f"UPDATE result SET automatic_marks = total, kind_marks = {as_json}")
    with op.batch_alter_table("result") as batch_op:
        batch_op.drop_column("single_marks")
        batch_op.drop_column("multiple_marks")
        batch_op.create_check_constraint("parts_add_up", "abs(total - automatic_marks - given_marks) < 0.005")


def downgrade() -> None:
    op.drop_table("sealed_word")
    with op.batch_alter_table("result") as batch_op:
        batch_op.drop_constraint(op.f("ck_result_parts_add_up"), type_="check")
        batch_op.add_column(sa.Column("single_marks", MARKS, nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("multiple_marks", MARKS, nullable=False, server_default="0"))
    op.execute("UPDATE result SET single_marks = total")
    with op.batch_alter_table("result") as batch_op:
        for column in ("automatic_marks", "given_marks", "kind_marks"):
            batch_op.drop_column(column)
        batch_op.create_check_constraint("parts_add_up", "abs(total - single_marks - multiple_marks) < 0.005")
    with op.batch_alter_table("paper_item") as batch_op:
        batch_op.drop_constraint(UNIQUE, type_="unique")
        batch_op.create_unique_constraint(UNIQUE_BEFORE, ["paper_id", "question_version_id"])
        for column in ("scoring", "prompt_count", "part"):
            batch_op.drop_column(column)
    with op.batch_alter_table("question_version") as batch_op:
        for column in ("rubric", "scoring", "prompts"):
            batch_op.drop_column(column)
    _lengthen(widens=False)
