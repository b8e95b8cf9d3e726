"""Inviting in chat somebody who is described: who confirms late, or may not, makes no link, and nobody comes twice."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from community.description.person import Person
from community.joining.invitation import InvitationState
from community.joining.terms import member_terms
from community.storage import NewInvitation
from matrix.ids import UserId
from tests.lib.bot_runtime import AWA, EXAMPLE
from tests.lib.inviting_talk import InvitingTalk, digest_in, inviting_talk

OUMAR = UserId("@oumar.keita:h")
MEMBER = EXAMPLE.member["oumar.keita"]
GONE = "that is no longer possible"


@pytest.fixture
async def talk(tmp_path: Path) -> AsyncIterator[InvitingTalk]:
    async with inviting_talk(tmp_path) as made:
        yield made


async def open_names(talk: InvitingTalk) -> list[str | None]:
    """Return the user names of the open links."""
    links = [link for link in await talk.links() if link.state(talk.now) is InvitationState.OPEN]
    return [link.terms.username for link in links]


async def test_whoever_has_come_since_gets_no_link(talk: InvitingTalk) -> None:
    await talk.says("invite Oumar Keïta")
    themes, languages = MEMBER.themes, MEMBER.languages
    come = Person(OUMAR, "oumar.keita", MEMBER.name, MEMBER.role, MEMBER.city, themes, languages)
    await talk.store.people.put(OUMAR, come)
    assert GONE in await talk.says("yes {yes}")
    assert await talk.links() == ()


async def test_whoever_has_begun_goes_on_by_their_own_link(talk: InvitingTalk) -> None:
    terms = member_terms(MEMBER, EXAMPLE)
    new = NewInvitation("a" * 64, terms, AWA, talk.now.replace(year=2099))
    await talk.store.invitations.add([new], by=AWA, at=talk.now)
    await talk.says("invite Oumar Keïta")
    await talk.store.invitations.redeem(new.digest, OUMAR, talk.now)
    assert GONE in await talk.says("yes {yes}")
    assert "has begun to come" in await talk.says("invite Oumar Keïta")
    assert "has begun as oumar.keita" in await talk.says("where are my guests?")
    assert await open_names(talk) == []


async def test_what_is_described_holds_whatever_else_was_said(talk: InvitingTalk) -> None:
    for said in ("invite Oumar Keïta, city lead, waste, Bamako", "yes"):
        shown = await talk.says(said)
    assert "City lead" not in shown
    assert "Waste" not in shown
    await talk.letter("yes {yes}")
    (link,) = await talk.links()
    assert (link.terms.role, link.terms.city, link.terms.themes, link.terms.username) == (
        MEMBER.role,
        MEMBER.city,
        MEMBER.themes,
        MEMBER.username,
    )


async def test_a_lead_is_told_of_nobody_who_has_not_come_elsewhere(talk: InvitingTalk) -> None:
    for name in ("Mariam Coulibaly", "Ibrahim Maïga"):
        for who, expected in (("awa", False), ("peter", True)):
            asked = await talk.says(f"invite {name}", who)
            assert ("Do you mean" in asked) is expected, (who, name)
            await talk.says("cancel", who)
    assert await talk.links() == ()


async def test_nobody_invites_by_name_above_their_own_role(talk: InvitingTalk) -> None:
    members = [
        one.model_copy(update={"role": "coordinator"}) if one.username == MEMBER.username else one
        for one in EXAMPLE.members
    ]
    community = EXAMPLE.model_copy(update={"members": tuple(members)})
    await talk.store.applied.replace(community, at=talk.now)
    assert "I invite nobody" in await talk.says("invite Oumar Keïta")
    await talk.says("yes {yes}")
    assert await talk.links() == ()


async def test_of_two_links_for_somebody_the_later_one_works(talk: InvitingTalk) -> None:
    await talk.says("invite Oumar Keïta")
    first = await talk.letter("yes {yes}")
    await talk.says("invite Oumar Keïta")
    second = await talk.letter("yes {yes}")
    links = {link.digest: link.state(talk.now) for link in await talk.links()}
    assert links == {
        digest_in(first): InvitationState.REVOKED,
        digest_in(second): InvitationState.OPEN,
    }
