"""The tables of the first version."""

import sqlalchemy as sa
from alembic import op
revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


KINDS = ("room", "instructor")


def exclude_double_bookings() -> None:
    """No two bookings of a resource overlap. A range of one id stands in for btree_gist; SQLite serializes its writers."""
    if op.get_bind().dialect.name != "postgresql":
        return
    for kind in KINDS:
        op.execute(
            f"ALTER TABLE booking ADD CONSTRAINT ex_booking_{kind}_twice EXCLUDE USING gist ("
            "int8range(resource_id, resource_id, '[]') WITH &&, tstzrange(starts_at, ends_at) WITH &&"
            f") WHERE (resource_kind = '{kind}')"
        )


def upgrade() -> None:
    op.create_table('audit_row',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('actor_id', sa.Integer(), nullable=True),
    sa.Column('actor_name', sa.String(length=120), nullable=False),
    sa.Column('action', sa.String(length=80), nullable=False),
    sa.Column('subject', sa.String(length=120), nullable=False),
    sa.Column('before', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('after', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('reason', sa.String(length=2000), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_row'))
    )
    with op.batch_alter_table('audit_row', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_audit_row_action'), ['action'], unique=False)
        batch_op.create_index(batch_op.f('ix_audit_row_actor_id'), ['actor_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_audit_row_at'), ['at'], unique=False)
        batch_op.create_index(batch_op.f('ix_audit_row_subject'), ['subject'], unique=False)

    op.create_table('catalog_revision',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('token', sa.String(length=16), nullable=False),
    sa.CheckConstraint('id = 1', name=op.f('ck_catalog_revision_one_row')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_catalog_revision'))
    )
    op.create_table('division',
    sa.Column('code', sa.String(length=6), nullable=False),
    sa.Column('name_zh', sa.String(length=60), nullable=False),
    sa.Column('pinyin', sa.String(length=60), nullable=False),
    sa.Column('name_en', sa.String(length=80), nullable=False),
    sa.Column('level', sa.String(length=12), nullable=False),
    sa.Column('type', sa.String(length=30), nullable=False),
    sa.Column('parent_code', sa.String(length=6), nullable=False),
    sa.Column('lon', sa.Double(), nullable=True),
    sa.Column('lat', sa.Double(), nullable=True),
    sa.PrimaryKeyConstraint('code', name=op.f('pk_division'))
    )
    with op.batch_alter_table('division', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_division_parent_code'), ['parent_code'], unique=False)

    op.create_table('job_run',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=16), nullable=False),
    sa.Column('kind', sa.String(length=60), nullable=False),
    sa.Column('title', sa.JSON(), nullable=False),
    sa.Column('subject', sa.String(length=120), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('total', sa.Integer(), nullable=False),
    sa.Column('done', sa.Integer(), nullable=False),
    sa.Column('failed', sa.Integer(), nullable=False),
    sa.Column('problems', sa.JSON(), nullable=False),
    sa.Column('started_by', sa.String(length=120), nullable=False),
    sa.Column('started_by_id', sa.Integer(), nullable=True),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('result_url', sa.String(length=255), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_job_run')),
    sa.UniqueConstraint('code', name=op.f('uq_job_run_code'))
    )
    with op.batch_alter_table('job_run', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_job_run_kind'), ['kind'], unique=False)
        batch_op.create_index(batch_op.f('ix_job_run_started_at'), ['started_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_job_run_state'), ['state'], unique=False)
        batch_op.create_index(batch_op.f('ix_job_run_subject'), ['subject'], unique=False)

    op.create_table('outbox',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('event', sa.String(length=80), nullable=False),
    sa.Column('subscriber', sa.String(length=80), nullable=False),
    sa.Column('queue', sa.String(length=20), nullable=False),
    sa.Column('payload', sa.JSON(), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('claim', sa.String(length=16), nullable=True),
    sa.Column('last_error', sa.String(length=2000), nullable=False),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_outbox'))
    )
    with op.batch_alter_table('outbox', schema=None) as batch_op:
        batch_op.create_index('ix_outbox_due', ['queue', 'state', 'due_at'], unique=False)

    op.create_table('panel',
    sa.Column('code', sa.String(length=4), nullable=False),
    sa.Column('name_zh', sa.String(length=40), nullable=False),
    sa.Column('name_en', sa.String(length=80), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('code', name=op.f('pk_panel'))
    )
    op.create_table('paper',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=16), nullable=False),
    sa.Column('title_zh', sa.String(length=120), nullable=False),
    sa.Column('minutes', sa.Integer(), nullable=False),
    sa.Column('blueprint', sa.JSON(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.String(length=120), nullable=False),
    sa.CheckConstraint('minutes > 0', name=op.f('ck_paper_minutes_positive')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_paper')),
    sa.UniqueConstraint('code', name=op.f('uq_paper_code'))
    )
    op.create_table('person_type',
    sa.Column('code', sa.String(length=4), nullable=False),
    sa.Column('group_code', sa.String(length=4), nullable=False),
    sa.Column('group_zh', sa.String(length=40), nullable=False),
    sa.Column('group_en', sa.String(length=60), nullable=False),
    sa.Column('name_zh', sa.String(length=60), nullable=False),
    sa.Column('name_en', sa.String(length=120), nullable=False),
    sa.PrimaryKeyConstraint('code', name=op.f('pk_person_type'))
    )
    op.create_table('question_bank',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=16), nullable=False),
    sa.Column('title_zh', sa.String(length=120), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_question_bank')),
    sa.UniqueConstraint('code', name=op.f('uq_question_bank_code'))
    )
    op.create_table('scoring_rule',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=30), nullable=False),
    sa.Column('title_zh', sa.String(length=120), nullable=False),
    sa.Column('parameters', sa.JSON(), nullable=False),
    sa.Column('source_zh', sa.String(length=300), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_scoring_rule')),
    sa.UniqueConstraint('code', 'valid_from', name=op.f('uq_scoring_rule_code_valid_from'))
    )
    op.create_table('signing_key',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('role', sa.String(length=10), nullable=False),
    sa.Column('fingerprint', sa.String(length=64), nullable=False),
    sa.Column('certificate', sa.LargeBinary(), nullable=False),
    sa.Column('chain', sa.JSON(), nullable=False),
    sa.Column('sealed_key', sa.LargeBinary(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('not_after', sa.DateTime(timezone=True), nullable=False),
    sa.Column('retired_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("role IN ('root', 'signer')", name=op.f('ck_signing_key_role_known')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_signing_key')),
    sa.UniqueConstraint('fingerprint', name=op.f('uq_signing_key_fingerprint'))
    )
    with op.batch_alter_table('signing_key', schema=None) as batch_op:
        batch_op.create_index('uq_signing_key_in_use', ['role'], unique=True, sqlite_where=sa.text('retired_at IS NULL'), postgresql_where=sa.text('retired_at IS NULL'))

    op.create_table('stored_file',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=16), nullable=False),
    sa.Column('name', sa.String(length=255), nullable=False),
    sa.Column('media_type', sa.String(length=120), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_stored_file')),
    sa.UniqueConstraint('code', name=op.f('uq_stored_file_code'))
    )
    with op.batch_alter_table('stored_file', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_stored_file_sha256'), ['sha256'], unique=False)

    op.create_table('user_account',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=16), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('name_zh', sa.String(length=120), nullable=False),
    sa.Column('locale', sa.String(length=10), nullable=False),
    sa.Column('password_hash', sa.String(length=255), nullable=False),
    sa.Column('session_version', sa.Integer(), nullable=False),
    sa.Column('is_active', sa.Boolean(), server_default=sa.true(), nullable=False),
    sa.Column('failures', sa.Integer(), server_default='0', nullable=False),
    sa.Column('locked_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('consent_version', sa.String(length=20), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('email = lower(email)', name=op.f('ck_user_account_email_lower')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_user_account')),
    sa.UniqueConstraint('code', name=op.f('uq_user_account_code')),
    sa.UniqueConstraint('email', name=op.f('uq_user_account_email'))
    )
    op.create_table('audit_link',
    sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('row_id', sa.Integer(), nullable=False),
    sa.Column('row_hash', sa.String(length=64), nullable=False),
    sa.Column('chain_hash', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['row_id'], ['audit_row.id'], name=op.f('fk_audit_link_row_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_link')),
    sa.UniqueConstraint('row_id', name=op.f('uq_audit_link_row_id'))
    )
    op.create_table('field',
    sa.Column('code', sa.String(length=8), nullable=False),
    sa.Column('panel_code', sa.String(length=4), nullable=False),
    sa.Column('name_zh', sa.String(length=60), nullable=False),
    sa.Column('name_en', sa.String(length=120), nullable=False),
    sa.Column('slug', sa.String(length=60), nullable=False),
    sa.Column('named_in_source', sa.Boolean(), server_default=sa.false(), nullable=False),
    sa.ForeignKeyConstraint(['panel_code'], ['panel.code'], name=op.f('fk_field_panel_code')),
    sa.PrimaryKeyConstraint('code', name=op.f('pk_field')),
    sa.UniqueConstraint('slug', name=op.f('uq_field_slug'))
    )
    with op.batch_alter_table('field', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_field_panel_code'), ['panel_code'], unique=False)

    op.create_table('message',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=16), nullable=False),
    sa.Column('person', sa.String(length=300), nullable=False),
    sa.Column('reason', sa.String(length=80), nullable=False),
    sa.Column('key', sa.String(length=120), nullable=False),
    sa.Column('channel', sa.String(length=20), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.Column('email', sa.String(length=254), nullable=True),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('locale', sa.String(length=20), nullable=False),
    sa.Column('subject', sa.String(length=500), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('link', sa.String(length=255), nullable=True),
    sa.Column('facts', sa.JSON(), nullable=False),
    sa.Column('is_one_time', sa.Boolean(), server_default=sa.false(), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('claim', sa.String(length=16), nullable=True),
    sa.Column('claimed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('answer', sa.String(length=500), nullable=False),
    sa.Column('planned_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('read_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("state <> 'sending' OR claim IS NOT NULL", name=op.f('ck_message_sending_is_claimed')),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_message_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_message')),
    sa.UniqueConstraint('code', name=op.f('uq_message_code')),
    sa.UniqueConstraint('person', 'reason', 'key', 'channel', name='uq_message_person_reason')
    )
    with op.batch_alter_table('message', schema=None) as batch_op:
        batch_op.create_index('ix_message_inbox', ['user_id', 'channel', 'id'], unique=False)
        batch_op.create_index('ix_message_state', ['channel', 'state', 'id'], unique=False)
        batch_op.create_index('ix_message_unread', ['user_id'], unique=False, sqlite_where=sa.text("channel = 'in_app' AND read_at IS NULL"), postgresql_where=sa.text("channel = 'in_app' AND read_at IS NULL"))

    op.create_table('organization',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=12), nullable=False),
    sa.Column('name_zh', sa.String(length=120), nullable=False),
    sa.Column('kind', sa.String(length=30), nullable=False),
    sa.Column('division_code', sa.String(length=6), nullable=True),
    sa.Column('uscc', sa.String(length=18), nullable=True),
    sa.Column('contact_zh', sa.String(length=60), nullable=False),
    sa.Column('parent_id', sa.Integer(), nullable=True),
    sa.Column('named_in_source', sa.Boolean(), server_default=sa.false(), nullable=False),
    sa.Column('is_fictional', sa.Boolean(), server_default=sa.false(), nullable=False),
    sa.ForeignKeyConstraint(['division_code'], ['division.code'], name=op.f('fk_organization_division_code')),
    sa.ForeignKeyConstraint(['parent_id'], ['organization.id'], name=op.f('fk_organization_parent_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_organization')),
    sa.UniqueConstraint('code', name=op.f('uq_organization_code'))
    )
    with op.batch_alter_table('organization', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_organization_kind'), ['kind'], unique=False)

    op.create_table('password_reset',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_password_reset_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_password_reset')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_password_reset_token_hash'))
    )
    with op.batch_alter_table('password_reset', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_password_reset_user_id'), ['user_id'], unique=False)

    op.create_table('roster_import',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=16), nullable=False),
    sa.Column('file_id', sa.Integer(), nullable=False),
    sa.Column('file_name', sa.String(length=255), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('uploaded_by_id', sa.Integer(), nullable=True),
    sa.Column('uploaded_by', sa.String(length=120), nullable=False),
    sa.Column('uploaded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_count', sa.Integer(), nullable=False),
    sa.Column('updated_count', sa.Integer(), nullable=False),
    sa.Column('unchanged_count', sa.Integer(), nullable=False),
    sa.Column('refused_count', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['file_id'], ['stored_file.id'], name=op.f('fk_roster_import_file_id')),
    sa.ForeignKeyConstraint(['uploaded_by_id'], ['user_account.id'], name=op.f('fk_roster_import_uploaded_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_roster_import')),
    sa.UniqueConstraint('code', name=op.f('uq_roster_import_code'))
    )
    with op.batch_alter_table('roster_import', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_roster_import_uploaded_at'), ['uploaded_at'], unique=False)

    op.create_table('teaching_site',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=16), nullable=False),
    sa.Column('name_zh', sa.String(length=80), nullable=False),
    sa.Column('site_type', sa.String(length=30), nullable=False),
    sa.Column('division_code', sa.String(length=6), nullable=False),
    sa.Column('city_code', sa.String(length=6), nullable=False),
    sa.Column('city_zh', sa.String(length=30), nullable=False),
    sa.Column('county_zh', sa.String(length=30), nullable=False),
    sa.Column('address_zh', sa.String(length=160), nullable=False),
    sa.Column('lon', sa.Double(), nullable=False),
    sa.Column('lat', sa.Double(), nullable=False),
    sa.Column('max_group_size', sa.Integer(), nullable=False),
    sa.Column('status', sa.String(length=20), nullable=False),
    sa.Column('batch', sa.String(length=7), nullable=False),
    sa.Column('is_fictional', sa.Boolean(), server_default=sa.false(), nullable=False),
    sa.CheckConstraint('max_group_size > 0', name=op.f('ck_teaching_site_group_positive')),
    sa.ForeignKeyConstraint(['city_code'], ['division.code'], name=op.f('fk_teaching_site_city_code')),
    sa.ForeignKeyConstraint(['division_code'], ['division.code'], name=op.f('fk_teaching_site_division_code')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_teaching_site')),
    sa.UniqueConstraint('code', name=op.f('uq_teaching_site_code'))
    )
    with op.batch_alter_table('teaching_site', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_teaching_site_city_code'), ['city_code'], unique=False)
        batch_op.create_index(batch_op.f('ix_teaching_site_site_type'), ['site_type'], unique=False)

    op.create_table('course',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=16), nullable=False),
    sa.Column('field_code', sa.String(length=8), nullable=False),
    sa.Column('title_zh', sa.String(length=120), nullable=False),
    sa.Column('summary_zh', sa.String(length=1000), nullable=False),
    sa.Column('level', sa.String(length=20), nullable=False),
    sa.Column('mode', sa.String(length=20), nullable=False),
    sa.Column('minutes', sa.Integer(), nullable=False),
    sa.Column('objectives', sa.JSON(), nullable=False),
    sa.Column('keywords', sa.JSON(), nullable=False),
    sa.Column('initials', sa.String(length=120), nullable=False),
    sa.Column('keyword_initials', sa.JSON(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('minutes > 0', name=op.f('ck_course_minutes_positive')),
    sa.ForeignKeyConstraint(['field_code'], ['field.code'], name=op.f('fk_course_field_code')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_course')),
    sa.UniqueConstraint('code', name=op.f('uq_course_code'))
    )
    with op.batch_alter_table('course', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_course_field_code'), ['field_code'], unique=False)

    op.create_table('instructor',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=20), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.Column('name_zh', sa.String(length=120), nullable=False),
    sa.Column('gender', sa.String(length=20), nullable=False),
    sa.Column('organization_id', sa.Integer(), nullable=True),
    sa.Column('title_zh', sa.String(length=40), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('max_hours_per_week', sa.Integer(), nullable=False),
    sa.Column('home_division_code', sa.String(length=6), nullable=True),
    sa.Column('bio_zh', sa.String(length=1000), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('fee_tier', sa.String(length=20), nullable=False),
    sa.ForeignKeyConstraint(['home_division_code'], ['division.code'], name=op.f('fk_instructor_home_division_code')),
    sa.ForeignKeyConstraint(['organization_id'], ['organization.id'], name=op.f('fk_instructor_organization_id')),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_instructor_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_instructor')),
    sa.UniqueConstraint('code', name=op.f('uq_instructor_code')),
    sa.UniqueConstraint('user_id', name=op.f('uq_instructor_user_id'))
    )
    with op.batch_alter_table('instructor', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_instructor_name_zh'), ['name_zh'], unique=False)
        batch_op.create_index(batch_op.f('ix_instructor_organization_id'), ['organization_id'], unique=False)

    op.create_table('learner',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=20), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.Column('name_zh', sa.String(length=120), nullable=False),
    sa.Column('gender', sa.String(length=20), nullable=False),
    sa.Column('id_number', sa.LargeBinary(), nullable=False),
    sa.Column('id_number_index', sa.String(length=64), nullable=False),
    sa.Column('mobile', sa.LargeBinary(), nullable=False),
    sa.Column('mobile_index', sa.String(length=64), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('organization_id', sa.Integer(), nullable=True),
    sa.Column('unit_zh', sa.String(length=120), nullable=False),
    sa.Column('person_type_code', sa.String(length=4), nullable=False),
    sa.Column('education', sa.String(length=20), nullable=True),
    sa.Column('division_code', sa.String(length=6), nullable=True),
    sa.Column('held_level', sa.String(length=20), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['division_code'], ['division.code'], name=op.f('fk_learner_division_code')),
    sa.ForeignKeyConstraint(['organization_id'], ['organization.id'], name=op.f('fk_learner_organization_id')),
    sa.ForeignKeyConstraint(['person_type_code'], ['person_type.code'], name=op.f('fk_learner_person_type_code')),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_learner_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_learner')),
    sa.UniqueConstraint('code', name=op.f('uq_learner_code')),
    sa.UniqueConstraint('id_number_index', name=op.f('uq_learner_id_number_index')),
    sa.UniqueConstraint('user_id', name=op.f('uq_learner_user_id'))
    )
    with op.batch_alter_table('learner', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_learner_mobile_index'), ['mobile_index'], unique=False)
        batch_op.create_index(batch_op.f('ix_learner_name_zh'), ['name_zh'], unique=False)
        batch_op.create_index(batch_op.f('ix_learner_organization_id'), ['organization_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_learner_person_type_code'), ['person_type_code'], unique=False)

    op.create_table('message_event',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('message_id', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('answer', sa.String(length=500), nullable=False),
    sa.ForeignKeyConstraint(['message_id'], ['message.id'], name=op.f('fk_message_event_message_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_message_event'))
    )
    with op.batch_alter_table('message_event', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_message_event_message_id'), ['message_id'], unique=False)

    op.create_table('program',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=16), nullable=False),
    sa.Column('field_code', sa.String(length=8), nullable=False),
    sa.Column('title_zh', sa.String(length=120), nullable=False),
    sa.Column('summary_zh', sa.String(length=1000), nullable=False),
    sa.Column('audience', sa.JSON(), nullable=False),
    sa.Column('min_hours', sa.Integer(), nullable=False),
    sa.Column('pass_mark', sa.Numeric(precision=5, scale=2), nullable=False),
    sa.Column('min_attendance_pct', sa.Integer(), nullable=False),
    sa.Column('certificate_kind', sa.String(length=30), nullable=False),
    sa.Column('validity_months', sa.Integer(), nullable=True),
    sa.Column('initials', sa.String(length=120), nullable=False),
    sa.CheckConstraint('min_attendance_pct >= 0 AND min_attendance_pct <= 100', name=op.f('ck_program_attendance_of_100')),
    sa.CheckConstraint('min_hours > 0', name=op.f('ck_program_hours_positive')),
    sa.CheckConstraint('pass_mark >= 0 AND pass_mark <= 100', name=op.f('ck_program_pass_mark_of_100')),
    sa.ForeignKeyConstraint(['field_code'], ['field.code'], name=op.f('fk_program_field_code')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_program')),
    sa.UniqueConstraint('code', name=op.f('uq_program_code'))
    )
    op.create_table('question',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('bank_id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=32), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('field_code', sa.String(length=8), nullable=True),
    sa.Column('topic_zh', sa.String(length=80), nullable=False),
    sa.Column('difficulty', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('difficulty BETWEEN 1 AND 5', name=op.f('ck_question_difficulty_1_to_5')),
    sa.ForeignKeyConstraint(['bank_id'], ['question_bank.id'], name=op.f('fk_question_bank_id')),
    sa.ForeignKeyConstraint(['field_code'], ['field.code'], name=op.f('fk_question_field_code')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_question')),
    sa.UniqueConstraint('bank_id', 'code', name=op.f('uq_question_bank_id_code'))
    )
    with op.batch_alter_table('question', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_question_field_code'), ['field_code'], unique=False)
        batch_op.create_index(batch_op.f('ix_question_kind'), ['kind'], unique=False)

    op.create_table('role_grant',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('role', sa.String(length=40), nullable=False),
    sa.Column('organization_id', sa.Integer(), nullable=True),
    sa.CheckConstraint("role <> 'organization_coordinator' OR organization_id IS NOT NULL", name=op.f('ck_role_grant_coordinator_has_scope')),
    sa.ForeignKeyConstraint(['organization_id'], ['organization.id'], name=op.f('fk_role_grant_organization_id')),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_role_grant_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_role_grant')),
    sa.UniqueConstraint('user_id', 'role', 'organization_id', name='uq_role_grant_scope')
    )
    with op.batch_alter_table('role_grant', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_role_grant_user_id'), ['user_id'], unique=False)
        batch_op.create_index('uq_role_grant_academy', ['user_id', 'role'], unique=True, sqlite_where=sa.text('organization_id IS NULL'), postgresql_where=sa.text('organization_id IS NULL'))

    op.create_table('room',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('site_id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=20), nullable=False),
    sa.Column('name_zh', sa.String(length=60), nullable=False),
    sa.Column('capacity', sa.Integer(), nullable=False),
    sa.Column('equipment', sa.JSON(), nullable=False),
    sa.CheckConstraint('capacity > 0', name=op.f('ck_room_capacity_positive')),
    sa.ForeignKeyConstraint(['site_id'], ['teaching_site.id'], name=op.f('fk_room_site_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_room')),
    sa.UniqueConstraint('code', name=op.f('uq_room_code')),
    sa.UniqueConstraint('site_id', 'name_zh', name=op.f('uq_room_site_id_name_zh'))
    )
    with op.batch_alter_table('room', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_room_site_id'), ['site_id'], unique=False)

    op.create_table('course_person_type',
    sa.Column('course_id', sa.Integer(), nullable=False),
    sa.Column('person_type_code', sa.String(length=4), nullable=False),
    sa.ForeignKeyConstraint(['course_id'], ['course.id'], name=op.f('fk_course_person_type_course_id')),
    sa.ForeignKeyConstraint(['person_type_code'], ['person_type.code'], name=op.f('fk_course_person_type_person_type_code')),
    sa.PrimaryKeyConstraint('course_id', 'person_type_code', name=op.f('pk_course_person_type'))
    )
    op.create_table('course_prerequisite',
    sa.Column('course_id', sa.Integer(), nullable=False),
    sa.Column('required_id', sa.Integer(), nullable=False),
    sa.CheckConstraint('course_id <> required_id', name=op.f('ck_course_prerequisite_not_itself')),
    sa.ForeignKeyConstraint(['course_id'], ['course.id'], name=op.f('fk_course_prerequisite_course_id')),
    sa.ForeignKeyConstraint(['required_id'], ['course.id'], name=op.f('fk_course_prerequisite_required_id')),
    sa.PrimaryKeyConstraint('course_id', 'required_id', name=op.f('pk_course_prerequisite'))
    )
    op.create_table('course_version',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('course_id', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('title_zh', sa.String(length=120), nullable=False),
    sa.Column('summary_zh', sa.String(length=1000), nullable=False),
    sa.Column('replaced_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('replaced_by', sa.String(length=120), nullable=False),
    sa.ForeignKeyConstraint(['course_id'], ['course.id'], name=op.f('fk_course_version_course_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_course_version')),
    sa.UniqueConstraint('course_id', 'version', name=op.f('uq_course_version_course_id_version'))
    )
    op.create_table('instructor_field',
    sa.Column('instructor_id', sa.Integer(), nullable=False),
    sa.Column('field_code', sa.String(length=8), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['field_code'], ['field.code'], name=op.f('fk_instructor_field_field_code')),
    sa.ForeignKeyConstraint(['instructor_id'], ['instructor.id'], name=op.f('fk_instructor_field_instructor_id')),
    sa.PrimaryKeyConstraint('instructor_id', 'field_code', name=op.f('pk_instructor_field'))
    )
    with op.batch_alter_table('instructor_field', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_instructor_field_field_code'), ['field_code'], unique=False)

    op.create_table('program_course',
    sa.Column('program_id', sa.Integer(), nullable=False),
    sa.Column('course_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('is_required', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['course_id'], ['course.id'], name=op.f('fk_program_course_course_id')),
    sa.ForeignKeyConstraint(['program_id'], ['program.id'], name=op.f('fk_program_course_program_id')),
    sa.PrimaryKeyConstraint('program_id', 'course_id', name=op.f('pk_program_course')),
    sa.UniqueConstraint('program_id', 'position', name=op.f('uq_program_course_program_id_position'))
    )
    with op.batch_alter_table('program_course', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_program_course_course_id'), ['course_id'], unique=False)

    op.create_table('question_version',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('question_id', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('stem_zh', sa.String(length=20000), nullable=False),
    sa.Column('options', sa.JSON(), nullable=False),
    sa.Column('answer', sa.String(length=500), nullable=False),
    sa.Column('marks', sa.Numeric(precision=7, scale=2), nullable=False),
    sa.Column('explanation_zh', sa.String(length=4000), nullable=False),
    sa.Column('sub_questions', sa.JSON(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.String(length=120), nullable=False),
    sa.CheckConstraint('marks > 0', name=op.f('ck_question_version_marks_positive')),
    sa.ForeignKeyConstraint(['question_id'], ['question.id'], name=op.f('fk_question_version_question_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_question_version')),
    sa.UniqueConstraint('question_id', 'version', name=op.f('uq_question_version_question_id_version'))
    )
    op.create_table('training_class',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=24), nullable=False),
    sa.Column('program_id', sa.Integer(), nullable=False),
    sa.Column('year', sa.Integer(), nullable=False),
    sa.Column('run_no', sa.Integer(), nullable=False),
    sa.Column('class_serial', sa.Integer(), nullable=False),
    sa.Column('title_zh', sa.String(length=120), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('site_id', sa.Integer(), nullable=False),
    sa.Column('room_id', sa.Integer(), nullable=True),
    sa.Column('starts_on', sa.Date(), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=False),
    sa.Column('seats', sa.Integer(), nullable=False),
    sa.Column('admitted_count', sa.Integer(), server_default='0', nullable=False),
    sa.Column('waiting_count', sa.Integer(), server_default='0', nullable=False),
    sa.Column('waitlist_seq', sa.Integer(), server_default='0', nullable=False),
    sa.Column('enroll_opens_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('enroll_closes_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('audience', sa.JSON(), nullable=False),
    sa.Column('fee_fen', sa.Integer(), server_default='0', nullable=False),
    sa.Column('manager_user_id', sa.Integer(), nullable=True),
    sa.Column('submitted_by_id', sa.Integer(), nullable=True),
    sa.Column('submitted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('approved_by_id', sa.Integer(), nullable=True),
    sa.Column('approved_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_reason', sa.String(length=500), server_default='', nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('admitted_count >= 0 AND admitted_count <= seats', name=op.f('ck_training_class_never_oversold')),
    sa.CheckConstraint('enroll_opens_at < enroll_closes_at', name=op.f('ck_training_class_window_in_order')),
    sa.CheckConstraint('seats > 0', name=op.f('ck_training_class_seats_positive')),
    sa.CheckConstraint('starts_on <= ends_on', name=op.f('ck_training_class_dates_in_order')),
    sa.CheckConstraint('waiting_count >= 0 AND waiting_count <= waitlist_seq', name=op.f('ck_training_class_line_counted')),
    sa.ForeignKeyConstraint(['approved_by_id'], ['user_account.id'], name=op.f('fk_training_class_approved_by_id')),
    sa.ForeignKeyConstraint(['manager_user_id'], ['user_account.id'], name=op.f('fk_training_class_manager_user_id')),
    sa.ForeignKeyConstraint(['program_id'], ['program.id'], name=op.f('fk_training_class_program_id')),
    sa.ForeignKeyConstraint(['room_id'], ['room.id'], name=op.f('fk_training_class_room_id')),
    sa.ForeignKeyConstraint(['site_id'], ['teaching_site.id'], name=op.f('fk_training_class_site_id')),
    sa.ForeignKeyConstraint(['submitted_by_id'], ['user_account.id'], name=op.f('fk_training_class_submitted_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_training_class')),
    sa.UniqueConstraint('code', name=op.f('uq_training_class_code')),
    sa.UniqueConstraint('program_id', 'year', 'run_no', name='uq_training_class_run'),
    sa.UniqueConstraint('year', 'class_serial', name='uq_training_class_serial')
    )
    with op.batch_alter_table('training_class', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_training_class_site_id'), ['site_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_training_class_starts_on'), ['starts_on'], unique=False)
        batch_op.create_index(batch_op.f('ix_training_class_state'), ['state'], unique=False)

    op.create_table('certificate_batch',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=16), nullable=False),
    sa.Column('class_id', sa.Integer(), nullable=False),
    sa.Column('class_code', sa.String(length=20), nullable=False),
    sa.Column('class_title', sa.String(length=200), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('total', sa.Integer(), nullable=False),
    sa.Column('prepared_by_id', sa.Integer(), nullable=True),
    sa.Column('prepared_by', sa.String(length=120), nullable=False),
    sa.Column('prepared_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('approved_by_id', sa.Integer(), nullable=True),
    sa.Column('approved_by', sa.String(length=120), nullable=False),
    sa.Column('approved_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('withdrawn_reason', sa.String(length=500), nullable=False),
    sa.Column('run_id', sa.Integer(), nullable=True),
    sa.CheckConstraint('approved_by_id IS NULL OR approved_by_id <> prepared_by_id', name=op.f('ck_certificate_batch_two_people')),
    sa.ForeignKeyConstraint(['approved_by_id'], ['user_account.id'], name=op.f('fk_certificate_batch_approved_by_id')),
    sa.ForeignKeyConstraint(['class_id'], ['training_class.id'], name=op.f('fk_certificate_batch_class_id')),
    sa.ForeignKeyConstraint(['prepared_by_id'], ['user_account.id'], name=op.f('fk_certificate_batch_prepared_by_id')),
    sa.ForeignKeyConstraint(['run_id'], ['job_run.id'], name=op.f('fk_certificate_batch_run_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_certificate_batch')),
    sa.UniqueConstraint('code', name=op.f('uq_certificate_batch_code'))
    )
    with op.batch_alter_table('certificate_batch', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_certificate_batch_class_id'), ['class_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_certificate_batch_state'), ['state'], unique=False)
        batch_op.create_index('uq_certificate_batch_open', ['class_id'], unique=True, sqlite_where=sa.text("state IN ('prepared', 'issuing')"), postgresql_where=sa.text("state IN ('prepared', 'issuing')"))

    op.create_table('certificate_register',
    sa.Column('class_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('last_serial', sa.Integer(), nullable=False),
    sa.Column('released', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['class_id'], ['training_class.id'], name=op.f('fk_certificate_register_class_id')),
    sa.PrimaryKeyConstraint('class_id', name=op.f('pk_certificate_register'))
    )
    op.create_table('class_session',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('class_id', sa.Integer(), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('course_id', sa.Integer(), nullable=True),
    sa.Column('title_zh', sa.String(length=120), nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('minutes', sa.Integer(), nullable=False),
    sa.Column('room_id', sa.Integer(), nullable=True),
    sa.CheckConstraint('minutes > 0', name=op.f('ck_class_session_minutes_positive')),
    sa.CheckConstraint('starts_at < ends_at', name=op.f('ck_class_session_times_in_order')),
    sa.ForeignKeyConstraint(['class_id'], ['training_class.id'], name=op.f('fk_class_session_class_id')),
    sa.ForeignKeyConstraint(['course_id'], ['course.id'], name=op.f('fk_class_session_course_id')),
    sa.ForeignKeyConstraint(['room_id'], ['room.id'], name=op.f('fk_class_session_room_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_class_session')),
    sa.UniqueConstraint('class_id', 'seq', name=op.f('uq_class_session_class_id_seq'))
    )
    with op.batch_alter_table('class_session', schema=None) as batch_op:
        batch_op.create_index('ix_class_session_starts_at', ['starts_at'], unique=False)

    op.create_table('enrollment',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=16), nullable=False),
    sa.Column('class_id', sa.Integer(), nullable=False),
    sa.Column('learner_id', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('waitlist_no', sa.Integer(), nullable=True),
    sa.Column('source', sa.String(length=20), nullable=False),
    sa.Column('applied_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('admitted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reason', sa.String(length=500), server_default='', nullable=False),
    sa.CheckConstraint("state <> 'admitted' OR admitted_at IS NOT NULL", name=op.f('ck_enrollment_admitted_has_time')),
    sa.CheckConstraint("state <> 'waitlisted' OR waitlist_no IS NOT NULL", name=op.f('ck_enrollment_waiting_has_number')),
    sa.ForeignKeyConstraint(['class_id'], ['training_class.id'], name=op.f('fk_enrollment_class_id')),
    sa.ForeignKeyConstraint(['learner_id'], ['learner.id'], name=op.f('fk_enrollment_learner_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_enrollment')),
    sa.UniqueConstraint('code', name=op.f('uq_enrollment_code'))
    )
    with op.batch_alter_table('enrollment', schema=None) as batch_op:
        batch_op.create_index('ix_enrollment_learner_id', ['learner_id'], unique=False)
        batch_op.create_index('uq_enrollment_live', ['class_id', 'learner_id'], unique=True, sqlite_where=sa.text("state IN ('admitted', 'applied', 'offered', 'waitlisted')"), postgresql_where=sa.text("state IN ('admitted', 'applied', 'offered', 'waitlisted')"))
        batch_op.create_index('uq_enrollment_place', ['class_id', 'waitlist_no'], unique=True)

    op.create_table('exam_sitting',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=16), nullable=False),
    sa.Column('class_id', sa.Integer(), nullable=False),
    sa.Column('paper_id', sa.Integer(), nullable=False),
    sa.Column('title_zh', sa.String(length=120), nullable=False),
    sa.Column('opens_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closes_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('minutes', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.String(length=120), nullable=False),
    sa.CheckConstraint('closes_at > opens_at', name=op.f('ck_exam_sitting_window_forward')),
    sa.CheckConstraint('minutes > 0', name=op.f('ck_exam_sitting_minutes_positive')),
    sa.ForeignKeyConstraint(['class_id'], ['training_class.id'], name=op.f('fk_exam_sitting_class_id')),
    sa.ForeignKeyConstraint(['paper_id'], ['paper.id'], name=op.f('fk_exam_sitting_paper_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_exam_sitting')),
    sa.UniqueConstraint('code', name=op.f('uq_exam_sitting_code'))
    )
    with op.batch_alter_table('exam_sitting', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_exam_sitting_class_id'), ['class_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_exam_sitting_closes_at'), ['closes_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_exam_sitting_opens_at'), ['opens_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_exam_sitting_paper_id'), ['paper_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_exam_sitting_state'), ['state'], unique=False)

    op.create_table('paper_item',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('paper_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('question_version_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('option_count', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=500), nullable=False),
    sa.Column('marks', sa.Numeric(precision=7, scale=2), nullable=False),
    sa.CheckConstraint('marks > 0', name=op.f('ck_paper_item_marks_positive')),
    sa.ForeignKeyConstraint(['paper_id'], ['paper.id'], name=op.f('fk_paper_item_paper_id')),
    sa.ForeignKeyConstraint(['question_version_id'], ['question_version.id'], name=op.f('fk_paper_item_question_version_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_paper_item')),
    sa.UniqueConstraint('paper_id', 'position', name=op.f('uq_paper_item_paper_id_position')),
    sa.UniqueConstraint('paper_id', 'question_version_id', name=op.f('uq_paper_item_paper_id_question_version_id'))
    )
    with op.batch_alter_table('paper_item', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_paper_item_question_version_id'), ['question_version_id'], unique=False)

    op.create_table('report_run',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=16), nullable=False),
    sa.Column('report', sa.String(length=40), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('class_id', sa.Integer(), nullable=False),
    sa.Column('class_code', sa.String(length=24), nullable=False),
    sa.Column('class_title', sa.String(length=120), nullable=False),
    sa.Column('as_of', sa.DateTime(timezone=True), nullable=False),
    sa.Column('scope', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('content_sha256', sa.String(length=64), nullable=True),
    sa.Column('problem', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('requested_by_id', sa.Integer(), nullable=True),
    sa.Column('requested_by', sa.String(length=120), nullable=False),
    sa.Column('requested_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('job_run_id', sa.Integer(), nullable=False),
    sa.CheckConstraint("state <> 'done' OR content_sha256 IS NOT NULL", name=op.f('ck_report_run_done_has_content')),
    sa.CheckConstraint('as_of <= requested_at', name=op.f('ck_report_run_not_of_the_future')),
    sa.ForeignKeyConstraint(['class_id'], ['training_class.id'], name=op.f('fk_report_run_class_id')),
    sa.ForeignKeyConstraint(['job_run_id'], ['job_run.id'], name=op.f('fk_report_run_job_run_id')),
    sa.ForeignKeyConstraint(['requested_by_id'], ['user_account.id'], name=op.f('fk_report_run_requested_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_report_run')),
    sa.UniqueConstraint('code', name=op.f('uq_report_run_code'))
    )
    with op.batch_alter_table('report_run', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_report_run_class_id'), ['class_id'], unique=False)
        batch_op.create_index('ix_report_run_requested_by_id', ['requested_by_id', 'id'], unique=False)

    op.create_table('attempt',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=16), nullable=False),
    sa.Column('sitting_id', sa.Integer(), nullable=False),
    sa.Column('learner_id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.Column('candidate_no', sa.String(length=20), nullable=False),
    sa.Column('source', sa.String(length=20), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('submitted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.CheckConstraint("(state = 'in_progress') = (submitted_at IS NULL)", name=op.f('ck_attempt_submitted_when_finished')),
    sa.ForeignKeyConstraint(['learner_id'], ['learner.id'], name=op.f('fk_attempt_learner_id')),
    sa.ForeignKeyConstraint(['sitting_id'], ['exam_sitting.id'], name=op.f('fk_attempt_sitting_id')),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_attempt_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attempt')),
    sa.UniqueConstraint('code', name=op.f('uq_attempt_code')),
    sa.UniqueConstraint('sitting_id', 'learner_id', name=op.f('uq_attempt_sitting_id_learner_id'))
    )
    with op.batch_alter_table('attempt', schema=None) as batch_op:
        batch_op.create_index('ix_attempt_due', ['state', 'due_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_attempt_learner_id'), ['learner_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_attempt_user_id'), ['user_id'], unique=False)

    op.create_table('attendance_mark',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('session_id', sa.Integer(), nullable=False),
    sa.Column('learner_id', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('is_current', sa.Boolean(), server_default=sa.true(), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('minutes', sa.Integer(), nullable=False),
    sa.Column('marked_by_id', sa.Integer(), nullable=True),
    sa.Column('marked_by', sa.String(length=120), nullable=False),
    sa.Column('marked_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('minutes >= 0', name=op.f('ck_attendance_mark_minutes_not_negative')),
    sa.ForeignKeyConstraint(['learner_id'], ['learner.id'], name=op.f('fk_attendance_mark_learner_id')),
    sa.ForeignKeyConstraint(['marked_by_id'], ['user_account.id'], name=op.f('fk_attendance_mark_marked_by_id')),
    sa.ForeignKeyConstraint(['session_id'], ['class_session.id'], name=op.f('fk_attendance_mark_session_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attendance_mark')),
    sa.UniqueConstraint('session_id', 'learner_id', 'version', name=op.f('uq_attendance_mark_session_id_learner_id_version'))
    )
    with op.batch_alter_table('attendance_mark', schema=None) as batch_op:
        batch_op.create_index('ix_attendance_mark_learner_id', ['learner_id'], unique=False)
        batch_op.create_index('uq_attendance_mark_current', ['session_id', 'learner_id'], unique=True, sqlite_where=sa.text('is_current'), postgresql_where=sa.text('is_current'))

    op.create_table('booking',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('resource_kind', sa.String(length=20), nullable=False),
    sa.Column('resource_id', sa.Integer(), nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('session_id', sa.Integer(), nullable=False),
    sa.CheckConstraint('starts_at < ends_at', name=op.f('ck_booking_times_in_order')),
    sa.ForeignKeyConstraint(['session_id'], ['class_session.id'], name=op.f('fk_booking_session_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_booking')),
    sa.UniqueConstraint('session_id', 'resource_kind', 'resource_id', name=op.f('uq_booking_session_id_resource_kind_resource_id'))
    )
    with op.batch_alter_table('booking', schema=None) as batch_op:
        batch_op.create_index('ix_booking_resource', ['resource_kind', 'resource_id', 'starts_at'], unique=False)

    op.create_table('certificate',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(length=16), nullable=False),
    sa.Column('number', sa.String(length=14), nullable=False),
    sa.Column('class_id', sa.Integer(), nullable=False),
    sa.Column('learner_id', sa.Integer(), nullable=False),
    sa.Column('batch_id', sa.Integer(), nullable=True),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('serial', sa.Integer(), nullable=False),
    sa.Column('holder_name', sa.String(length=120), nullable=False),
    sa.Column('title_zh', sa.String(length=120), nullable=False),
    sa.Column('program_zh', sa.String(length=200), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('is_live', sa.Boolean(), server_default=sa.true(), nullable=False),
    sa.Column('issued_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('issued_on', sa.Date(), nullable=False),
    sa.Column('valid_until', sa.Date(), nullable=True),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('revoked_reason', sa.String(length=500), nullable=False),
    sa.Column('replaced_by_id', sa.Integer(), nullable=True),
    sa.Column('event_count', sa.Integer(), nullable=False),
    sa.Column('last_event_digest', sa.String(length=64), nullable=False),
    sa.Column('facts', sa.Text(), nullable=False),
    sa.Column('facts_sha256', sa.String(length=64), nullable=False),
    sa.Column('facts_signature', sa.LargeBinary(), nullable=False),
    sa.Column('signing_key_id', sa.Integer(), nullable=False),
    sa.Column('file_id', sa.Integer(), nullable=False),
    sa.Column('file_sha256', sa.String(length=64), nullable=False),
    sa.Column('signed_digest', sa.String(length=64), nullable=False),
    sa.CheckConstraint("(state = 'replaced') = (replaced_by_id IS NOT NULL)", name=op.f('ck_certificate_replaced_by_another')),
    sa.CheckConstraint("is_live = (state <> 'replaced')", name=op.f('ck_certificate_live_unless_replaced')),
    sa.CheckConstraint("state <> 'revoked' OR (revoked_at IS NOT NULL AND revoked_reason <> '')", name=op.f('ck_certificate_revoked_with_reason')),
    sa.ForeignKeyConstraint(['batch_id'], ['certificate_batch.id'], name=op.f('fk_certificate_batch_id')),
    sa.ForeignKeyConstraint(['class_id'], ['training_class.id'], name=op.f('fk_certificate_class_id')),
    sa.ForeignKeyConstraint(['file_id'], ['stored_file.id'], name=op.f('fk_certificate_file_id')),
    sa.ForeignKeyConstraint(['learner_id'], ['learner.id'], name=op.f('fk_certificate_learner_id')),
    sa.ForeignKeyConstraint(['replaced_by_id'], ['certificate.id'], name=op.f('fk_certificate_replaced_by_id')),
    sa.ForeignKeyConstraint(['signing_key_id'], ['signing_key.id'], name=op.f('fk_certificate_signing_key_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_certificate')),
    sa.UniqueConstraint('class_id', 'serial', name=op.f('uq_certificate_class_id_serial')),
    sa.UniqueConstraint('file_sha256', name=op.f('uq_certificate_file_sha256')),
    sa.UniqueConstraint('number', name=op.f('uq_certificate_number')),
    sa.UniqueConstraint('public_id', name=op.f('uq_certificate_public_id')),
    sa.UniqueConstraint('signed_digest', name=op.f('uq_certificate_signed_digest'))
    )
    with op.batch_alter_table('certificate', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_certificate_batch_id'), ['batch_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_certificate_holder_name'), ['holder_name'], unique=False)
        batch_op.create_index(batch_op.f('ix_certificate_issued_at'), ['issued_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_certificate_learner_id'), ['learner_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_certificate_state'), ['state'], unique=False)
        batch_op.create_index('uq_certificate_entitlement', ['class_id', 'learner_id', 'kind'], unique=True, sqlite_where=sa.text('is_live'), postgresql_where=sa.text('is_live'))

    op.create_table('certificate_batch_row',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('batch_id', sa.Integer(), nullable=False),
    sa.Column('class_id', sa.Integer(), nullable=False),
    sa.Column('learner_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('holder_name', sa.String(length=120), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('problem', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('serial', sa.Integer(), nullable=True),
    sa.Column('public_id', sa.String(length=16), nullable=True),
    sa.Column('facts', sa.Text(), nullable=True),
    sa.Column('drawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['batch_id'], ['certificate_batch.id'], name=op.f('fk_certificate_batch_row_batch_id')),
    sa.ForeignKeyConstraint(['class_id'], ['training_class.id'], name=op.f('fk_certificate_batch_row_class_id')),
    sa.ForeignKeyConstraint(['learner_id'], ['learner.id'], name=op.f('fk_certificate_batch_row_learner_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_certificate_batch_row')),
    sa.UniqueConstraint('batch_id', 'learner_id', name=op.f('uq_certificate_batch_row_batch_id_learner_id')),
    sa.UniqueConstraint('class_id', 'serial', name=op.f('uq_certificate_batch_row_class_id_serial')),
    sa.UniqueConstraint('public_id', name=op.f('uq_certificate_batch_row_public_id'))
    )
    with op.batch_alter_table('certificate_batch_row', schema=None) as batch_op:
        batch_op.create_index('ix_certificate_batch_row_batch_id_state', ['batch_id', 'state'], unique=False)
        batch_op.create_index(batch_op.f('ix_certificate_batch_row_learner_id'), ['learner_id'], unique=False)
        batch_op.create_index('uq_certificate_batch_row_entitlement', ['class_id', 'learner_id', 'kind'], unique=True, sqlite_where=sa.text('serial IS NOT NULL'), postgresql_where=sa.text('serial IS NOT NULL'))

    op.create_table('exam_candidate',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('sitting_id', sa.Integer(), nullable=False),
    sa.Column('candidate_no', sa.String(length=20), nullable=False),
    sa.Column('learner_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['learner_id'], ['learner.id'], name=op.f('fk_exam_candidate_learner_id')),
    sa.ForeignKeyConstraint(['sitting_id'], ['exam_sitting.id'], name=op.f('fk_exam_candidate_sitting_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_exam_candidate')),
    sa.UniqueConstraint('sitting_id', 'candidate_no', name=op.f('uq_exam_candidate_sitting_id_candidate_no')),
    sa.UniqueConstraint('sitting_id', 'learner_id', name=op.f('uq_exam_candidate_sitting_id_learner_id'))
    )
    with op.batch_alter_table('exam_candidate', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_exam_candidate_learner_id'), ['learner_id'], unique=False)

    op.create_table('exam_import',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=16), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('bank_id', sa.Integer(), nullable=True),
    sa.Column('sitting_id', sa.Integer(), nullable=True),
    sa.Column('file_id', sa.Integer(), nullable=False),
    sa.Column('file_name', sa.String(length=255), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('uploaded_by', sa.String(length=120), nullable=False),
    sa.Column('uploaded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('taken_count', sa.Integer(), nullable=False),
    sa.Column('refused_count', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['bank_id'], ['question_bank.id'], name=op.f('fk_exam_import_bank_id')),
    sa.ForeignKeyConstraint(['file_id'], ['stored_file.id'], name=op.f('fk_exam_import_file_id')),
    sa.ForeignKeyConstraint(['sitting_id'], ['exam_sitting.id'], name=op.f('fk_exam_import_sitting_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_exam_import')),
    sa.UniqueConstraint('code', name=op.f('uq_exam_import_code'))
    )
    with op.batch_alter_table('exam_import', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_exam_import_sitting_id'), ['sitting_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_exam_import_uploaded_at'), ['uploaded_at'], unique=False)

    op.create_table('report_file',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('run_id', sa.Integer(), nullable=False),
    sa.Column('format', sa.String(length=20), nullable=False),
    sa.Column('file_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['file_id'], ['stored_file.id'], name=op.f('fk_report_file_file_id')),
    sa.ForeignKeyConstraint(['run_id'], ['report_run.id'], name=op.f('fk_report_file_run_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_report_file')),
    sa.UniqueConstraint('run_id', 'format', name=op.f('uq_report_file_run_id_format'))
    )
    op.create_table('result_list',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('sitting_id', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('rule_id', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('full_marks', sa.Numeric(precision=7, scale=2), nullable=False),
    sa.Column('pass_mark', sa.Numeric(precision=5, scale=2), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.Column('passed_count', sa.Integer(), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('scored_by_id', sa.Integer(), nullable=True),
    sa.Column('scored_by', sa.String(length=120), nullable=False),
    sa.Column('scored_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('confirmed_by_id', sa.Integer(), nullable=True),
    sa.Column('confirmed_by', sa.String(length=120), nullable=False),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('released_by', sa.String(length=120), nullable=False),
    sa.Column('released_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(state = 'provisional') = (confirmed_at IS NULL)", name=op.f('ck_result_list_confirmed_when_said')),
    sa.CheckConstraint("(state = 'released') = (released_at IS NOT NULL)", name=op.f('ck_result_list_released_when_said')),
    sa.CheckConstraint('confirmed_by_id IS NULL OR confirmed_by_id <> scored_by_id', name=op.f('ck_result_list_two_people')),
    sa.ForeignKeyConstraint(['confirmed_by_id'], ['user_account.id'], name=op.f('fk_result_list_confirmed_by_id')),
    sa.ForeignKeyConstraint(['rule_id'], ['scoring_rule.id'], name=op.f('fk_result_list_rule_id')),
    sa.ForeignKeyConstraint(['scored_by_id'], ['user_account.id'], name=op.f('fk_result_list_scored_by_id')),
    sa.ForeignKeyConstraint(['sitting_id'], ['exam_sitting.id'], name=op.f('fk_result_list_sitting_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_result_list')),
    sa.UniqueConstraint('sitting_id', 'version', name=op.f('uq_result_list_sitting_id_version'))
    )
    with op.batch_alter_table('result_list', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_result_list_state'), ['state'], unique=False)

    op.create_table('session_instructor',
    sa.Column('session_id', sa.Integer(), nullable=False),
    sa.Column('instructor_id', sa.Integer(), nullable=False),
    sa.Column('role', sa.String(length=20), nullable=False),
    sa.ForeignKeyConstraint(['instructor_id'], ['instructor.id'], name=op.f('fk_session_instructor_instructor_id')),
    sa.ForeignKeyConstraint(['session_id'], ['class_session.id'], name=op.f('fk_session_instructor_session_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('session_id', 'instructor_id', name=op.f('pk_session_instructor'))
    )
    with op.batch_alter_table('session_instructor', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_session_instructor_instructor_id'), ['instructor_id'], unique=False)

    op.create_table('answer',
    sa.Column('attempt_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('response', sa.String(length=500), nullable=False),
    sa.Column('is_flagged', sa.Boolean(), server_default=sa.false(), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['attempt_id'], ['attempt.id'], name=op.f('fk_answer_attempt_id')),
    sa.PrimaryKeyConstraint('attempt_id', 'position', name=op.f('pk_answer'))
    )
    op.create_table('answer_event',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('attempt_id', sa.Integer(), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('response', sa.String(length=500), nullable=False),
    sa.Column('is_flagged', sa.Boolean(), server_default=sa.false(), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['attempt_id'], ['attempt.id'], name=op.f('fk_answer_event_attempt_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_answer_event')),
    sa.UniqueConstraint('attempt_id', 'seq', name=op.f('uq_answer_event_attempt_id_seq'))
    )
    op.create_table('certificate_event',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('certificate_id', sa.Integer(), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('actor_id', sa.Integer(), nullable=True),
    sa.Column('actor_name', sa.String(length=120), nullable=False),
    sa.Column('reason', sa.String(length=500), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['certificate_id'], ['certificate.id'], name=op.f('fk_certificate_event_certificate_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_certificate_event')),
    sa.UniqueConstraint('certificate_id', 'seq', name=op.f('uq_certificate_event_certificate_id_seq'))
    )
    op.create_table('credit_entry',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('learner_id', sa.Integer(), nullable=False),
    sa.Column('class_id', sa.Integer(), nullable=False),
    sa.Column('session_id', sa.Integer(), nullable=False),
    sa.Column('mark_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('minutes', sa.Integer(), nullable=False),
    sa.Column('counters_id', sa.Integer(), nullable=True),
    sa.Column('rule', sa.String(length=20), nullable=False),
    sa.Column('earned_on', sa.Date(), nullable=False),
    sa.Column('entered_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("(kind = 'credit' AND minutes > 0 AND counters_id IS NULL) OR (kind = 'counter' AND minutes < 0 AND counters_id IS NOT NULL)", name=op.f('ck_credit_entry_kind_fits')),
    sa.ForeignKeyConstraint(['class_id'], ['training_class.id'], name=op.f('fk_credit_entry_class_id')),
    sa.ForeignKeyConstraint(['counters_id'], ['credit_entry.id'], name=op.f('fk_credit_entry_counters_id')),
    sa.ForeignKeyConstraint(['learner_id'], ['learner.id'], name=op.f('fk_credit_entry_learner_id')),
    sa.ForeignKeyConstraint(['mark_id'], ['attendance_mark.id'], name=op.f('fk_credit_entry_mark_id')),
    sa.ForeignKeyConstraint(['session_id'], ['class_session.id'], name=op.f('fk_credit_entry_session_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_credit_entry')),
    sa.UniqueConstraint('counters_id', name=op.f('uq_credit_entry_counters_id')),
    sa.UniqueConstraint('mark_id', 'kind', name=op.f('uq_credit_entry_mark_id_kind'))
    )
    with op.batch_alter_table('credit_entry', schema=None) as batch_op:
        batch_op.create_index('ix_credit_entry_class_id', ['class_id'], unique=False)
        batch_op.create_index('ix_credit_entry_learner_id', ['learner_id', 'earned_on'], unique=False)

    op.create_table('result',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=16), nullable=False),
    sa.Column('list_id', sa.Integer(), nullable=False),
    sa.Column('sitting_id', sa.Integer(), nullable=False),
    sa.Column('learner_id', sa.Integer(), nullable=False),
    sa.Column('attempt_id', sa.Integer(), nullable=False),
    sa.Column('candidate_no', sa.String(length=20), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('single_marks', sa.Numeric(precision=7, scale=2), nullable=False),
    sa.Column('multiple_marks', sa.Numeric(precision=7, scale=2), nullable=False),
    sa.Column('total', sa.Numeric(precision=7, scale=2), nullable=False),
    sa.Column('passed', sa.Boolean(), nullable=False),
    sa.Column('item_marks', sa.JSON(), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('scored_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('confirmed_by', sa.String(length=120), nullable=False),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('released_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('abs(total - single_marks - multiple_marks) < 0.005', name=op.f('ck_result_parts_add_up')),
    sa.ForeignKeyConstraint(['attempt_id'], ['attempt.id'], name=op.f('fk_result_attempt_id')),
    sa.ForeignKeyConstraint(['learner_id'], ['learner.id'], name=op.f('fk_result_learner_id')),
    sa.ForeignKeyConstraint(['list_id'], ['result_list.id'], name=op.f('fk_result_list_id')),
    sa.ForeignKeyConstraint(['sitting_id'], ['exam_sitting.id'], name=op.f('fk_result_sitting_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_result')),
    sa.UniqueConstraint('code', name=op.f('uq_result_code')),
    sa.UniqueConstraint('sitting_id', 'learner_id', 'version', name=op.f('uq_result_sitting_id_learner_id_version'))
    )
    with op.batch_alter_table('result', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_result_attempt_id'), ['attempt_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_result_learner_id'), ['learner_id'], unique=False)
        batch_op.create_index('ix_result_list', ['list_id', 'total'], unique=False)

    exclude_double_bookings()


def downgrade() -> None:
    with op.batch_alter_table('result', schema=None) as batch_op:
        batch_op.drop_index('ix_result_list')
        batch_op.drop_index(batch_op.f('ix_result_learner_id'))
        batch_op.drop_index(batch_op.f('ix_result_attempt_id'))

    op.drop_table('result')
    with op.batch_alter_table('credit_entry', schema=None) as batch_op:
        batch_op.drop_index('ix_credit_entry_learner_id')
        batch_op.drop_index('ix_credit_entry_class_id')

    op.drop_table('credit_entry')
    op.drop_table('certificate_event')
    op.drop_table('answer_event')
    op.drop_table('answer')
    with op.batch_alter_table('session_instructor', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_session_instructor_instructor_id'))

    op.drop_table('session_instructor')
    with op.batch_alter_table('result_list', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_result_list_state'))

    op.drop_table('result_list')
    op.drop_table('report_file')
    with op.batch_alter_table('exam_import', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_exam_import_uploaded_at'))
        batch_op.drop_index(batch_op.f('ix_exam_import_sitting_id'))

    op.drop_table('exam_import')
    with op.batch_alter_table('exam_candidate', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_exam_candidate_learner_id'))

    op.drop_table('exam_candidate')
    with op.batch_alter_table('certificate_batch_row', schema=None) as batch_op:
        batch_op.drop_index('uq_certificate_batch_row_entitlement', sqlite_where=sa.text('serial IS NOT NULL'), postgresql_where=sa.text('serial IS NOT NULL'))
        batch_op.drop_index(batch_op.f('ix_certificate_batch_row_learner_id'))
        batch_op.drop_index('ix_certificate_batch_row_batch_id_state')

    op.drop_table('certificate_batch_row')
    with op.batch_alter_table('certificate', schema=None) as batch_op:
        batch_op.drop_index('uq_certificate_entitlement', sqlite_where=sa.text('is_live'), postgresql_where=sa.text('is_live'))
        batch_op.drop_index(batch_op.f('ix_certificate_state'))
        batch_op.drop_index(batch_op.f('ix_certificate_learner_id'))
        batch_op.drop_index(batch_op.f('ix_certificate_issued_at'))
        batch_op.drop_index(batch_op.f('ix_certificate_holder_name'))
        batch_op.drop_index(batch_op.f('ix_certificate_batch_id'))

    op.drop_table('certificate')
    with op.batch_alter_table('booking', schema=None) as batch_op:
        batch_op.drop_index('ix_booking_resource')

    op.drop_table('booking')
    with op.batch_alter_table('attendance_mark', schema=None) as batch_op:
        batch_op.drop_index('uq_attendance_mark_current', sqlite_where=sa.text('is_current'), postgresql_where=sa.text('is_current'))
        batch_op.drop_index('ix_attendance_mark_learner_id')

    op.drop_table('attendance_mark')
    with op.batch_alter_table('attempt', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_attempt_user_id'))
        batch_op.drop_index(batch_op.f('ix_attempt_learner_id'))
        batch_op.drop_index('ix_attempt_due')

    op.drop_table('attempt')
    with op.batch_alter_table('report_run', schema=None) as batch_op:
        batch_op.drop_index('ix_report_run_requested_by_id')
        batch_op.drop_index(batch_op.f('ix_report_run_class_id'))

    op.drop_table('report_run')
    with op.batch_alter_table('paper_item', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_paper_item_question_version_id'))

    op.drop_table('paper_item')
    with op.batch_alter_table('exam_sitting', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_exam_sitting_state'))
        batch_op.drop_index(batch_op.f('ix_exam_sitting_paper_id'))
        batch_op.drop_index(batch_op.f('ix_exam_sitting_opens_at'))
        batch_op.drop_index(batch_op.f('ix_exam_sitting_closes_at'))
        batch_op.drop_index(batch_op.f('ix_exam_sitting_class_id'))

    op.drop_table('exam_sitting')
    with op.batch_alter_table('enrollment', schema=None) as batch_op:
        batch_op.drop_index('uq_enrollment_place')
        batch_op.drop_index('uq_enrollment_live', sqlite_where=sa.text("state IN ('admitted', 'applied', 'offered', 'waitlisted')"), postgresql_where=sa.text("state IN ('admitted', 'applied', 'offered', 'waitlisted')"))
        batch_op.drop_index('ix_enrollment_learner_id')

    op.drop_table('enrollment')
    with op.batch_alter_table('class_session', schema=None) as batch_op:
        batch_op.drop_index('ix_class_session_starts_at')

    op.drop_table('class_session')
    op.drop_table('certificate_register')
    with op.batch_alter_table('certificate_batch', schema=None) as batch_op:
        batch_op.drop_index('uq_certificate_batch_open', sqlite_where=sa.text("state IN ('prepared', 'issuing')"), postgresql_where=sa.text("state IN ('prepared', 'issuing')"))
        batch_op.drop_index(batch_op.f('ix_certificate_batch_state'))
        batch_op.drop_index(batch_op.f('ix_certificate_batch_class_id'))

    op.drop_table('certificate_batch')
    with op.batch_alter_table('training_class', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_training_class_state'))
        batch_op.drop_index(batch_op.f('ix_training_class_starts_on'))
        batch_op.drop_index(batch_op.f('ix_training_class_site_id'))

    op.drop_table('training_class')
    op.drop_table('question_version')
    with op.batch_alter_table('program_course', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_program_course_course_id'))

    op.drop_table('program_course')
    with op.batch_alter_table('instructor_field', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_instructor_field_field_code'))

    op.drop_table('instructor_field')
    op.drop_table('course_version')
    op.drop_table('course_prerequisite')
    op.drop_table('course_person_type')
    with op.batch_alter_table('room', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_room_site_id'))

    op.drop_table('room')
    with op.batch_alter_table('role_grant', schema=None) as batch_op:
        batch_op.drop_index('uq_role_grant_academy', sqlite_where=sa.text('organization_id IS NULL'), postgresql_where=sa.text('organization_id IS NULL'))
        batch_op.drop_index(batch_op.f('ix_role_grant_user_id'))

    op.drop_table('role_grant')
    with op.batch_alter_table('question', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_question_kind'))
        batch_op.drop_index(batch_op.f('ix_question_field_code'))

    op.drop_table('question')
    op.drop_table('program')
    with op.batch_alter_table('message_event', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_message_event_message_id'))

    op.drop_table('message_event')
    with op.batch_alter_table('learner', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_learner_person_type_code'))
        batch_op.drop_index(batch_op.f('ix_learner_organization_id'))
        batch_op.drop_index(batch_op.f('ix_learner_name_zh'))
        batch_op.drop_index(batch_op.f('ix_learner_mobile_index'))

    op.drop_table('learner')
    with op.batch_alter_table('instructor', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_instructor_organization_id'))
        batch_op.drop_index(batch_op.f('ix_instructor_name_zh'))

    op.drop_table('instructor')
    with op.batch_alter_table('course', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_course_field_code'))

    op.drop_table('course')
    with op.batch_alter_table('teaching_site', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_teaching_site_site_type'))
        batch_op.drop_index(batch_op.f('ix_teaching_site_city_code'))

    op.drop_table('teaching_site')
    with op.batch_alter_table('roster_import', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_roster_import_uploaded_at'))

    op.drop_table('roster_import')
    with op.batch_alter_table('password_reset', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_password_reset_user_id'))

    op.drop_table('password_reset')
    with op.batch_alter_table('organization', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_organization_kind'))

    op.drop_table('organization')
    with op.batch_alter_table('message', schema=None) as batch_op:
        batch_op.drop_index('ix_message_unread', sqlite_where=sa.text("channel = 'in_app' AND read_at IS NULL"), postgresql_where=sa.text("channel = 'in_app' AND read_at IS NULL"))
        batch_op.drop_index('ix_message_state')
        batch_op.drop_index('ix_message_inbox')

    op.drop_table('message')
    with op.batch_alter_table('field', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_field_panel_code'))

    op.drop_table('field')
    op.drop_table('audit_link')
    op.drop_table('user_account')
    with op.batch_alter_table('stored_file', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_stored_file_sha256'))

    op.drop_table('stored_file')
    with op.batch_alter_table('signing_key', schema=None) as batch_op:
        batch_op.drop_index('uq_signing_key_in_use', sqlite_where=sa.text('retired_at IS NULL'), postgresql_where=sa.text('retired_at IS NULL'))

    op.drop_table('signing_key')
    op.drop_table('scoring_rule')
    op.drop_table('question_bank')
    op.drop_table('person_type')
    op.drop_table('paper')
    op.drop_table('panel')
    with op.batch_alter_table('outbox', schema=None) as batch_op:
        batch_op.drop_index('ix_outbox_due')

    op.drop_table('outbox')
    with op.batch_alter_table('job_run', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_job_run_subject'))
        batch_op.drop_index(batch_op.f('ix_job_run_state'))
        batch_op.drop_index(batch_op.f('ix_job_run_started_at'))
        batch_op.drop_index(batch_op.f('ix_job_run_kind'))

    op.drop_table('job_run')
    with op.batch_alter_table('division', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_division_parent_code'))

    op.drop_table('division')
    op.drop_table('catalog_revision')
    with op.batch_alter_table('audit_row', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_audit_row_subject'))
        batch_op.drop_index(batch_op.f('ix_audit_row_at'))
        batch_op.drop_index(batch_op.f('ix_audit_row_actor_id'))
        batch_op.drop_index(batch_op.f('ix_audit_row_action'))

    op.drop_table('audit_row')
