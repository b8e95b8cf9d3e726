"""People of the example network who ask the bot for spaces: directly, in the lobby, in the coordinators' room.

Two themes are other than in the example: land is joined when others say yes, health leads into a safe room.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

from bots.encryption import RoomView
from bots.encryption.protocol import MEGOLM
from bots.features.spaces.following import RequestExpiry, SpaceChangeHandler
from community.core.sealed_text import TextCipher
from community.description.fields import Localized
from community.description.model import (
    Community,
    Joining,
    Member,
    Permission,
    Policy,
    RoomSpec,
    Scope,
    Status,
    Who,
)
from community.description.person import Person
from community.jobs.memberships import MembershipUpdate
from community.jobs.notices import Notice
from community.jobs.requested import SpaceRequest
from community.jobs.space_changes import SpaceChange
from community.jobs.worker import JobWorker
from matrix.ids import RoomId, UserId
from tests.lib.asking import visible
from tests.lib.bot_runtime import BOT, COORDINATION, PROVISIONER
from tests.lib.descriptions import example
from tests.lib.room_talk import RoomTalk, room_of_ours, seeded_store

LOBBY = RoomId("!lobby")
SAFE = "candid-health"
KEEPERS = ("grace.nakato", "hadiza.issoufou", "abena.owusu")


def user(name: str) -> UserId:
    """Return the Matrix ID of a user name."""
    return UserId(f"@{name}:h")


def direct(name: str) -> RoomId:
    """Return the direct message of somebody with the bot."""
    return RoomId(f"!direct-{name}")


def spaces_community(safe: Joining | None = Joining.ASK, land: Joining | None = Joining.ASK) -> Community:
    """Return the example with a safe room of the theme health, whose joining is ``safe``, and that of land."""
    community = example().community
    rules = (Who(roles=("city-lead", "member")), Who(people=KEEPERS, may=(Permission.MODERATE,)))
    room = RoomSpec.model_construct(
        key=SAFE,
        scope=Scope.THEME,
        policy=Policy.SAFE,
        name=Localized({"en": "Candid on {theme}", "fr": "À cœur ouvert : {theme}"}),
        topic=Localized({"en": "Health, among us."}),
        themes=("health",),
        who=rules,
    )
    joining = {"health": safe, "land": land, "local-taxes": Joining.CLOSED}
    themes = tuple(theme.model_copy(update={"joining": joining.get(theme.key)}) for theme in community.themes)
    return Community.model_validate_json(
        community.model_copy(update={"rooms": (*community.rooms, room), "themes": themes}).model_dump_json(
            by_alias=True
        )
    )


class SpaceTalk(RoomTalk):
    """The bot, all people of the network, and where they write."""

    async def says(
        self, body: str, who: str = "moses.okello", room: RoomId | None = None, **more: object
    ) -> str:
        """Say something, directly without a ``room``; return the reply in words."""
        where = direct(who) if room is None else room
        before = len(self.homeserver.sent)
        await self.hears(body, sender=user(who), room=where, **more)
        said = [content for _, content in self.homeserver.sent[before:]]
        mine = [c for c in said if user(who) in c.get("m.mentions", {}).get("user_ids", ())]
        return "" if not mine else visible(mine[0]["body"])

    def read_by(self, room: RoomId) -> list[str]:
        """Return what the bot has said in a room."""
        events = self.homeserver.earlier.values()
        return [
            visible(event.content["body"]) for event in events if (event.room_id, event.sender) == (room, BOT)
        ]

    async def member(self, who: str) -> Member:
        """Return somebody as they are described now."""
        applied = await self.store.applied.readable()
        assert applied is not None
        return applied.community.member[who]

    async def themes(self, who: str) -> tuple[str, ...]:
        """Return the themes that somebody has now."""
        return (await self.member(who)).themes

    async def updates(self) -> list[tuple[str, str]]:
        """Return whose rooms the provisioner is to make so, and who has asked for it."""
        jobs = await self.store.jobs.pending(MembershipUpdate.KIND)
        return [(one.user_id, one.by) for _job, one in MembershipUpdate.each(jobs)]

    async def requests(self) -> list[SpaceRequest]:
        """Return the requests that wait."""
        return [one for _, one in SpaceRequest.each(await self.store.jobs.pending(SpaceRequest.KIND))]

    async def notices(self, who: str) -> list[tuple[str, dict[str, str]]]:
        """Return what is to be told to somebody directly."""
        told = Notice.each(await self.store.jobs.pending(Notice.KIND))
        return [(one.kind.value, dict(one.values)) for _, one in told if one.audience == user(who)]

    async def changes(self) -> list[SpaceChange]:
        """Return what is followed until it is so."""
        return [one for _, one in SpaceChange.each(await self.store.jobs.pending(SpaceChange.KIND))]

    async def applies(self, community: Community) -> None:
        """Apply another community."""
        await self.store.applied.replace(community, at=self.now)

    async def follows(self) -> None:
        """Look once whether people's rooms are as they wished."""
        handler = SpaceChangeHandler(
            self.store, self.bot._incoming.rooms, lambda: self.bot._incoming.community, lambda: self.now
        )
        worker = JobWorker(self.store.jobs, [handler], holder="bot", now=lambda: self.now, counts=Counter())
        await worker.turn(asyncio.Event())

    async def expires(self) -> None:
        """Look once for requests that nobody has answered."""
        await RequestExpiry(self.store, lambda: self.bot._incoming.community, lambda: self.now).look()


def people_of(community: Community, languages: tuple[str, ...] | None = None) -> list[Person]:
    """Return the active people of a community, who speak ``languages`` or their own."""
    return list(_people(community, languages))


def _people(community: Community, languages: tuple[str, ...] | None) -> Iterable[Person]:
    for member in community.members:
        if member.status is Status.ACTIVE:
            spoken = languages if languages is not None else tuple(member.languages)
            yield Person(
                user(member.username),
                member.username,
                member.name,
                member.role,
                member.city,
                tuple(member.themes),
                spoken,
            )


@asynccontextmanager
async def space_talk(
    folder: Path, languages: tuple[str, ...] | None = None, community: Community | None = None
) -> AsyncIterator[SpaceTalk]:
    """Start the bot over the network; everybody speaks ``languages``, without them their own."""
    described = spaces_community() if community is None else community
    async with await seeded_store(folder, ("en",), TextCipher(bytes(32))) as store:
        people = people_of(described, languages)
        await store.people.replace(people)
        talk = SpaceTalk(store, folder)
        await talk.applies(described)
        rooms = talk.homeserver.rooms
        rooms.clear()
        everybody = [UserId(person.user_id) for person in people]
        coordinators = [UserId(person.user_id) for person in people if person.role == "coordinator"]
        rooms[LOBBY] = room_of_ours(LOBBY, {"key": "lobby", "kind": "room"}, "joined", *everybody)
        rooms[COORDINATION] = room_of_ours(
            COORDINATION, {"key": "coordination", "kind": "room"}, "shared", *coordinators
        )
        for theme in described.themes:
            room_id, key = RoomId(f"!{theme.key}"), f"exchange.{theme.key}"
            there = [UserId(person.user_id) for person in people if theme.key in person.themes]
            locator = {"key": key, "kind": "room", "theme": theme.key}
            rooms[room_id] = room_of_ours(room_id, locator, "shared", *there)
        for person in people:
            room_id = direct(person.username)
            members = {UserId(person.user_id): "join", BOT: "join"}
            rooms[room_id] = RoomView(room_id, UserId(person.user_id), algorithm=MEGOLM, members=members)
        assert PROVISIONER not in everybody
        await talk.start()
        yield talk
