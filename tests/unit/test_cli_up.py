"""What stops `palabre up`, and what does not."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from community.core.messages import translator
from community.description.data_folder import DataFolder
from community.storage import Store
from matrix.errors import HomeserverUnreachable
from matrix.http import RequestCounts
from matrix.ids import RoomId, UserId
from palabre_cli.terminal import Terminal
from palabre_cli.up import Up, provision
from provisioning.errors import ChangesFailed
from provisioning.provisioner import Provisioner
from tests.lib.descriptions import SETTINGS, SMALL, small
from tests.lib.memory_homeserver import MemoryHomeserver


class GoesAway(MemoryHomeserver):
    """A homeserver that is away as soon as people are to come in."""

    async def join(self, room_id: RoomId, user_id: UserId) -> None:  # noqa: ARG002
        raise HomeserverUnreachable("http://x")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with await Store.open(f"sqlite+aiosqlite:///{tmp_path}/palabre.db") as opened:
        yield opened


@pytest.fixture
def data(tmp_path: Path) -> DataFolder:
    folder = DataFolder(tmp_path / "data")
    folder.prepare()
    return folder


@pytest.fixture
def said() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def terminal(said: io.StringIO) -> Terminal:
    return Terminal(said, said, translator("en", []))


def provisioner(homeserver: MemoryHomeserver, data: DataFolder, store: Store) -> Provisioner:
    return Provisioner(small(), SETTINGS, SMALL, data, homeserver, store, "http://x", RequestCounts())


async def test_a_change_that_is_refused_is_said_and_keeps_nobody_out_of_the_other_rooms(
    data: DataFolder, store: Store, terminal: Terminal, said: io.StringIO
) -> None:
    homeserver = MemoryHomeserver()
    homeserver.refuse = {"cafe"}
    book = await provision(provisioner(homeserver, data, store), terminal, lambda: None)
    assert "room cafe: The homeserver refused create_room" in said.getvalue()
    assert len(homeserver.rooms) == 9
    assert len(book.accounts()) == 3


async def test_a_homeserver_that_goes_away_ends_it(
    data: DataFolder, store: Store, terminal: Terminal
) -> None:
    with pytest.raises(ChangesFailed) as caught:
        await provision(provisioner(GoesAway(), data, store), terminal, lambda: None)
    assert isinstance(caught.value.halted, HomeserverUnreachable)


class OnScreen(io.StringIO):
    """Where a person looks."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("file", "shown"), [(io.StringIO(), False), (OnScreen(), True)])
async def test_passwords_are_shown_on_a_terminal_only(
    data: DataFolder, store: Store, file: io.StringIO, shown: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What makes rich take a pipe for a terminal does not.
    monkeypatch.setenv("FORCE_COLOR", "1")
    terminal = Terminal(file, file, translator("en", []))
    book = await provision(provisioner(MemoryHomeserver(), data, store), terminal, lambda: None)
    Up(terminal, data.root, data, None)._welcome("http://x", SETTINGS, book, 1.0)
    assert len(book.added) == 3
    names = [str(entry["user_id"])[1:].split(":")[0] for entry in book.accounts()]
    assert {f"\n{name}  " in file.getvalue() for name in names} == {shown}
    assert not any(str(entry["user_id"]) in file.getvalue() for entry in book.accounts())
    assert {entry["password"] in file.getvalue() for entry in book.accounts()} == {shown}
    assert str(data.sign_in) in file.getvalue()
