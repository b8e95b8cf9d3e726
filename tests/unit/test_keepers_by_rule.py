"""Keepers by a rule (a role, a city), and not by name: one leaves, the last one leaves, requests wait for them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from bots.escalation import RequestPosting
from bots.features.spaces.deciding import SPACE_REQUESTS
from bots.features.spaces.sentences import WAITS
from community.description.model import Community, Permission, Status, Who
from community.description.settings import Settings
from community.jobs.errors import NotYet
from community.jobs.job import Job
from community.jobs.leavings import Leaving
from community.jobs.notices import COORDINATORS, Notice, NoticeKind
from community.jobs.requested import SpaceRequest
from community.storage import Store
from provisioning.topology import topology
from tests.lib.descriptions import small
from tests.lib.memory_homeserver import MemoryHomeserver
from tests.lib.space_talk import SAFE, SpaceTalk, direct, people_of, space_talk, spaces_community, user
from tests.unit.test_bots_spaces import MOSES, asked_for
from tests.unit.test_leavings import AWA, CLAUDINE, NOW, ROOM, MemoryErasures, Site
from tests.unit.test_leavings import user as of_small

LEADS = {"key": "talk", "for": "community", "policy": "safe", "name": {"fr": "Parler"}, "topic": "Talk"}
BY_ROLE = [{"roles": ["city-lead"], "may": ["moderate"]}]


# --- the service: whoever keeps it by their role ----------------------------------------------------------------------


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """Awa and Claudine are leads, and so keep the safe room."""
    described = small(rooms=[ROOM, {**LEADS, "who": BY_ROLE}]).community
    homeserver = MemoryHomeserver()
    homeserver.realize(topology(described, Settings()))
    async with await Store.open(f"sqlite+aiosqlite:///{tmp_path / 'store.db'}") as store:
        await store.applied.replace(described, at=NOW)
        yield Site(tmp_path, store, homeserver, MemoryErasures(homeserver))


async def test_one_of_two_goes_and_the_last_stays(site: Site) -> None:
    await site.leaves(CLAUDINE)
    await site.leaves(AWA)
    await site.turns(1)
    said = await site.receipt(NoticeKind.LEAVING_REFUSED)
    assert said is not None
    assert "the last who looks after the safe room “Parler”" in said
    (going,) = (to for _, to in Leaving.each(await site.store.jobs.pending(Leaving.KIND)))
    assert going.user_id == of_small(CLAUDINE)
    assert (await site.member(AWA)).status is Status.ACTIVE


# --- the bot: what waits for them -------------------------------------------------------------------------------------


def kept_by_rule(*experts: str, gone: tuple[str, ...] = ()) -> Community:
    """Return the network whose safe room on health the experts of that theme keep; ``gone`` have left."""
    community = spaces_community()
    (spec,) = (room for room in community.rooms if room.key == SAFE)
    assert spec.who is not None
    rule = Who(roles=("expert",), themes=("health",), may=(Permission.MODERATE,))
    rooms = tuple(
        room.model_copy(update={"who": (spec.who[0], rule)}) if room is spec else room
        for room in community.rooms
    )
    members = []
    for one in community.members:
        values: dict[str, object] = {"status": Status.LEFT} if one.username in gone else {}
        if one.username in experts:
            values |= {"role": "expert", "themes": ("health",)}
        elif one.role == "expert":
            values |= {"themes": ()}
        members.append(one.model_copy(update=values))
    return community.model_copy(update={"rooms": rooms, "members": tuple(members)})


FIRST, SECOND, LATER = "grace.nakato", "hadiza.issoufou", "abena.owusu"


@pytest.fixture
async def talk(tmp_path: Path) -> AsyncIterator[SpaceTalk]:
    async with space_talk(tmp_path, ("en",), kept_by_rule(FIRST, SECOND)) as opened:
        yield opened


async def becomes(talk: SpaceTalk, community: Community) -> None:
    """Apply another community; who has left is nobody to the bot."""
    await talk.store.people.replace(people_of(community, ("en",)))
    await talk.applies(community)
    await talk.bot._incoming.refresh(frozenset())


async def shown_again(talk: SpaceTalk) -> None:
    """Have the bot look, as its worker does, whether what waits was shown to all who decide."""
    escalation = talk.answers.executor._context.escalations
    posting = RequestPosting(escalation, SPACE_REQUESTS)  # type: ignore[arg-type]
    waiting = {job.id: (job, asked) for job, asked in await jobs_of(talk)}
    for number in await posting.ready({number: asked for number, (_, asked) in waiting.items()}):
        with suppress(NotYet):
            await posting.carry_out(*waiting[number])


async def jobs_of(talk: SpaceTalk) -> list[tuple[Job, SpaceRequest]]:
    return list(SpaceRequest.each(await talk.store.jobs.pending(SpaceRequest.KIND)))


async def told(talk: SpaceTalk) -> list[dict[str, str]]:
    """Return what the coordinators are told of what nobody decides on."""
    notices = Notice.each(await talk.store.jobs.pending(Notice.KIND))
    kind, to = NoticeKind.SPACE_UNDECIDED, COORDINATORS
    return [dict(one.values) for _, one in notices if (one.kind, one.audience) == (kind, to)]


async def test_those_who_keep_it_by_their_role_decide(talk: SpaceTalk) -> None:
    number = await asked_for(talk, "health")
    for keeper in (FIRST, SECOND):
        assert len(talk.read_by(direct(keeper))) == 1
    assert talk.read_by(direct(LATER)) == []
    await talk.says(f"yes {number}", SECOND)
    assert "health" in await talk.themes(MOSES)


async def test_when_one_leaves_the_other_decides_and_a_new_one_is_shown_it_once(talk: SpaceTalk) -> None:
    number = await asked_for(talk, "health")
    await becomes(talk, kept_by_rule(FIRST, SECOND, LATER, gone=(FIRST,)))
    for _ in range(2):
        await shown_again(talk)
    assert [len(talk.read_by(direct(who))) for who in (SECOND, LATER)] == [1, 1]
    await talk.says(f"yes {number}", FIRST)
    assert "health" not in await talk.themes(MOSES)
    await talk.says(f"yes {number}", LATER)
    assert "health" in await talk.themes(MOSES)


async def test_a_new_keeper_with_whom_there_is_no_direct_message_yet_is_shown_it_when_there_is(
    talk: SpaceTalk,
) -> None:
    """Whoever has just come is a keeper days before they sign in, and the bot opens a direct message."""
    await asked_for(talk, "health")
    room = talk.homeserver.rooms.pop(direct(LATER))
    await becomes(talk, kept_by_rule(FIRST, SECOND, LATER))
    await shown_again(talk)
    assert [len(talk.read_by(direct(who))) for who in (FIRST, SECOND, LATER)] == [1, 1, 0]
    talk.homeserver.rooms[direct(LATER)] = room
    for _ in range(2):
        await shown_again(talk)
    assert [len(talk.read_by(direct(who))) for who in (FIRST, SECOND, LATER)] == [1, 1, 1]


async def test_when_the_last_has_left_coordinators_are_told_once_and_it_does_not_wait_for_ever(
    talk: SpaceTalk,
) -> None:
    await asked_for(talk, "health")
    await talk.expires()
    assert await told(talk) == []
    await becomes(talk, kept_by_rule(gone=(FIRST, SECOND)))
    for _ in range(2):
        await talk.expires()
    assert await told(talk) == [{"theme": "Santé"}]
    assert len(await talk.requests()) == 1
    talk.now += WAITS + timedelta(hours=1)
    await talk.expires()
    assert await talk.requests() == []
    assert ("space-expired", {"theme": "Health"}) in await talk.notices(MOSES)


async def test_a_new_keeper_is_shown_what_nobody_could_decide(talk: SpaceTalk) -> None:
    number = await asked_for(talk, "health")
    await becomes(talk, kept_by_rule(gone=(FIRST, SECOND)))
    await becomes(talk, kept_by_rule(LATER, gone=(FIRST, SECOND)))
    await shown_again(talk)
    (card,) = talk.read_by(direct(LATER))
    assert "would like to join “Health”" in card
    await talk.says(f"yes {number}", LATER)
    assert "health" in await talk.themes(MOSES)


async def test_the_wish_of_whoever_has_left_ends(talk: SpaceTalk) -> None:
    await asked_for(talk, "health")
    await becomes(talk, kept_by_rule(FIRST, SECOND, gone=(MOSES,)))
    await talk.expires()
    assert await talk.requests() == []
    assert await talk.notices(MOSES) == []
    assert user(MOSES) not in {person.user_id for person in await talk.store.people.all()}
