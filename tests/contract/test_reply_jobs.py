"""What was decided for a message is carried out once, by this process or the next, and nothing of it stays."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from bots.assembly import Answering
from bots.context.feature import NOT_ANSWERED
from bots.context.message import Address, Reply
from bots.features.edit.effects import DECIDE
from bots.features.pass_on.effects import DELIVER
from bots.features.registry import FEATURES
from bots.planned_reply import PlannedReply, people_of
from bots.runtime import Runtime
from community.core.errors import StoreError
from community.core.messages import msg
from community.description.person import Person
from community.jobs.leases import LEASE
from community.jobs.planned_replies import PlannedReplyJob
from community.storage import JobState, Store
from matrix.errors import HomeserverUnreachable
from tests.lib.bot_runtime import (
    AWA,
    DIRECT,
    NOW,
    PETER,
    Homeserver,
    batch,
    finish_replies,
    kept_replies,
    process,
    said,
    take,
)
from tests.lib.drinks.feature import DRINKS_FEATURE
from tests.lib.forked import ForkedProcess, fork
from tests.lib.store_work import statements

PROCESS = Path(__file__).parents[1] / "lib" / "reply_process.py"
OLD_JOURNAL = Path(__file__).parents[1] / "data" / "journal"
KILLS, COUNT = 3, 10
WISH = "export my data"
EXPORTED = ["Here is all that I have about you. Only you and I can read it.", "palabre-2026-11-23.json"]
"""What is said then, the second as a file."""


async def known(store: Store) -> None:
    people = [
        Person(AWA, "awa.diallo", "Awa", "lead", None, (), ("en",)),
        Person(PETER, "peter", "Peter", "coordinator", None, (), ("en",)),
    ]
    await store.people.replace(people)


def bot(
    homeserver: Homeserver, store: Store, folder: Path, *, now: datetime = NOW
) -> tuple[Runtime, Answering]:
    return process(homeserver, store, folder, features=(*FEATURES, DRINKS_FEATURE), now=now)


def bodies(homeserver: Homeserver) -> list[str]:
    return [content["body"] for _, content in homeserver.sent]


# --- two processes -----------------------------------------------------------------------------------------------


async def test_what_a_living_process_carries_out_is_left_to_it(store: Store, tmp_path: Path) -> None:
    await known(store)
    one, other = Homeserver(), Homeserver()
    other.device_id = "OTHER"
    first, _ = bot(one, store, tmp_path)
    second, answers = bot(other, store, tmp_path)
    message = said(WISH, "$1")
    going_on, may_end = asyncio.Event(), asyncio.Event()
    send = one.send

    async def slow(*arguments: Any, **options: Any) -> Any:
        going_on.set()
        await may_end.wait()
        return await send(*arguments, **options)

    one.send = slow  # type: ignore[method-assign]
    answering = asyncio.create_task(take(first, batch(message)))
    await going_on.wait()
    await take(second, batch(message))
    assert await finish_replies(answers, store, now=NOW) == {}
    may_end.set()
    await answering
    assert (bodies(one), other.sent) == (EXPORTED, [])
    assert await kept_replies(store) == []


async def test_what_a_dead_process_has_left_is_taken_over_and_no_sooner(store: Store, tmp_path: Path) -> None:
    await known(store)
    dead, living = Homeserver(), Homeserver()
    dead.is_away, living.device_id = True, "OTHER"
    with pytest.raises(HomeserverUnreachable):
        await take(bot(dead, store, tmp_path)[0], batch(said(WISH, "$1")))
    _, before = bot(living, store, tmp_path)
    assert await finish_replies(before, store, now=NOW + LEASE - timedelta(seconds=1)) == {}
    _, after = bot(living, store, tmp_path, now=NOW + LEASE)
    assert await finish_replies(after, store, now=NOW + LEASE) == {"done": 1}
    assert bodies(living) == EXPORTED
    assert await kept_replies(store) == []


async def test_the_next_process_of_the_same_device_goes_on_at_once_with_what_was_decided(
    store: Store, tmp_path: Path
) -> None:
    await known(store)
    homeserver = Homeserver()
    first, _ = bot(homeserver, store, tmp_path)
    await take(first, batch(said("drinks", "$1")))
    homeserver.is_away = True
    with pytest.raises(HomeserverUnreachable):
        await take(first, batch(said("tea", "$2")))
    homeserver.is_away = False
    # Decided again it would be something else: the next process does not know that it has asked.
    await take(bot(homeserver, store, tmp_path)[0], batch(said("tea", "$2")))
    assert bodies(homeserver)[1:] == ["Noted. Before you, 0 have chosen tea."]
    assert await kept_replies(store) == []


@asynccontextmanager
async def a_process(url: str, name: str, noted: Path, *, count: int) -> AsyncIterator[ForkedProcess]:
    """Run a bot that takes 0.3 seconds for a reply, with leases of 15 seconds; kill it at the end."""
    started = await fork(PROCESS, url, name, "0.3", noted, "15", count, environment={})
    try:
        yield started
    finally:
        if started.returncode is None:
            started.kill()
        await started.wait()
        with noted.open("a") as file:
            file.write(f"{name} killed -\n")


def carried_out_twice_at_once(lines: list[str]) -> list[str]:
    """Return what a process began while another, living one had begun it and not ended it."""
    at_work: dict[str, str] = {}
    found = []
    for line in lines:
        name, what, key = line.split()
        match what:
            case "begin":
                found += [line] if at_work.get(key, name) != name else []
                at_work[key] = name
            case "done":
                at_work.pop(key, None)
            case "heard":
                pass
            case _:
                at_work = {other: worker for other, worker in at_work.items() if worker != name}
    return found


@pytest.mark.fault
@pytest.mark.timeout(300)
async def test_two_processes_with_kills_in_between_carry_out_each_reply_and_lose_none(
    url: str, tmp_path: Path
) -> None:
    noted = tmp_path / "noted"
    noted.touch()

    def lines(start: str) -> list[str]:
        return [line for line in noted.read_text().splitlines() if line.startswith(start)]

    async with await Store.open(url) as store:
        await known(store)
        async with a_process(url, "b", noted, count=0):
            for _ in range(KILLS):
                before = len(lines("a begin"))
                async with a_process(url, "a", noted, count=COUNT) as killed:
                    while len(lines("a begin")) == before:
                        assert killed.returncode is None
                        await asyncio.sleep(0.01)
            # What the last one had is taken over when its lease has ended.
            while await kept_replies(store):
                await asyncio.sleep(0.1)
            async with a_process(url, "a", noted, count=COUNT):
                while len(lines("a heard")) < COUNT or await kept_replies(store):
                    await asyncio.sleep(0.1)
        ended = {line.split()[2] for line in (*lines("a done"), *lines("b done"))}
        assert len(ended) == COUNT * len(EXPORTED)
        assert lines("b done")
        assert carried_out_twice_at_once(noted.read_text().splitlines()) == []
        assert await store.jobs.of_state(PlannedReplyJob.KIND, *JobState) == ()


# --- what it costs, and what stays --------------------------------------------------------------------------------


async def test_a_plain_reply_costs_no_look_and_a_kept_one_a_filing_and_a_deletion(
    store: Store, tmp_path: Path
) -> None:
    await known(store)
    homeserver = Homeserver()
    running, answers = bot(homeserver, store, tmp_path)
    await answers.replies.open()
    with statements(store) as plain:
        await take(running, batch(said("thank you", "$1")))
    # The features look at what waits for their people; the replies at nothing.
    assert [sent for sent in plain if "planned-reply" in str(sent)] == []
    with statements(store) as kept:
        await take(running, batch(said(WISH, "$2")))
    ours = [statement.split()[0] for statement, values in kept if "planned-reply" in str(values)]
    assert ours[0] == "INSERT"
    assert "DELETE" not in ours[1:-1]
    assert len([statement for statement, _ in kept if statement.startswith("DELETE FROM jobs")]) == 1
    assert await kept_replies(store) == []
    assert bodies(homeserver) == ["You are welcome.", *EXPORTED]


async def test_nothing_is_done_before_the_decision_is_written(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await known(store)
    homeserver = Homeserver()
    running, _answers = bot(homeserver, store, tmp_path)
    await take(running, batch(said("drinks", "$1")))

    async def full(*_anything: Any, **_more: Any) -> Any:
        raise StoreError(msg("full"), msg("full"))

    with monkeypatch.context() as patched:
        patched.setattr(store.jobs, "begin", full)
        patched.setattr(running._handler, "_pauses", (0.0, 0.0))
        with capture_logs() as logs:
            await take(running, batch(said("tea", "$2")))
    assert [line["event"] for line in logs] == ["answer_put_off", "answer_put_off", "answer_failed"]
    assert [content["body"] for _room, content in homeserver.sent[1:]] == [str(NOT_ANSWERED)]
    assert await store.jobs.of_state("cup", *JobState) == ()


async def test_nothing_of_a_reply_is_left_in_the_files(file_url: str, tmp_path: Path) -> None:
    mark = "marked-7f3a9c41"
    async with await Store.open(file_url) as store:
        _, answers = bot(Homeserver(), store, tmp_path)
        await answers.replies.open()
        planned = PlannedReply(Reply(mark * 900, mark), Address(DIRECT, "$1", AWA, None, DIRECT), NOW)
        async with answers.replies.leased("$1", planned):
            assert any(mark.encode() in path.read_bytes() for path in tmp_path.glob("palabre.db*"))
        await answers.replies.done("$1")
    assert [path for path in tmp_path.glob("palabre.db*") if mark.encode() in path.read_bytes()] == []


async def test_whoever_asks_to_be_forgotten_is_told_though_the_process_ends_in_between(
    store: Store, tmp_path: Path
) -> None:
    await known(store)
    homeserver = Homeserver()
    running, _ = bot(homeserver, store, tmp_path)
    await take(running, batch(said("forget me", "$1")))
    word = said(bodies(homeserver)[-1].rsplit("write: ", 1)[1], "$2")
    # The coordinators are told first, then the store forgets, then the person is told.
    homeserver.goes_away_after = 2
    with pytest.raises(HomeserverUnreachable):
        await take(running, batch(word))
    assert [kept.people for kept in await kept_replies(store)] == [(AWA,)]
    homeserver.is_away, homeserver.goes_away_after = False, None
    await take(bot(homeserver, store, tmp_path)[0], batch(word))
    assert "It is done" in bodies(homeserver)[-1]
    assert await kept_replies(store) == []


async def test_a_reply_belongs_to_whom_it_is_for_and_to_whose_words_it_holds(
    store: Store, tmp_path: Path
) -> None:
    _, answers = process(Homeserver(), store, tmp_path)
    effects = {each["effect"]: each for each in json.loads(old("every_effect.json"))["effects"]}
    delivered, decided = (kind.read(values_of(effects[kind.kind])) for kind in (DELIVER, DECIDE))
    to = Address(DIRECT, "$1", PETER, None, DIRECT)
    planned = PlannedReply(Reply("", ""), to, NOW, (delivered, decided))
    assert people_of(planned, answers.replies._types) == (PETER, "@awa:h")
    others = [
        answers.replies._types.from_json(values)
        for name, values in effects.items()
        if name.startswith("remove")
    ]
    # Who is to be removed from a safe room cannot keep it from being done.
    assert people_of(PlannedReply(Reply("", ""), to, NOW, tuple(others)), answers.replies._types) == (PETER,)


def values_of(effect: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in effect.items() if name != "effect"}


# --- files of an older Palabre ------------------------------------------------------------------------------------


def old(name: str) -> str:
    return (OLD_JOURNAL / name).read_text()


def old_folder(folder: Path) -> Path:
    """Make a journal as the version before has left it: two decisions, one nobody can read, a draft of a third."""
    journal = folder / "journal"
    journal.mkdir(mode=0o700)
    turn = json.loads(old("every_effect.json")) | {"effects": [], "is_turn": True, "draft": None}
    turn["to"] |= {"room_id": DIRECT, "user_id": AWA, "thread": None, "conversation": DIRECT}
    for number, at in ((1, NOW), (2, NOW - timedelta(hours=1))):
        kept = turn | {"event_id": f"${number}", "text": f"old {number}", "at": at.isoformat()}
        (journal / f"{number:040}.json").write_text(json.dumps(kept))
    (journal / f"{3:040}.json").write_text('{"text": "hello')
    (journal / f"{4:040}.json").write_bytes(b"\xff\xfe hello")
    (journal / f".{5:040}.json.4711").write_text('{"text": "hello')
    return journal


async def test_what_older_versions_kept_in_files_is_read_in_once_and_carried_out(
    store: Store, tmp_path: Path
) -> None:
    await known(store)
    journal, homeserver = old_folder(tmp_path), Homeserver()
    running, answers = bot(homeserver, store, tmp_path)
    with capture_logs() as logs:
        await answers.replies.open()
    assert [line["event"] for line in logs] == ["decision_unreadable"] * 2
    assert "hello" not in str(logs)
    assert not journal.exists()
    assert [kept.event_id for kept in await kept_replies(store)] == ["$2", "$1"]
    # One is heard again, the other is not.
    await take(running, batch(said("anything", "$1")))
    assert await finish_replies(answers, store, now=NOW) == {"done": 1}
    assert bodies(homeserver) == ["old 1", "old 2"]
    assert await kept_replies(store) == []
    await bot(homeserver, store, tmp_path)[1].replies.open()
    assert await kept_replies(store) == []


async def test_files_stay_until_all_are_in_the_store(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = old_folder(tmp_path)
    filed = store.jobs.file

    async def full(payload: PlannedReplyJob, *, at: datetime) -> bool:
        if payload.event_id == "$1":
            raise StoreError(msg("full"), msg("full"))
        return await filed(payload, at=at)

    with monkeypatch.context() as patched:
        patched.setattr(store.jobs, "file", full)
        with pytest.raises(StoreError):
            await bot(Homeserver(), store, tmp_path)[1].replies.open()
    assert len(list(journal.glob("*.json"))) == 4
    await bot(Homeserver(), store, tmp_path)[1].replies.open()
    assert [kept.event_id for kept in await kept_replies(store)] == ["$2", "$1"]
    assert not journal.exists()


async def test_what_nobody_can_read_keeps_no_message_from_its_answer(store: Store, tmp_path: Path) -> None:
    await known(store)
    homeserver = Homeserver()
    await store.jobs.file(PlannedReplyJob("$1", (AWA,), '{"text": "hello"}'), at=NOW)
    running, _ = bot(homeserver, store, tmp_path)
    # What is decided now is carried out in its place.
    await take(running, batch(said(WISH, "$1")))
    assert bodies(homeserver) == EXPORTED
    assert await store.jobs.of_state(PlannedReplyJob.KIND, *JobState) == ()
