"""Two who are the last leave at once: the second stays, and nothing of theirs is deleted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from community.description.last_ones import last_one
from community.description.model import Community, Status
from community.description.settings import Settings
from community.jobs.job import Job, JobState
from community.jobs.leavings import YES, Leaving, others_going
from community.jobs.notices import NoticeKind
from community.storage import Store
from provisioning.topology import topology
from tests.lib.descriptions import small
from tests.lib.memory_homeserver import MemoryHomeserver
from tests.unit.test_leavings import AWA, CLAUDINE, MOUSSA, NOW, ROOM, MemoryErasures, Site, user

OTHER = "ada.lead"
TALK = {"key": "talk", "for": "community", "policy": "safe", "name": {"fr": "Parler"}, "topic": "Talk"}
KEEPERS = [{"people": [AWA, CLAUDINE], "may": ["moderate"]}]


def described() -> Community:
    """Two coordinate, and two look after a safe room."""
    community = small(rooms=[ROOM, {**TALK, "who": KEEPERS}]).community
    moussa = community.member[MOUSSA]
    other = moussa.model_copy(update={"username": OTHER, "name": "Ada Lead"})
    return community.model_copy(update={"members": (*community.members, other)})


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    homeserver = MemoryHomeserver()
    homeserver.realize(topology(described(), Settings()))
    async with await Store.open(f"sqlite+aiosqlite:///{tmp_path / 'store.db'}") as store:
        await store.applied.replace(described(), at=NOW)
        yield Site(tmp_path, store, homeserver, MemoryErasures(homeserver))


@pytest.mark.parametrize(("first", "second"), [(MOUSSA, OTHER), (OTHER, MOUSSA), (AWA, CLAUDINE)])
async def test_of_two_who_leave_at_once_the_second_stays_with_what_they_wrote(
    site: Site, first: str, second: str
) -> None:
    for name in (first, second):
        await site.leaves(name, takes_back=YES)
    await site.turns(1)
    assert site.erasures.done == ["take back"]
    assert await site.receipt(NoticeKind.LEAVING_REFUSED) is not None
    (going,) = (to for _, to in Leaving.each(await site.store.jobs.pending(Leaving.KIND)))
    assert going.username == first
    assert (await site.member(second)).status is Status.ACTIVE


async def test_who_was_refused_and_asks_again_comes_after_whoever_asked_meanwhile(site: Site) -> None:
    await site.leaves(MOUSSA, takes_back=YES)
    (job,) = await site.store.jobs.pending(Leaving.KIND)
    await site.store.jobs.end(job.id, JobState.FAILED, at=site.now)
    site.now += timedelta(minutes=1)
    await site.leaves(OTHER, takes_back=YES)
    site.now += timedelta(minutes=1)
    await site.leaves(MOUSSA, takes_back=YES)
    await site.turns(1)
    assert site.erasures.done == ["take back"]
    (going,) = (to for _, to in Leaving.each(await site.store.jobs.pending(Leaving.KIND)))
    assert going.username == OTHER


# --- before it is filed -----------------------------------------------------------------------------------------------


def may_go(name: str, waiting: Sequence[Job]) -> str | None:
    """Return why somebody cannot go beside those who are going: the name of a room, or that they coordinate alone."""
    there = [one.username for one in described().members]
    going = [to.username for to in others_going(user(name), waiting)]
    last = last_one(described(), name, there, going)
    return None if last is None else "coordinates" if last.room is None else last.room.text("fr")


@pytest.mark.parametrize(
    ("first", "second", "why"), [(MOUSSA, OTHER, "coordinates"), (AWA, CLAUDINE, "Parler")]
)
async def test_of_two_who_ask_at_the_same_moment_one_is_filed(
    site: Site, first: str, second: str, why: str
) -> None:
    async def asks(name: str) -> str | None:
        leaving = Leaving(user(name), name, user(name), Status.LEFT.value)
        refusal = partial(may_go, name)
        return await site.store.jobs.file_beside(leaving, at=NOW, refusal=refusal)

    ends = await asyncio.gather(asks(first), asks(second))
    assert sorted(map(str, ends)) == sorted(["None", why])
    (filed,) = (to for _, to in Leaving.each(await site.store.jobs.pending(Leaving.KIND)))
    # Whoever is on their way is not refused when the same word is carried out again.
    assert await asks(filed.username) is None
    assert await site.waits(Leaving) == 1


def test_nobody_of_whom_others_stay_is_kept() -> None:
    assert may_go(AWA, ()) is None
    assert may_go(MOUSSA, ()) is None


def test_a_room_of_a_theme_is_called_as_people_know_it() -> None:
    """Its name has a place for the theme's."""
    of_theme = {
        **TALK,
        "for": "theme",
        "themes": ["waste"],
        "name": {"fr": "Parler de {theme}"},
        "who": KEEPERS,
    }
    community = small(rooms=[ROOM, of_theme]).community
    last = last_one(community, AWA, [AWA, CLAUDINE], [CLAUDINE])
    assert last is not None
    assert last.room is not None
    assert last.room.text("fr") == f"Parler de {community.theme['waste'].name.text('fr')}"
    # Of a room with one keeper the homeserver alone knows whether there is one.
    assert last_one(community, AWA, [AWA, MOUSSA, OTHER], []) is None
