"""Inviting in chat somebody who is described: who confirms late, or may not, makes no link, and nobody comes twice."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from community.description.person import Person
from community.joining.invitation import InvitationState
from community.joining.terms import member_terms
from community.storage import NewInvitation
from matrix.errors import HomeserverUnreachable
from matrix.ids import UserId
from tests.lib.asking import visible
from tests.lib.bot_runtime import AWA, EXAMPLE, batch
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


@pytest.mark.parametrize("who", ["awa", "peter"])
@pytest.mark.parametrize(
    "said", ["invite Zara Sow, member, Bamako, waste, greeter {}", "greeter {}", "in English, greeter {}"]
)
async def test_of_a_greeter_who_has_not_come_is_said_what_is_said_of_nobody(
    talk: InvitingTalk, said: str, who: str
) -> None:
    """Else a lead could try out who is awaited elsewhere: Claudine leads Kigali; Oumar is of Bamako's own team."""
    heard = set[str]()
    for name in ("nobody known", "claudine uwase", "claudine", "moses", "oumar keita", "oumar"):
        await talk.says("invite Zara Sow, member, Bamako, waste", who)
        answer = await talk.says(said.format(name), who)
        heard.add(re.sub(r"\d+", "0", answer.replace(f"“{name}”", "“…”")))
        await talk.says("cancel", who)
    (same,) = heard
    assert "I know nobody called “…” who could receive them" in same
    assert "I would make a link for Zara Sow" in same


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


OWN = "They have a link already, which you have made: with this one it leads nowhere any more."
OF_PETER = "They have a link already, from Peter: with this one it leads nowhere any more, and I tell whoever"
OF_NOBODY = "They have a link already: with this one it leads nowhere any more."
CLOSED = "The link that they had before leads nowhere any more."


async def peters_link(talk: InvitingTalk) -> None:
    await talk.says("invite Oumar Keïta, member, Bamako", "peter")
    await talk.letter("yes {yes}", "peter")


async def test_a_link_that_somebody_has_made_meanwhile_is_shown_before_it_is_closed(
    talk: InvitingTalk,
) -> None:
    assert "They have a link" not in await talk.says("invite Oumar Keïta")
    asked = talk.asked
    await peters_link(talk)
    assert OF_PETER in await talk.says(f"yes {asked}")
    assert talk.asked != asked
    (link,) = await talk.links()
    assert link.state(talk.now) is InvitationState.OPEN
    await talk.says(f"yes {asked}")
    assert await talk.links() == (link,)
    assert OF_PETER in await talk.says("in English")
    said = await talk.says("yes {yes}")
    assert (
        "The link that they had before, from Peter, leads nowhere any more. I tell whoever has made" in said
    )
    assert [one.inviter for one in await talk.links() if one.state(talk.now) is InvitationState.OPEN] == [AWA]


async def test_a_link_of_nobody_who_is_there_is_told_of_without_a_name(talk: InvitingTalk) -> None:
    terms = member_terms(MEMBER, EXAMPLE)
    for number, inviter in enumerate(("cli:root", "@gone:h")):
        new = NewInvitation(f"{number:064x}", terms, inviter, talk.now.replace(year=2099))
        await talk.store.invitations.add([new], by=inviter, at=talk.now)
    assert OF_NOBODY in await talk.says("invite Oumar Keïta")
    assert CLOSED in await talk.says("yes {yes}")


async def test_whoever_is_killed_while_closing_one_says_so_all_the_same(
    talk: InvitingTalk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await peters_link(talk)
    await talk.says("invite Oumar Keïta")
    revoke = talk.store.invitations.revoke

    async def then_killed(number: int, **how: Any) -> None:
        await revoke(number, **how)
        raise HomeserverUnreachable("http://x")

    monkeypatch.setattr(talk.store.invitations, "revoke", then_killed)
    with pytest.raises(HomeserverUnreachable):
        await talk.says("yes {yes}")
    monkeypatch.undo()
    before, heard = len(talk.homeserver.sent), list(talk.homeserver.earlier.values())
    await talk.start()
    await talk.takes(batch(next(one for one in reversed(heard) if one.sender == AWA)))
    said = visible(" ".join(content["body"] for _, content in talk.homeserver.sent[before:]))
    assert "The link that they had before, from Peter, leads nowhere any more." in said


async def test_of_two_links_for_somebody_the_later_one_works(talk: InvitingTalk) -> None:
    await talk.says("invite Oumar Keïta")
    first = await talk.letter("yes {yes}")
    assert OWN in await talk.says("invite Oumar Keïta")
    second = await talk.letter("yes {yes}")
    assert CLOSED in visible(talk.homeserver.sent[-1][1]["body"])
    links = {link.digest: link.state(talk.now) for link in await talk.links()}
    assert links == {
        digest_in(first): InvitationState.REVOKED,
        digest_in(second): InvitationState.OPEN,
    }
