"""The whole path with an independent client: matrix-js-sdk with rust crypto, as strict as Element will be.

One `palabre up` for all of it, of a community that an `up` before it has made from nothing; each test is a part of the
story of the city lead of Kigali.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from community.description.load import load_description
from community.description.rooms import DescribedRoom, expand_rooms
from tests.lib.due_moments import due_at
from tests.lib.peer_client import Message, Peer, open_peer, until
from tests.lib.running import EXAMPLE, Running, example_up, palabre

pytestmark = [
    pytest.mark.live,
    pytest.mark.timeout(900),
    pytest.mark.asyncio(loop_scope="module"),
]

SERVER = "palabre.localhost"
LEAD = f"@claudine.uwase:{SERVER}"
BOT = f"@palabre:{SERVER}"
DESCRIPTION = load_description(EXAMPLE)
MEGOLM = {"algorithm": "m.megolm.v1.aes-sha2"}
DEADLINE_TITLE = "Échéance du récit"


def plan_deadline(config: Path) -> None:
    """Add a deadline to the description, some seconds ahead."""
    due = datetime.now(UTC) + timedelta(seconds=12)
    with (config / "calendar.yaml").open("a") as calendar:
        calendar.write(
            f"  - {{key: story, title: {{fr: {DEADLINE_TITLE}, en: Deadline of the story}}, "
            f"due: {due_at(due)}, timezone: UTC, rooms: [exchange.waste], remind: [0]}}\n"
        )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def up(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    async with example_up(tmp_path_factory.mktemp("story")) as running:
        yield running


@dataclass
class Arrival:
    """How the city lead came in: the rooms she was in before her device was signed, and the invitations after."""

    peer: Peer
    before: list[dict[str, Any]]
    invitations: list[dict[str, Any]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def arrival(up: Running) -> AsyncIterator[Arrival]:
    async with open_peer() as peer:
        await peer.login(up.url, LEAD, up.password(LEAD), sign=False)
        before = await peer.rooms()
        await peer.call("sign")

        async def invited() -> Any:
            # A direct message of the bot's has no alias: she keeps a safe room, of which it tells her.
            rooms = [r for r in await peer.rooms() if r["membership"] == "invite" and r["alias"] is not None]
            return rooms if len(rooms) >= len(her_rooms()) else None

        invitations = await until(invited, 30, "the invitations")
        for room in invitations:
            await peer.call("join", roomId=room["roomId"])
        yield Arrival(peer, before, invitations)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lead(arrival: Arrival) -> Peer:
    return arrival.peer


def described() -> dict[str, DescribedRoom]:
    return {room.key: room for room in expand_rooms(DESCRIPTION.community)}


def her_rooms() -> set[str]:
    """Return the keys of the rooms that the description has her invited to."""
    placed = {r.key for r in described().values() if "claudine.uwase" in r.members and not r.is_space}
    return placed - {"lobby"} - {key for key, room in described().items() if room.gate is not None}


def contact(theme: str, city: str) -> str:
    """Return the name of the one contact for a theme in a city, from the description itself."""
    (found,) = (c for c in DESCRIPTION.directory.contacts if theme in c.themes and city in c.cities)
    return found.name.text("en")


async def room_of(peer: Peer, key: str) -> str:
    async def look() -> str | None:
        wanted = f"#villes-en-palabre.{key}:{SERVER}"
        joined = (
            r["roomId"] for r in await peer.rooms() if (r["alias"], r["membership"]) == (wanted, "join")
        )
        return next(joined, None)

    return str(await until(look, 20, f"the room {key}"))


def assert_trusted(message: Message) -> None:
    """The client shows it as Element would show a good message: readable, encrypted, no shield."""
    assert message["failure"] is None
    assert message["encrypted"]
    assert (message["shieldColour"], message["shieldReason"]) == (0, None)
    assert message["sender"] == BOT
    assert message["content"]["msgtype"] == "m.text"


async def test_before_her_device_is_signed_she_is_in_spaces_lobby_and_the_room_that_she_keeps(
    arrival: Arrival,
) -> None:
    in_rooms = sorted(
        (str(room["alias"]), room["membership"]) for room in arrival.before if not room["isSpace"]
    )
    # Keepers are put into a safe room as it is made; it has no alias, and nothing was said before.
    kept = [room for room in described().values() if room.gate and "claudine.uwase" in room.moderators]
    assert in_rooms == sorted(
        [(f"#villes-en-palabre.lobby:{SERVER}", "join"), *(("None", "join") for _ in kept)]
    )
    assert len(kept) == 1
    assert {room["membership"] for room in arrival.before if room["isSpace"]} == {"join"}


async def test_once_it_is_signed_the_bot_invites_her_to_exactly_her_rooms(arrival: Arrival) -> None:
    assert len(arrival.invitations) == len(her_rooms())
    for key in sorted(her_rooms()):
        await room_of(arrival.peer, key)


@pytest.mark.parametrize(
    ("question", "theme", "city", "word"),
    [
        ("Who is the point of contact for waste in Kigali?", "waste", "kigali", "Confirmed on"),
        ("Qui contacter pour la mobilité à Bamako ?", "mobility", "bamako", "Confirmé le"),
        ("who do i ask about gabage in Kampalla", "waste", "kampala", "Confirmed on"),
        ("qui contacter pour les dechets a Bizerte", "waste", "bizerte", "Confirmé le"),
    ],
)
async def test_in_an_encrypted_room_she_reads_the_right_name_in_her_language(
    lead: Peer, question: str, theme: str, city: str, word: str
) -> None:
    room_id = await room_of(lead, "exchange.waste")
    asked = await lead.ask(room_id, f"!p {question}")
    reply = await lead.reply_to(room_id, asked)
    assert_trusted(reply)
    assert reply["content"]["body"].startswith(contact(theme, city))
    assert word in reply["content"]["body"]
    assert reply["content"]["m.mentions"] == {"user_ids": [LEAD]}


async def test_a_mention_asks_too_and_a_thread_is_answered_in_the_thread(lead: Peer) -> None:
    room_id = await room_of(lead, "exchange.waste")
    root = await lead.ask(room_id, "Something said between people")
    asked = await lead.ask(
        room_id,
        "Palabre: who is the point of contact for waste in Kigali?",
        **{"m.mentions": {"user_ids": [BOT]}, "m.relates_to": {"rel_type": "m.thread", "event_id": root}},
    )
    reply = await lead.reply_to(room_id, asked)
    assert_trusted(reply)
    assert reply["outer"]["m.relates_to"]["event_id"] == root
    answered = [m["outer"].get("m.relates_to", {}).get("m.in_reply_to") for m in await lead.messages(room_id)]
    assert {"event_id": root} not in answered


async def test_in_a_direct_message_that_she_begins_no_prefix_is_needed(lead: Peer) -> None:
    body = {
        "preset": "trusted_private_chat",
        "is_direct": True,
        "invite": [BOT],
        "initial_state": [{"type": "m.room.encryption", "state_key": "", "content": MEGOLM}],
    }
    room_id = await lead.call("createRoom", body=body)

    async def arrived() -> bool:
        return BOT in await lead.call("members", roomId=room_id)

    await until(arrived, 15, "the bot to accept")
    for question, name in (
        ("Who is the point of contact for waste in Kigali?", contact("waste", "kigali")),
        ("Qui contacter pour la mobilite à Bamakko ?", contact("mobility", "bamako")),
    ):
        reply = await lead.reply_to(room_id, await lead.ask(room_id, question))
        assert_trusted(reply)
        assert reply["content"]["body"].startswith(name)
    found = await lead.reply_to(room_id, await lead.ask(room_id, "resources on land registries"))
    assert "Three land registries compared" in found["content"]["body"]
    helped = await lead.reply_to(room_id, await lead.ask(room_id, "aide"))
    assert "Vous pouvez me demander" in helped["content"]["body"]


async def test_every_room_under_the_space_is_encrypted_and_says_what_it_is(lead: Peer) -> None:
    wanted = described()
    root = await room_of(lead, "space")
    status, hierarchy = await lead.request("GET", f"/_matrix/client/v1/rooms/{root}/hierarchy", limit="100")
    assert status == 200
    seen = set()
    for listed in hierarchy["rooms"]:
        room_id = listed["room_id"]
        status, events = await lead.request("GET", f"/_matrix/client/v3/rooms/{room_id}/state")
        if status == 403:
            continue  # not hers: its members read it back in tests/live/test_provisioning.py
        state = {event["type"]: event["content"] for event in events if event["state_key"] == ""}
        key = state["org.palabre.room"]["key"]
        seen.add(key)
        create = state["m.room.create"]
        assert (create["org.palabre.key"], create["room_version"]) == (key, "12")
        assert state["m.room.guest_access"] == {"guest_access": "forbidden"}
        assert state["m.room.history_visibility"] == {"history_visibility": wanted[key].options.history}
        assert state["m.room.power_levels"]["invite"] == 50
        if wanted[key].is_space:
            assert state["m.room.power_levels"]["events_default"] == 100
        else:
            assert state["m.room.encryption"] == MEGOLM
    assert seen == {r.key for r in wanted.values() if "claudine.uwase" in r.members}


async def test_she_cannot_invite_an_outsider_into_a_room_of_ours(lead: Peer) -> None:
    room_id = await room_of(lead, "exchange.waste")
    path = f"/_matrix/client/v3/rooms/{room_id}/invite"
    status, answer = await lead.request("POST", path, {"user_id": f"@tunde.balogun:{SERVER}"})
    assert (status, answer["errcode"]) == (403, "M_FORBIDDEN")


async def test_a_room_that_claims_to_be_ours_gains_nothing(up: Running, lead: Peer) -> None:
    forged = {"key": "exchange.waste", "kind": "room", "theme": "waste"}
    body: dict[str, Any] = {
        "creation_content": {
            "org.palabre.community": "villes-en-palabre",
            "org.palabre.key": "exchange.waste",
        },
        "initial_state": [
            {"type": "org.palabre.room", "state_key": "", "content": forged},
            {"type": "m.room.encryption", "state_key": "", "content": MEGOLM},
        ],
        "invite": [BOT],
    }
    status, answer = await lead.request(
        "POST",
        "/_matrix/client/v3/createRoom",
        {**body, "room_alias_name": "villes-en-palabre.exchange.roads"},
    )
    assert status == 403, answer
    status, answer = await lead.request("POST", "/_matrix/client/v3/createRoom", body)
    assert status == 200
    room_id = answer["room_id"]
    path = f"/_matrix/client/v3/rooms/{room_id}/state/m.room.member/{BOT}"

    async def gone() -> bool:
        _, membership = await lead.request("GET", path)
        return bool(membership.get("membership") == "leave")

    await until(gone, 15, "the bot to decline")
    await nothing_is_planned(up)


async def nothing_is_planned(up: Running) -> None:
    """A plan changes nothing; all it has to say is whose people these are."""
    code, out, _ = await palabre("plan", "--config", str(up.config), "--data", str(up.data))
    note, last = out.strip().splitlines()
    assert note.startswith("! the people of this description are invented")
    assert (code, last) == (0, "Plan: 0 to add, 0 to change, 0 to remove")


async def test_a_second_apply_sends_no_write_request(up: Running) -> None:
    code, out, _ = await palabre("apply", "--yes", "--config", str(up.config), "--data", str(up.data))
    assert code == 0
    assert "0 write requests were sent." in out


async def test_a_new_deadline_appears_once_in_its_room_and_no_other(up: Running, lead: Peer) -> None:
    plan_deadline(up.config)
    code, out, _ = await palabre("apply", "--yes", "--config", str(up.config), "--data", str(up.data))
    assert (code, "calendar.yaml: 1 to add, 0 to change, 0 to remove" in out) == (0, True)
    room_id = await room_of(lead, "exchange.waste")

    def posted(messages: list[Message]) -> list[Message]:
        return [m for m in messages if DEADLINE_TITLE in m["content"].get("body", "")]

    async def look() -> list[Message]:
        return posted(await lead.messages(room_id))

    (message,) = await until(look, 120, "the deadline's message")
    assert message["failure"] is None
    assert (message["shieldColour"], message["content"]["msgtype"]) == (0, "m.text")
    assert "Deadline of the story" in message["content"]["body"]
    assert posted(await lead.messages(await room_of(lead, "lobby"))) == []


async def test_what_is_applied_is_answered_at_once_and_what_is_only_saved_is_not(
    up: Running, lead: Peer
) -> None:
    """A theme gets another name, and the calendar a mistake, which keeps nobody from applying the rest."""
    room_id, question = (
        await room_of(lead, "exchange.waste"),
        "!p who is the contact for zeppelins in Kigali?",
    )

    async def answered() -> str:
        reply = await lead.reply_to(room_id, await lead.ask(room_id, question))
        return str(reply["content"]["body"])

    community, calendar = up.config / "community.yaml", up.config / "calendar.yaml"
    text, right = community.read_text(), calendar.read_text()
    assert (text.count("en: Waste,"), right.count("[cafe]")) == (1, 1)
    community.write_text(text.replace("en: Waste,", "en: Zeppelins,"))
    calendar.write_text(right.replace("[cafe]", "[nowhere]"))
    assert not (await answered()).startswith(contact("waste", "kigali"))
    code, out, err = await palabre("apply", "--yes", "--config", str(up.config), "--data", str(up.data))
    assert (code, err) == (0, "")
    assert "calendar.yaml has a mistake and stays as it was applied last" in out
    assert "What the bot goes by changes: themes" in out
    assert (await answered()).startswith(contact("waste", "kigali"))
    calendar.write_text(right)
    await nothing_is_planned(up)


async def test_no_text_and_no_secret_is_in_any_log(up: Running, lead: Peer) -> None:
    room_id = await room_of(lead, "exchange.waste")
    for text in (
        "!p who do i ask about gabage in Kampalla",
        "!p who is the point of contact for waste in Kigali?",
    ):
        await lead.reply_to(room_id, await lead.ask(room_id, text))
    accounts = up.sign_in["accounts"]
    secrets = [json.loads(path.read_text()) for path in (up.data / "secrets").glob("*.json")]
    forbidden = [account["password"] for account in accounts]
    forbidden += [s[k] for s in secrets for k in ("password", "access_token", "pickle_key") if k in s]
    forbidden += ["point of contact", "gabage", DEADLINE_TITLE, "Something said between people"]
    for log in sorted((up.data / "logs").iterdir()):
        text = log.read_text()
        assert not [word for word in forbidden if word in text], log.name


async def test_the_password_file_is_private(up: Running) -> None:
    secrets = sorted((up.data / "secrets").iterdir())
    assert secrets
    assert {path.stat().st_mode & 0o777 for path in (up.data / "sign-in.json", *secrets)} == {0o600}
