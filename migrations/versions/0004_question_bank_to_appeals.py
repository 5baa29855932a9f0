"""Exams and scoring in depth: the life of questions, blueprints, exam day, delivery, marking, appeals, corrections."""

import sqlalchemy as sa
from alembic import op
revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None

CHECKS = (
    ("exam_sitting", "entry_minutes_positive", "entry_minutes > 0"),
    ("exam_candidate", "extra_percent_in_reach", "extra_percent BETWEEN 0 AND 200"),
    ("question", "exposure_limit_positive", "exposure_limit > 0"),
    ("question_version", "reviewed_by_another", "reviewer_id IS NULL OR author_id IS NULL OR reviewer_id <> author_id"),
    ("question_version", "reviewed_before_use", "status IN ('draft', 'retired') OR origin = 'taken_over' OR reviewer_id IS NOT NULL"),
)
PARTS_BEFORE = "abs(total - automatic_marks - given_marks) < 0.005"
PARTS = "abs(total - automatic_marks - given_marks - adjusted_marks) < 0.005"
EVENTS_SAY = "answer events are only ever added"
LOG_SAYS = "the log of a sitting is append-only: write a countering entry instead"
LOG_KEPT = (
    "code, counters_id, extended, kind, lets_in, minutes, note, recorded_at, recorded_by, recorded_by_id, sitting_id"
)


def _function(name: str, says: str) -> str:
    return (
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"RAISE EXCEPTION '{says}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )


def _not_emptied(table: str) -> str:
    return (
        f"CREATE TRIGGER {table}_not_emptied BEFORE TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_append_only()"
    )


def _abort(name: str, when: str, says: str) -> str:
    return f"CREATE TRIGGER {name} BEFORE {when} BEGIN SELECT RAISE(ABORT, '{says}'); END"


TRIGGERS = {
    "postgresql": (
        _function("answer_event_append_only", EVENTS_SAY),
        "CREATE TRIGGER answer_event_append_only BEFORE UPDATE OR DELETE ON answer_event "
        "FOR EACH ROW EXECUTE FUNCTION answer_event_append_only()",
        _not_emptied("answer_event"),
        _function("exam_incident_append_only", LOG_SAYS),
        f"CREATE TRIGGER exam_incident_append_only BEFORE UPDATE OF {LOG_KEPT} OR DELETE ON exam_incident "
        "FOR EACH ROW EXECUTE FUNCTION exam_incident_append_only()",
        _not_emptied("exam_incident"),
        "ALTER TABLE exam_room ADD CONSTRAINT ex_exam_room_twice EXCLUDE USING gist ("
        "int8range(room_id, room_id, '[]') WITH &&, tstzrange(starts_at, ends_at) WITH &&) WHERE (is_held)",
    ),
    "sqlite": (
        _abort("answer_event_no_update", "UPDATE ON answer_event", EVENTS_SAY),
        _abort("answer_event_no_delete", "DELETE ON answer_event", EVENTS_SAY),
        _abort("exam_incident_no_update", f"UPDATE OF {LOG_KEPT} ON exam_incident", LOG_SAYS),
        _abort("exam_incident_no_delete", "DELETE ON exam_incident", LOG_SAYS),
    ),
}
UNTRIGGERS = {
    "postgresql": (
        "DROP TRIGGER exam_incident_not_emptied ON exam_incident",
        "DROP TRIGGER exam_incident_append_only ON exam_incident",
        "DROP FUNCTION exam_incident_append_only()",
        "DROP TRIGGER answer_event_not_emptied ON answer_event",
        "DROP TRIGGER answer_event_append_only ON answer_event",
        "DROP FUNCTION answer_event_append_only()",
    ),
    "sqlite": (
        "DROP TRIGGER exam_incident_no_delete",
        "DROP TRIGGER exam_incident_no_update",
        "DROP TRIGGER answer_event_no_delete",
        "DROP TRIGGER answer_event_no_update",
    ),
}


def _execute_all(statements: dict[str, tuple[str, ...]]) -> None:
    """For the dialect at hand; last of all, because SQLite loses triggers when a table is rebuilt."""
    for statement in statements[op.get_bind().dialect.name]:
        op.execute(statement)


def _check_parts(condition: str) -> None:
    with op.batch_alter_table("result") as batch_op:
        batch_op.drop_constraint(op.f("ck_result_parts_add_up"), type_="check")
        batch_op.create_check_constraint("parts_add_up", condition)


def _write_keys_anew() -> None:
    """Keys of blanks and numbers were texts such as "甲|乙" and "45±0.1"; papers could not hold these kinds yet."""
    from academy.exams.rules.formats import modern_key
    from academy.exams.rules.kinds import QuestionKind

    rows = op.get_bind().execute(sa.text(
        "SELECT v.id, q.kind, v.answer FROM question_version v JOIN question q ON q.id = v.question_id "
        "WHERE q.kind IN ('short_text', 'numeric') AND v.answer NOT LIKE '[[%'"
    )).all()
    for row in rows:
        values = {"id": row.id, "answer": modern_key(QuestionKind(row.kind), row.answer)}
        op.get_bind().execute(sa.text("UPDATE question_version SET answer = :answer WHERE id = :id"), values)



def upgrade() -> None:
    op.create_table('exam_rules',
    sa.Column('version', sa.String(length=16), nullable=False),
    sa.Column('sentences', sa.JSON(), nullable=False),
    sa.Column('first_shown_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('version', name=op.f('pk_exam_rules'))
    )
    op.create_table('blueprint',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=16), nullable=False),
    sa.Column('bank_id', sa.Integer(), nullable=False),
    sa.Column('title_zh', sa.String(length=120), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['bank_id'], ['question_bank.id'], name=op.f('fk_blueprint_bank_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_blueprint')),
    sa.UniqueConstraint('code', name=op.f('uq_blueprint_code'))
    )
    op.create_table('material',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('bank_id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=16), nullable=False),
    sa.Column('title_zh', sa.String(length=120), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['bank_id'], ['question_bank.id'], name=op.f('fk_material_bank_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_material')),
    sa.UniqueConstraint('code', name=op.f('uq_material_code'))
    )
    op.create_table('pass_line',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('subject_code', sa.String(length=16), nullable=False),
    sa.Column('division_code', sa.String(length=6), nullable=False),
    sa.Column('exam_year', sa.Integer(), nullable=False),
    sa.Column('pass_mark', sa.Numeric(precision=5, scale=2), nullable=False),
    sa.Column('source_zh', sa.String(length=300), nullable=False),
    sa.Column('entered_by', sa.String(length=120), nullable=False),
    sa.Column('entered_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('pass_mark BETWEEN 0 AND 100', name=op.f('ck_pass_line_mark_of_100')),
    sa.ForeignKeyConstraint(['division_code'], ['division.code'], name=op.f('fk_pass_line_division_code')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_pass_line')),
    sa.UniqueConstraint('subject_code', 'division_code', 'exam_year', name=op.f('uq_pass_line_subject_code_division_code_exam_year'))
    )
    op.create_table('blueprint_version',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('blueprint_id', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('minutes', sa.Integer(), nullable=False),
    sa.Column('cells', sa.JSON(), nullable=False),
    sa.Column('most_common', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.String(length=120), nullable=False),
    sa.CheckConstraint('minutes > 0', name=op.f('ck_blueprint_version_minutes_positive')),
    sa.CheckConstraint('most_common BETWEEN 0 AND 100', name=op.f('ck_blueprint_version_most_common_is_percent')),
    sa.ForeignKeyConstraint(['blueprint_id'], ['blueprint.id'], name=op.f('fk_blueprint_version_blueprint_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_blueprint_version')),
    sa.UniqueConstraint('blueprint_id', 'version', name=op.f('uq_blueprint_version_blueprint_id_version'))
    )
    op.create_table('material_version',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('material_id', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('text_zh', sa.String(length=20000), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.String(length=120), nullable=False),
    sa.ForeignKeyConstraint(['material_id'], ['material.id'], name=op.f('fk_material_version_material_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_material_version')),
    sa.UniqueConstraint('material_id', 'version', name=op.f('uq_material_version_material_id_version'))
    )
    op.create_table('practice_run',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=16), nullable=False),
    sa.Column('learner_id', sa.Integer(), nullable=False),
    sa.Column('title_zh', sa.String(length=120), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['learner_id'], ['learner.id'], name=op.f('fk_practice_run_learner_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_practice_run')),
    sa.UniqueConstraint('code', name=op.f('uq_practice_run_code'))
    )
    with op.batch_alter_table('practice_run', schema=None) as batch_op:
        batch_op.create_index('ix_practice_run_learner', ['learner_id', 'started_at'], unique=False)

    op.create_table('exam_slot_group',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=16), nullable=False),
    sa.Column('class_id', sa.Integer(), nullable=False),
    sa.Column('title_zh', sa.String(length=120), nullable=False),
    sa.Column('change_until', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.String(length=120), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['class_id'], ['training_class.id'], name=op.f('fk_exam_slot_group_class_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_exam_slot_group')),
    sa.UniqueConstraint('code', name=op.f('uq_exam_slot_group_code'))
    )
    with op.batch_alter_table('exam_slot_group', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_exam_slot_group_class_id'), ['class_id'], unique=False)

    op.create_table('paper_key',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('paper_id', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('made_by', sa.String(length=120), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['paper_id'], ['paper.id'], name=op.f('fk_paper_key_paper_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_paper_key')),
    sa.UniqueConstraint('paper_id', 'version', name=op.f('uq_paper_key_paper_id_version'))
    )
    op.create_table('paper_proof',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('paper_id', sa.Integer(), nullable=False),
    sa.Column('checked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('checked_by', sa.String(length=120), nullable=False),
    sa.Column('is_met', sa.Boolean(), nullable=False),
    sa.Column('found', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['paper_id'], ['paper.id'], name=op.f('fk_paper_proof_paper_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_paper_proof'))
    )
    with op.batch_alter_table('paper_proof', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_paper_proof_paper_id'), ['paper_id'], unique=False)

    op.create_table('practice_item',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('run_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('question_version_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('option_count', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=8000), nullable=False),
    sa.Column('scoring', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('marks', sa.Numeric(precision=7, scale=2), nullable=False),
    sa.Column('response', sa.String(length=20000), server_default='', nullable=False),
    sa.CheckConstraint('marks > 0', name=op.f('ck_practice_item_marks_positive')),
    sa.ForeignKeyConstraint(['question_version_id'], ['question_version.id'], name=op.f('fk_practice_item_question_version_id')),
    sa.ForeignKeyConstraint(['run_id'], ['practice_run.id'], name=op.f('fk_practice_item_run_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_practice_item')),
    sa.UniqueConstraint('run_id', 'position', name=op.f('uq_practice_item_run_id_position'))
    )
    with op.batch_alter_table('practice_item', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_practice_item_question_version_id'), ['question_version_id'], unique=False)

    op.create_table('question_picture',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('version_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('file_id', sa.Integer(), nullable=False),
    sa.Column('width', sa.Integer(), nullable=False),
    sa.Column('height', sa.Integer(), nullable=False),
    sa.Column('alt_zh', sa.String(length=300), nullable=False),
    sa.CheckConstraint('length(alt_zh) > 0', name=op.f('ck_question_picture_alt_given')),
    sa.ForeignKeyConstraint(['file_id'], ['stored_file.id'], name=op.f('fk_question_picture_file_id')),
    sa.ForeignKeyConstraint(['version_id'], ['question_version.id'], name=op.f('fk_question_picture_version_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_question_picture')),
    sa.UniqueConstraint('version_id', 'position', name=op.f('uq_question_picture_version_id_position'))
    )
    with op.batch_alter_table('question_picture', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_question_picture_file_id'), ['file_id'], unique=False)

    op.create_table('question_step',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('version_id', sa.Integer(), nullable=False),
    sa.Column('move', sa.String(length=20), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('actor_name', sa.String(length=120), nullable=False),
    sa.Column('note', sa.String(length=1000), nullable=False),
    sa.ForeignKeyConstraint(['version_id'], ['question_version.id'], name=op.f('fk_question_step_version_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_question_step'))
    )
    with op.batch_alter_table('question_step', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_question_step_version_id'), ['version_id'], unique=False)

    op.create_table('appeal_setting',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('sitting_id', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('opens_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closes_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('quota', sa.Integer(), nullable=False),
    sa.Column('policy', sa.String(length=20), nullable=False),
    sa.Column('may_lower', sa.Boolean(), server_default=sa.false(), nullable=False),
    sa.Column('set_by', sa.String(length=120), nullable=False),
    sa.Column('set_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('closes_at > opens_at', name=op.f('ck_appeal_setting_window_forward')),
    sa.CheckConstraint('quota BETWEEN 1 AND 20', name=op.f('ck_appeal_setting_quota_counts')),
    sa.ForeignKeyConstraint(['sitting_id'], ['exam_sitting.id'], name=op.f('fk_appeal_setting_sitting_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_appeal_setting')),
    sa.UniqueConstraint('sitting_id', 'version', name=op.f('uq_appeal_setting_sitting_id_version'))
    )
    op.create_table('exam_accommodation',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('sitting_id', sa.Integer(), nullable=False),
    sa.Column('learner_id', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('percent', sa.Integer(), nullable=False),
    sa.Column('reason', sa.LargeBinary(), nullable=False),
    sa.Column('decided_by', sa.String(length=120), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('percent BETWEEN 0 AND 200', name=op.f('ck_exam_accommodation_percent_in_reach')),
    sa.ForeignKeyConstraint(['learner_id'], ['learner.id'], name=op.f('fk_exam_accommodation_learner_id')),
    sa.ForeignKeyConstraint(['sitting_id'], ['exam_sitting.id'], name=op.f('fk_exam_accommodation_sitting_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_exam_accommodation')),
    sa.UniqueConstraint('sitting_id', 'learner_id', 'version', name=op.f('uq_exam_accommodation_sitting_id_learner_id_version'))
    )
    with op.batch_alter_table('exam_accommodation', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_exam_accommodation_learner_id'), ['learner_id'], unique=False)

    op.create_table('exam_confirmation',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('sitting_id', sa.Integer(), nullable=False),
    sa.Column('learner_id', sa.Integer(), nullable=False),
    sa.Column('rules_version', sa.String(length=16), nullable=False),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['learner_id'], ['learner.id'], name=op.f('fk_exam_confirmation_learner_id')),
    sa.ForeignKeyConstraint(['rules_version'], ['exam_rules.version'], name=op.f('fk_exam_confirmation_rules_version')),
    sa.ForeignKeyConstraint(['sitting_id'], ['exam_sitting.id'], name=op.f('fk_exam_confirmation_sitting_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_exam_confirmation')),
    sa.UniqueConstraint('sitting_id', 'learner_id', 'rules_version', name=op.f('uq_exam_confirmation_sitting_id_learner_id_rules_version'))
    )
    with op.batch_alter_table('exam_confirmation', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_exam_confirmation_learner_id'), ['learner_id'], unique=False)

    op.create_table('exam_incident',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=16), nullable=False),
    sa.Column('sitting_id', sa.Integer(), nullable=False),
    sa.Column('learner_id', sa.Integer(), nullable=True),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('minutes', sa.Integer(), nullable=True),
    sa.Column('lets_in', sa.Boolean(), server_default=sa.false(), nullable=False),
    sa.Column('extended', sa.Integer(), nullable=False),
    sa.Column('note', sa.String(length=1000), nullable=False),
    sa.Column('counters_id', sa.Integer(), nullable=True),
    sa.Column('recorded_by_id', sa.Integer(), nullable=True),
    sa.Column('recorded_by', sa.String(length=120), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("(kind = 'extra_time') = (minutes IS NOT NULL)", name=op.f('ck_exam_incident_minutes_for_extra_time')),
    sa.CheckConstraint("NOT lets_in OR (kind = 'late' AND learner_id IS NOT NULL)", name=op.f('ck_exam_incident_lets_in_the_late')),
    sa.CheckConstraint('length(note) > 0', name=op.f('ck_exam_incident_note_given')),
    sa.CheckConstraint('minutes BETWEEN 1 AND 240', name=op.f('ck_exam_incident_minutes_in_reach')),
    sa.ForeignKeyConstraint(['counters_id'], ['exam_incident.id'], name=op.f('fk_exam_incident_counters_id')),
    sa.ForeignKeyConstraint(['learner_id'], ['learner.id'], name=op.f('fk_exam_incident_learner_id')),
    sa.ForeignKeyConstraint(['recorded_by_id'], ['user_account.id'], name=op.f('fk_exam_incident_recorded_by_id')),
    sa.ForeignKeyConstraint(['sitting_id'], ['exam_sitting.id'], name=op.f('fk_exam_incident_sitting_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_exam_incident')),
    sa.UniqueConstraint('code', name=op.f('uq_exam_incident_code')),
    sa.UniqueConstraint('counters_id', name=op.f('uq_exam_incident_counters_id'))
    )
    with op.batch_alter_table('exam_incident', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_exam_incident_learner_id'), ['learner_id'], unique=False)
        batch_op.create_index('ix_exam_incident_log', ['sitting_id', 'id'], unique=False)

    op.create_table('exam_room',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('sitting_id', sa.Integer(), nullable=False),
    sa.Column('room_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('capacity', sa.Integer(), nullable=False),
    sa.Column('gap', sa.Integer(), nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('is_held', sa.Boolean(), nullable=False),
    sa.CheckConstraint('capacity > 0', name=op.f('ck_exam_room_capacity_positive')),
    sa.CheckConstraint('gap BETWEEN 0 AND 2', name=op.f('ck_exam_room_gap_0_to_2')),
    sa.CheckConstraint('number > 0', name=op.f('ck_exam_room_number_positive')),
    sa.ForeignKeyConstraint(['room_id'], ['room.id'], name=op.f('fk_exam_room_room_id')),
    sa.ForeignKeyConstraint(['sitting_id'], ['exam_sitting.id'], name=op.f('fk_exam_room_sitting_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_exam_room')),
    sa.UniqueConstraint('id', 'sitting_id', name=op.f('uq_exam_room_id_sitting_id')),
    sa.UniqueConstraint('sitting_id', 'number', name=op.f('uq_exam_room_sitting_id_number')),
    sa.UniqueConstraint('sitting_id', 'room_id', name=op.f('uq_exam_room_sitting_id_room_id'))
    )
    with op.batch_alter_table('exam_room', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_exam_room_room_id'), ['room_id'], unique=False)

    op.create_table('exam_slot',
    sa.Column('sitting_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('group_id', sa.Integer(), nullable=False),
    sa.Column('seats', sa.Integer(), nullable=False),
    sa.Column('taken', sa.Integer(), nullable=False),
    sa.CheckConstraint('seats > 0', name=op.f('ck_exam_slot_seats_positive')),
    sa.CheckConstraint('taken BETWEEN 0 AND seats', name=op.f('ck_exam_slot_taken_within_seats')),
    sa.ForeignKeyConstraint(['group_id'], ['exam_slot_group.id'], name=op.f('fk_exam_slot_group_id')),
    sa.ForeignKeyConstraint(['sitting_id'], ['exam_sitting.id'], name=op.f('fk_exam_slot_sitting_id')),
    sa.PrimaryKeyConstraint('sitting_id', name=op.f('pk_exam_slot')),
    sa.UniqueConstraint('sitting_id', 'group_id', name=op.f('uq_exam_slot_sitting_id_group_id'))
    )
    with op.batch_alter_table('exam_slot', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_exam_slot_group_id'), ['group_id'], unique=False)

    op.create_table('key_correction',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('paper_key_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('treatment', sa.String(length=20), nullable=False),
    sa.Column('key', sa.String(length=8000), nullable=True),
    sa.Column('marks', sa.Numeric(precision=7, scale=2), nullable=True),
    sa.Column('scoring', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('question_version_id', sa.Integer(), nullable=True),
    sa.CheckConstraint('marks IS NULL OR marks > 0', name=op.f('ck_key_correction_marks_positive')),
    sa.ForeignKeyConstraint(['paper_key_id'], ['paper_key.id'], name=op.f('fk_key_correction_paper_key_id')),
    sa.ForeignKeyConstraint(['question_version_id'], ['question_version.id'], name=op.f('fk_key_correction_question_version_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_key_correction')),
    sa.UniqueConstraint('paper_key_id', 'position', name=op.f('uq_key_correction_paper_key_id_position'))
    )
    op.create_table('marking_plan',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('sitting_id', sa.Integer(), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('control_every', sa.Integer(), nullable=False),
    sa.Column('opened_by', sa.String(length=120), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('control_every >= 0', name=op.f('ck_marking_plan_control_every_counts')),
    sa.ForeignKeyConstraint(['sitting_id'], ['exam_sitting.id'], name=op.f('fk_marking_plan_sitting_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_marking_plan')),
    sa.UniqueConstraint('sitting_id', name=op.f('uq_marking_plan_sitting_id'))
    )
    with op.batch_alter_table('marking_plan', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_marking_plan_due_at'), ['due_at'], unique=False)

    op.create_table('result_hold',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=16), nullable=False),
    sa.Column('sitting_id', sa.Integer(), nullable=False),
    sa.Column('learner_id', sa.Integer(), nullable=False),
    sa.Column('candidate_no', sa.String(length=20), nullable=False),
    sa.Column('reason', sa.String(length=500), nullable=False),
    sa.Column('held_by', sa.String(length=120), nullable=False),
    sa.Column('held_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('lift_reason', sa.String(length=500), nullable=False),
    sa.Column('lifted_by', sa.String(length=120), nullable=False),
    sa.Column('lifted_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['learner_id'], ['learner.id'], name=op.f('fk_result_hold_learner_id')),
    sa.ForeignKeyConstraint(['sitting_id'], ['exam_sitting.id'], name=op.f('fk_result_hold_sitting_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_result_hold')),
    sa.UniqueConstraint('code', name=op.f('uq_result_hold_code'))
    )
    with op.batch_alter_table('result_hold', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_result_hold_learner_id'), ['learner_id'], unique=False)
        batch_op.create_index('uq_result_hold_live', ['sitting_id', 'learner_id'], unique=True, sqlite_where=sa.text('lifted_at IS NULL'), postgresql_where=sa.text('lifted_at IS NULL'))

    op.create_table('sitting_subject',
    sa.Column('sitting_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('subject_code', sa.String(length=16), nullable=False),
    sa.Column('exam_year', sa.Integer(), nullable=False),
    sa.Column('named_by', sa.String(length=120), nullable=False),
    sa.Column('named_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('exam_year BETWEEN 2000 AND 2100', name=op.f('ck_sitting_subject_year_near')),
    sa.ForeignKeyConstraint(['sitting_id'], ['exam_sitting.id'], name=op.f('fk_sitting_subject_sitting_id')),
    sa.PrimaryKeyConstraint('sitting_id', name=op.f('pk_sitting_subject'))
    )
    with op.batch_alter_table('sitting_subject', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_sitting_subject_subject_code'), ['subject_code'], unique=False)

    op.create_table('standard_setting',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=16), nullable=False),
    sa.Column('sitting_id', sa.Integer(), nullable=False),
    sa.Column('method', sa.String(length=30), nullable=False),
    sa.Column('panel', sa.String(length=1000), nullable=False),
    sa.Column('figures', sa.JSON(), nullable=False),
    sa.Column('full_marks', sa.Numeric(precision=7, scale=2), nullable=False),
    sa.Column('cut', sa.Numeric(precision=7, scale=2), nullable=True),
    sa.Column('error', sa.Numeric(precision=9, scale=4), nullable=True),
    sa.Column('note', sa.String(length=2000), nullable=False),
    sa.Column('made_by', sa.String(length=120), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['sitting_id'], ['exam_sitting.id'], name=op.f('fk_standard_setting_sitting_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_standard_setting')),
    sa.UniqueConstraint('code', name=op.f('uq_standard_setting_code'))
    )
    with op.batch_alter_table('standard_setting', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_standard_setting_sitting_id'), ['sitting_id'], unique=False)

    op.create_table('exam_invigilator',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('sitting_id', sa.Integer(), nullable=False),
    sa.Column('instructor_id', sa.Integer(), nullable=False),
    sa.Column('exam_room_id', sa.Integer(), nullable=True),
    sa.Column('assigned_by', sa.String(length=120), nullable=False),
    sa.Column('assigned_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['exam_room_id', 'sitting_id'], ['exam_room.id', 'exam_room.sitting_id'], name='fk_exam_invigilator_room'),
    sa.ForeignKeyConstraint(['instructor_id'], ['instructor.id'], name=op.f('fk_exam_invigilator_instructor_id')),
    sa.ForeignKeyConstraint(['sitting_id'], ['exam_sitting.id'], name=op.f('fk_exam_invigilator_sitting_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_exam_invigilator')),
    sa.UniqueConstraint('sitting_id', 'instructor_id', name=op.f('uq_exam_invigilator_sitting_id_instructor_id'))
    )
    with op.batch_alter_table('exam_invigilator', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_exam_invigilator_instructor_id'), ['instructor_id'], unique=False)

    op.create_table('exam_seat',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('sitting_id', sa.Integer(), nullable=False),
    sa.Column('exam_room_id', sa.Integer(), nullable=False),
    sa.Column('learner_id', sa.Integer(), nullable=False),
    sa.Column('row_no', sa.Integer(), nullable=False),
    sa.Column('column_no', sa.Integer(), nullable=False),
    sa.Column('seated_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('row_no > 0 AND column_no > 0', name=op.f('ck_exam_seat_place_positive')),
    sa.ForeignKeyConstraint(['exam_room_id', 'sitting_id'], ['exam_room.id', 'exam_room.sitting_id'], name='fk_exam_seat_room'),
    sa.ForeignKeyConstraint(['learner_id'], ['learner.id'], name=op.f('fk_exam_seat_learner_id')),
    sa.ForeignKeyConstraint(['sitting_id'], ['exam_sitting.id'], name=op.f('fk_exam_seat_sitting_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_exam_seat')),
    sa.UniqueConstraint('exam_room_id', 'row_no', 'column_no', name=op.f('uq_exam_seat_exam_room_id_row_no_column_no')),
    sa.UniqueConstraint('sitting_id', 'learner_id', name=op.f('uq_exam_seat_sitting_id_learner_id'))
    )
    with op.batch_alter_table('exam_seat', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_exam_seat_learner_id'), ['learner_id'], unique=False)

    op.create_table('exam_slot_booking',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('group_id', sa.Integer(), nullable=False),
    sa.Column('sitting_id', sa.Integer(), nullable=False),
    sa.Column('learner_id', sa.Integer(), nullable=False),
    sa.Column('booked_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['group_id'], ['exam_slot_group.id'], name=op.f('fk_exam_slot_booking_group_id')),
    sa.ForeignKeyConstraint(['learner_id'], ['learner.id'], name=op.f('fk_exam_slot_booking_learner_id')),
    sa.ForeignKeyConstraint(['sitting_id', 'group_id'], ['exam_slot.sitting_id', 'exam_slot.group_id'], name='fk_exam_slot_booking_slot'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_exam_slot_booking')),
    sa.UniqueConstraint('group_id', 'learner_id', name=op.f('uq_exam_slot_booking_group_id_learner_id'))
    )
    with op.batch_alter_table('exam_slot_booking', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_exam_slot_booking_learner_id'), ['learner_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_exam_slot_booking_sitting_id'), ['sitting_id'], unique=False)

    op.create_table('marking_item',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('plan_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('mode', sa.String(length=20), nullable=False),
    sa.Column('tolerance', sa.Numeric(precision=7, scale=2), nullable=False),
    sa.Column('tie', sa.String(length=20), nullable=False),
    sa.Column('step', sa.Numeric(precision=4, scale=2), nullable=False),
    sa.Column('full_marks', sa.Numeric(precision=7, scale=2), nullable=False),
    sa.Column('criteria', sa.JSON(), nullable=False),
    sa.CheckConstraint('step > 0', name=op.f('ck_marking_item_step_positive')),
    sa.CheckConstraint('tolerance >= 0', name=op.f('ck_marking_item_tolerance_counts')),
    sa.ForeignKeyConstraint(['plan_id'], ['marking_plan.id'], name=op.f('fk_marking_item_plan_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_marking_item')),
    sa.UniqueConstraint('plan_id', 'position', name=op.f('uq_marking_item_plan_id_position'))
    )
    op.create_table('marking_member',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('plan_id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('is_arbiter', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['plan_id'], ['marking_plan.id'], name=op.f('fk_marking_member_plan_id')),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_marking_member_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_marking_member')),
    sa.UniqueConstraint('plan_id', 'user_id', name=op.f('uq_marking_member_plan_id_user_id'))
    )
    with op.batch_alter_table('marking_member', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_marking_member_user_id'), ['user_id'], unique=False)

    op.create_table('result_change',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=16), nullable=False),
    sa.Column('sitting_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('reason', sa.String(length=500), nullable=False),
    sa.Column('base_list_id', sa.Integer(), nullable=False),
    sa.Column('paper_key_id', sa.Integer(), nullable=True),
    sa.Column('adjustment', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('pass_mark', sa.Numeric(precision=5, scale=2), nullable=True),
    sa.Column('standard_id', sa.Integer(), nullable=True),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('proposed_by_id', sa.Integer(), nullable=True),
    sa.Column('proposed_by', sa.String(length=120), nullable=False),
    sa.Column('proposed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_by_id', sa.Integer(), nullable=True),
    sa.Column('decided_by', sa.String(length=120), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('made_list_id', sa.Integer(), nullable=True),
    sa.Column('undo_reason', sa.String(length=500), nullable=False),
    sa.Column('undo_proposed_by_id', sa.Integer(), nullable=True),
    sa.Column('undo_proposed_by', sa.String(length=120), nullable=False),
    sa.Column('undo_proposed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('undone_by_id', sa.Integer(), nullable=True),
    sa.Column('undone_by', sa.String(length=120), nullable=False),
    sa.Column('undone_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('undo_list_id', sa.Integer(), nullable=True),
    sa.CheckConstraint("(state = 'undone') = (undo_list_id IS NOT NULL)", name=op.f('ck_result_change_list_undone')),
    sa.CheckConstraint("(state IN ('committed', 'undo_proposed', 'undone')) = (made_list_id IS NOT NULL)", name=op.f('ck_result_change_list_made')),
    sa.CheckConstraint('decided_by_id IS NULL OR decided_by_id <> proposed_by_id', name=op.f('ck_result_change_two_people')),
    sa.CheckConstraint('undone_by_id IS NULL OR undone_by_id <> undo_proposed_by_id', name=op.f('ck_result_change_undo_two_people')),
    sa.ForeignKeyConstraint(['base_list_id'], ['result_list.id'], name=op.f('fk_result_change_base_list_id')),
    sa.ForeignKeyConstraint(['decided_by_id'], ['user_account.id'], name=op.f('fk_result_change_decided_by_id')),
    sa.ForeignKeyConstraint(['made_list_id'], ['result_list.id'], name=op.f('fk_result_change_made_list_id')),
    sa.ForeignKeyConstraint(['paper_key_id'], ['paper_key.id'], name=op.f('fk_result_change_paper_key_id')),
    sa.ForeignKeyConstraint(['proposed_by_id'], ['user_account.id'], name=op.f('fk_result_change_proposed_by_id')),
    sa.ForeignKeyConstraint(['sitting_id'], ['exam_sitting.id'], name=op.f('fk_result_change_sitting_id')),
    sa.ForeignKeyConstraint(['standard_id'], ['standard_setting.id'], name=op.f('fk_result_change_standard_id')),
    sa.ForeignKeyConstraint(['undo_list_id'], ['result_list.id'], name=op.f('fk_result_change_undo_list_id')),
    sa.ForeignKeyConstraint(['undo_proposed_by_id'], ['user_account.id'], name=op.f('fk_result_change_undo_proposed_by_id')),
    sa.ForeignKeyConstraint(['undone_by_id'], ['user_account.id'], name=op.f('fk_result_change_undone_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_result_change')),
    sa.UniqueConstraint('code', name=op.f('uq_result_change_code'))
    )
    with op.batch_alter_table('result_change', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_result_change_made_list_id'), ['made_list_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_result_change_paper_key_id'), ['paper_key_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_result_change_sitting_id'), ['sitting_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_result_change_state'), ['state'], unique=False)
        batch_op.create_index('uq_result_change_open', ['sitting_id'], unique=True, sqlite_where=sa.text("state IN ('proposed', 'undo_proposed')"), postgresql_where=sa.text("state IN ('proposed', 'undo_proposed')"))

    op.create_table('resume_code',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('attempt_id', sa.Integer(), nullable=False),
    sa.Column('code_hash', sa.String(length=64), nullable=False),
    sa.Column('reason', sa.String(length=200), nullable=False),
    sa.Column('issued_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('issued_by', sa.String(length=120), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('tries', sa.Integer(), server_default='0', nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('expires_at > issued_at', name=op.f('ck_resume_code_expires_later')),
    sa.CheckConstraint('used_at IS NULL OR ended_at IS NOT NULL', name=op.f('ck_resume_code_used_is_ended')),
    sa.ForeignKeyConstraint(['attempt_id'], ['attempt.id'], name=op.f('fk_resume_code_attempt_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_resume_code'))
    )
    with op.batch_alter_table('resume_code', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_resume_code_attempt_id'), ['attempt_id'], unique=False)
        batch_op.create_index('uq_resume_code_open', ['attempt_id'], unique=True, postgresql_where=sa.text('ended_at IS NULL'), sqlite_where=sa.text('ended_at IS NULL'))

    op.create_table('script',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('sitting_id', sa.Integer(), nullable=False),
    sa.Column('attempt_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('mark', sa.Numeric(precision=7, scale=2), nullable=True),
    sa.Column('how', sa.String(length=20), nullable=True),
    sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(state = 'settled') = (mark IS NOT NULL)", name=op.f('ck_script_mark_when_settled')),
    sa.CheckConstraint('(how IS NULL) = (mark IS NULL)', name=op.f('ck_script_how_with_mark')),
    sa.CheckConstraint('mark >= 0', name=op.f('ck_script_mark_counts')),
    sa.ForeignKeyConstraint(['attempt_id'], ['attempt.id'], name=op.f('fk_script_attempt_id')),
    sa.ForeignKeyConstraint(['sitting_id'], ['exam_sitting.id'], name=op.f('fk_script_sitting_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_script')),
    sa.UniqueConstraint('attempt_id', 'position', name=op.f('uq_script_attempt_id_position'))
    )
    with op.batch_alter_table('script', schema=None) as batch_op:
        batch_op.create_index('ix_script_item', ['sitting_id', 'position', 'state'], unique=False)

    op.create_table('appeal',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=16), nullable=False),
    sa.Column('sitting_id', sa.Integer(), nullable=False),
    sa.Column('attempt_id', sa.Integer(), nullable=False),
    sa.Column('result_id', sa.Integer(), nullable=False),
    sa.Column('setting_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('reason', sa.String(length=2000), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('filed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('old_mark', sa.Numeric(precision=7, scale=2), nullable=True),
    sa.Column('new_mark', sa.Numeric(precision=7, scale=2), nullable=True),
    sa.Column('is_fall_meant', sa.Boolean(), server_default=sa.false(), nullable=False),
    sa.Column('ground', sa.String(length=20), nullable=True),
    sa.Column('answer', sa.String(length=2000), nullable=False),
    sa.Column('decided_by_id', sa.Integer(), nullable=True),
    sa.Column('decided_by', sa.String(length=120), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(state = 'granted') = (ground IS NOT NULL)", name=op.f('ck_appeal_ground_when_granted')),
    sa.CheckConstraint("(state = 'granted') = (new_mark IS NOT NULL)", name=op.f('ck_appeal_new_mark_when_granted')),
    sa.CheckConstraint("(state IN ('granted', 'rejected')) = (decided_at IS NOT NULL)", name=op.f('ck_appeal_decided_when_said')),
    sa.CheckConstraint('new_mark <> old_mark', name=op.f('ck_appeal_granted_changes')),
    sa.CheckConstraint('new_mark >= 0', name=op.f('ck_appeal_new_mark_counts')),
    sa.CheckConstraint('new_mark >= old_mark OR is_fall_meant', name=op.f('ck_appeal_fall_is_meant')),
    sa.CheckConstraint('number BETWEEN 1 AND 20', name=op.f('ck_appeal_number_in_quota')),
    sa.ForeignKeyConstraint(['attempt_id'], ['attempt.id'], name=op.f('fk_appeal_attempt_id')),
    sa.ForeignKeyConstraint(['decided_by_id'], ['user_account.id'], name=op.f('fk_appeal_decided_by_id')),
    sa.ForeignKeyConstraint(['result_id'], ['result.id'], name=op.f('fk_appeal_result_id')),
    sa.ForeignKeyConstraint(['setting_id'], ['appeal_setting.id'], name=op.f('fk_appeal_setting_id')),
    sa.ForeignKeyConstraint(['sitting_id'], ['exam_sitting.id'], name=op.f('fk_appeal_sitting_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_appeal')),
    sa.UniqueConstraint('attempt_id', 'number', name=op.f('uq_appeal_attempt_id_number')),
    sa.UniqueConstraint('attempt_id', 'position', name=op.f('uq_appeal_attempt_id_position')),
    sa.UniqueConstraint('code', name=op.f('uq_appeal_code'))
    )
    with op.batch_alter_table('appeal', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_appeal_sitting_id'), ['sitting_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_appeal_state'), ['state'], unique=False)

    op.create_table('script_mark',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=16), nullable=False),
    sa.Column('script_id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('round', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('place', sa.Integer(), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('draft', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('drafted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('doubt', sa.String(length=500), nullable=False),
    sa.Column('marks', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('total', sa.Numeric(precision=7, scale=2), nullable=True),
    sa.Column('comment', sa.String(length=2000), nullable=False),
    sa.Column('given_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(state = 'given') = (given_at IS NOT NULL)", name=op.f('ck_script_mark_given_when_said')),
    sa.CheckConstraint("(state = 'given') = (total IS NOT NULL)", name=op.f('ck_script_mark_total_when_given')),
    sa.CheckConstraint('round BETWEEN 0 AND 5', name=op.f('ck_script_mark_round_known')),
    sa.CheckConstraint('total >= 0', name=op.f('ck_script_mark_total_counts')),
    sa.ForeignKeyConstraint(['script_id'], ['script.id'], name=op.f('fk_script_mark_script_id')),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_script_mark_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_script_mark')),
    sa.UniqueConstraint('code', name=op.f('uq_script_mark_code'))
    )
    with op.batch_alter_table('script_mark', schema=None) as batch_op:
        batch_op.create_index('ix_script_mark_desk', ['user_id', 'state'], unique=False)
        batch_op.create_index('uq_script_mark_control', ['script_id', 'user_id'], unique=True, sqlite_where=sa.text('round = 0'), postgresql_where=sa.text('round = 0'))
        batch_op.create_index('uq_script_mark_person', ['script_id', 'user_id'], unique=True, sqlite_where=sa.text('round > 0'), postgresql_where=sa.text('round > 0'))
        batch_op.create_index('uq_script_mark_turn', ['script_id', 'round'], unique=True, sqlite_where=sa.text('round BETWEEN 1 AND 4'), postgresql_where=sa.text('round BETWEEN 1 AND 4'))

    with op.batch_alter_table('attempt', schema=None) as batch_op:
        batch_op.add_column(sa.Column('seed', sa.Integer(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('lane', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('device', sa.String(length=64), server_default='', nullable=False))
        batch_op.add_column(sa.Column('receipt', sa.String(length=64), nullable=True))

    with op.batch_alter_table('exam_candidate', schema=None) as batch_op:
        batch_op.add_column(sa.Column('ticket_code', sa.String(length=16), nullable=True))
        batch_op.add_column(sa.Column('extra_percent', sa.Integer(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('checked_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('checked_by', sa.String(length=120), server_default='', nullable=False))
        batch_op.create_unique_constraint(batch_op.f('uq_exam_candidate_ticket_code'), ['ticket_code'])

    with op.batch_alter_table('exam_sitting', schema=None) as batch_op:
        batch_op.add_column(sa.Column('entry_minutes', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('is_shuffled', sa.Boolean(), server_default=sa.false(), nullable=False))

    with op.batch_alter_table('paper', schema=None) as batch_op:
        batch_op.add_column(sa.Column('blueprint_version_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('series', sa.String(length=16), nullable=True))
        batch_op.add_column(sa.Column('form', sa.Integer(), server_default='1', nullable=False))
        batch_op.create_index(batch_op.f('ix_paper_blueprint_version_id'), ['blueprint_version_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_paper_series'), ['series'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_paper_blueprint_version_id'), 'blueprint_version', ['blueprint_version_id'], ['id'])

    with op.batch_alter_table('question', schema=None) as batch_op:
        batch_op.add_column(sa.Column('source_zh', sa.String(length=200), server_default='', nullable=False))
        batch_op.add_column(sa.Column('exposure_limit', sa.Integer(), nullable=True))

    with op.batch_alter_table('question_version', schema=None) as batch_op:
        batch_op.add_column(sa.Column('keeps_order', sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column('status', sa.String(length=20), server_default='in_use', nullable=False))
        batch_op.add_column(sa.Column('origin', sa.String(length=20), server_default='taken_over', nullable=False))
        batch_op.add_column(sa.Column('author_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('reviewer_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('material_version_id', sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f('ix_question_version_material_version_id'), ['material_version_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_question_version_status'), ['status'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_question_version_reviewer_id'), 'user_account', ['reviewer_id'], ['id'])
        batch_op.create_foreign_key(batch_op.f('fk_question_version_material_version_id'), 'material_version', ['material_version_id'], ['id'])
        batch_op.create_foreign_key(batch_op.f('fk_question_version_author_id'), 'user_account', ['author_id'], ['id'])

    with op.batch_alter_table('result', schema=None) as batch_op:
        batch_op.add_column(sa.Column('adjusted_marks', sa.Numeric(precision=7, scale=2), server_default='0', nullable=False))

    with op.batch_alter_table('result_list', schema=None) as batch_op:
        batch_op.add_column(sa.Column('release_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('release_set_by', sa.String(length=120), server_default='', nullable=False))
        batch_op.add_column(sa.Column('paper_key_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('adjustment', sa.JSON(none_as_null=True), nullable=True))
        batch_op.create_index('ix_result_list_due', ['state', 'release_at'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_result_list_paper_key_id'), 'paper_key', ['paper_key_id'], ['id'])
    for table, name, condition in CHECKS:
        with op.batch_alter_table(table) as batch_op:
            batch_op.create_check_constraint(name, condition)
    _check_parts(PARTS)
    _write_keys_anew()
    _execute_all(TRIGGERS)


def downgrade() -> None:
    _execute_all(UNTRIGGERS)
    _check_parts(PARTS_BEFORE)
    for table, name, _condition in CHECKS:
        with op.batch_alter_table(table) as batch_op:
            batch_op.drop_constraint(op.f(f"ck_{table}_{name}"), type_="check")
    with op.batch_alter_table('result_list', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_result_list_paper_key_id'), type_='foreignkey')
        batch_op.drop_index('ix_result_list_due')
        batch_op.drop_column('adjustment')
        batch_op.drop_column('paper_key_id')
        batch_op.drop_column('release_set_by')
        batch_op.drop_column('release_at')

    with op.batch_alter_table('result', schema=None) as batch_op:
        batch_op.drop_column('adjusted_marks')

    with op.batch_alter_table('question_version', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_question_version_author_id'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('fk_question_version_material_version_id'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('fk_question_version_reviewer_id'), type_='foreignkey')
        batch_op.drop_index(batch_op.f('ix_question_version_status'))
        batch_op.drop_index(batch_op.f('ix_question_version_material_version_id'))
        batch_op.drop_column('material_version_id')
        batch_op.drop_column('reviewer_id')
        batch_op.drop_column('author_id')
        batch_op.drop_column('origin')
        batch_op.drop_column('status')
        batch_op.drop_column('keeps_order')

    with op.batch_alter_table('question', schema=None) as batch_op:
        batch_op.drop_column('exposure_limit')
        batch_op.drop_column('source_zh')

    with op.batch_alter_table('paper', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_paper_blueprint_version_id'), type_='foreignkey')
        batch_op.drop_index(batch_op.f('ix_paper_series'))
        batch_op.drop_index(batch_op.f('ix_paper_blueprint_version_id'))
        batch_op.drop_column('form')
        batch_op.drop_column('series')
        batch_op.drop_column('blueprint_version_id')

    with op.batch_alter_table('exam_sitting', schema=None) as batch_op:
        batch_op.drop_column('is_shuffled')
        batch_op.drop_column('entry_minutes')

    with op.batch_alter_table('exam_candidate', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('uq_exam_candidate_ticket_code'), type_='unique')
        batch_op.drop_column('checked_by')
        batch_op.drop_column('checked_at')
        batch_op.drop_column('extra_percent')
        batch_op.drop_column('ticket_code')

    with op.batch_alter_table('attempt', schema=None) as batch_op:
        batch_op.drop_column('receipt')
        batch_op.drop_column('device')
        batch_op.drop_column('lane')
        batch_op.drop_column('seed')

    with op.batch_alter_table('script_mark', schema=None) as batch_op:
        batch_op.drop_index('uq_script_mark_turn', sqlite_where=sa.text('round BETWEEN 1 AND 4'), postgresql_where=sa.text('round BETWEEN 1 AND 4'))
        batch_op.drop_index('uq_script_mark_person', sqlite_where=sa.text('round > 0'), postgresql_where=sa.text('round > 0'))
        batch_op.drop_index('uq_script_mark_control', sqlite_where=sa.text('round = 0'), postgresql_where=sa.text('round = 0'))
        batch_op.drop_index('ix_script_mark_desk')

    op.drop_table('script_mark')
    with op.batch_alter_table('appeal', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_appeal_state'))
        batch_op.drop_index(batch_op.f('ix_appeal_sitting_id'))

    op.drop_table('appeal')
    with op.batch_alter_table('script', schema=None) as batch_op:
        batch_op.drop_index('ix_script_item')

    op.drop_table('script')
    with op.batch_alter_table('resume_code', schema=None) as batch_op:
        batch_op.drop_index('uq_resume_code_open', postgresql_where=sa.text('ended_at IS NULL'), sqlite_where=sa.text('ended_at IS NULL'))
        batch_op.drop_index(batch_op.f('ix_resume_code_attempt_id'))

    op.drop_table('resume_code')
    with op.batch_alter_table('result_change', schema=None) as batch_op:
        batch_op.drop_index('uq_result_change_open', sqlite_where=sa.text("state IN ('proposed', 'undo_proposed')"), postgresql_where=sa.text("state IN ('proposed', 'undo_proposed')"))
        batch_op.drop_index(batch_op.f('ix_result_change_state'))
        batch_op.drop_index(batch_op.f('ix_result_change_sitting_id'))
        batch_op.drop_index(batch_op.f('ix_result_change_paper_key_id'))
        batch_op.drop_index(batch_op.f('ix_result_change_made_list_id'))

    op.drop_table('result_change')
    with op.batch_alter_table('marking_member', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_marking_member_user_id'))

    op.drop_table('marking_member')
    op.drop_table('marking_item')
    with op.batch_alter_table('exam_slot_booking', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_exam_slot_booking_sitting_id'))
        batch_op.drop_index(batch_op.f('ix_exam_slot_booking_learner_id'))

    op.drop_table('exam_slot_booking')
    with op.batch_alter_table('exam_seat', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_exam_seat_learner_id'))

    op.drop_table('exam_seat')
    with op.batch_alter_table('exam_invigilator', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_exam_invigilator_instructor_id'))

    op.drop_table('exam_invigilator')
    with op.batch_alter_table('standard_setting', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_standard_setting_sitting_id'))

    op.drop_table('standard_setting')
    with op.batch_alter_table('sitting_subject', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_sitting_subject_subject_code'))

    op.drop_table('sitting_subject')
    with op.batch_alter_table('result_hold', schema=None) as batch_op:
        batch_op.drop_index('uq_result_hold_live', sqlite_where=sa.text('lifted_at IS NULL'), postgresql_where=sa.text('lifted_at IS NULL'))
        batch_op.drop_index(batch_op.f('ix_result_hold_learner_id'))

    op.drop_table('result_hold')
    with op.batch_alter_table('marking_plan', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_marking_plan_due_at'))

    op.drop_table('marking_plan')
    op.drop_table('key_correction')
    with op.batch_alter_table('exam_slot', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_exam_slot_group_id'))

    op.drop_table('exam_slot')
    with op.batch_alter_table('exam_room', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_exam_room_room_id'))

    op.drop_table('exam_room')
    with op.batch_alter_table('exam_incident', schema=None) as batch_op:
        batch_op.drop_index('ix_exam_incident_log')
        batch_op.drop_index(batch_op.f('ix_exam_incident_learner_id'))

    op.drop_table('exam_incident')
    with op.batch_alter_table('exam_confirmation', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_exam_confirmation_learner_id'))

    op.drop_table('exam_confirmation')
    with op.batch_alter_table('exam_accommodation', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_exam_accommodation_learner_id'))

    op.drop_table('exam_accommodation')
    op.drop_table('appeal_setting')
    with op.batch_alter_table('question_step', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_question_step_version_id'))

    op.drop_table('question_step')
    with op.batch_alter_table('question_picture', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_question_picture_file_id'))

    op.drop_table('question_picture')
    with op.batch_alter_table('practice_item', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_practice_item_question_version_id'))

    op.drop_table('practice_item')
    with op.batch_alter_table('paper_proof', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_paper_proof_paper_id'))

    op.drop_table('paper_proof')
    op.drop_table('paper_key')
    with op.batch_alter_table('exam_slot_group', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_exam_slot_group_class_id'))

    op.drop_table('exam_slot_group')
    with op.batch_alter_table('practice_run', schema=None) as batch_op:
        batch_op.drop_index('ix_practice_run_learner')

    op.drop_table('practice_run')
    op.drop_table('material_version')
    op.drop_table('blueprint_version')
    op.drop_table('pass_line')
    op.drop_table('material')
    op.drop_table('blueprint')
    op.drop_table('exam_rules')
