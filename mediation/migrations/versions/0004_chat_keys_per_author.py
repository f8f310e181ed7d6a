"""chat keys per author

Revision ID: 0004
Revises: 0003
"""

from alembic import op

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('chat_line', schema=None) as batch_op:
        batch_op.drop_constraint('uq_chat_line_key', type_='unique')
        batch_op.create_unique_constraint('uq_chat_line_author_participant_id_key', ['author_participant_id', 'key'])


def downgrade() -> None:
    with op.batch_alter_table('chat_line', schema=None) as batch_op:
        batch_op.drop_constraint('uq_chat_line_author_participant_id_key', type_='unique')
        batch_op.create_unique_constraint('uq_chat_line_key', ['key'])
