"""First passwords: which entries of sign-in.json go, when, and what a reset writes first."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from community.description.data_folder import DataFolder
from community.storage import AuditOutcome, Store
from matrix.errors import MatrixRequestError
from matrix.ids import UserId, user_id
from provisioning.errors import AccountMissing, NoPasswordWhileClosed
from provisioning.first_passwords import TRIED_EVERY, FirstPasswords, reset_password
from provisioning.passwords import PasswordBook
from provisioning.snapshot import Account, AccountClosure
from tests.lib.memory_homeserver import SERVER, MemoryHomeserver

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
AWA, ZOE = (Account(user_id(name, SERVER), name) for name in ("awa", "zoe"))


class Tried(MemoryHomeserver):
    """A homeserver that notes which passwords were tried."""

    def __init__(self) -> None:
        super().__init__()
        self.tried: list[UserId] = []

    async def opens(self, user_id: UserId, password: str) -> bool:
        self.tried.append(user_id)
        return await super().opens(user_id, password)


class Scene:
    """Two people with first passwords, and the service that tries these."""

    def __init__(self, folder: Path) -> None:
        numbers = count(1)
        self.data = DataFolder(folder)
        self.data.prepare()
        self.book = PasswordBook(self.data.sign_in, "http://x", lambda: f"drawn-{next(numbers)}")
        self.homeserver = Tried()
        self.now = NOW
        self.passwords = FirstPasswords(lambda: self.now)

    async def begin(self) -> None:
        for user, password in self.book.prepare([AWA, ZOE], []).items():
            await self.homeserver.create_account(Account(user, "x"), password)

    async def look(self) -> list[str]:
        await self.passwords.look(self.homeserver, self.data, self.book)
        return [entry["user_id"] for entry in self.book.accounts()]


@pytest.fixture
async def scene(tmp_path: Path) -> Scene:
    made = Scene(tmp_path / "data")
    await made.begin()
    return made


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with await Store.open(f"sqlite+aiosqlite:///{tmp_path}/palabre.db") as opened:
        yield opened


async def test_an_entry_stays_while_its_password_opens_and_each_is_tried_seldom(scene: Scene) -> None:
    for _ in range(4):
        assert await scene.look() == [AWA.user_id, ZOE.user_id]
    assert scene.homeserver.tried == [AWA.user_id, ZOE.user_id]
    scene.now += TRIED_EVERY
    for _ in range(4):
        await scene.look()
    assert scene.homeserver.tried == [AWA.user_id, ZOE.user_id] * 2


async def test_an_entry_goes_once_its_person_has_chosen_another_password(scene: Scene) -> None:
    scene.homeserver.passwords[AWA.user_id] = "her own"
    assert await scene.look() == [ZOE.user_id]


@pytest.mark.parametrize("closing", list(AccountClosure))
async def test_an_entry_of_a_closed_account_goes(scene: Scene, closing: AccountClosure) -> None:
    """An apply that was killed between the closing and the file leaves one."""
    scene.homeserver.close(AWA.user_id, closing)
    assert await scene.look() == [ZOE.user_id]


async def test_an_entry_that_somebody_is_just_writing_stays(scene: Scene) -> None:
    scene.homeserver.passwords[AWA.user_id] = "not yet what the file says"
    with scene.data.locked("apply.lock", "palabre apply"):
        assert await scene.look() == [AWA.user_id, ZOE.user_id]
    assert await scene.look() == [AWA.user_id, ZOE.user_id]
    scene.now += TRIED_EVERY + timedelta(seconds=1)
    assert await scene.look() == [ZOE.user_id]


async def test_a_new_password_of_the_same_person_is_tried_without_waiting(scene: Scene) -> None:
    for _ in range(2):
        await scene.look()
    scene.book.prepare([], [AWA])
    assert await scene.look() == [ZOE.user_id]


async def test_a_reset_is_in_the_file_and_the_audit_and_the_audit_has_no_password(
    scene: Scene, store: Store
) -> None:
    password = await reset_password(
        scene.homeserver, store, scene.book, AWA, actor="palabre (nephew)", sign_out=True
    )
    assert scene.homeserver.passwords[AWA.user_id] == password == "drawn-3"
    assert {e["user_id"]: e["password"] for e in scene.book.accounts()}[AWA.user_id] == password
    lines = await store.audit.read()
    assert [(e.actor, e.action, e.subject, e.outcome) for e in lines] == [
        ("palabre (nephew)", "reset-password", AWA.user_id, AuditOutcome.STARTED),
        ("palabre (nephew)", "reset-password", AWA.user_id, AuditOutcome.DONE),
    ]
    assert "drawn" not in str(lines)


async def test_a_reset_that_is_cut_off_has_written_the_password_before(scene: Scene, store: Store) -> None:
    scene.homeserver.refuse = {"set_password"}
    with pytest.raises(MatrixRequestError) as refused:
        await reset_password(scene.homeserver, store, scene.book, AWA, actor="x", sign_out=False)
    assert "drawn" not in str(refused.value)
    assert {e["user_id"]: e["password"] for e in scene.book.accounts()}[AWA.user_id] == "drawn-3"
    assert [e.outcome for e in await store.audit.read()] == [AuditOutcome.STARTED, AuditOutcome.FAILED]
    scene.homeserver.refuse = set()
    again = await reset_password(scene.homeserver, store, scene.book, AWA, actor="x", sign_out=False)
    assert scene.homeserver.passwords[AWA.user_id] == again


def entry(scene: Scene) -> dict[str, object]:
    (found,) = (e for e in scene.book.accounts() if e["user_id"] == AWA.user_id)
    return {name: found[name] for name in ("password", "before") if name in found}


@pytest.mark.parametrize("was_set", [False, True])
async def test_a_reset_that_was_broken_off_leaves_both_and_the_service_says_which_one_opens(
    scene: Scene, was_set: bool
) -> None:
    new = scene.book.replace(AWA)
    if was_set:
        scene.homeserver.passwords[AWA.user_id] = new
    assert entry(scene) == {"password": "drawn-3", "before": "drawn-1"}
    for _ in range(3):
        await scene.look()
    assert entry(scene) == {"password": "drawn-3" if was_set else "drawn-1"}


async def test_a_reset_that_was_broken_off_leaves_no_password_where_theirs_is_their_own(scene: Scene) -> None:
    scene.homeserver.passwords[AWA.user_id] = "her own"
    await scene.look()
    scene.book.replace(AWA)
    assert entry(scene) == {"password": "drawn-3", "before": None}
    assert await scene.look() == [ZOE.user_id]


@pytest.mark.parametrize("was_set", [False, True])
async def test_a_reset_after_one_that_was_broken_off_first_finds_out_what_that_has_come_to(
    scene: Scene, store: Store, was_set: bool
) -> None:
    new = scene.book.replace(AWA)
    if was_set:
        scene.homeserver.passwords[AWA.user_id] = new
    scene.homeserver.refuse = {"set_password"}
    with pytest.raises(MatrixRequestError):
        await reset_password(scene.homeserver, store, scene.book, AWA, actor="x", sign_out=False)
    assert entry(scene) == {"password": "drawn-4", "before": "drawn-3" if was_set else "drawn-1"}


async def test_a_closed_account_and_nobody_get_no_password(scene: Scene, store: Store) -> None:
    scene.homeserver.close(AWA.user_id)
    nobody = Account(user_id("nobody", SERVER), "Nobody")
    for account, error in ((AWA, NoPasswordWhileClosed), (nobody, AccountMissing)):
        with pytest.raises(error):
            await reset_password(scene.homeserver, store, scene.book, account, actor="x", sign_out=False)
    assert [e["password"] for e in scene.book.accounts()] == ["drawn-1", "drawn-2"]
    assert await store.audit.read() == ()
