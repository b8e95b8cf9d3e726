"""Invitations to the network, with a digest of each link's secret, and who came by which."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0021"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "invitations",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("name", sa.String(120)),
        sa.Column("role", sa.String(48), nullable=False),
        sa.Column("city", sa.String(48)),
        sa.Column("themes", sa.JSON(), nullable=False),
        sa.Column("language", sa.String(3), nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("greeter", sa.String(64)),
        sa.Column("username", sa.String(64)),
        sa.Column("inviter", sa.String(255), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True)),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_invitations"),
        sa.UniqueConstraint("digest", name="uq_invitations_digest"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "arrivals",
        sa.Column("user_id", sa.String(255), nullable=False),
        sa.Column("invitation", sa.Integer(), nullable=False),
        sa.Column("came_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stage", sa.String(16), nullable=False),
        sa.Column("stage_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_arrivals"),
    )
    op.create_table(
        "sign_ins",
        sa.Column("user_id", sa.String(255), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("key_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("user_id", name="pk_sign_ins"),
    )
    # Whoever has an identity by now has signed in: nobody is greeted who has been there for long.
    op.execute("INSERT INTO sign_ins (user_id, at) SELECT user_id, seen_at FROM identities")
