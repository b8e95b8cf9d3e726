"""Applying: order, failures that stop only what needs them, requests filed once, passwords written first."""

from __future__ import annotations

import asyncio
import json
import stat
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest

from community.core.errors import DataFolderError, PalabreError
from community.core.messages import translator
from community.description.model import Description
from community.storage import AuditOutcome, Store
from matrix.errors import HomeserverUnreachable
from matrix.ids import RoomId, UserId, user_id
from provisioning import bot_return
from provisioning.apply import Applier, ApplyResult
from provisioning.change_text import describe
from provisioning.changes import (
    Change,
    CloseAccount,
    CreateRoom,
    JoinMember,
    RemoveMember,
    RequestInvite,
    ReturnProvisioner,
    SetDisplayName,
)
from provisioning.errors import ChangesFailed, NeedsRoom, ProvisionerOutside
from provisioning.passwords import PasswordBook
from provisioning.planner import plan
from provisioning.snapshot import Account, AccountClosure, Snapshot
from provisioning.topology import topology
from tests.lib.asking import visible
from tests.lib.descriptions import SETTINGS, small
from tests.lib.memory_homeserver import OWN, SERVER, MemoryHomeserver

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
ROOT = Path(__file__).parents[2]
JOINED = {"membership": "join"}


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with await Store.open(f"sqlite+aiosqlite:///{tmp_path}/palabre.db") as opened:
        yield opened


@pytest.fixture
def book(tmp_path: Path) -> PasswordBook:
    numbers = count(1)
    return PasswordBook(tmp_path / "sign-in.json", "http://127.0.0.1:8008", lambda: f"drawn-{next(numbers)}")


async def apply(
    homeserver: MemoryHomeserver, store: Store, book: PasswordBook, description: Description | None = None
) -> tuple[ApplyResult, list[Change]]:
    seen: list[Change] = []
    actual = await homeserver.snapshot()
    made = plan(topology((description or small()).community, SETTINGS), actual)
    applier = Applier(
        homeserver,
        store,
        book,
        actor="test",
        now=lambda: NOW,
        progress=lambda change, error: seen.append(change) if error is None else None,
    )
    return await applier.apply(made, actual), seen


async def test_everything_is_made_and_told(store: Store, book: PasswordBook) -> None:
    homeserver = MemoryHomeserver()
    outcome, seen = await apply(homeserver, store, book)
    assert outcome.failed == []
    assert seen == outcome.done
    assert len(homeserver.rooms) == 10
    assert homeserver.membership(homeserver.room_id("lobby"), user_id("awa.diallo", SERVER)) == "join"
    assert homeserver.membership(homeserver.room_id("cafe"), user_id("awa.diallo", SERVER)) is None


class WithLeavingBot(MemoryHomeserver):
    """The bot leaves the room that it is put into, ``times``; it is put into one alone."""

    times = 0
    joins = 0

    async def join(self, room_id: RoomId, user_id: UserId) -> None:
        await super().join(room_id, user_id)
        if user_id == OWN.bot and room_id == self.room_id("cafe"):
            self.joins += 1
            if self.joins <= self.times:
                self.put(room_id, OWN.bot, "m.room.member", OWN.bot, {"membership": "leave"})


async def test_the_provisioner_comes_back_before_anything_is_done_in_a_room(
    store: Store, book: PasswordBook
) -> None:
    homeserver = MemoryHomeserver()
    await apply(homeserver, store, book)
    cafe = homeserver.room_id("cafe")
    homeserver.put(cafe, OWN.provisioner, "m.room.member", OWN.provisioner, {"membership": "leave"})
    homeserver.put(cafe, OWN.break_glass, "m.room.name", "", {"name": "Chaos"})
    outcome, seen = await apply(homeserver, store, book)
    assert outcome.failed == []
    assert seen[0] == ReturnProvisioner("cafe", OWN.provisioner)
    assert homeserver.rooms[cafe]["m.room.name", ""]["content"] == {"name": "Café"}
    assert homeserver.room_id("cafe") == cafe


async def test_where_it_cannot_come_back_nothing_is_done_and_it_is_said(
    store: Store, book: PasswordBook
) -> None:
    homeserver = MemoryHomeserver()
    await apply(homeserver, store, book)
    cafe = homeserver.room_id("cafe")
    for user in (OWN.provisioner, OWN.bot):
        homeserver.put(cafe, user, "m.room.member", user, {"membership": "leave"})
    homeserver.put(
        cafe, user_id("awa.diallo", SERVER), "m.room.member", user_id("awa.diallo", SERVER), JOINED
    )
    outcome, _ = await apply(homeserver, store, book)
    first, *others = outcome.failed
    assert isinstance(first.error, ProvisionerOutside)
    assert {type(failure.error) for failure in others} == {NeedsRoom}
    assert JoinMember("cafe", OWN.bot) in [failure.change for failure in others]
    assert homeserver.membership(cafe, OWN.bot) == "leave"


@pytest.fixture
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bot_return, "PAUSE", 0)


@pytest.mark.usefixtures("_at_once")
async def test_the_bot_that_leaves_where_it_was_put_is_put_back(store: Store, book: PasswordBook) -> None:
    homeserver = WithLeavingBot()
    homeserver.times = 2
    outcome, _ = await apply(homeserver, store, book)
    assert (outcome.failed, outcome.halted) == ([], None)
    assert homeserver.membership(homeserver.room_id("cafe"), OWN.bot) == "join"
    assert homeserver.joins == 3


@pytest.mark.usefixtures("_at_once")
async def test_the_bot_that_does_not_stay_is_no_success(store: Store, book: PasswordBook) -> None:
    homeserver = WithLeavingBot()
    homeserver.times = 1_000
    outcome, _ = await apply(homeserver, store, book)
    assert [(failure.change, str(failure.error.sentence)) for failure in outcome.failed] == [
        (JoinMember("cafe", OWN.bot), "The bot was put into cafe and does not stay there.")
    ]
    assert JoinMember("cafe", OWN.bot) not in outcome.done
    assert homeserver.joins == bot_return.LOOKS
    *_, last = await store.audit.read()
    assert (last.action, last.outcome) == ("apply", AuditOutcome.FAILED)


async def test_who_is_to_be_invited_is_asked_of_the_bot_once(store: Store, book: PasswordBook) -> None:
    homeserver = MemoryHomeserver()
    await apply(homeserver, store, book)
    await apply(homeserver, store, book)
    pending = await store.jobs.pending("invite")
    assert len(pending) == 13
    room_id = homeserver.room_id("exchange.mobility")
    request = min((r for r in pending if r.payload["room_id"] == room_id), key=lambda r: r.payload["user_id"])
    assert request.payload == {
        "room_id": room_id,
        "room_key": "exchange.mobility",
        "user_id": user_id("awa.diallo", SERVER),
    }
    assert request.idempotency_key == f"invite/{room_id}/@awa.diallo:{SERVER}"
    assert request.filed_at == NOW


async def test_whoever_is_removed_is_not_asked_in_again_by_the_bot(store: Store, book: PasswordBook) -> None:
    homeserver = MemoryHomeserver()
    await apply(homeserver, store, book)
    awa, room_id = user_id("awa.diallo", SERVER), homeserver.room_id("exchange.mobility")
    # She is let in by a moderator before the bot has carried out what it was asked.
    await homeserver.join(room_id, awa)
    actual = await homeserver.snapshot()
    removal = replace(plan(actual, actual), changes=(RemoveMember("exchange.mobility", awa),))
    applier = Applier(
        homeserver, store, book, actor="test", now=lambda: NOW, progress=lambda _change, _error: None
    )
    assert (await applier.apply(removal, actual)).failed == []
    assert homeserver.membership(room_id, awa) == "leave"
    pending = await store.jobs.pending("invite")
    assert len(pending) == 12
    assert not any(r.payload["room_id"] == room_id and r.payload["user_id"] == awa for r in pending)


async def test_a_space_that_can_not_be_made_stops_only_what_is_in_it(
    store: Store, book: PasswordBook
) -> None:
    homeserver = MemoryHomeserver()
    homeserver.refuse = {"space.theme.waste"}
    outcome, _ = await apply(homeserver, store, book)
    failed = {str(describe(failure.change)): failure.error for failure in outcome.failed}
    assert isinstance(failed["room exchange.waste"], NeedsRoom)
    assert isinstance(failed["exchange.waste: @awa.diallo:palabre.localhost invited by the bot"], NeedsRoom)
    assert "room exchange.mobility" not in failed
    assert len(homeserver.rooms) == 7
    assert outcome.halted is None

    homeserver.refuse = set()
    outcome, _ = await apply(homeserver, store, book)
    assert outcome.failed == []
    assert len(homeserver.rooms) == 10


async def test_the_failure_of_the_first_space_is_said_for_all(store: Store, book: PasswordBook) -> None:
    homeserver = MemoryHomeserver()
    homeserver.refuse = {"space"}
    outcome, _ = await apply(homeserver, store, book)
    assert homeserver.rooms == {}
    assert len(outcome.done) == 3
    error = ChangesFailed([(describe(f.change), f.error) for f in outcome.failed], 0, None)
    sentence = str(error)
    assert sentence.startswith(
        "56 changes were not made: space space: The homeserver refused create_room: M_UNKNOWN."
    )
    assert sentence.count("It needs the room space, which could not be made.") == 4
    french = translator("fr", [ROOT / "matrix", ROOT / "provisioning"])
    assert visible(french(error.sentence)).startswith(
        "56 changements n'ont pas été faits : espace space : Le serveur a refusé create_room"
    )


class Away(MemoryHomeserver):
    """A homeserver that goes away at the first join."""

    async def join(self, room_id: RoomId, user_id: UserId) -> None:  # noqa: ARG002
        self._write("join")
        raise HomeserverUnreachable("http://127.0.0.1:8008")


async def test_a_homeserver_that_is_away_is_not_asked_for_every_change(
    store: Store, book: PasswordBook
) -> None:
    homeserver = Away()
    outcome, _ = await apply(homeserver, store, book)
    assert isinstance(outcome.halted, HomeserverUnreachable)
    assert {type(failure.change).__name__ for failure in outcome.failed} == {"JoinMember"}
    assert {type(change).__name__ for change in outcome.left} == {"JoinMember", "RequestInvite"}
    # Those under way at that moment, and no more.
    assert homeserver.writes <= 3 + 10 + 10 + 4
    assert await store.jobs.pending("invite") == ()


def test_a_password_is_in_the_file_before_the_account_exists(book: PasswordBook) -> None:
    awa = Account(user_id("awa", SERVER), "Awa", "city-lead", "bamako")
    assert book.prepare([awa], []) == {awa.user_id: "drawn-1"}
    assert json.loads(book.path.read_text()) == {
        "homeserver": "http://127.0.0.1:8008",
        "accounts": [{"user_id": awa.user_id, "password": "drawn-1", "role": "city-lead", "city": "bamako"}],
    }
    assert stat.S_IMODE(book.path.stat().st_mode) == 0o600
    # Killed before the account was made: the next run gives the same password.
    assert book.prepare([awa], []) == {awa.user_id: "drawn-1"}
    assert book.added == [awa.user_id]


def test_whoever_is_brought_back_gets_another_password_than_the_one_in_the_file(book: PasswordBook) -> None:
    awa = Account(user_id("awa", SERVER), "Awa", "city-lead", "bamako")
    book.prepare([awa], [])
    assert book.prepare([], [awa]) == {awa.user_id: "drawn-2"}
    assert [entry["password"] for entry in book.accounts()] == ["drawn-2"]


def test_entries_are_taken_out_and_no_file_is_made_for_that(book: PasswordBook) -> None:
    book.forget([user_id("awa", SERVER)])
    assert not book.path.exists()
    people = [Account(user_id(name, SERVER), name) for name in ("zoe", "awa")]
    book.prepare(people, [])
    book.forget([people[1].user_id])
    assert [entry["user_id"] for entry in book.accounts()] == [people[0].user_id]


def test_entries_are_kept_and_sorted(book: PasswordBook) -> None:
    people = [Account(user_id(name, SERVER), name) for name in ("zoe", "awa")]
    for person in people:
        book.prepare([person], [])
    assert [entry["user_id"] for entry in book.accounts()] == [people[1].user_id, people[0].user_id]


def test_a_damaged_book_is_not_written_over(book: PasswordBook) -> None:
    book.path.write_text("{")
    with pytest.raises(DataFolderError, match="damaged"):
        book.prepare([Account(user_id("awa", SERVER), "Awa")], [])
    assert book.path.read_text() == "{"


async def test_an_account_whose_password_can_not_be_kept_is_not_made(store: Store, tmp_path: Path) -> None:
    homeserver = MemoryHomeserver()
    book = PasswordBook(tmp_path / "no-such-folder" / "sign-in.json", "http://127.0.0.1:1", lambda: "drawn")
    with pytest.raises(DataFolderError):
        await apply(homeserver, store, book)
    assert homeserver.writes == 0


async def test_the_accounts_on_the_homeserver_have_the_passwords_of_the_book(
    store: Store, book: PasswordBook
) -> None:
    homeserver = MemoryHomeserver()
    await apply(homeserver, store, book)
    assert homeserver.passwords == {e["user_id"]: e["password"] for e in book.accounts()}


async def test_an_entry_goes_with_the_account_that_is_closed(store: Store, book: PasswordBook) -> None:
    homeserver = MemoryHomeserver()
    await apply(homeserver, store, book)
    awa = user_id("awa.diallo", SERVER)
    assert awa in {entry["user_id"] for entry in book.accounts()}
    members = [member.model_dump(mode="json") for member in small().community.members]
    gone = small(members=[{**m, "status": "left"} if m["username"] == "awa.diallo" else m for m in members])
    outcome, _ = await apply(homeserver, store, book, gone)
    assert CloseAccount(awa, AccountClosure.DEACTIVATE) in outcome.done
    assert awa not in {entry["user_id"] for entry in book.accounts()}
    assert len(book.accounts()) == 2


async def test_a_name_that_somebody_had_is_in_the_plan_and_not_in_the_audit(
    store: Store, book: PasswordBook
) -> None:
    homeserver = MemoryHomeserver()
    await apply(homeserver, store, book)
    awa = user_id("awa.diallo", SERVER)
    await homeserver.set_display_name(awa, "Once Otherwise")
    outcome, _ = await apply(homeserver, store, book)
    assert SetDisplayName(awa, "Awa Diallo", "Once Otherwise") in outcome.done
    assert homeserver.accounts[awa].name == "Awa Diallo"
    entries = await store.audit.read(limit=1000)
    (line,) = [entry for entry in entries if entry.action == "set-display-name"]
    assert (line.subject, line.detail) == (awa, f"account {awa}: another name")
    assert "Otherwise" not in str(entries)


def test_a_plan_of_nothing_and_of_everything() -> None:
    desired = topology(small().community, SETTINGS)
    assert plan(desired, desired).changes == ()
    everything = plan(desired, Snapshot({}, {}, OWN)).changes
    assert sum(isinstance(change, CreateRoom) for change in everything) == len(desired.rooms)
    assert sum(isinstance(change, RequestInvite) for change in everything) == 13


async def test_what_is_applied_is_in_the_audit(store: Store, book: PasswordBook) -> None:
    homeserver = MemoryHomeserver()
    homeserver.refuse = {"lobby"}
    outcome, _ = await apply(homeserver, store, book)
    entries = await store.audit.read(limit=1000)
    assert [(e.action, e.outcome) for e in (entries[0], entries[-1])] == [
        ("apply", AuditOutcome.STARTED),
        ("apply", AuditOutcome.FAILED),
    ]
    assert {e.actor for e in entries} == {"test"}
    assert len({e.digest for e in entries}) == 1
    done = [e for e in entries[1:-1] if e.outcome is AuditOutcome.DONE]
    assert len(done) == len(outcome.done)
    failed = next(e for e in entries if e.action == "create-room" and e.outcome is AuditOutcome.FAILED)
    assert failed.subject == "lobby"
    assert failed.detail == "room lobby: The homeserver refused create_room: M_UNKNOWN."


async def test_once_it_is_to_stop_nothing_further_is_begun(store: Store, book: PasswordBook) -> None:
    homeserver = MemoryHomeserver()
    actual = await homeserver.snapshot()
    made = plan(topology(small().community, SETTINGS), actual)
    stop = asyncio.Event()
    seen: list[Change] = []

    def progress(change: Change, _error: PalabreError | None) -> None:
        seen.append(change)
        if isinstance(change, CreateRoom):
            stop.set()

    applier = Applier(homeserver, store, book, actor="test", now=lambda: NOW, progress=progress, stop=stop)
    outcome = await applier.apply(made, actual)
    assert outcome.done == seen
    assert outcome.failed == []
    assert len(outcome.done) + len(outcome.left) == len(made.changes)
    assert len(homeserver.rooms) == 1
    rest = plan(topology(small().community, SETTINGS), await homeserver.snapshot())
    assert set(map(str, rest.changes)) == set(map(str, outcome.left))
