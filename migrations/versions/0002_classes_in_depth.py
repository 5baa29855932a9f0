"""Classes, enrollment and attendance in depth: bookings, needs, quotas, offers, rounds, leave, periods, merges."""

import sqlalchemy as sa
from alembic import op
revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


EXCLUSIONS = {  # PostgreSQL only: a range of one id stands in for btree_gist
    "instructor_appointment": ("instructor_id", "state = 'appointed'"),
    "registration_period": ("learner_id", "voided_at IS NULL"),
}
SAYS = "the ledger of hours is append-only: counter the entry instead"
TRIGGERS = {
    "postgresql": (
        "CREATE OR REPLACE FUNCTION credit_entry_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"RAISE EXCEPTION '{SAYS}' USING ERRCODE = 'integrity_constraint_violation'; END $$",
        "CREATE TRIGGER credit_entry_append_only BEFORE UPDATE OR DELETE ON credit_entry "
        "FOR EACH ROW EXECUTE FUNCTION credit_entry_append_only()",
        "CREATE TRIGGER credit_entry_not_emptied BEFORE TRUNCATE ON credit_entry "
        "FOR EACH STATEMENT EXECUTE FUNCTION credit_entry_append_only()",
    ),
    "sqlite": tuple(
        f"CREATE TRIGGER credit_entry_no_{verb.lower()} BEFORE {verb} ON credit_entry "
        f"BEGIN SELECT RAISE(ABORT, '{SAYS}'); END"
        for verb in ("UPDATE", "DELETE")
    ),
}
UNTRIGGERS = {
    "postgresql": (
        "DROP TRIGGER credit_entry_not_emptied ON credit_entry",
        "DROP TRIGGER credit_entry_append_only ON credit_entry",
        "DROP FUNCTION credit_entry_append_only()",
    ),
    "sqlite": ("DROP TRIGGER credit_entry_no_delete", "DROP TRIGGER credit_entry_no_update"),
}
LIVE_BEFORE = "state IN ('admitted', 'applied', 'offered', 'waitlisted')"
LIVE = (
    "state IN ('admitted', 'applied', 'offered', 'returned', 'unit_approved', 'waitlisted')"
)
KIND_OF_SOURCE = (
    "(source IN ('session', 'make_up')) = (mark_id IS NOT NULL) AND "
    "(mark_id IS NULL) = (session_id IS NULL) AND (mark_id IS NULL) = (class_id IS NULL) AND "
    "(source = 'conversion') = (conversion_id IS NOT NULL) AND "
    "(source = 'decree') = (decree_id IS NOT NULL) AND "
    "(source IN ('session', 'make_up') OR title_zh <> '')"
)


def forbid_overlaps() -> None:
    """No two periods of one person overlap. SQLite serializes its writers, and the services look first."""
    if op.get_bind().dialect.name != "postgresql":
        return
    for table, (owner, condition) in EXCLUSIONS.items():
        op.execute(
            f"ALTER TABLE {table} ADD CONSTRAINT ex_{table}_twice EXCLUDE USING gist ("
            f"int8range({owner}, {owner}, '[]') WITH &&, daterange(starts_on, ends_on, '[]') WITH &&) WHERE ({condition})"
        )


def execute_all(statements) -> None:
    """For the dialect at hand; last of all, because SQLite loses triggers when a table is rebuilt."""
    for statement in statements[op.get_bind().dialect.name]:
        op.execute(statement)


def upgrade() -> None:
    op.create_table('hours_statement_register',
    sa.Column('year', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('last_serial', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('year', name=op.f('pk_hours_statement_register'))
    )
    op.create_table('calendar_feed',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_calendar_feed_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_calendar_feed')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_calendar_feed_token_hash')),
    sa.UniqueConstraint('user_id', name=op.f('uq_calendar_feed_user_id'))
    )
    op.create_table('choice_round',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=16), nullable=False),
    sa.Column('title_zh', sa.String(length=120), nullable=False),
    sa.Column('note_zh', sa.String(length=1000), server_default='', nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('opens_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closes_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('most_choices', sa.Integer(), nullable=False),
    sa.Column('has_line', sa.Boolean(), nullable=False),
    sa.Column('criteria', sa.JSON(), nullable=False),
    sa.Column('seed', sa.String(length=64), server_default='', nullable=False),
    sa.Column('last_number', sa.Integer(), server_default='0', nullable=False),
    sa.Column('created_by_id', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('published_by_id', sa.Integer(), nullable=True),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_reason', sa.String(length=500), server_default='', nullable=False),
    sa.CheckConstraint("state IN ('draft', 'cancelled') OR (published_at IS NOT NULL AND seed <> '')", name=op.f('ck_choice_round_published_sealed')),
    sa.CheckConstraint('most_choices BETWEEN 1 AND 3', name=op.f('ck_choice_round_few_choices')),
    sa.CheckConstraint('opens_at < closes_at', name=op.f('ck_choice_round_window_in_order')),
    sa.ForeignKeyConstraint(['created_by_id'], ['user_account.id'], name=op.f('fk_choice_round_created_by_id')),
    sa.ForeignKeyConstraint(['published_by_id'], ['user_account.id'], name=op.f('fk_choice_round_published_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_choice_round')),
    sa.UniqueConstraint('code', name=op.f('uq_choice_round_code'))
    )
    with op.batch_alter_table('choice_round', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_choice_round_state'), ['state'], unique=False)

    op.create_table('hours_decree',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=16), nullable=False),
    sa.Column('number', sa.String(length=60), nullable=False),
    sa.Column('reason', sa.String(length=500), nullable=False),
    sa.Column('months', sa.Integer(), nullable=False),
    sa.Column('minutes', sa.Integer(), nullable=False),
    sa.Column('chosen', sa.JSON(), nullable=False),
    sa.Column('people', sa.Integer(), nullable=False),
    sa.Column('made_by_id', sa.Integer(), nullable=True),
    sa.Column('made_by', sa.String(length=120), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('undone_by', sa.String(length=120), server_default='', nullable=False),
    sa.Column('undone_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('undo_reason', sa.String(length=500), server_default='', nullable=False),
    sa.CheckConstraint("(undone_at IS NULL) = (undo_reason = '')", name=op.f('ck_hours_decree_undone_with_reason')),
    sa.CheckConstraint('months >= 0 AND minutes >= 0 AND months + minutes > 0', name=op.f('ck_hours_decree_gives_something')),
    sa.ForeignKeyConstraint(['made_by_id'], ['user_account.id'], name=op.f('fk_hours_decree_made_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_hours_decree')),
    sa.UniqueConstraint('code', name=op.f('uq_hours_decree_code'))
    )
    with op.batch_alter_table('hours_decree', schema=None) as batch_op:
        batch_op.create_index('uq_hours_decree_number', ['number'], unique=True, sqlite_where=sa.text('undone_at IS NULL'), postgresql_where=sa.text('undone_at IS NULL'))

    op.create_table('allocation_preview',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=16), nullable=False),
    sa.Column('round_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('fingerprints', sa.JSON(), nullable=False),
    sa.Column('summary', sa.JSON(), nullable=False),
    sa.Column('prepared_by_id', sa.Integer(), nullable=True),
    sa.Column('prepared_by', sa.String(length=120), nullable=False),
    sa.Column('prepared_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('approved_by_id', sa.Integer(), nullable=True),
    sa.Column('approved_by', sa.String(length=120), server_default='', nullable=False),
    sa.Column('approved_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('run_id', sa.Integer(), nullable=True),
    sa.CheckConstraint('approved_by_id IS NULL OR approved_by_id <> prepared_by_id', name=op.f('ck_allocation_preview_two_people')),
    sa.ForeignKeyConstraint(['approved_by_id'], ['user_account.id'], name=op.f('fk_allocation_preview_approved_by_id')),
    sa.ForeignKeyConstraint(['prepared_by_id'], ['user_account.id'], name=op.f('fk_allocation_preview_prepared_by_id')),
    sa.ForeignKeyConstraint(['round_id'], ['choice_round.id'], name=op.f('fk_allocation_preview_round_id')),
    sa.ForeignKeyConstraint(['run_id'], ['job_run.id'], name=op.f('fk_allocation_preview_run_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_allocation_preview')),
    sa.UniqueConstraint('code', name=op.f('uq_allocation_preview_code')),
    sa.UniqueConstraint('round_id', 'number', name=op.f('uq_allocation_preview_round_id_number'))
    )
    with op.batch_alter_table('allocation_preview', schema=None) as batch_op:
        batch_op.create_index('uq_allocation_preview_approved', ['round_id'], unique=True, sqlite_where=sa.text("state = 'approved'"), postgresql_where=sa.text("state = 'approved'"))

    op.create_table('roster_mapping',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('organization_id', sa.Integer(), nullable=True),
    sa.Column('signature', sa.String(length=64), nullable=False),
    sa.Column('columns', sa.JSON(), nullable=False),
    sa.Column('person_type', sa.String(length=4), server_default='', nullable=False),
    sa.Column('said_by', sa.String(length=120), nullable=False),
    sa.Column('said_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['organization_id'], ['organization.id'], name=op.f('fk_roster_mapping_organization_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_roster_mapping')),
    sa.UniqueConstraint('organization_id', 'signature', name=op.f('uq_roster_mapping_organization_id_signature'))
    )
    with op.batch_alter_table('roster_mapping', schema=None) as batch_op:
        batch_op.create_index('uq_roster_mapping_academy', ['signature'], unique=True, sqlite_where=sa.text('organization_id IS NULL'), postgresql_where=sa.text('organization_id IS NULL'))

    op.create_table('travel_time',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('site_id', sa.Integer(), nullable=False),
    sa.Column('other_site_id', sa.Integer(), nullable=False),
    sa.Column('minutes', sa.Integer(), nullable=False),
    sa.Column('source', sa.String(length=20), nullable=False),
    sa.Column('reason', sa.String(length=200), server_default='', nullable=False),
    sa.Column('changed_by', sa.String(length=120), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('minutes BETWEEN 0 AND 480', name=op.f('ck_travel_time_minutes_in_reach')),
    sa.CheckConstraint('site_id < other_site_id', name=op.f('ck_travel_time_pair_once')),
    sa.ForeignKeyConstraint(['other_site_id'], ['teaching_site.id'], name=op.f('fk_travel_time_other_site_id')),
    sa.ForeignKeyConstraint(['site_id'], ['teaching_site.id'], name=op.f('fk_travel_time_site_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_travel_time')),
    sa.UniqueConstraint('site_id', 'other_site_id', name=op.f('uq_travel_time_site_id_other_site_id'))
    )
    with op.batch_alter_table('travel_time', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_travel_time_other_site_id'), ['other_site_id'], unique=False)

    op.create_table('choice_application',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=16), nullable=False),
    sa.Column('round_id', sa.Integer(), nullable=False),
    sa.Column('learner_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('applied_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('nominated_by_id', sa.Integer(), nullable=True),
    sa.Column('nominated_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('letters', sa.Integer(), server_default='0', nullable=False),
    sa.ForeignKeyConstraint(['learner_id'], ['learner.id'], name=op.f('fk_choice_application_learner_id')),
    sa.ForeignKeyConstraint(['nominated_by_id'], ['user_account.id'], name=op.f('fk_choice_application_nominated_by_id')),
    sa.ForeignKeyConstraint(['round_id'], ['choice_round.id'], name=op.f('fk_choice_application_round_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_choice_application')),
    sa.UniqueConstraint('code', name=op.f('uq_choice_application_code')),
    sa.UniqueConstraint('round_id', 'learner_id', name=op.f('uq_choice_application_round_id_learner_id')),
    sa.UniqueConstraint('round_id', 'number', name=op.f('uq_choice_application_round_id_number'))
    )
    with op.batch_alter_table('choice_application', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_choice_application_learner_id'), ['learner_id'], unique=False)

    op.create_table('closure',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=16), nullable=False),
    sa.Column('site_id', sa.Integer(), nullable=False),
    sa.Column('room_id', sa.Integer(), nullable=True),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('reason', sa.String(length=200), nullable=False),
    sa.Column('created_by', sa.String(length=120), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('lifted_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('starts_at < ends_at', name=op.f('ck_closure_times_in_order')),
    sa.ForeignKeyConstraint(['room_id'], ['room.id'], name=op.f('fk_closure_room_id')),
    sa.ForeignKeyConstraint(['site_id'], ['teaching_site.id'], name=op.f('fk_closure_site_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_closure')),
    sa.UniqueConstraint('code', name=op.f('uq_closure_code'))
    )
    with op.batch_alter_table('closure', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_closure_room_id'), ['room_id'], unique=False)
        batch_op.create_index('ix_closure_span', ['site_id', 'ends_at'], unique=False)

    op.create_table('fee_statement',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('number', sa.String(length=40), nullable=False),
    sa.Column('instructor_id', sa.Integer(), nullable=False),
    sa.Column('month', sa.Date(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('is_current', sa.Boolean(), server_default=sa.true(), nullable=False),
    sa.Column('facts', sa.JSON(), nullable=False),
    sa.Column('minutes', sa.Integer(), nullable=False),
    sa.Column('net_fen', sa.Integer(), nullable=False),
    sa.Column('tax_fen', sa.Integer(), nullable=False),
    sa.Column('gross_fen', sa.Integer(), nullable=False),
    sa.Column('reason', sa.String(length=300), server_default='', nullable=False),
    sa.Column('confirmed_by_id', sa.Integer(), nullable=True),
    sa.Column('confirmed_by', sa.String(length=120), nullable=False),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("version = 1 OR reason <> ''", name=op.f('ck_fee_statement_corrected_with_reason')),
    sa.CheckConstraint('net_fen >= 0 AND tax_fen >= 0 AND gross_fen = net_fen + tax_fen', name=op.f('ck_fee_statement_sums_up')),
    sa.ForeignKeyConstraint(['confirmed_by_id'], ['user_account.id'], name=op.f('fk_fee_statement_confirmed_by_id')),
    sa.ForeignKeyConstraint(['instructor_id'], ['instructor.id'], name=op.f('fk_fee_statement_instructor_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_fee_statement')),
    sa.UniqueConstraint('instructor_id', 'month', 'version', name=op.f('uq_fee_statement_instructor_id_month_version')),
    sa.UniqueConstraint('number', name=op.f('uq_fee_statement_number'))
    )
    with op.batch_alter_table('fee_statement', schema=None) as batch_op:
        batch_op.create_index('ix_fee_statement_month', ['month'], unique=False)
        batch_op.create_index('uq_fee_statement_current', ['instructor_id', 'month'], unique=True, sqlite_where=sa.text('is_current'), postgresql_where=sa.text('is_current'))

    op.create_table('hours_conversion',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=16), nullable=False),
    sa.Column('learner_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=8), nullable=False),
    sa.Column('rule', sa.String(length=20), nullable=False),
    sa.Column('is_once', sa.Boolean(), nullable=False),
    sa.Column('title_zh', sa.String(length=120), nullable=False),
    sa.Column('units', sa.Integer(), nullable=False),
    sa.Column('minutes', sa.Integer(), nullable=False),
    sa.Column('earned_on', sa.Date(), nullable=False),
    sa.Column('evidence', sa.String(length=500), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('applied_by_id', sa.Integer(), nullable=True),
    sa.Column('applied_by', sa.String(length=120), nullable=False),
    sa.Column('applied_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_by_id', sa.Integer(), nullable=True),
    sa.Column('decided_by', sa.String(length=120), server_default='', nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reason', sa.String(length=500), server_default='', nullable=False),
    sa.CheckConstraint("state NOT IN ('refused', 'revoked') OR reason <> ''", name=op.f('ck_hours_conversion_refused_with_reason')),
    sa.CheckConstraint('decided_by_id IS NULL OR decided_by_id <> applied_by_id', name=op.f('ck_hours_conversion_two_people')),
    sa.CheckConstraint('minutes > 0', name=op.f('ck_hours_conversion_minutes_positive')),
    sa.CheckConstraint('units > 0', name=op.f('ck_hours_conversion_units_positive')),
    sa.ForeignKeyConstraint(['applied_by_id'], ['user_account.id'], name=op.f('fk_hours_conversion_applied_by_id')),
    sa.ForeignKeyConstraint(['decided_by_id'], ['user_account.id'], name=op.f('fk_hours_conversion_decided_by_id')),
    sa.ForeignKeyConstraint(['learner_id'], ['learner.id'], name=op.f('fk_hours_conversion_learner_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_hours_conversion')),
    sa.UniqueConstraint('code', name=op.f('uq_hours_conversion_code'))
    )
    with op.batch_alter_table('hours_conversion', schema=None) as batch_op:
        batch_op.create_index('ix_hours_conversion_learner_id', ['learner_id'], unique=False)
        batch_op.create_index('ix_hours_conversion_state', ['state', 'applied_at'], unique=False)
        batch_op.create_index('uq_hours_conversion_once', ['learner_id', 'kind'], unique=True, sqlite_where=sa.text("is_once AND state IN ('applied', 'approved')"), postgresql_where=sa.text("is_once AND state IN ('applied', 'approved')"))

    op.create_table('hours_statement',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(length=16), nullable=False),
    sa.Column('number', sa.String(length=14), nullable=False),
    sa.Column('learner_id', sa.Integer(), nullable=False),
    sa.Column('year', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('content_digest', sa.String(length=64), nullable=False),
    sa.Column('holder_name', sa.String(length=120), nullable=False),
    sa.Column('minutes', sa.Integer(), nullable=False),
    sa.Column('drawn_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('drawn_by_id', sa.Integer(), nullable=True),
    sa.Column('drawn_by', sa.String(length=120), nullable=False),
    sa.Column('facts', sa.Text(), nullable=False),
    sa.Column('facts_sha256', sa.String(length=64), nullable=False),
    sa.Column('is_live', sa.Boolean(), server_default=sa.false(), nullable=False),
    sa.Column('issued_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('issued_on', sa.Date(), nullable=False),
    sa.Column('replaced_by_id', sa.Integer(), nullable=True),
    sa.Column('facts_signature', sa.LargeBinary(), nullable=True),
    sa.Column('signing_key_id', sa.Integer(), nullable=True),
    sa.Column('file_id', sa.Integer(), nullable=True),
    sa.Column('file_sha256', sa.String(length=64), nullable=True),
    sa.Column('signed_digest', sa.String(length=64), nullable=True),
    sa.CheckConstraint('(file_id IS NULL) = (issued_at IS NULL) AND (file_id IS NULL) = (signed_digest IS NULL) AND (file_id IS NULL) = (facts_signature IS NULL)', name=op.f('ck_hours_statement_issued_whole')),
    sa.CheckConstraint('is_live = (file_id IS NOT NULL AND replaced_by_id IS NULL)', name=op.f('ck_hours_statement_live_until_replaced')),
    sa.ForeignKeyConstraint(['drawn_by_id'], ['user_account.id'], name=op.f('fk_hours_statement_drawn_by_id')),
    sa.ForeignKeyConstraint(['file_id'], ['stored_file.id'], name=op.f('fk_hours_statement_file_id')),
    sa.ForeignKeyConstraint(['learner_id'], ['learner.id'], name=op.f('fk_hours_statement_learner_id')),
    sa.ForeignKeyConstraint(['replaced_by_id'], ['hours_statement.id'], name=op.f('fk_hours_statement_replaced_by_id')),
    sa.ForeignKeyConstraint(['signing_key_id'], ['signing_key.id'], name=op.f('fk_hours_statement_signing_key_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_hours_statement')),
    sa.UniqueConstraint('file_sha256', name=op.f('uq_hours_statement_file_sha256')),
    sa.UniqueConstraint('learner_id', 'year', 'version', name=op.f('uq_hours_statement_learner_id_year_version')),
    sa.UniqueConstraint('number', name=op.f('uq_hours_statement_number')),
    sa.UniqueConstraint('public_id', name=op.f('uq_hours_statement_public_id')),
    sa.UniqueConstraint('signed_digest', name=op.f('uq_hours_statement_signed_digest'))
    )
    with op.batch_alter_table('hours_statement', schema=None) as batch_op:
        batch_op.create_index('uq_hours_statement_drawn', ['learner_id', 'year'], unique=True, sqlite_where=sa.text('file_id IS NULL'), postgresql_where=sa.text('file_id IS NULL'))
        batch_op.create_index('uq_hours_statement_live', ['learner_id', 'year'], unique=True, sqlite_where=sa.text('is_live'), postgresql_where=sa.text('is_live'))

    op.create_table('instructor_absence',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('instructor_id', sa.Integer(), nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('reason', sa.String(length=200), server_default='', nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('starts_at < ends_at', name=op.f('ck_instructor_absence_times_in_order')),
    sa.ForeignKeyConstraint(['instructor_id'], ['instructor.id'], name=op.f('fk_instructor_absence_instructor_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_instructor_absence'))
    )
    with op.batch_alter_table('instructor_absence', schema=None) as batch_op:
        batch_op.create_index('ix_instructor_absence_span', ['instructor_id', 'ends_at'], unique=False)

    op.create_table('instructor_appointment',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=16), nullable=False),
    sa.Column('instructor_id', sa.Integer(), nullable=False),
    sa.Column('position_zh', sa.String(length=40), nullable=False),
    sa.Column('fee_tier', sa.String(length=20), nullable=False),
    sa.Column('starts_on', sa.Date(), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('proposed_by_id', sa.Integer(), nullable=True),
    sa.Column('proposed_by', sa.String(length=120), nullable=False),
    sa.Column('proposed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('appointed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('letter_no', sa.String(length=24), nullable=True),
    sa.Column('letter', sa.JSON(), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('ended_on', sa.Date(), nullable=True),
    sa.Column('ended_reason', sa.String(length=200), server_default='', nullable=False),
    sa.CheckConstraint("state <> 'appointed' OR (letter_no IS NOT NULL AND appointed_at IS NOT NULL)", name=op.f('ck_instructor_appointment_has_its_letter')),
    sa.CheckConstraint("state <> 'ended' OR ended_on IS NOT NULL", name=op.f('ck_instructor_appointment_ended_on_a_day')),
    sa.CheckConstraint('starts_on <= ends_on', name=op.f('ck_instructor_appointment_dates_in_order')),
    sa.ForeignKeyConstraint(['instructor_id'], ['instructor.id'], name=op.f('fk_instructor_appointment_instructor_id')),
    sa.ForeignKeyConstraint(['proposed_by_id'], ['user_account.id'], name=op.f('fk_instructor_appointment_proposed_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_instructor_appointment')),
    sa.UniqueConstraint('code', name=op.f('uq_instructor_appointment_code')),
    sa.UniqueConstraint('letter_no', name=op.f('uq_instructor_appointment_letter_no'))
    )
    with op.batch_alter_table('instructor_appointment', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_instructor_appointment_instructor_id'), ['instructor_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_instructor_appointment_state'), ['state'], unique=False)

    op.create_table('instructor_qualification',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=16), nullable=False),
    sa.Column('instructor_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('name_zh', sa.String(length=80), nullable=False),
    sa.Column('number', sa.LargeBinary(), nullable=False),
    sa.Column('issued_on', sa.Date(), nullable=False),
    sa.Column('expires_on', sa.Date(), nullable=True),
    sa.Column('evidence_note', sa.String(length=300), server_default='', nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('supersedes_id', sa.Integer(), nullable=True),
    sa.Column('submitted_by_id', sa.Integer(), nullable=True),
    sa.Column('submitted_by', sa.String(length=120), nullable=False),
    sa.Column('submitted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('checked_by_id', sa.Integer(), nullable=True),
    sa.Column('checked_by', sa.String(length=120), server_default='', nullable=False),
    sa.Column('checked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('rejected_reason', sa.String(length=300), server_default='', nullable=False),
    sa.Column('reminded_stage', sa.Integer(), nullable=True),
    sa.CheckConstraint("state = 'submitted' OR checked_at IS NOT NULL", name=op.f('ck_instructor_qualification_decided_by_somebody')),
    sa.CheckConstraint('expires_on IS NULL OR issued_on <= expires_on', name=op.f('ck_instructor_qualification_dates_in_order')),
    sa.CheckConstraint('supersedes_id IS NULL OR supersedes_id <> id', name=op.f('ck_instructor_qualification_not_its_own_successor')),
    sa.ForeignKeyConstraint(['checked_by_id'], ['user_account.id'], name=op.f('fk_instructor_qualification_checked_by_id')),
    sa.ForeignKeyConstraint(['instructor_id'], ['instructor.id'], name=op.f('fk_instructor_qualification_instructor_id')),
    sa.ForeignKeyConstraint(['submitted_by_id'], ['user_account.id'], name=op.f('fk_instructor_qualification_submitted_by_id')),
    sa.ForeignKeyConstraint(['supersedes_id'], ['instructor_qualification.id'], name=op.f('fk_instructor_qualification_supersedes_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_instructor_qualification')),
    sa.UniqueConstraint('code', name=op.f('uq_instructor_qualification_code'))
    )
    with op.batch_alter_table('instructor_qualification', schema=None) as batch_op:
        batch_op.create_index('ix_instructor_qualification_due', ['expires_on'], unique=False)
        batch_op.create_index(batch_op.f('ix_instructor_qualification_instructor_id'), ['instructor_id'], unique=False)
        batch_op.create_index('uq_instructor_qualification_successor', ['supersedes_id'], unique=True, sqlite_where=sa.text("state <> 'rejected'"), postgresql_where=sa.text("state <> 'rejected'"))

    op.create_table('learner_merge',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=16), nullable=False),
    sa.Column('kept_id', sa.Integer(), nullable=False),
    sa.Column('merged_id', sa.Integer(), nullable=False),
    sa.Column('reason', sa.String(length=500), nullable=False),
    sa.Column('merged_by_id', sa.Integer(), nullable=True),
    sa.Column('merged_by', sa.String(length=120), nullable=False),
    sa.Column('merged_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('deliveries', sa.JSON(), nullable=False),
    sa.CheckConstraint('kept_id <> merged_id', name=op.f('ck_learner_merge_two_records')),
    sa.ForeignKeyConstraint(['kept_id'], ['learner.id'], name=op.f('fk_learner_merge_kept_id')),
    sa.ForeignKeyConstraint(['merged_by_id'], ['user_account.id'], name=op.f('fk_learner_merge_merged_by_id')),
    sa.ForeignKeyConstraint(['merged_id'], ['learner.id'], name=op.f('fk_learner_merge_merged_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_learner_merge')),
    sa.UniqueConstraint('code', name=op.f('uq_learner_merge_code')),
    sa.UniqueConstraint('merged_id', name=op.f('uq_learner_merge_merged_id'))
    )
    with op.batch_alter_table('learner_merge', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_learner_merge_kept_id'), ['kept_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_learner_merge_merged_at'), ['merged_at'], unique=False)

    op.create_table('learner_pair',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('first_id', sa.Integer(), nullable=False),
    sa.Column('second_id', sa.Integer(), nullable=False),
    sa.Column('said_by', sa.String(length=120), nullable=False),
    sa.Column('said_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('first_id < second_id', name=op.f('ck_learner_pair_in_order')),
    sa.ForeignKeyConstraint(['first_id'], ['learner.id'], name=op.f('fk_learner_pair_first_id')),
    sa.ForeignKeyConstraint(['second_id'], ['learner.id'], name=op.f('fk_learner_pair_second_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_learner_pair')),
    sa.UniqueConstraint('first_id', 'second_id', name=op.f('uq_learner_pair_first_id_second_id'))
    )
    op.create_table('make_up_session',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=16), nullable=False),
    sa.Column('course_id', sa.Integer(), nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('minutes', sa.Integer(), nullable=False),
    sa.Column('place_zh', sa.String(length=120), nullable=False),
    sa.Column('places', sa.Integer(), nullable=False),
    sa.Column('taken', sa.Integer(), server_default='0', nullable=False),
    sa.Column('opened_by_id', sa.Integer(), nullable=True),
    sa.Column('opened_by', sa.String(length=120), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('minutes > 0', name=op.f('ck_make_up_session_minutes_positive')),
    sa.CheckConstraint('starts_at < ends_at', name=op.f('ck_make_up_session_times_in_order')),
    sa.CheckConstraint('taken >= 0 AND taken <= places', name=op.f('ck_make_up_session_never_overfull')),
    sa.ForeignKeyConstraint(['course_id'], ['course.id'], name=op.f('fk_make_up_session_course_id')),
    sa.ForeignKeyConstraint(['opened_by_id'], ['user_account.id'], name=op.f('fk_make_up_session_opened_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_make_up_session')),
    sa.UniqueConstraint('code', name=op.f('uq_make_up_session_code'))
    )
    with op.batch_alter_table('make_up_session', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_make_up_session_course_id'), ['course_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_make_up_session_starts_at'), ['starts_at'], unique=False)

    op.create_table('opening_hours',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('site_id', sa.Integer(), nullable=False),
    sa.Column('room_id', sa.Integer(), nullable=True),
    sa.Column('weekday', sa.Integer(), nullable=False),
    sa.Column('opens', sa.Integer(), nullable=False),
    sa.Column('closes', sa.Integer(), nullable=False),
    sa.CheckConstraint('opens >= 0 AND opens < closes AND closes <= 1440', name=op.f('ck_opening_hours_hours_in_order')),
    sa.CheckConstraint('weekday BETWEEN 1 AND 7', name=op.f('ck_opening_hours_weekday_exists')),
    sa.ForeignKeyConstraint(['room_id'], ['room.id'], name=op.f('fk_opening_hours_room_id')),
    sa.ForeignKeyConstraint(['site_id'], ['teaching_site.id'], name=op.f('fk_opening_hours_site_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_opening_hours')),
    sa.UniqueConstraint('room_id', 'weekday', name=op.f('uq_opening_hours_room_id_weekday'))
    )
    with op.batch_alter_table('opening_hours', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_opening_hours_site_id'), ['site_id'], unique=False)
        batch_op.create_index('uq_opening_hours_site', ['site_id', 'weekday'], unique=True, sqlite_where=sa.text('room_id IS NULL'), postgresql_where=sa.text('room_id IS NULL'))

    op.create_table('registration_period',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=16), nullable=False),
    sa.Column('learner_id', sa.Integer(), nullable=False),
    sa.Column('level', sa.String(length=20), nullable=False),
    sa.Column('starts_on', sa.Date(), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=False),
    sa.Column('source', sa.String(length=20), nullable=False),
    sa.Column('note', sa.String(length=500), server_default='', nullable=False),
    sa.Column('version', sa.Integer(), server_default='1', nullable=False),
    sa.Column('recorded_by_id', sa.Integer(), nullable=True),
    sa.Column('recorded_by', sa.String(length=120), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_by', sa.String(length=120), server_default='', nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('voided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('void_reason', sa.String(length=500), server_default='', nullable=False),
    sa.CheckConstraint("(voided_at IS NULL) = (void_reason = '')", name=op.f('ck_registration_period_voided_with_reason')),
    sa.CheckConstraint("level <> 'none'", name=op.f('ck_registration_period_level_held')),
    sa.CheckConstraint('starts_on <= ends_on', name=op.f('ck_registration_period_dates_in_order')),
    sa.ForeignKeyConstraint(['learner_id'], ['learner.id'], name=op.f('fk_registration_period_learner_id')),
    sa.ForeignKeyConstraint(['recorded_by_id'], ['user_account.id'], name=op.f('fk_registration_period_recorded_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_registration_period')),
    sa.UniqueConstraint('code', name=op.f('uq_registration_period_code'))
    )
    with op.batch_alter_table('registration_period', schema=None) as batch_op:
        batch_op.create_index('ix_registration_period_ends_on', ['ends_on'], unique=False)
        batch_op.create_index('ix_registration_period_learner_id', ['learner_id', 'ends_on'], unique=False)

    op.create_table('roster_line',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('roster_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('is_noted', sa.Boolean(), nullable=False),
    sa.Column('action', sa.String(length=20), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.Column('outcome', sa.String(length=20), nullable=True),
    sa.Column('problem', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('learner_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['learner_id'], ['learner.id'], name=op.f('fk_roster_line_learner_id')),
    sa.ForeignKeyConstraint(['roster_id'], ['roster_import.id'], name=op.f('fk_roster_line_roster_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_roster_line')),
    sa.UniqueConstraint('roster_id', 'number', name=op.f('uq_roster_line_roster_id_number'))
    )
    with op.batch_alter_table('roster_line', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_roster_line_learner_id'), ['learner_id'], unique=False)
        batch_op.create_index('ix_roster_line_outcome', ['roster_id', 'outcome'], unique=False)
        batch_op.create_index('ix_roster_line_state', ['roster_id', 'state', 'number'], unique=False)

    op.create_table('allocation_row',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('preview_id', sa.Integer(), nullable=False),
    sa.Column('learner_id', sa.Integer(), nullable=False),
    sa.Column('application_code', sa.String(length=16), nullable=False),
    sa.Column('organization_id', sa.Integer(), nullable=True),
    sa.Column('class_id', sa.Integer(), nullable=True),
    sa.Column('rank', sa.Integer(), nullable=True),
    sa.Column('place', sa.Integer(), nullable=True),
    sa.Column('line_class_id', sa.Integer(), nullable=True),
    sa.Column('turn', sa.Integer(), nullable=True),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('bids', sa.JSON(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=True),
    sa.Column('problem', sa.JSON(none_as_null=True), nullable=True),
    sa.CheckConstraint("state <> 'planned' OR turn IS NOT NULL", name=op.f('ck_allocation_row_planned_has_turn')),
    sa.CheckConstraint('(rank IS NULL) = (class_id IS NULL)', name=op.f('ck_allocation_row_rank_with_class')),
    sa.CheckConstraint('class_id IS NULL OR line_class_id IS NULL', name=op.f('ck_allocation_row_seat_or_line')),
    sa.ForeignKeyConstraint(['class_id'], ['training_class.id'], name=op.f('fk_allocation_row_class_id')),
    sa.ForeignKeyConstraint(['learner_id'], ['learner.id'], name=op.f('fk_allocation_row_learner_id')),
    sa.ForeignKeyConstraint(['line_class_id'], ['training_class.id'], name=op.f('fk_allocation_row_line_class_id')),
    sa.ForeignKeyConstraint(['organization_id'], ['organization.id'], name=op.f('fk_allocation_row_organization_id')),
    sa.ForeignKeyConstraint(['preview_id'], ['allocation_preview.id'], name=op.f('fk_allocation_row_preview_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_allocation_row')),
    sa.UniqueConstraint('preview_id', 'learner_id', name=op.f('uq_allocation_row_preview_id_learner_id'))
    )
    with op.batch_alter_table('allocation_row', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_allocation_row_learner_id'), ['learner_id'], unique=False)
        batch_op.create_index('ix_allocation_row_turn', ['preview_id', 'state', 'turn'], unique=False)

    op.create_table('attendance_sheet',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=16), nullable=False),
    sa.Column('class_id', sa.Integer(), nullable=False),
    sa.Column('file_id', sa.Integer(), nullable=False),
    sa.Column('file_name', sa.String(length=255), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('uploaded_by_id', sa.Integer(), nullable=True),
    sa.Column('uploaded_by', sa.String(length=120), nullable=False),
    sa.Column('uploaded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('new_count', sa.Integer(), server_default='0', nullable=False),
    sa.Column('corrected_count', sa.Integer(), server_default='0', nullable=False),
    sa.Column('unchanged_count', sa.Integer(), server_default='0', nullable=False),
    sa.Column('refused_count', sa.Integer(), server_default='0', nullable=False),
    sa.ForeignKeyConstraint(['class_id'], ['training_class.id'], name=op.f('fk_attendance_sheet_class_id')),
    sa.ForeignKeyConstraint(['file_id'], ['stored_file.id'], name=op.f('fk_attendance_sheet_file_id')),
    sa.ForeignKeyConstraint(['uploaded_by_id'], ['user_account.id'], name=op.f('fk_attendance_sheet_uploaded_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attendance_sheet')),
    sa.UniqueConstraint('code', name=op.f('uq_attendance_sheet_code'))
    )
    with op.batch_alter_table('attendance_sheet', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_attendance_sheet_class_id'), ['class_id'], unique=False)

    op.create_table('choice',
    sa.Column('application_id', sa.Integer(), nullable=False),
    sa.Column('rank', sa.Integer(), nullable=False),
    sa.Column('class_id', sa.Integer(), nullable=False),
    sa.CheckConstraint('rank BETWEEN 1 AND 3', name=op.f('ck_choice_rank_known')),
    sa.ForeignKeyConstraint(['application_id'], ['choice_application.id'], name=op.f('fk_choice_application_id')),
    sa.ForeignKeyConstraint(['class_id'], ['training_class.id'], name=op.f('fk_choice_class_id')),
    sa.PrimaryKeyConstraint('application_id', 'rank', name=op.f('pk_choice')),
    sa.UniqueConstraint('application_id', 'class_id', name=op.f('uq_choice_application_id_class_id'))
    )
    with op.batch_alter_table('choice', schema=None) as batch_op:
        batch_op.create_index('ix_choice_class_id', ['class_id'], unique=False)

    op.create_table('choice_round_class',
    sa.Column('round_id', sa.Integer(), nullable=False),
    sa.Column('class_id', sa.Integer(), nullable=False),
    sa.Column('is_running', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['class_id'], ['training_class.id'], name=op.f('fk_choice_round_class_class_id')),
    sa.ForeignKeyConstraint(['round_id'], ['choice_round.id'], name=op.f('fk_choice_round_class_round_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('round_id', 'class_id', name=op.f('pk_choice_round_class'))
    )
    with op.batch_alter_table('choice_round_class', schema=None) as batch_op:
        batch_op.create_index('uq_choice_round_class_running', ['class_id'], unique=True, sqlite_where=sa.text('is_running'), postgresql_where=sa.text('is_running'))

    op.create_table('class_quota',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('class_id', sa.Integer(), nullable=False),
    sa.Column('organization_id', sa.Integer(), nullable=True),
    sa.Column('person_type_code', sa.String(length=4), nullable=True),
    sa.Column('seats', sa.Integer(), nullable=False),
    sa.Column('taken', sa.Integer(), nullable=False),
    sa.Column('is_named', sa.Boolean(), nullable=False),
    sa.Column('returns_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('returned_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('NOT is_named OR organization_id IS NOT NULL', name=op.f('ck_class_quota_a_unit_names')),
    sa.CheckConstraint('organization_id IS NOT NULL OR person_type_code IS NOT NULL', name=op.f('ck_class_quota_is_for_somebody')),
    sa.CheckConstraint('taken >= 0 AND taken <= seats', name=op.f('ck_class_quota_never_exceeded')),
    sa.ForeignKeyConstraint(['class_id'], ['training_class.id'], name=op.f('fk_class_quota_class_id')),
    sa.ForeignKeyConstraint(['organization_id'], ['organization.id'], name=op.f('fk_class_quota_organization_id')),
    sa.ForeignKeyConstraint(['person_type_code'], ['person_type.code'], name=op.f('fk_class_quota_person_type_code')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_class_quota'))
    )
    with op.batch_alter_table('class_quota', schema=None) as batch_op:
        batch_op.create_index('ix_class_quota_organization_id', ['organization_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_class_quota_returns_at'), ['returns_at'], unique=False)

    op.create_table('class_roster_line',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('roster_id', sa.Integer(), nullable=False),
    sa.Column('class_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('place', sa.String(length=20), nullable=False),
    sa.Column('waiting_no', sa.Integer(), nullable=True),
    sa.Column('say', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('is_done', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['class_id'], ['training_class.id'], name=op.f('fk_class_roster_line_class_id')),
    sa.ForeignKeyConstraint(['roster_id'], ['roster_import.id'], name=op.f('fk_class_roster_line_roster_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_class_roster_line')),
    sa.UniqueConstraint('roster_id', 'number', name=op.f('uq_class_roster_line_roster_id_number'))
    )
    with op.batch_alter_table('class_roster_line', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_class_roster_line_class_id'), ['class_id'], unique=False)
        batch_op.create_index('ix_class_roster_line_done', ['roster_id', 'is_done'], unique=False)

    op.create_table('hours_decree_person',
    sa.Column('decree_id', sa.Integer(), nullable=False),
    sa.Column('period_id', sa.Integer(), nullable=False),
    sa.Column('learner_id', sa.Integer(), nullable=False),
    sa.Column('old_ends_on', sa.Date(), nullable=False),
    sa.Column('new_ends_on', sa.Date(), nullable=False),
    sa.Column('version_after', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['decree_id'], ['hours_decree.id'], name=op.f('fk_hours_decree_person_decree_id')),
    sa.ForeignKeyConstraint(['learner_id'], ['learner.id'], name=op.f('fk_hours_decree_person_learner_id')),
    sa.ForeignKeyConstraint(['period_id'], ['registration_period.id'], name=op.f('fk_hours_decree_person_period_id')),
    sa.PrimaryKeyConstraint('decree_id', 'period_id', name=op.f('pk_hours_decree_person'))
    )
    with op.batch_alter_table('hours_decree_person', schema=None) as batch_op:
        batch_op.create_index('ix_hours_decree_person_period_id', ['period_id'], unique=False)

    op.create_table('learner_move',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('merge_id', sa.Integer(), nullable=False),
    sa.Column('subject', sa.String(length=40), nullable=False),
    sa.Column('moved', sa.JSON(), nullable=False),
    sa.Column('left', sa.JSON(), nullable=False),
    sa.Column('moved_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['merge_id'], ['learner_merge.id'], name=op.f('fk_learner_move_merge_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_learner_move')),
    sa.UniqueConstraint('merge_id', 'subject', name=op.f('uq_learner_move_merge_id_subject'))
    )
    op.create_table('leave_request',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=16), nullable=False),
    sa.Column('class_id', sa.Integer(), nullable=False),
    sa.Column('learner_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('reason', sa.LargeBinary(), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('requested_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decided_by_id', sa.Integer(), nullable=True),
    sa.Column('decided_by', sa.String(length=120), server_default='', nullable=False),
    sa.Column('answer', sa.String(length=500), server_default='', nullable=False),
    sa.CheckConstraint("(state IN ('approved', 'refused')) = (decided_at IS NOT NULL)", name=op.f('ck_leave_request_decided_has_time')),
    sa.ForeignKeyConstraint(['class_id'], ['training_class.id'], name=op.f('fk_leave_request_class_id')),
    sa.ForeignKeyConstraint(['decided_by_id'], ['user_account.id'], name=op.f('fk_leave_request_decided_by_id')),
    sa.ForeignKeyConstraint(['learner_id'], ['learner.id'], name=op.f('fk_leave_request_learner_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_leave_request')),
    sa.UniqueConstraint('code', name=op.f('uq_leave_request_code'))
    )
    with op.batch_alter_table('leave_request', schema=None) as batch_op:
        batch_op.create_index('ix_leave_request_class_id', ['class_id', 'state'], unique=False)
        batch_op.create_index(batch_op.f('ix_leave_request_learner_id'), ['learner_id'], unique=False)

    op.create_table('removal_proposal',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=16), nullable=False),
    sa.Column('class_id', sa.Integer(), nullable=False),
    sa.Column('learner_id', sa.Integer(), nullable=False),
    sa.Column('leave_minutes', sa.Integer(), nullable=False),
    sa.Column('planned_minutes', sa.Integer(), nullable=False),
    sa.Column('limit_share', sa.String(length=20), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('proposed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decided_by', sa.String(length=120), server_default='', nullable=False),
    sa.Column('reason', sa.String(length=500), server_default='', nullable=False),
    sa.CheckConstraint("(state = 'open') = (decided_at IS NULL)", name=op.f('ck_removal_proposal_decided_has_time')),
    sa.ForeignKeyConstraint(['class_id'], ['training_class.id'], name=op.f('fk_removal_proposal_class_id')),
    sa.ForeignKeyConstraint(['learner_id'], ['learner.id'], name=op.f('fk_removal_proposal_learner_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_removal_proposal')),
    sa.UniqueConstraint('code', name=op.f('uq_removal_proposal_code'))
    )
    with op.batch_alter_table('removal_proposal', schema=None) as batch_op:
        batch_op.create_index('ix_removal_proposal_state', ['state'], unique=False)
        batch_op.create_index('uq_removal_proposal_open', ['class_id', 'learner_id'], unique=True, sqlite_where=sa.text("state = 'open'"), postgresql_where=sa.text("state = 'open'"))

    op.create_table('repeat_rule',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('class_id', sa.Integer(), nullable=False),
    sa.Column('title_zh', sa.String(length=120), nullable=False),
    sa.Column('rule', sa.String(length=200), nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('skipped', sa.JSON(), server_default='[]', nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['class_id'], ['training_class.id'], name=op.f('fk_repeat_rule_class_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_repeat_rule'))
    )
    with op.batch_alter_table('repeat_rule', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_repeat_rule_class_id'), ['class_id'], unique=False)

    op.create_table('teaching_need',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=16), nullable=False),
    sa.Column('class_id', sa.Integer(), nullable=False),
    sa.Column('field_code', sa.String(length=8), nullable=False),
    sa.Column('wanted_kind', sa.String(length=20), nullable=True),
    sa.Column('role', sa.String(length=20), nullable=False),
    sa.Column('replaces_id', sa.Integer(), nullable=True),
    sa.Column('note', sa.String(length=300), server_default='', nullable=False),
    sa.Column('deadline_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('assigned_id', sa.Integer(), nullable=True),
    sa.Column('opened_by_id', sa.Integer(), nullable=True),
    sa.Column('opened_by', sa.String(length=120), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closed_by', sa.String(length=120), server_default='', nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('closed_reason', sa.String(length=300), server_default='', nullable=False),
    sa.CheckConstraint("(state = 'assigned') = (assigned_id IS NOT NULL)", name=op.f('ck_teaching_need_assigned_to_one')),
    sa.CheckConstraint("(state = 'open') = (closed_at IS NULL)", name=op.f('ck_teaching_need_open_until_closed')),
    sa.CheckConstraint('opened_at < deadline_at', name=op.f('ck_teaching_need_deadline_ahead')),
    sa.ForeignKeyConstraint(['assigned_id'], ['instructor.id'], name=op.f('fk_teaching_need_assigned_id')),
    sa.ForeignKeyConstraint(['class_id'], ['training_class.id'], name=op.f('fk_teaching_need_class_id')),
    sa.ForeignKeyConstraint(['field_code'], ['field.code'], name=op.f('fk_teaching_need_field_code')),
    sa.ForeignKeyConstraint(['opened_by_id'], ['user_account.id'], name=op.f('fk_teaching_need_opened_by_id')),
    sa.ForeignKeyConstraint(['replaces_id'], ['instructor.id'], name=op.f('fk_teaching_need_replaces_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_teaching_need')),
    sa.UniqueConstraint('code', name=op.f('uq_teaching_need_code'))
    )
    with op.batch_alter_table('teaching_need', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_teaching_need_class_id'), ['class_id'], unique=False)
        batch_op.create_index('ix_teaching_need_due', ['state', 'deadline_at'], unique=False)

    op.create_table('teaching_need_candidate',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=16), nullable=False),
    sa.Column('need_id', sa.Integer(), nullable=False),
    sa.Column('instructor_id', sa.Integer(), nullable=False),
    sa.Column('is_invited', sa.Boolean(), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('reason', sa.String(length=300), server_default='', nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("state <> 'declined' OR reason <> ''", name=op.f('ck_teaching_need_candidate_declined_with_reason')),
    sa.ForeignKeyConstraint(['instructor_id'], ['instructor.id'], name=op.f('fk_teaching_need_candidate_instructor_id')),
    sa.ForeignKeyConstraint(['need_id'], ['teaching_need.id'], name=op.f('fk_teaching_need_candidate_need_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_teaching_need_candidate')),
    sa.UniqueConstraint('code', name=op.f('uq_teaching_need_candidate_code')),
    sa.UniqueConstraint('need_id', 'instructor_id', name=op.f('uq_teaching_need_candidate_need_id_instructor_id'))
    )
    with op.batch_alter_table('teaching_need_candidate', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_teaching_need_candidate_instructor_id'), ['instructor_id'], unique=False)

    op.create_table('application_document',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('enrollment_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('file_id', sa.Integer(), nullable=False),
    sa.Column('uploaded_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['enrollment_id'], ['enrollment.id'], name=op.f('fk_application_document_enrollment_id')),
    sa.ForeignKeyConstraint(['file_id'], ['stored_file.id'], name=op.f('fk_application_document_file_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_application_document')),
    sa.UniqueConstraint('enrollment_id', 'kind', name=op.f('uq_application_document_enrollment_id_kind'))
    )
    op.create_table('check_in_opening',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=16), nullable=False),
    sa.Column('session_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('secret', sa.LargeBinary(), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closes_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('opened_by_id', sa.Integer(), nullable=True),
    sa.Column('opened_by', sa.String(length=120), nullable=False),
    sa.CheckConstraint('opened_at < closes_at', name=op.f('ck_check_in_opening_times_in_order')),
    sa.ForeignKeyConstraint(['opened_by_id'], ['user_account.id'], name=op.f('fk_check_in_opening_opened_by_id')),
    sa.ForeignKeyConstraint(['session_id'], ['class_session.id'], name=op.f('fk_check_in_opening_session_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_check_in_opening')),
    sa.UniqueConstraint('code', name=op.f('uq_check_in_opening_code'))
    )
    with op.batch_alter_table('check_in_opening', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_check_in_opening_session_id'), ['session_id'], unique=False)
        batch_op.create_index('uq_check_in_opening_live', ['session_id', 'kind'], unique=True, sqlite_where=sa.text('closed_at IS NULL'), postgresql_where=sa.text('closed_at IS NULL'))

    op.create_table('leave_session',
    sa.Column('request_id', sa.Integer(), nullable=False),
    sa.Column('session_id', sa.Integer(), nullable=False),
    sa.Column('learner_id', sa.Integer(), nullable=False),
    sa.Column('is_live', sa.Boolean(), server_default=sa.true(), nullable=False),
    sa.ForeignKeyConstraint(['learner_id'], ['learner.id'], name=op.f('fk_leave_session_learner_id')),
    sa.ForeignKeyConstraint(['request_id'], ['leave_request.id'], name=op.f('fk_leave_session_request_id')),
    sa.ForeignKeyConstraint(['session_id'], ['class_session.id'], name=op.f('fk_leave_session_session_id')),
    sa.PrimaryKeyConstraint('request_id', 'session_id', name=op.f('pk_leave_session'))
    )
    with op.batch_alter_table('leave_session', schema=None) as batch_op:
        batch_op.create_index('uq_leave_session_live', ['session_id', 'learner_id'], unique=True, sqlite_where=sa.text('is_live'), postgresql_where=sa.text('is_live'))

    op.create_table('make_up',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=16), nullable=False),
    sa.Column('learner_id', sa.Integer(), nullable=False),
    sa.Column('session_id', sa.Integer(), nullable=False),
    sa.Column('host_session_id', sa.Integer(), nullable=True),
    sa.Column('make_up_session_id', sa.Integer(), nullable=True),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('minutes', sa.Integer(), server_default='0', nullable=False),
    sa.Column('planned_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('settled_by', sa.String(length=120), server_default='', nullable=False),
    sa.CheckConstraint("minutes >= 0 AND (state = 'done' OR minutes = 0)", name=op.f('ck_make_up_minutes_when_done')),
    sa.CheckConstraint('(host_session_id IS NULL) <> (make_up_session_id IS NULL)', name=op.f('ck_make_up_one_place')),
    sa.ForeignKeyConstraint(['host_session_id'], ['class_session.id'], name=op.f('fk_make_up_host_session_id')),
    sa.ForeignKeyConstraint(['learner_id'], ['learner.id'], name=op.f('fk_make_up_learner_id')),
    sa.ForeignKeyConstraint(['make_up_session_id'], ['make_up_session.id'], name=op.f('fk_make_up_make_up_session_id')),
    sa.ForeignKeyConstraint(['session_id'], ['class_session.id'], name=op.f('fk_make_up_session_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_make_up')),
    sa.UniqueConstraint('code', name=op.f('uq_make_up_code'))
    )
    with op.batch_alter_table('make_up', schema=None) as batch_op:
        batch_op.create_index('ix_make_up_host_session_id', ['host_session_id'], unique=False)
        batch_op.create_index('ix_make_up_make_up_session_id', ['make_up_session_id'], unique=False)
        batch_op.create_index('uq_make_up_host', ['learner_id', 'host_session_id'], unique=True, sqlite_where=sa.text("state IN ('done', 'planned')"), postgresql_where=sa.text("state IN ('done', 'planned')"))
        batch_op.create_index('uq_make_up_missed', ['learner_id', 'session_id'], unique=True, sqlite_where=sa.text("state IN ('done', 'planned')"), postgresql_where=sa.text("state IN ('done', 'planned')"))
        batch_op.create_index('uq_make_up_special', ['learner_id', 'make_up_session_id'], unique=True, sqlite_where=sa.text("state IN ('done', 'planned')"), postgresql_where=sa.text("state IN ('done', 'planned')"))

    op.create_table('seat_offer',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=16), nullable=False),
    sa.Column('enrollment_id', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('offered_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['enrollment_id'], ['enrollment.id'], name=op.f('fk_seat_offer_enrollment_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_seat_offer')),
    sa.UniqueConstraint('code', name=op.f('uq_seat_offer_code'))
    )
    with op.batch_alter_table('seat_offer', schema=None) as batch_op:
        batch_op.create_index('ix_seat_offer_expires_at', ['state', 'expires_at'], unique=False)
        batch_op.create_index('uq_seat_offer_open', ['enrollment_id'], unique=True, sqlite_where=sa.text("state = 'open'"), postgresql_where=sa.text("state = 'open'"))

    op.create_table('teaching_need_session',
    sa.Column('need_id', sa.Integer(), nullable=False),
    sa.Column('session_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['need_id'], ['teaching_need.id'], name=op.f('fk_teaching_need_session_need_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['session_id'], ['class_session.id'], name=op.f('fk_teaching_need_session_session_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('need_id', 'session_id', name=op.f('pk_teaching_need_session'))
    )
    with op.batch_alter_table('teaching_need_session', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_teaching_need_session_session_id'), ['session_id'], unique=False)

    op.create_table('check_in',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('opening_id', sa.Integer(), nullable=False),
    sa.Column('session_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('learner_id', sa.Integer(), nullable=False),
    sa.Column('device', sa.String(length=64), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['learner_id'], ['learner.id'], name=op.f('fk_check_in_learner_id')),
    sa.ForeignKeyConstraint(['opening_id'], ['check_in_opening.id'], name=op.f('fk_check_in_opening_id')),
    sa.ForeignKeyConstraint(['session_id'], ['class_session.id'], name=op.f('fk_check_in_session_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_check_in')),
    sa.UniqueConstraint('session_id', 'kind', 'device', name='uq_check_in_device'),
    sa.UniqueConstraint('session_id', 'kind', 'learner_id', name=op.f('uq_check_in_session_id_kind_learner_id'))
    )
    with op.batch_alter_table('check_in', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_check_in_learner_id'), ['learner_id'], unique=False)

    with op.batch_alter_table('attendance_mark', schema=None) as batch_op:
        batch_op.add_column(sa.Column('made_up_minutes', sa.Integer(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('source', sa.String(length=20), server_default='roster', nullable=False))
        batch_op.add_column(sa.Column('reason', sa.String(length=500), server_default='', nullable=False))

    with op.batch_alter_table('class_session', schema=None) as batch_op:
        batch_op.add_column(sa.Column('equipment', sa.JSON(), server_default='[]', nullable=False))
        batch_op.add_column(sa.Column('repeat_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('state', sa.String(length=20), server_default='planned', nullable=False))
        batch_op.add_column(sa.Column('cancelled_reason', sa.String(length=500), server_default='', nullable=False))
        batch_op.add_column(sa.Column('cancelled_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('revision', sa.Integer(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('changed_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(batch_op.f('ix_class_session_repeat_id'), ['repeat_id'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_class_session_repeat_id'), 'repeat_rule', ['repeat_id'], ['id'], ondelete='SET NULL')

    with op.batch_alter_table('credit_entry', schema=None) as batch_op:
        batch_op.add_column(sa.Column('source', sa.String(length=20), server_default='session', nullable=False))
        batch_op.add_column(sa.Column('conversion_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('decree_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('title_zh', sa.String(length=200), server_default='', nullable=False))
        batch_op.alter_column('class_id',
               existing_type=sa.INTEGER(),
               nullable=True)
        batch_op.alter_column('session_id',
               existing_type=sa.INTEGER(),
               nullable=True)
        batch_op.alter_column('mark_id',
               existing_type=sa.INTEGER(),
               nullable=True)
        batch_op.drop_constraint(batch_op.f('uq_credit_entry_mark_id_kind'), type_='unique')
        batch_op.create_unique_constraint(batch_op.f('uq_credit_entry_conversion_id_kind_learner_id'), ['conversion_id', 'kind', 'learner_id'])
        batch_op.create_unique_constraint(batch_op.f('uq_credit_entry_decree_id_kind_learner_id'), ['decree_id', 'kind', 'learner_id'])
        batch_op.create_unique_constraint(batch_op.f('uq_credit_entry_mark_id_kind_learner_id'), ['mark_id', 'kind', 'learner_id'])
        batch_op.create_foreign_key(batch_op.f('fk_credit_entry_conversion_id'), 'hours_conversion', ['conversion_id'], ['id'])
        batch_op.create_foreign_key(batch_op.f('fk_credit_entry_decree_id'), 'hours_decree', ['decree_id'], ['id'])

    with op.batch_alter_table('enrollment', schema=None) as batch_op:
        batch_op.add_column(sa.Column('priority', sa.Integer(), server_default='5', nullable=False))
        batch_op.add_column(sa.Column('quota_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('follows_id', sa.Integer(), nullable=True))
        batch_op.create_index('ix_enrollment_quota_id', ['quota_id'], unique=False)
        batch_op.create_unique_constraint('uq_enrollment_follows', ['follows_id'])
        batch_op.create_foreign_key(batch_op.f('fk_enrollment_follows_id'), 'enrollment', ['follows_id'], ['id'])
        batch_op.create_foreign_key(batch_op.f('fk_enrollment_quota_id'), 'class_quota', ['quota_id'], ['id'])

    with op.batch_alter_table('learner', schema=None) as batch_op:
        batch_op.add_column(sa.Column('works_since', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('held_until', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('merged_into_id', sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f('ix_learner_merged_into_id'), ['merged_into_id'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_learner_merged_into_id'), 'learner', ['merged_into_id'], ['id'])

    with op.batch_alter_table('roster_import', schema=None) as batch_op:
        batch_op.add_column(sa.Column('decided_by_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('decided_by', sa.String(length=120), server_default='', nullable=False))
        batch_op.add_column(sa.Column('organization_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('subject', sa.String(length=60), server_default='', nullable=False))
        batch_op.add_column(sa.Column('layout', sa.JSON(none_as_null=True), nullable=True))
        batch_op.add_column(sa.Column('notes', sa.JSON(), server_default=sa.text("'[]'"), nullable=False))
        batch_op.add_column(sa.Column('problem', sa.JSON(none_as_null=True), nullable=True))
        batch_op.add_column(sa.Column('sheet_name', sa.String(length=80), server_default='', nullable=False))
        batch_op.add_column(sa.Column('job_run_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('row_count', sa.Integer(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('read_count', sa.Integer(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('ok_count', sa.Integer(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('repaired_count', sa.Integer(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('error_count', sa.Integer(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('noted_count', sa.Integer(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('known_count', sa.Integer(), server_default='0', nullable=False))
        batch_op.create_index(batch_op.f('ix_roster_import_organization_id'), ['organization_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_roster_import_subject'), ['subject'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_roster_import_organization_id'), 'organization', ['organization_id'], ['id'])
        batch_op.create_foreign_key(batch_op.f('fk_roster_import_job_run_id'), 'job_run', ['job_run_id'], ['id'])
        batch_op.create_foreign_key(batch_op.f('fk_roster_import_decided_by_id'), 'user_account', ['decided_by_id'], ['id'])

    with op.batch_alter_table('training_class', schema=None) as batch_op:
        batch_op.add_column(sa.Column('held_count', sa.Integer(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('reserved_count', sa.Integer(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('timetable_version', sa.Integer(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('admission', sa.String(length=20), server_default='direct', nullable=False))
        batch_op.add_column(sa.Column('offer_hours', sa.Integer(), server_default='24', nullable=False))
        batch_op.add_column(sa.Column('min_education', sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column('min_years', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('required_level', sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column('prerequisite_program_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('is_cadre', sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.create_foreign_key(batch_op.f('fk_training_class_prerequisite_program_id'), 'program', ['prerequisite_program_id'], ['id'])

    op.create_index(
        "uq_class_quota_group", "class_quota",
        ["class_id", sa.text("coalesce(organization_id, 0)"), sa.text("coalesce(person_type_code, '')")], unique=True,
    )
    with op.batch_alter_table("training_class") as batch_op:
        batch_op.drop_constraint(op.f("ck_training_class_never_oversold"), type_="check")
    with op.batch_alter_table("training_class") as batch_op:
        batch_op.create_check_constraint(
            op.f("ck_training_class_never_oversold"), "admitted_count + held_count + reserved_count <= seats"
        )
        batch_op.create_check_constraint(
            op.f("ck_training_class_counts_not_negative"), "admitted_count >= 0 AND held_count >= 0 AND reserved_count >= 0"
        )
        batch_op.create_check_constraint(op.f("ck_training_class_offer_hours_usable"), "offer_hours BETWEEN 1 AND 168")
    with op.batch_alter_table("enrollment") as batch_op:
        batch_op.drop_constraint(op.f("ck_enrollment_waiting_has_number"), type_="check")
    with op.batch_alter_table("enrollment") as batch_op:
        batch_op.create_check_constraint(
            op.f("ck_enrollment_waiting_has_number"), "state NOT IN ('waitlisted', 'offered') OR waitlist_no IS NOT NULL"
        )
        batch_op.create_check_constraint(op.f("ck_enrollment_priority_usable"), "priority BETWEEN 1 AND 9")
        batch_op.drop_index("uq_enrollment_live")
        batch_op.create_index(
            "uq_enrollment_live", ["class_id", "learner_id"], unique=True,
            sqlite_where=sa.text(LIVE), postgresql_where=sa.text(LIVE),
        )
    with op.batch_alter_table("class_session") as batch_op:
        batch_op.create_check_constraint(
            op.f("ck_class_session_cancelled_has_reason"), "state <> 'cancelled' OR cancelled_reason <> ''"
        )
    with op.batch_alter_table("attendance_mark") as batch_op:
        batch_op.create_check_constraint(
            op.f("ck_attendance_mark_made_up_is_part"), "made_up_minutes >= 0 AND made_up_minutes <= minutes"
        )
    with op.batch_alter_table("learner") as batch_op:
        batch_op.create_check_constraint(
            op.f("ck_learner_merged_into_another"), "merged_into_id IS NULL OR merged_into_id <> id"
        )
    with op.batch_alter_table("credit_entry") as batch_op:
        batch_op.create_check_constraint(op.f("ck_credit_entry_source_fits"), KIND_OF_SOURCE)
    forbid_overlaps()
    execute_all(TRIGGERS)


def downgrade() -> None:
    execute_all(UNTRIGGERS)
    op.execute("DELETE FROM credit_entry WHERE counters_id IN (SELECT id FROM credit_entry WHERE mark_id IS NULL)")
    op.execute("DELETE FROM credit_entry WHERE mark_id IS NULL")
    with op.batch_alter_table("credit_entry") as batch_op:
        batch_op.drop_constraint(op.f("ck_credit_entry_source_fits"), type_="check")
    with op.batch_alter_table("learner") as batch_op:
        batch_op.drop_constraint(op.f("ck_learner_merged_into_another"), type_="check")
    with op.batch_alter_table("attendance_mark") as batch_op:
        batch_op.drop_constraint(op.f("ck_attendance_mark_made_up_is_part"), type_="check")
    with op.batch_alter_table("class_session") as batch_op:
        batch_op.drop_constraint(op.f("ck_class_session_cancelled_has_reason"), type_="check")
    with op.batch_alter_table("enrollment") as batch_op:
        batch_op.drop_constraint(op.f("ck_enrollment_priority_usable"), type_="check")
        batch_op.drop_constraint(op.f("ck_enrollment_waiting_has_number"), type_="check")
        batch_op.drop_index("uq_enrollment_live")
        batch_op.create_index(
            "uq_enrollment_live", ["class_id", "learner_id"], unique=True,
            sqlite_where=sa.text(LIVE_BEFORE), postgresql_where=sa.text(LIVE_BEFORE),
        )
    with op.batch_alter_table("enrollment") as batch_op:
        batch_op.create_check_constraint(
            op.f("ck_enrollment_waiting_has_number"), "state <> 'waitlisted' OR waitlist_no IS NOT NULL"
        )
    with op.batch_alter_table("training_class") as batch_op:
        for name in ("offer_hours_usable", "counts_not_negative", "never_oversold"):
            batch_op.drop_constraint(op.f(f"ck_training_class_{name}"), type_="check")
    with op.batch_alter_table("training_class") as batch_op:
        batch_op.create_check_constraint(
            op.f("ck_training_class_never_oversold"), "admitted_count >= 0 AND admitted_count <= seats"
        )
    with op.batch_alter_table('training_class', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_training_class_prerequisite_program_id'), type_='foreignkey')
        batch_op.drop_column('is_cadre')
        batch_op.drop_column('prerequisite_program_id')
        batch_op.drop_column('required_level')
        batch_op.drop_column('min_years')
        batch_op.drop_column('min_education')
        batch_op.drop_column('offer_hours')
        batch_op.drop_column('admission')
        batch_op.drop_column('timetable_version')
        batch_op.drop_column('reserved_count')
        batch_op.drop_column('held_count')

    with op.batch_alter_table('roster_import', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_roster_import_decided_by_id'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('fk_roster_import_job_run_id'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('fk_roster_import_organization_id'), type_='foreignkey')
        batch_op.drop_index(batch_op.f('ix_roster_import_subject'))
        batch_op.drop_index(batch_op.f('ix_roster_import_organization_id'))
        batch_op.drop_column('known_count')
        batch_op.drop_column('noted_count')
        batch_op.drop_column('error_count')
        batch_op.drop_column('repaired_count')
        batch_op.drop_column('ok_count')
        batch_op.drop_column('read_count')
        batch_op.drop_column('row_count')
        batch_op.drop_column('job_run_id')
        batch_op.drop_column('sheet_name')
        batch_op.drop_column('problem')
        batch_op.drop_column('notes')
        batch_op.drop_column('layout')
        batch_op.drop_column('subject')
        batch_op.drop_column('organization_id')
        batch_op.drop_column('decided_by')
        batch_op.drop_column('decided_by_id')

    with op.batch_alter_table('learner', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_learner_merged_into_id'), type_='foreignkey')
        batch_op.drop_index(batch_op.f('ix_learner_merged_into_id'))
        batch_op.drop_column('merged_into_id')
        batch_op.drop_column('held_until')
        batch_op.drop_column('works_since')

    with op.batch_alter_table('enrollment', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_enrollment_quota_id'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('fk_enrollment_follows_id'), type_='foreignkey')
        batch_op.drop_constraint('uq_enrollment_follows', type_='unique')
        batch_op.drop_index('ix_enrollment_quota_id')
        batch_op.drop_column('follows_id')
        batch_op.drop_column('quota_id')
        batch_op.drop_column('priority')

    with op.batch_alter_table('credit_entry', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_credit_entry_decree_id'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('fk_credit_entry_conversion_id'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('uq_credit_entry_mark_id_kind_learner_id'), type_='unique')
        batch_op.drop_constraint(batch_op.f('uq_credit_entry_decree_id_kind_learner_id'), type_='unique')
        batch_op.drop_constraint(batch_op.f('uq_credit_entry_conversion_id_kind_learner_id'), type_='unique')
        batch_op.create_unique_constraint(batch_op.f('uq_credit_entry_mark_id_kind'), ['mark_id', 'kind'])
        batch_op.alter_column('mark_id',
               existing_type=sa.INTEGER(),
               nullable=False)
        batch_op.alter_column('session_id',
               existing_type=sa.INTEGER(),
               nullable=False)
        batch_op.alter_column('class_id',
               existing_type=sa.INTEGER(),
               nullable=False)
        batch_op.drop_column('title_zh')
        batch_op.drop_column('decree_id')
        batch_op.drop_column('conversion_id')
        batch_op.drop_column('source')

    with op.batch_alter_table('class_session', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_class_session_repeat_id'), type_='foreignkey')
        batch_op.drop_index(batch_op.f('ix_class_session_repeat_id'))
        batch_op.drop_column('changed_at')
        batch_op.drop_column('revision')
        batch_op.drop_column('cancelled_at')
        batch_op.drop_column('cancelled_reason')
        batch_op.drop_column('state')
        batch_op.drop_column('repeat_id')
        batch_op.drop_column('equipment')

    with op.batch_alter_table('attendance_mark', schema=None) as batch_op:
        batch_op.drop_column('reason')
        batch_op.drop_column('source')
        batch_op.drop_column('made_up_minutes')

    with op.batch_alter_table('check_in', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_check_in_learner_id'))

    op.drop_table('check_in')
    with op.batch_alter_table('teaching_need_session', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_teaching_need_session_session_id'))

    op.drop_table('teaching_need_session')
    with op.batch_alter_table('seat_offer', schema=None) as batch_op:
        batch_op.drop_index('uq_seat_offer_open', sqlite_where=sa.text("state = 'open'"), postgresql_where=sa.text("state = 'open'"))
        batch_op.drop_index('ix_seat_offer_expires_at')

    op.drop_table('seat_offer')
    with op.batch_alter_table('make_up', schema=None) as batch_op:
        batch_op.drop_index('uq_make_up_special', sqlite_where=sa.text("state IN ('done', 'planned')"), postgresql_where=sa.text("state IN ('done', 'planned')"))
        batch_op.drop_index('uq_make_up_missed', sqlite_where=sa.text("state IN ('done', 'planned')"), postgresql_where=sa.text("state IN ('done', 'planned')"))
        batch_op.drop_index('uq_make_up_host', sqlite_where=sa.text("state IN ('done', 'planned')"), postgresql_where=sa.text("state IN ('done', 'planned')"))
        batch_op.drop_index('ix_make_up_make_up_session_id')
        batch_op.drop_index('ix_make_up_host_session_id')

    op.drop_table('make_up')
    with op.batch_alter_table('leave_session', schema=None) as batch_op:
        batch_op.drop_index('uq_leave_session_live', sqlite_where=sa.text('is_live'), postgresql_where=sa.text('is_live'))

    op.drop_table('leave_session')
    with op.batch_alter_table('check_in_opening', schema=None) as batch_op:
        batch_op.drop_index('uq_check_in_opening_live', sqlite_where=sa.text('closed_at IS NULL'), postgresql_where=sa.text('closed_at IS NULL'))
        batch_op.drop_index(batch_op.f('ix_check_in_opening_session_id'))

    op.drop_table('check_in_opening')
    op.drop_table('application_document')
    with op.batch_alter_table('teaching_need_candidate', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_teaching_need_candidate_instructor_id'))

    op.drop_table('teaching_need_candidate')
    with op.batch_alter_table('teaching_need', schema=None) as batch_op:
        batch_op.drop_index('ix_teaching_need_due')
        batch_op.drop_index(batch_op.f('ix_teaching_need_class_id'))

    op.drop_table('teaching_need')
    with op.batch_alter_table('repeat_rule', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_repeat_rule_class_id'))

    op.drop_table('repeat_rule')
    with op.batch_alter_table('removal_proposal', schema=None) as batch_op:
        batch_op.drop_index('uq_removal_proposal_open', sqlite_where=sa.text("state = 'open'"), postgresql_where=sa.text("state = 'open'"))
        batch_op.drop_index('ix_removal_proposal_state')

    op.drop_table('removal_proposal')
    with op.batch_alter_table('leave_request', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_leave_request_learner_id'))
        batch_op.drop_index('ix_leave_request_class_id')

    op.drop_table('leave_request')
    op.drop_table('learner_move')
    with op.batch_alter_table('hours_decree_person', schema=None) as batch_op:
        batch_op.drop_index('ix_hours_decree_person_period_id')

    op.drop_table('hours_decree_person')
    with op.batch_alter_table('class_roster_line', schema=None) as batch_op:
        batch_op.drop_index('ix_class_roster_line_done')
        batch_op.drop_index(batch_op.f('ix_class_roster_line_class_id'))

    op.drop_table('class_roster_line')
    with op.batch_alter_table('class_quota', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_class_quota_returns_at'))
        batch_op.drop_index('ix_class_quota_organization_id')

    op.drop_table('class_quota')
    with op.batch_alter_table('choice_round_class', schema=None) as batch_op:
        batch_op.drop_index('uq_choice_round_class_running', sqlite_where=sa.text('is_running'), postgresql_where=sa.text('is_running'))

    op.drop_table('choice_round_class')
    with op.batch_alter_table('choice', schema=None) as batch_op:
        batch_op.drop_index('ix_choice_class_id')

    op.drop_table('choice')
    with op.batch_alter_table('attendance_sheet', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_attendance_sheet_class_id'))

    op.drop_table('attendance_sheet')
    with op.batch_alter_table('allocation_row', schema=None) as batch_op:
        batch_op.drop_index('ix_allocation_row_turn')
        batch_op.drop_index(batch_op.f('ix_allocation_row_learner_id'))

    op.drop_table('allocation_row')
    with op.batch_alter_table('roster_line', schema=None) as batch_op:
        batch_op.drop_index('ix_roster_line_state')
        batch_op.drop_index('ix_roster_line_outcome')
        batch_op.drop_index(batch_op.f('ix_roster_line_learner_id'))

    op.drop_table('roster_line')
    with op.batch_alter_table('registration_period', schema=None) as batch_op:
        batch_op.drop_index('ix_registration_period_learner_id')
        batch_op.drop_index('ix_registration_period_ends_on')

    op.drop_table('registration_period')
    with op.batch_alter_table('opening_hours', schema=None) as batch_op:
        batch_op.drop_index('uq_opening_hours_site', sqlite_where=sa.text('room_id IS NULL'), postgresql_where=sa.text('room_id IS NULL'))
        batch_op.drop_index(batch_op.f('ix_opening_hours_site_id'))

    op.drop_table('opening_hours')
    with op.batch_alter_table('make_up_session', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_make_up_session_starts_at'))
        batch_op.drop_index(batch_op.f('ix_make_up_session_course_id'))

    op.drop_table('make_up_session')
    op.drop_table('learner_pair')
    with op.batch_alter_table('learner_merge', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_learner_merge_merged_at'))
        batch_op.drop_index(batch_op.f('ix_learner_merge_kept_id'))

    op.drop_table('learner_merge')
    with op.batch_alter_table('instructor_qualification', schema=None) as batch_op:
        batch_op.drop_index('uq_instructor_qualification_successor', sqlite_where=sa.text("state <> 'rejected'"), postgresql_where=sa.text("state <> 'rejected'"))
        batch_op.drop_index(batch_op.f('ix_instructor_qualification_instructor_id'))
        batch_op.drop_index('ix_instructor_qualification_due')

    op.drop_table('instructor_qualification')
    with op.batch_alter_table('instructor_appointment', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_instructor_appointment_state'))
        batch_op.drop_index(batch_op.f('ix_instructor_appointment_instructor_id'))

    op.drop_table('instructor_appointment')
    with op.batch_alter_table('instructor_absence', schema=None) as batch_op:
        batch_op.drop_index('ix_instructor_absence_span')

    op.drop_table('instructor_absence')
    with op.batch_alter_table('hours_statement', schema=None) as batch_op:
        batch_op.drop_index('uq_hours_statement_live', sqlite_where=sa.text('is_live'), postgresql_where=sa.text('is_live'))
        batch_op.drop_index('uq_hours_statement_drawn', sqlite_where=sa.text('file_id IS NULL'), postgresql_where=sa.text('file_id IS NULL'))

    op.drop_table('hours_statement')
    with op.batch_alter_table('hours_conversion', schema=None) as batch_op:
        batch_op.drop_index('uq_hours_conversion_once', sqlite_where=sa.text("is_once AND state IN ('applied', 'approved')"), postgresql_where=sa.text("is_once AND state IN ('applied', 'approved')"))
        batch_op.drop_index('ix_hours_conversion_state')
        batch_op.drop_index('ix_hours_conversion_learner_id')

    op.drop_table('hours_conversion')
    with op.batch_alter_table('fee_statement', schema=None) as batch_op:
        batch_op.drop_index('uq_fee_statement_current', sqlite_where=sa.text('is_current'), postgresql_where=sa.text('is_current'))
        batch_op.drop_index('ix_fee_statement_month')

    op.drop_table('fee_statement')
    with op.batch_alter_table('closure', schema=None) as batch_op:
        batch_op.drop_index('ix_closure_span')
        batch_op.drop_index(batch_op.f('ix_closure_room_id'))

    op.drop_table('closure')
    with op.batch_alter_table('choice_application', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_choice_application_learner_id'))

    op.drop_table('choice_application')
    with op.batch_alter_table('travel_time', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_travel_time_other_site_id'))

    op.drop_table('travel_time')
    with op.batch_alter_table('roster_mapping', schema=None) as batch_op:
        batch_op.drop_index('uq_roster_mapping_academy', sqlite_where=sa.text('organization_id IS NULL'), postgresql_where=sa.text('organization_id IS NULL'))

    op.drop_table('roster_mapping')
    with op.batch_alter_table('allocation_preview', schema=None) as batch_op:
        batch_op.drop_index('uq_allocation_preview_approved', sqlite_where=sa.text("state = 'approved'"), postgresql_where=sa.text("state = 'approved'"))

    op.drop_table('allocation_preview')
    with op.batch_alter_table('hours_decree', schema=None) as batch_op:
        batch_op.drop_index('uq_hours_decree_number', sqlite_where=sa.text('undone_at IS NULL'), postgresql_where=sa.text('undone_at IS NULL'))

    op.drop_table('hours_decree')
    with op.batch_alter_table('choice_round', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_choice_round_state'))

    op.drop_table('choice_round')
    op.drop_table('calendar_feed')
    op.drop_table('hours_statement_register')
