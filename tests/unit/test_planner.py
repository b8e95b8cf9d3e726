"""The planner: a table of claims, what any plan is like, and that applying one leaves nothing to do."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from community.core.messages import translator
from community.storage import Job, JobState
from matrix.ids import user_id
from provisioning.changes import CloseAccount, CreateRoom, RemoveMember
from provisioning.pending_invitations import awaiting
from provisioning.plan import Plan
from provisioning.planner import plan
from provisioning.quiet_rooms import with_quiet
from provisioning.removal_brake import vanishing
from provisioning.snapshot import Snapshot
from provisioning.topology import topology
from tests.lib.descriptions import SETTINGS, changed, small
from tests.lib.memory_homeserver import SERVER, MemoryHomeserver
from tests.lib.plan_cases import Case, cases, edit

ROOT = Path(__file__).parents[2]
ENGLISH = translator("en", [])
FRENCH = translator("fr", [ROOT / "community", ROOT / "provisioning"])
LOBBY = {"key": "lobby", "for": "community", "policy": "lobby", "name": "L", "topic": "L"}
NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


async def planned(case: Case) -> Plan:
    """Return the plan of a case."""
    community = small().community
    homeserver = MemoryHomeserver()
    homeserver.realize(topology(changed(community, case.before), SETTINGS))
    for step in case.actual:
        edit(homeserver, step)
    asked = [request_of(homeserver, **values) for values in case.pending]
    actual = awaiting(asked, await homeserver.snapshot())
    # Who has signed in makes no difference in an example network.
    is_example = {} if case.signed_in is None else {"example": False}
    desired = topology(changed(community, {**is_example, **case.description}), SETTINGS, case.signed_in)
    actual = await with_quiet(desired, actual, homeserver)
    return plan(desired, actual, again=case.again, held=case.held, extras=case.asked)


def request_of(homeserver: MemoryHomeserver, room: str, user: str) -> Job:
    """Return the request that the bot has for somebody."""
    payload = {"room_id": homeserver.room_id(room), "room_key": room, "user_id": user_id(user, SERVER)}
    return Job(1, "invite", payload, "key", JobState.PENDING, NOW, 0, None, None, None, NOW, None)


@pytest.mark.parametrize("case", list(cases()), ids=lambda case: case.claim)
async def test_claim(case: Case) -> None:
    made = await planned(case)
    lines = list(made.lines(ENGLISH))
    changes = [line for line in lines if line[:2] in ("+ ", "~ ", "- ")]
    assert [re.sub(r"~!\w+", "~!id", line) for line in changes] == case.plan
    assert [ENGLISH(note) for note in made.notes] == case.notes
    assert (None if made.excess is None else ENGLISH(made.excess)) == case.excess
    assert (None if made.growth is None else ENGLISH(made.growth)) == case.growth
    shown = [ENGLISH(note) for note in made.all_notes[len(made.notes) :]]
    assert [re.sub(r"!room\d+", "!id", note) for note in shown] == case.undescribed


def test_the_claims_are_many_and_each_is_made_once() -> None:
    claims = [case.claim for case in cases()]
    assert len(claims) == len(set(claims))
    assert len(claims) >= 60


async def plan_from_nothing() -> Plan:
    return plan(topology(small().community, SETTINGS), await MemoryHomeserver().snapshot())


async def test_the_text_ends_with_counts_and_digest() -> None:
    made = await plan_from_nothing()
    *_, summary, digest = made.lines(ENGLISH)
    assert summary == "Plan: 59 to add, 0 to change, 0 to remove"
    assert digest == f"Digest: {made.digest}"
    assert len(made.digest) == 12


async def test_an_empty_plan_says_so_and_has_no_digest_to_apply() -> None:
    homeserver = MemoryHomeserver()
    desired = topology(small().community, SETTINGS)
    homeserver.realize(desired)
    made = plan(desired, await homeserver.snapshot())
    assert list(made.lines(ENGLISH)) == ["Plan: 0 to add, 0 to change, 0 to remove"]


async def test_the_plan_is_read_in_french() -> None:
    lines = list((await plan_from_nothing()).lines(FRENCH))
    assert lines[0] == "+ compte @awa.diallo:palabre.localhost"
    assert "+ space.theme.waste\N{NO-BREAK SPACE}: contient exchange.waste" in lines
    assert lines[-2] == "Plan\N{NO-BREAK SPACE}: 59 à ajouter, 0 à changer, 0 à retirer"


async def test_a_digest_names_the_changes_and_no_others() -> None:
    desired = topology(small().community, SETTINGS)
    homeserver = MemoryHomeserver()
    before = plan(desired, await homeserver.snapshot())
    assert plan(desired, await homeserver.snapshot()).digest == before.digest
    homeserver.realize(desired)
    homeserver.close(next(iter(desired.accounts)))
    assert plan(desired, await homeserver.snapshot()).digest != before.digest


def test_every_process_finds_the_same_digest() -> None:
    code = (
        "import asyncio\n"
        "from tests.unit.test_planner import plan_from_nothing\n"
        "print(asyncio.run(plan_from_nothing()).digest)\n"
    )
    digests = set()
    for seed in ("1", "2", "3"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [sys.executable, "-c", code], env=environment, cwd=ROOT, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr.decode()
        digests.add(done.stdout)
    assert len(digests) == 1


async def test_rooms_that_the_bot_is_taken_from_are_not_people_who_are_removed() -> None:
    def described(*, bots: bool) -> Snapshot:
        room = {"for": "community", "policy": "closed", "name": "N", "topic": "T", "roles": ["coordinator"]}
        rooms = [{"key": f"room-{n}", "bots": bots, **room} for n in range(12)]
        return topology(small(rooms=[LOBBY, *rooms]).community, SETTINGS)

    homeserver = MemoryHomeserver()
    homeserver.realize(described(bots=True))
    made = plan(described(bots=False), await homeserver.snapshot())
    assert sum(isinstance(change, RemoveMember) for change in made.changes) == 12
    assert made.excess is None


async def test_who_leaves_is_signed_out_before_anything_is_made() -> None:
    homeserver = MemoryHomeserver()
    homeserver.realize(topology(small(rooms=[LOBBY]).community, SETTINGS))
    left = small().community.model_dump(mode="json", by_alias=True)["members"]
    left[-1]["status"] = "left"
    made = plan(topology(small(members=left).community, SETTINGS), await homeserver.snapshot())
    kinds = [type(change) for change in made.changes]
    last_removal = max(index for index, kind in enumerate(kinds) if kind is RemoveMember)
    assert last_removal < kinds.index(CloseAccount) < kinds.index(CreateRoom)


def test_a_file_that_was_cut_off_is_noticed_by_the_people_who_are_missing_in_it() -> None:
    desired = topology(small().community, SETTINGS)
    there = list(desired.accounts)
    gone = [user_id(f"gone{i}", SERVER) for i in range(20)]
    assert vanishing([*there, *gone[:1]], desired) is None
    found = vanishing([*there, *gone], desired)
    assert found is not None
    assert ENGLISH(found) == "20 of 23 people are no longer described"
    # Nine people may be gone from nine: it is too small a network to be sure.
    assert vanishing(gone[:9], desired) is None
