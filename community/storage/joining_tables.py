"""The tables of joining: invitations, who came by them, who signed in, which user names were given."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Integer, String, Table, Text, UniqueConstraint

from community.storage.tables import UtcDateTime, metadata

invitations = Table(
    "invitations",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("digest", String(64), nullable=False),
    Column("name", String(120)),
    Column("role", String(48), nullable=False),
    Column("city", String(48)),
    Column("themes", JSON, nullable=False),
    Column("language", String(3), nullable=False),
    Column("uses", Integer, nullable=False),
    Column("greeter", String(64)),
    Column("username", String(64)),
    Column("inviter", String(255), nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("used", Integer, nullable=False),
    Column("opened_at", UtcDateTime),
    Column("revoked_at", UtcDateTime),
    UniqueConstraint("digest"),
    # Nobody takes back another invitation than the one whose number they have noted.
    sqlite_autoincrement=True,
)
"""Invitations to the network (`community.joining.invitation`). Of the secret in a link there is the SHA-256 alone."""

arrivals = Table(
    "arrivals",
    metadata,
    Column("user_id", String(255), primary_key=True),
    Column("invitation", Integer, nullable=False),
    Column("came_at", UtcDateTime, nullable=False),
    Column("stage", String(16), nullable=False),
    Column("stage_at", UtcDateTime, nullable=False),
    Column("consent", String(64)),
    Column("consented_at", UtcDateTime),
)
"""Who came by which invitation, and how far they are (`community.joining.arrival`).

``consent``: the version of the rules of the space that they have agreed to.
"""

sign_ins = Table(
    "sign_ins",
    metadata,
    Column("user_id", String(255), primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("key_at", UtcDateTime),
)
"""When a signed device of each person's was first seen, and when a recovery key."""

usernames = Table(
    "usernames",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("base", Text),
)
"""The SHA-256 of each user name that was ever given, and what the files said last of its member (JSON of digests)."""
