"""When a request is looked at again that could not be shown to all who decide; and that asking changes nothing."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bots.escalation import Escalation, RequestPosting
from bots.features.spaces.deciding import SPACE_REQUESTS
from community.jobs.requested import SpaceRequest
from community.jobs.worker import JobWorker
from tests.lib.bot_runtime import NOW
from tests.lib.space_talk import KEEPERS, SpaceTalk, direct, people_of, space_talk, spaces_community

STEP = timedelta(seconds=10)


@pytest.fixture
async def talk(tmp_path: Path) -> AsyncIterator[SpaceTalk]:
    async with space_talk(tmp_path, ("en",)) as opened:
        yield opened


def escalation_of(talk: SpaceTalk) -> Escalation:
    found = talk.answers.executor._context.escalations
    assert isinstance(found, Escalation)
    return found


class Looks:
    """The bot's worker, which looks every ten seconds whether there is something to do."""

    def __init__(self, talk: SpaceTalk) -> None:
        self.talk = talk
        self.counts: Counter[str] = Counter()
        handler = RequestPosting(escalation_of(talk), SPACE_REQUESTS)
        self._worker = JobWorker(
            talk.store.jobs, [handler], holder="bot", now=lambda: talk.now, counts=self.counts
        )

    async def over(self, seconds: int) -> list[int]:
        """Return at which seconds from the beginning on requests were carried out within so many from now on."""
        until, found = self.talk.now + timedelta(seconds=seconds), []
        while self.talk.now < until:
            before = sum(self.counts.values())
            await self._worker.turn(asyncio.Event())
            if sum(self.counts.values()) > before:
                found.append(int((self.talk.now - NOW).total_seconds()))
            self.talk.now += STEP
        return found


async def asks_without_a_room(talk: SpaceTalk) -> int:
    """Have Moses ask for a theme of which one keeper has no direct message with the bot; return the job's id."""
    talk.homeserver.rooms.pop(direct(KEEPERS[0]))
    return await asks(talk)


async def asks(talk: SpaceTalk) -> int:
    shown = re.search(r"“yes (\d+)”", await talk.says("join health"))
    assert shown is not None
    await talk.says(f"yes {shown[1]}")
    (job,) = await talk.store.jobs.pending(SpaceRequest.KIND)
    return job.id


def shown_to(talk: SpaceTalk) -> list[int]:
    return [
        len([said for said in talk.read_by(direct(one)) if "would like to join" in said]) for one in KEEPERS
    ]


async def test_the_gaps_grow_while_nothing_changes(talk: SpaceTalk) -> None:
    await asks_without_a_room(talk)
    assert await Looks(talk).over(2_400) == [30, 90, 210, 450, 930, 1530, 2130]
    assert shown_to(talk) == [0, 1, 1]


async def test_a_direct_message_that_appears_is_seen_at_the_next_look_and_then_nothing_is_looked_at(
    talk: SpaceTalk,
) -> None:
    room = talk.homeserver.rooms[direct(KEEPERS[0])]
    await asks_without_a_room(talk)
    looks = Looks(talk)
    assert await looks.over(1_000) == [30, 90, 210, 450, 930]
    talk.homeserver.rooms[direct(KEEPERS[0])] = room
    assert await looks.over(1_000) == [1020]
    assert shown_to(talk) == [1, 1, 1]


async def test_when_people_change_it_is_looked_at_and_the_gaps_begin_anew(talk: SpaceTalk) -> None:
    await asks_without_a_room(talk)
    looks = Looks(talk)
    assert await looks.over(1_000) == [30, 90, 210, 450, 930]
    people = [one for one in people_of(spaces_community(), ("en",)) if one.username != "awa.diallo"]
    await talk.store.people.replace(people)
    await talk.bot._incoming.refresh(frozenset())
    assert await looks.over(200) == [1020, 1050, 1110]


async def test_asking_whether_it_is_posted_changes_nothing(talk: SpaceTalk) -> None:
    number, escalation = await asks(talk), escalation_of(talk)
    assert escalation.is_posted(number)
    await talk.store.people.replace(people_of(spaces_community(), ("fr",)))
    await talk.bot._incoming.refresh(frozenset())
    noted = dict(escalation._shown)
    for _ in range(2):
        assert not escalation.is_posted(number)
        assert not escalation.is_held(number)
        assert await escalation.to_post([number]) == [number]
        assert escalation._shown == noted
    await escalation.post()
    assert escalation.is_posted(number)
    assert await escalation.to_post([number]) == []
    assert shown_to(talk) == [1, 1, 1]
