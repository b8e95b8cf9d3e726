"""Leaving with the whole bot: a copy in between, a restart, anything else said; and forgetting at the end."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bots.features.leaving.forgetting import ForgettingHandler
from community.jobs.job import Job
from community.jobs.leavings import ForgettingRequest, Leaving
from community.storage import Store
from tests.lib.asking import visible
from tests.lib.bot_runtime import AWA, DIRECT, EXAMPLE, NOW, PETER
from tests.lib.entries import added, contact
from tests.lib.room_talk import RoomTalk, seeded_store


@pytest.fixture
async def talk(tmp_path: Path) -> AsyncIterator[RoomTalk]:
    async with await seeded_store(tmp_path, ("en",)) as store:
        opened = RoomTalk(store, tmp_path)
        await opened.start()
        yield opened


async def says(talk: RoomTalk, text: str) -> str:
    said = await talk.hears(text, room=DIRECT)
    return "" if said is None else str(said["body"])


async def leavings(store: Store) -> list[Leaving]:
    return [said for _, said in Leaving.each(await store.jobs.pending(Leaving.KIND))]


def number_in(said: str) -> str:
    found = re.search(r"“yes (\d+)”", said)
    assert found is not None, said
    return found[1]


async def test_a_copy_comes_first_and_a_restart_ends_nothing(talk: RoomTalk) -> None:
    await says(talk, "leave the network")
    asked = await says(talk, "delete what I wrote")
    await says(talk, "export my data")
    await talk.start()
    assert "It has begun" in await says(talk, f"yes {number_in(asked)}")
    (filed,) = await leavings(talk.store)
    assert (filed.user_id, filed.username, filed.by) == (AWA, "awa.diallo", AWA)
    assert (filed.status, filed.successor, filed.takes_back, filed.erases) == ("left", "", "yes", "")


async def test_whatever_else_is_said_ends_it(talk: RoomTalk) -> None:
    asked = await says(talk, "leave the network")
    await says(talk, "who do I ask about waste in Kigali?")
    await says(talk, f"yes {number_in(asked)}")
    assert await leavings(talk.store) == []


async def test_an_earlier_number_confirms_nothing(talk: RoomTalk) -> None:
    first = number_in(await says(talk, "leave the network"))
    second = number_in(await says(talk, "erase my name too"))
    assert first != second
    again = await says(talk, f"yes {first}")
    assert await leavings(talk.store) == []
    assert "I also delete your name" in again
    await says(talk, f"yes {number_in(again)}")
    assert [said.erases for said in await leavings(talk.store)] == ["yes"]


async def test_who_is_awaited_takes_nothing_over_and_is_told_of_as_nobody_is(talk: RoomTalk) -> None:
    """Of those whom the example describes only Awa and Peter have come."""
    theirs = contact("mine", name="Awa Diallo", member="awa.diallo")
    await talk.store.entries.change([added(theirs)], actor=AWA, at=NOW)
    asked = await says(talk, "leave the network")
    assert [one.name for one in EXAMPLE.members if one.name in asked] == []
    there = await says(talk, "hand over to Peter Lindqvist")
    assert "takes over what is in your name" in there
    await says(talk, "hand over to the coordinators")
    nobody = await says(talk, "hand over to Nemo Nobody")
    for one in EXAMPLE.members:
        if one.username in ("awa.diallo", "peter.lindqvist"):
            continue
        for name in (one.name, one.username, f"@{one.username}:h"):
            said = await says(talk, f"hand over to {name}")
            assert told(said, name) == told(nobody, "Nemo Nobody")


def told(said: str, name: str) -> str:
    """Return what was said, but for the name and the number in it, and for invisible marks."""
    return re.sub(r"\d+", "#", visible(said).replace(name, "…"))


async def test_who_was_erased_is_in_no_row_of_the_store(tmp_path: Path) -> None:
    async with await seeded_store(tmp_path, ("en",)) as store:
        theirs = contact("mine", name="Awa Diallo", member="awa.diallo", email="awa@mine.example.org")
        await store.entries.change([added(theirs)], actor=AWA, at=NOW)
        await store.jobs.file(ForgettingRequest(AWA, "awa.diallo"), at=NOW)
        (job,) = await store.jobs.pending(ForgettingRequest.KIND)
        for _ in range(2):
            await forget(store, job)
        about = await store.about(AWA, "awa.diallo")
        assert (about["entries"], about["history"], about["drafts"]) == ([], [], [])
    content = b"".join(path.read_bytes() for path in tmp_path.glob("palabre.db*"))
    assert b"awa@mine.example.org" not in content


async def forget(store: Store, job: Job) -> None:
    payload = ForgettingRequest.read(job)
    assert payload is not None
    await ForgettingHandler(store, {}, lambda: NOW).carry_out(job, payload)


async def test_two_last_coordinators_who_confirm_at_once_do_not_both_go(talk: RoomTalk) -> None:
    """Awa and Peter coordinate, and others who have not come; Awa was asked before Peter went."""
    members = tuple(
        one.model_copy(update={"role": "coordinator"}) if one.username == "awa.diallo" else one
        for one in EXAMPLE.members
    )
    await talk.store.applied.replace(EXAMPLE.model_copy(update={"members": members}), at=NOW)
    await talk.start()
    asked = await says(talk, "leave the network")
    await talk.store.jobs.file(Leaving(PETER, "peter.lindqvist", PETER, "left"), at=NOW)
    assert "You are the last coordinator" in await says(talk, f"yes {number_in(asked)}")
    assert [one.user_id for one in await leavings(talk.store)] == [PETER]
    assert "You are the last coordinator" in await says(talk, "leave the network")
