"""Invitations for tests: terms, and links made from them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from community.description.model import Community
from community.description.person import Person
from community.joining.invitation import InvitationTerms, NetworkInvitation
from provisioning.described_people import described_people
from tests.lib.descriptions import example

NOW = datetime(2026, 12, 5, 9, tzinfo=UTC)
LATER = NOW + timedelta(days=14)


def terms(**fields: Any) -> InvitationTerms:
    """Return terms for a member of Bamako's team who works on waste, but for ``fields``."""
    usual = {
        "name": "Salif Traoré",
        "role": "member",
        "city": "bamako",
        "themes": ("waste",),
        "language": "fr",
    }
    return InvitationTerms(**{**usual, **fields})


def invitation(**fields: Any) -> NetworkInvitation:
    """Return a link for one person that was made at `NOW` and ends at `LATER`, but for ``fields``."""
    usual: dict[str, Any] = {
        "id": 1,
        "digest": "a" * 64,
        "terms": terms(),
        "inviter": "@awa.diallo:x",
        "made_at": NOW,
        "expires_at": LATER,
    }
    return NetworkInvitation(**{**usual, **fields})


def people_of(server: str, community: Community | None = None) -> tuple[Person, ...]:
    """Return everybody of that community (the example's), who has come."""
    people, _former = described_people(community or example().community, server, ())
    return people


def person(username: str) -> Person:
    """Return somebody of the example."""
    found = example().community.member[username]
    return Person(
        f"@{username}:x", username, found.name, found.role, found.city, found.themes, found.languages
    )
