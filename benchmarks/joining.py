"""From a link to the first answer of the bot: taps and seconds, in a new community and in one with a year of history.

The small network of the tests under `palabre up`, without its example accounts; a browser opens the link, and a strict
client of Matrix (matrix-js-sdk) signs in. First its coordinator comes, when nobody is there. Then members come by their
links, sign in and are joined to their rooms; some of them talk in each room, under many sessions where it is encrypted.
At last somebody new comes by a link, accepts one invitation and reads what was said there before.

    python benchmarks/joining.py [--quick]

Needs Synapse in `.venv-synapse`, the tests' Matrix client and Chromium (`./palabre test`). The seconds are those of the
machines alone: nobody types or thinks. Prints progress, then one line of JSON: sizes, and for both communities the
taps, the characters typed, the bytes of the pages and the seconds until each step. ``reading``: of the year, the
seconds from accepting until all that was said in the room can be read, and how much that is.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from community.core.lanes import for_each
from community.description.load import load_description
from community.joining.account_request import AccountRequest
from community.joining.rules import rules_of, rules_version
from matrix.ids import RoomId
from tests.lib.browser import bare_page
from tests.lib.descriptions import SMALL
from tests.lib.history_rooms import read_by
from tests.lib.joining import PASSWORD
from tests.lib.joining_story import PATIENCE, Guest, link_for, rooms_of
from tests.lib.peer_client import Peer, open_peer, until
from tests.lib.quick_synapse import quick_synapse
from tests.lib.running import Running, palabre, palabre_up
from tests.lib.templates import templates_of_a_run
from web.joining_client import DeskClient

MEMBERS, DATES, SAID = 30, 60, 600
QUICK_MEMBERS, QUICK_DATES, QUICK_SAID = 4, 6, 40
TALKERS = 3
"""Members who talk beside the coordinator."""
SESSION = 10
"""Messages under one session of a room: a year has some fifty sessions of each who talks."""
AT_ONCE = 4
COMING = 15
"""Of the dates, a quarter: one each week, the others in the weeks before."""


@dataclass(frozen=True, slots=True)
class Year:
    """How much there is: people, dates, messages in each room."""

    members: int
    dates: int
    said: int

    @property
    def usernames(self) -> list[str]:
        """Those who come before the newcomer, beside the coordinator."""
        return [f"lead.number{number}" for number in range(self.members - 1)]


def described(folder: Path, year: Year) -> Path:
    """Write the small network with so many members and dates; return its folder."""
    config = folder / "config"
    shutil.copytree(SMALL, config)
    community, calendar = config / "community.yaml", config / "calendar.yaml"
    people = [
        f"  - {{username: {name}, name: Lead {number}, role: city-lead, city: bamako,"
        " themes: [waste, mobility], languages: [fr]}\n"
        for number, name in enumerate(year.usernames)
    ]
    community.write_text(community.read_text().replace("example: true\n", "") + "".join(people))
    first = datetime.now(UTC) - timedelta(weeks=year.dates - year.dates // 4) + timedelta(days=1)
    dates = [
        f"  - {{key: date-{number}, title: {{fr: Rencontre {number}, en: Meeting {number}}},"
        f" start: {first + timedelta(weeks=number):%Y-%m-%d %H:%M}, lasts: 60min, rooms: [lobby], remind: [1d]}}\n"
        for number in range(year.dates)
    ]
    calendar.write_text(calendar.read_text().replace("deadlines:\n", f"{''.join(dates)}deadlines:\n"))
    return config


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


async def come(up: Running, year: Year) -> None:
    """Have an account made for each described member, as the page does it."""
    code, out, errors = await palabre(
        "invite", "--config", str(up.config), "--data", str(up.data), "--all-described", "--json"
    )
    assert code == 0, errors
    rules = rules_version(rules_of(load_description(up.config).community))
    desk = DeskClient(up.data / "joining")
    wanted = set(year.usernames)
    made = [one for one in json.loads(out)["invitations"] if one["username"] in wanted]
    assert len(made) == len(wanted)

    async def one(link: dict[str, Any]) -> None:
        username, secret = str(link["username"]), str(link["address"]).rpartition("/")[2]
        request = AccountRequest(
            secret=secret, username=username, name=username, password=PASSWORD, language="fr", consent=rules
        )
        answer = await desk.make_account(request)
        assert answer.user_id is not None, answer

    await for_each(one, made, at_once=AT_ONCE)


async def sign_in(up: Running, username: str, rooms: int, stack: AsyncExitStack) -> Peer:
    """Sign somebody in, and wait until they are in so many rooms."""
    peer = await stack.enter_async_context(open_peer())
    await peer.login(up.url, username, PASSWORD)

    async def in_rooms() -> bool:
        return len(await rooms_of(peer)) >= rooms

    await until(in_rooms, PATIENCE, f"the rooms of {username}")
    return peer


async def talk(talkers: list[Peer], said: int) -> dict[str, set[str]]:
    """Have so much said in each room of the first one's, by whoever may; return it by room."""
    found: dict[str, set[str]] = {}
    for room in await rooms_of(talkers[0]):
        room_id = str(room["roomId"])
        may = [peer for peer in talkers if await may_say(peer, room_id)]
        texts = [f"C'est dit depuis longtemps ({number})." for number in range(said)]
        began = time.monotonic()
        await asyncio.gather(*(say_in(peer, room_id, texts[at :: len(may)]) for at, peer in enumerate(may)))
        say(f"{said} messages of {len(may)} people in {room['name']}: {time.monotonic() - began:.0f} s")
        found[room_id] = set(texts)
    return found


async def may_say(peer: Peer, room_id: str) -> bool:
    """Whether somebody is in a room and may say something there."""
    if room_id not in {room["roomId"] for room in await rooms_of(peer)}:
        return False
    path = f"/_matrix/client/v3/rooms/{room_id}/state/m.room.power_levels/"
    status, levels = await peer.request("GET", path)
    assert status == 200, levels
    own = levels.get("users", {}).get(peer.user_id, levels.get("users_default", 0))
    sent = levels.get("events", {})
    default = levels.get("events_default", 0)
    return bool(own >= max(sent.get(kind, default) for kind in ("m.room.message", "m.room.encrypted")))


async def say_in(peer: Peer, room_id: str, texts: list[str]) -> None:
    """Say all of it, in sessions."""
    for at in range(0, len(texts), SESSION):
        await peer.call("discardSession", roomId=room_id)
        await peer.call("sendMany", roomId=room_id, bodies=texts[at : at + SESSION])


async def accept_one(newcomer: Peer, said: dict[str, set[str]]) -> dict[str, Any]:
    """Accept an invitation to an encrypted room with history; return how long until all of it can be read."""
    waiting = [room for room in await newcomer.rooms() if room["membership"] == "invite"]
    room = next(room for room in waiting if room["roomId"] in said)
    room_id, began = RoomId(room["roomId"]), time.monotonic()
    await newcomer.call("join", roomId=room_id)

    first: list[float] = []

    async def reads() -> bool:
        seen = {body for body, failure in (await read_by(newcomer, room_id)).items() if failure is None}
        if seen & said[room_id] and not first:
            first.append(time.monotonic() - began)
        return said[room_id] <= seen

    await until(reads, PATIENCE, f"all of {room['name']} to be read")
    return {
        "invitations": len(waiting),
        "messages": len(said[room_id]),
        "first_seconds": round(first[0], 1),
        "all_seconds": round(time.monotonic() - began, 1),
    }


def told(guest: Guest) -> dict[str, Any]:
    """Return what somebody's way has taken."""
    return {
        "taps": len(guest.taps),
        "typed": guest.typed,
        "bytes": guest.loaded,
        "seconds": {step: round(seconds, 1) for step, seconds in guest.seconds.items()},
    }


async def measure(folder: Path, year: Year) -> dict[str, Any]:
    """Go the way in a new community, and in the same one after a year."""
    config = described(folder, year)
    async with palabre_up(folder / "data", config) as up, AsyncExitStack() as opened:
        page = await opened.enter_async_context(bare_page(folder / "browser"))
        first, last = [Guest(await opened.enter_async_context(open_peer())) for _ in range(2)]
        say("A new community, its coordinator:")
        await first.comes(up, page, await link_for(up, "--member", "moussa.keita"), "moussa.keita")
        rooms = len(await rooms_of(first.peer))
        began = time.monotonic()
        await come(up, year)
        say(f"{len(year.usernames)} accounts: {time.monotonic() - began:.0f} s")
        talkers = [first.peer]
        for number, name in enumerate(year.usernames):
            async with AsyncExitStack() as signed_in:
                stack = opened if number < TALKERS else signed_in
                peer = await sign_in(up, name, 1, stack)
                if number < TALKERS:
                    talkers.append(peer)
        say(f"all of them signed in and in rooms: {time.monotonic() - began:.0f} s")
        said = await talk(talkers, year.said)
        say("After a year, a city lead:")
        words = ("--role", "city-lead", "--language", "fr", "--city", "bamako", "--name", "Salif Traoré")
        await last.comes(up, page, await link_for(up, *words), "salif.traore")
        reading = await accept_one(last.peer, said)
        sizes = {"members": year.members, "dates": year.dates, "rooms": rooms, "said_in_each": year.said}
        return {**sizes, "new": told(first), "year": told(last), "reading": reading}


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few people and messages: whether it runs")
    quick = parser.parse_args().quick
    year = Year(QUICK_MEMBERS, QUICK_DATES, QUICK_SAID) if quick else Year(MEMBERS, DATES, SAID)
    with tempfile.TemporaryDirectory() as name, templates_of_a_run() as templates, quick_synapse(templates):
        found = asyncio.run(measure(Path(name), year))
    print(json.dumps({"benchmark": "joining", "quick": quick, **found}))


if __name__ == "__main__":
    main()
