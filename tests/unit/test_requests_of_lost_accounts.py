"""A request outlives the account of whoever asked: the same person comes again, and it is decided on then."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bots.features.spaces.sentences import WAITS
from community.description.model import Status
from community.description.person import Person
from community.storage.invitations import NewInvitation
from tests.lib.invitations import terms
from tests.lib.space_talk import KEEPERS, SpaceTalk, direct, people_of, space_talk, spaces_community, user

MOSES, KEEPER = "moses.okello", KEEPERS[0]


@pytest.fixture
async def talk(tmp_path: Path) -> AsyncIterator[SpaceTalk]:
    async with space_talk(tmp_path, ("en",)) as opened:
        yield opened


def moses() -> Person:
    return next(one for one in people_of(spaces_community(), ("en",)) if one.username == MOSES)


async def asks(talk: SpaceTalk, theme: str) -> str:
    """Have Moses ask for a theme; return the number of the request."""
    shown = re.search(r"“yes (\d+)”", await talk.says(f"join {theme}"))
    if shown is not None:
        await talk.says(f"yes {shown[1]}")
    (asked,) = await talk.requests()
    return asked.number


async def loses_the_account(talk: SpaceTalk) -> None:
    """Do what `palabre invite --member moses.okello --again` does, and have the bot see it."""
    await talk.store.lost_accounts.take_back(user(MOSES), by="cli:root", at=talk.now)
    await talk.bot._incoming.refresh(frozenset())


async def comes_again(talk: SpaceTalk) -> None:
    new = NewInvitation("a" * 64, terms(username=MOSES), "cli:root", talk.now + timedelta(days=1))
    await talk.store.invitations.add([new], by="cli:root", at=talk.now)
    await talk.store.invitations.redeem(new.digest, user(MOSES), talk.now)
    await talk.store.people.put(user(MOSES), moses())
    await talk.bot._incoming.refresh(frozenset())


async def test_it_waits_and_is_granted_once_they_have_come_again(talk: SpaceTalk) -> None:
    number = await asks(talk, "health")
    await loses_the_account(talk)
    for _ in range(2):
        talk.now += WAITS
        await talk.expires()
    assert [one.number for one in await talk.requests()] == [number]
    for word in ("yes", "no"):
        said = await talk.says(f"{word} {number}", KEEPER)
        assert "Moses Okello has no account at the moment. The request waits" in said
    assert "health" not in await talk.themes(MOSES)
    assert [one.number for one in await talk.requests()] == [number]
    await comes_again(talk)
    await talk.expires()
    await talk.answers.executor._context.escalations.post()
    assert [len(talk.read_by(direct(one))) for one in KEEPERS[1:]] == [1 for _ in KEEPERS[1:]]
    assert "may join “Health”" in await talk.says(f"yes {number}", KEEPER)
    assert "health" in await talk.themes(MOSES)


async def test_nobody_else_learns_that_it_waits(talk: SpaceTalk) -> None:
    number = await asks(talk, "health")
    await loses_the_account(talk)
    assert "no account" not in await talk.says(f"yes {number}", "awa.diallo")


async def test_those_who_decide_have_their_time_from_then_on(talk: SpaceTalk) -> None:
    await asks(talk, "health")
    await loses_the_account(talk)
    talk.now += WAITS + timedelta(hours=1)
    await talk.expires()
    await comes_again(talk)
    talk.now += WAITS - timedelta(hours=1)
    await talk.expires()
    assert len(await talk.requests()) == 1
    assert await talk.notices(MOSES) == []
    talk.now += timedelta(hours=1)
    await talk.expires()
    assert await talk.requests() == []
    assert ("space-expired", {"theme": "Health"}) in await talk.notices(MOSES)


async def test_who_is_no_member_any_more_before_they_come_again_has_no_request(talk: SpaceTalk) -> None:
    await asks(talk, "land")
    await loses_the_account(talk)
    community = spaces_community()
    members = tuple(
        one.model_copy(update={"status": Status.LEFT}) if one.username == MOSES else one
        for one in community.members
    )
    await talk.applies(community.model_copy(update={"members": members}))
    await talk.bot._incoming.refresh(frozenset())
    await talk.expires()
    assert await talk.requests() == []
