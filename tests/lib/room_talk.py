"""One bot in a room of a theme and in a direct message, with all features: say something, see what it sends."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from bots.assembly import Answering
from bots.encryption import Reacted, Received, RoomView
from bots.encryption.batch import Batch
from bots.encryption.protocol import MEGOLM
from bots.features.registry import FEATURES
from bots.runtime import Runtime
from community.core.clock import ClockReading
from community.core.sealed_text import TextCipher
from community.description.person import Person
from community.jobs.requested import PassedQuestion
from community.storage import Store
from matrix.ids import EventId, RoomId, UserId
from tests.lib.asking import visible
from tests.lib.bot_runtime import (
    AWA,
    BOT,
    EXAMPLE,
    NOW,
    PETER,
    PROVISIONER,
    Homeserver,
    batch,
    process,
    take,
)
from tests.lib.descriptions import example

MOBILITY = RoomId("!mobility")
LUCIE, MOUSSA = UserId("@lucie:h"), UserId("@moussa:h")


def theme_room() -> RoomView:
    """Return a room of the theme mobility, with Awa and Lucie in it."""
    origin = {"org.palabre.community": "villes", "org.palabre.key": "exchange.mobility"}
    locator = {"key": "exchange.mobility", "kind": "room", "theme": "mobility"}
    members = {AWA: "join", LUCIE: "join", MOUSSA: "join", BOT: "join", PROVISIONER: "join"}
    return RoomView(MOBILITY, PROVISIONER, origin, locator, algorithm="megolm", members=members)


async def seed(store: Store, languages: tuple[str, ...] = ("fr",)) -> None:
    """Put the example's directory into the store; Awa and Lucie are leads, Peter is a coordinator."""
    await store.entries.seed(example(), at=NOW)
    await _replace_people(store, languages)


async def seeded_store(
    folder: Path, languages: tuple[str, ...] = ("fr",), cipher: TextCipher | None = None
) -> Store:
    """Open a store in ``folder`` that has what `seed` puts into one: a copy of one that is made once in a process."""
    path = folder / "palabre.db"
    if not _seeded:
        async with await Store.open(f"sqlite+aiosqlite:///{path}") as made:
            await made.entries.seed(example(), at=NOW)
        _seeded.append(path.read_bytes())
    path.write_bytes(_seeded[0])
    store = await Store.open(f"sqlite+aiosqlite:///{path}", cipher)
    await _replace_people(store, languages)
    return store


_seeded: list[bytes] = []


async def _replace_people(store: Store, languages: tuple[str, ...]) -> None:
    await store.people.replace(
        [
            Person(AWA, "awa.diallo", "Awa Diallo", "city-lead", "bamako", (), languages),
            Person(LUCIE, "lucie", "Lucie", "city-lead", "kigali", (), languages),
            Person(MOUSSA, "moussa", "Moussa", "member", "bamako", (), ("en",)),
            Person(PETER, "peter.lindqvist", "Peter", "coordinator", None, (), ("en",)),
        ]
    )


def room_of_ours(room_id: RoomId, locator: Mapping[str, str], history: str, *people: UserId) -> RoomView:
    """Return a room that our provisioner has made, with the bot and ``people`` in it."""
    origin = {"org.palabre.community": "villes", "org.palabre.key": locator["key"]}
    members: dict[UserId, str] = dict.fromkeys((*people, BOT, PROVISIONER), "join")
    return RoomView(
        room_id,
        PROVISIONER,
        origin,
        dict(locator),
        algorithm=MEGOLM,
        history_visibility=history,
        members=members,
    )


class RoomTalk:
    """The bot and what was said to it; the time is ``self.now``, which is believed or not.

    ``server_time``: the homeserver's, where its clock is another one.
    """

    def __init__(self, store: Store, folder: Path) -> None:
        self.homeserver, self.store, self.folder = Homeserver(), store, folder
        self.homeserver.rooms[MOBILITY] = theme_room()
        self.now = NOW
        self.is_clock_believed = True
        self.server_time: datetime | None = None
        self.guests: frozenset[UserId] = frozenset()
        self.feed_server: str | None = None
        self.bot: Runtime
        self.answers: Answering
        self._said = 0

    async def start(self) -> None:
        """Start the next process of the bot, on what was applied last."""
        revision, applied = await self.store.applied.revision(), await self.store.applied.readable()
        self.bot, self.answers = process(
            self.homeserver,
            self.store,
            self.folder,
            features=FEATURES,
            clock=lambda: ClockReading(self.now, 0.0, self.server_time).time,
            admits=self.admits,
            community=EXAMPLE if applied is None else applied.community,
            revision=revision,
            is_clock_believed=lambda: self.is_clock_believed,
            feed_server=self.served,
        )
        await self.answers.kept.restore()
        await self.answers.executor._context.answers.refresh(self.store)

    async def served(self) -> str | None:
        """Return where feeds are served."""
        return self.feed_server

    def admits(self, _room: RoomView, user: UserId) -> bool:
        """Whether somebody is an admitted guest."""
        return user in self.guests

    async def takes(self, batch: Batch) -> None:
        """Have the bot deal with all of a batch."""
        await take(self.bot, batch)

    async def hears(
        self, body: str, /, sender: UserId = AWA, room: RoomId = MOBILITY, **more: Any
    ) -> Mapping[str, Any] | None:
        """Say something; return the content of the reply, None without one."""
        self._said += 1
        before, event_id = len(self.homeserver.sent), EventId(f"$said{self._said}")
        message = Received(room, event_id, sender, {"msgtype": "m.text", "body": body, **more}, 0)
        self.homeserver.earlier[event_id] = message
        await self.takes(batch(message))
        mine = [
            c for _, c in self.homeserver.sent[before:] if AWA in c.get("m.mentions", {}).get("user_ids", ())
        ]
        others = [c for _, c in self.homeserver.sent[before:] if c not in mine]
        return next(iter(mine or others), None)

    async def edits(
        self, event_id: str, body: str, sender: UserId = AWA, room: RoomId = MOBILITY, **more: Any
    ) -> list[Mapping[str, Any]]:
        """Edit what was said; return the contents of what the bot sends then."""
        before = len(self.homeserver.sent)
        new = {"msgtype": "m.text", "body": body, **more}
        relation = {"rel_type": "m.replace", "event_id": event_id}
        content = {**new, "body": f"* {body}", "m.new_content": new, "m.relates_to": relation}
        self._said += 1
        edit = Received(room, EventId(f"$said{self._said}"), sender, content, 0)
        await self.takes(batch(edit))
        return [content for _, content in self.homeserver.sent[before:]]

    async def told(self, body: str, /, **more: Any) -> str:
        """Say something; return the reply in words, without invisible marks."""
        content = await self.hears(body, **more)
        return "" if content is None else visible(content["body"])

    async def reacts(self, key: str, event_id: str, sender: UserId, room: RoomId) -> None:
        """React to a message."""
        self._said += 1
        reacted = Reacted(room, EventId(f"$said{self._said}"), sender, EventId(event_id), key)
        await self.takes(Batch((reacted,), (), frozenset(), frozenset()))

    async def passed_on(self) -> list[str]:
        """Return the questions that wait for the coordinators."""
        return [q.question for _, q in PassedQuestion.each(await self.store.jobs.pending("question"))]
