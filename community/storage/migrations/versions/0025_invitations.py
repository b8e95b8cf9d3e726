"""Invitations to the network, with a digest of each link's secret, who came by which; user names that were given."""

import hashlib
import json
from collections.abc import Iterator

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
        sa.Column("consent", sa.String(64)),
        sa.Column("consented_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("user_id", name="pk_arrivals"),
    )
    op.create_table(
        "invited_news",
        sa.Column("invitation", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.String(255), nullable=False),
        sa.Column("what", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("invitation", "user_id", "what", name="pk_invited_news"),
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
    op.create_table(
        "usernames",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("base", sa.Text()),
        sa.PrimaryKeyConstraint("digest", name="pk_usernames"),
    )
    # Until now nobody but the files has described anybody.
    rows = list(_described(op.get_bind().execute(sa.select(_APPLIED.c.content)).scalars()))
    if rows:
        op.get_bind().execute(sa.insert(_USERNAMES), rows)


_APPLIED = sa.table("applied", sa.column("content"))
_USERNAMES = sa.table("usernames", sa.column("digest"), sa.column("base"))
_VALUES: dict[str, object] = {
    "name": None,
    "role": None,
    "city": None,
    "themes": [],
    "languages": [],
    "status": "active",
    "successor": None,
}
"""What is compared of a member, each with what it is where nothing is written."""


def _described(contents: sa.ScalarResult[str]) -> Iterator[dict[str, str]]:
    for content in contents:
        try:
            members = json.loads(content).get("members", [])
        except (ValueError, AttributeError):
            continue
        for member in members if isinstance(members, list) else []:
            if isinstance(member, dict) and isinstance(member.get("username"), str):
                values = {
                    name: _digest(json.dumps(member.get(name, usual))) for name, usual in _VALUES.items()
                }
                yield {
                    "digest": _digest(member["username"]),
                    "base": json.dumps(values, sort_keys=True),
                }


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
