"""Edits of a description, applied one after another while the bot runs: what is described is what is there.

After each edit nothing is left in the plan, everybody is where they ought to be, as the homeserver's administration
says, and the running bot answers, and would post what the calendar says, as one that is started on the same store. The
edits depend on the seed alone: with it what failed is made again.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from community.core.messages import translator
from community.description.model import City, Community, Role, Theme
from matrix.admin import AdminApi
from matrix.client_api import ClientApi
from matrix.http import HomeserverClient
from matrix.ids import AccessToken, RoomId, UserId
from matrix.locator import ORIGIN_COMMUNITY
from provisioning.provisioner import ApplyOptions, open_provisioner
from provisioning.renames import renamings, with_new_keys
from provisioning.safe_rooms import attainable, safe_rooms
from provisioning.topology import topology
from tests.lib.campaign import Parts, beginning, description_of
from tests.lib.descriptions import SETTINGS
from tests.lib.edits import DescriptionEdit, edits
from tests.lib.fresh_bot import AskedQuestion, BotParts, kept_parts
from tests.lib.main_bot import running_main
from tests.lib.peer_client import until
from tests.lib.placement import SeenRoom, Wanted, misplaced
from tests.lib.signed_device import sign_in
from tests.lib.synapse_server import SynapseServer, running_synapse

pytestmark = [pytest.mark.live, pytest.mark.timeout(1_200)]

PATIENCE = 240
"""Seconds that the bot has to invite people and to take in what was applied."""
COORDINATOR, LEAD, MEMBER = (UserId(f"@{name}:palabre.localhost") for name in ("p0", "p4", "p5"))
ENGLISH = translator("en", [])


@dataclass
class EditedCommunity:
    """A running community: its homeserver, its bot, and who has signed in."""

    server: SynapseServer
    admin: HomeserverClient
    config: Path
    bot: BotParts
    tokens: dict[UserId, AccessToken] = field(default_factory=dict)
    direct: dict[UserId, RoomId] = field(default_factory=dict)

    async def apply(self, parts: Parts, again: Sequence[str] = ()) -> Wanted:
        """Write the files and apply them; nothing that Palabre can do is left in the plan then."""
        for name, content in parts.items():
            written = yaml.safe_dump(content, allow_unicode=True, sort_keys=False)
            (self.config / f"{name}.yaml").write_text(written)
        back = [self.server.user(name) for name in again]
        async with open_provisioner(self.config, self.server.data) as provisioner:
            await provisioner.apply(ApplyOptions("test", force=True, again=back))
            made, actual = await provisioner.plan()
            desired = topology(provisioner.description.community, SETTINGS)
        assert made.changes == (), list(made.lines(ENGLISH))
        assert made.news is None, made.news
        for user in back:
            self.tokens.pop(user, None)
        there = with_new_keys(actual, renamings(desired, actual))
        ids = {key: room.room_id for key, room in there.rooms.items() if room.room_id is not None}
        return Wanted(attainable(desired, there, safe_rooms(desired, there, ())), ids)

    # --- people -----------------------------------------------------------------------------------------------------

    async def sign_in(self, described: Wanted) -> None:
        """Sign in everybody who has a password and has not done so."""
        accounts = json.loads(self.server.data.sign_in.read_text())["accounts"]
        passwords = {UserId(each["user_id"]): each["password"] for each in accounts}
        for user, account in described.snapshot.accounts.items():
            if account.closed is not None:
                self.tokens.pop(user, None)
            elif user in passwords and user not in self.tokens:
                await AdminApi(self.admin).lift_rate_limit(user)
                self.tokens[user] = await sign_in(self.server.url, user, passwords[user])

    async def begin_direct(self, user: UserId) -> None:
        """Have somebody begin a direct message with the bot, and wait until that comes."""
        algorithm = {"algorithm": "m.megolm.v1.aes-sha2"}
        encryption = {"type": "m.room.encryption", "state_key": "", "content": algorithm}
        body = {"preset": "trusted_private_chat", "is_direct": True, "initial_state": [encryption]}
        bot = self.server.own.bot
        async with HomeserverClient(self.server.url, self.tokens[user]) as http:
            room_id = await ClientApi(http).create_room({**body, "invite": [bot]})

            async def has_come() -> bool:
                return await ClientApi(http).membership(room_id, bot) == "join"

            await until(has_come, PATIENCE, "the bot to come")
        self.direct[user] = room_id

    async def accept(self, rooms: Mapping[RoomId, SeenRoom]) -> None:
        """Have half of those who are invited come in: of each room always the same ones."""
        for room_id, room in rooms.items():
            name = room.state["m.room.name"]["name"]
            for user, stands in sorted(room.members.items()):
                comes = zlib.crc32(f"{name} {user}".encode()) % 2
                if stands == "invite" and comes and user in self.tokens:
                    async with HomeserverClient(self.server.url, self.tokens[user]) as http:
                        await ClientApi(http).join(room_id)

    # --- who is where ------------------------------------------------------------------------------------------------

    async def look(self) -> dict[RoomId, SeenRoom]:
        """Return the community's rooms as they are now."""
        admin, found = AdminApi(self.admin), {}
        for listed in await admin.rooms():
            events = await admin.room_state(listed.room_id)
            state = {e["type"]: e["content"] for e in events if e["state_key"] == ""}
            if state.get("m.room.create", {}).get(ORIGIN_COMMUNITY) == "campaign":
                members = {
                    e["state_key"]: e["content"]["membership"] for e in events if e["type"] == "m.room.member"
                }
                found[listed.room_id] = SeenRoom(members, state)
        return found

    async def until_in_place(self, described: Wanted) -> dict[RoomId, SeenRoom]:
        """Return the rooms when everybody is where they ought to be; wait as long as fewer and fewer are not."""
        found: list[str] = []

        async def look() -> dict[RoomId, SeenRoom]:
            rooms = await self.look()
            found[:] = [
                *misplaced(described, rooms, signed_in=self.tokens, provisioner=self.server.own.provisioner),
                *await self._open_accounts(described),
            ]
            return {} if found else rooms

        async def fewer() -> bool:
            before = len(found)
            return bool(await look()) or len(found) < before

        rooms = await look()
        while not rooms:
            try:
                await until(fewer, PATIENCE / 4, "everybody to be in place")
            except AssertionError as error:
                raise AssertionError(f"{error}: {found}") from error
            rooms = await look()
        return rooms

    async def _open_accounts(self, described: Wanted) -> list[str]:
        """Return those who have left and whose account is not closed."""
        wanted = described.snapshot.accounts
        left = {user for user, account in wanted.items() if account.closed is not None}
        there = await AdminApi(self.admin).accounts()
        is_open = {UserId(each.user_id) for each in there if not (each.deactivated or each.locked)}
        return sorted(f"{user}'s account is open" for user in left & is_open)

    # --- what the bot says -----------------------------------------------------------------------------------------

    async def until_answers_alike(self, questions: Sequence[AskedQuestion]) -> int:
        """Wait until the running bot answers as one that is started now; return how many questions it answers."""
        differ: list[Any] = []

        async def look() -> list[str]:
            said, afresh = await self.bot.said(questions), await self.bot.said_afresh(questions)
            differ[:] = [each for each in zip(questions, said, afresh, strict=True) if each[1] != each[2]]
            return [] if differ else said

        try:
            answers = await until(look, PATIENCE / 4, "the running bot to answer as a new one")
        except AssertionError as error:
            raise AssertionError(f"{error}: {differ}") from error
        return sum(bool(answer) for answer in answers)

    async def until_posts_alike(self) -> int:
        """Wait until the running bot would post as one that is started now; return how many events it tells of."""
        differ: list[Any] = []

        async def look() -> bool:
            said, afresh = await self.bot.posts(), await self.bot.posts_afresh()
            differ[:] = [said, afresh]
            return said == afresh

        try:
            await until(look, PATIENCE / 4, "the running bot to post as a new one")
        except AssertionError as error:
            raise AssertionError(f"{error}: {differ}") from error
        return sum(len(keys) for keys, *_ in differ[0])

    def questions(self, before: Community, now: Community, ids: Mapping[str, RoomId]) -> list[AskedQuestion]:
        """Return what is asked of the bot, in words of the description before the edit and after it."""
        theirs, lobby = self.direct[COORDINATOR], next(s.key for s in now.rooms if s.policy == "lobby")
        lead = self.direct[LEAD]
        parts: list[Theme | City | Role] = []
        for described in (before, now):
            parts += [*described.themes, *described.cities, *described.roles]
        name = {part.key: part.name.text("en") for part in parts}
        themes = [name[key] for key in sorted({*before.theme, *now.theme})]
        cities = [name[key] for key in sorted({*before.city, *now.city})]
        asked = [f"who is the contact for {t} in {c}?" for t, c in zip(themes, cities, strict=False)]
        asked += [f"what has nobody confirmed about {theme}?" for theme in themes[:3]]
        asked += [f"who is the {name[role.key]} in {cities[0]}?" for role in now.roles[:3]]
        asked += [
            f"resources on {themes[0]}",
            f"projects in {cities[0]}",
            "help",
            "what has nobody confirmed?",
        ]
        edits = ["change hours of Contact C1 to 9-12", "change function of Contact C2 to Pilot"]
        return [
            *((COORDINATOR, theirs, text) for text in (*asked, *edits)),
            *((LEAD, lead, text) for text in edits),
            *((MEMBER, ids[lobby], f"!p {text}") for text in (asked[0], edits[0], "help")),
        ]


@asynccontextmanager
async def running(config: Path, server: SynapseServer) -> AsyncIterator[BotParts]:
    """Run the bot, past its first sync."""
    with kept_parts() as parts:
        async with running_main(config, server.data):
            yield parts


@asynccontextmanager
async def community(folder: Path, people: int) -> AsyncIterator[tuple[EditedCommunity, Wanted]]:
    """Give a community of so many people who have signed in, with its bot."""
    config = folder / "config"
    config.mkdir()
    (config / "calendar.yaml").write_text("version: 1\n")
    (config / "settings.yaml").write_text("version: 1\n")
    with running_synapse(folder / "server") as server:
        async with server.provisioner() as admin:
            made = EditedCommunity(server, admin, config, BotParts())
            described = await made.apply(beginning(people))
            async with running(config, server) as made.bot:
                await made.sign_in(described)
                for user in (COORDINATOR, LEAD):
                    await made.begin_direct(user)
                await made.accept(await made.until_in_place(described))
                yield made, described


async def try_edit(made: EditedCommunity, before: Parts, edit: DescriptionEdit) -> None:
    """Apply an edit, and look whether all is as described."""
    described = await made.apply(edit.parts, edit.again)
    await made.sign_in(described)
    rooms = await made.until_in_place(described)
    communities = description_of(before).community, description_of(edit.parts).community
    questions = made.questions(*communities, described.ids)
    assert await made.until_answers_alike(questions) > len(questions) // 2
    assert await made.until_posts_alike() == len(edit.parts["calendar"]["events"])
    await made.accept(rooms)


@pytest.mark.parametrize(
    ("people", "count", "seed"),
    [
        pytest.param(12, 4, 12, id="4 edits"),
        pytest.param(60, 200, 12, id="200 edits", marks=[pytest.mark.soak, pytest.mark.timeout(14_400)]),
    ],
)
async def test_after_each_edit_what_is_described_is_what_is_there(
    tmp_path: Path, people: int, count: int, seed: int
) -> None:
    async with community(tmp_path, people) as (made, _):
        before = beginning(people)
        for number, edit in enumerate(edits(before, seed, count, people)):
            try:
                await try_edit(made, before, edit)
            except Exception as error:
                error.add_note(f"seed {seed}, edit {number} of {people} people: {edit.what}")
                raise
            before = edit.parts
