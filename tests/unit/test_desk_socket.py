"""The socket of the desk: who may open it, what it answers whoever speaks there, and the client that `web` has."""

from __future__ import annotations

import asyncio
import json
import stat
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from community.core.doctor import State
from community.core.private_files import close_to_others
from community.core.unix_sockets import LONGEST
from community.description.data_folder import SERVE_LOCK, DataFolder
from community.joining.account_request import AccountAnswer, AccountRefusal, AccountRequest
from community.joining.desk import ACCOUNT, DIGEST, LARGEST_CALL, OPENED, socket_in
from palabre_cli.desk_findings import desk_findings
from provisioning.desk_server import keep_serving, serving_desk
from tests.lib.account_asking import PASSWORD, asking
from web.joining_client import DeskClient

SECRET = "A" * 32
MADE = AccountAnswer(user_id="@salif.new:x")


@dataclass
class SeenDesk:
    """Answers what it is told to, and keeps what it was asked."""

    answer: AccountAnswer = MADE
    requests: list[AccountRequest] = field(default_factory=list)
    digests: list[str] = field(default_factory=list)
    waits: asyncio.Event | None = None

    async def opened(self, digest: str) -> None:
        self.digests.append(digest)

    async def make_account(self, request: AccountRequest) -> AccountAnswer:
        self.requests.append(request)
        if self.waits is not None:
            await self.waits.wait()
        return self.answer


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[SeenDesk]:
    seen = SeenDesk()
    async with serving_desk(seen, tmp_path / "desk"):
        yield seen


@pytest.fixture
def folder(tmp_path: Path, desk: SeenDesk) -> Path:
    return tmp_path / "desk"


async def spoken(folder: Path, sent: bytes) -> bytes:
    """Send bytes, and return what is answered until the other side ends."""
    reader, writer = await asyncio.open_unix_connection(socket_in(folder))
    writer.write(sent)
    answer = await reader.read()
    writer.close()
    return answer


def call(path: str, body: bytes, method: str = "POST", *headers: str) -> bytes:
    head = [
        f"{method} {path} HTTP/1.1",
        "Host: desk",
        f"Content-Length: {len(body)}",
        "Connection: close",
        *headers,
    ]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


async def test_what_is_asked_arrives_whole_and_is_answered(folder: Path, desk: SeenDesk) -> None:
    client, request = DeskClient(folder), asking(SECRET, themes=("waste",), name="Zoé “Z” علي")
    assert await client.make_account(request) == MADE
    assert desk.requests == [request]
    await client.opened("a" * 64)
    assert desk.digests == ["a" * 64]
    for why in AccountRefusal:
        desk.answer = AccountAnswer(refusal=why)
        assert await client.make_account(request) == desk.answer


async def test_only_its_own_user_may_open_it(folder: Path) -> None:
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(socket_in(folder).stat().st_mode) == 0o600
    assert [path.name for path in folder.iterdir()] == [socket_in(folder).name]


@pytest.mark.parametrize(("entering", "opening"), [(0o2750, 0o660), (0o711, 0o666), (0o701, 0o606)])
async def test_whoever_may_enter_its_folder_may_open_it(tmp_path: Path, entering: int, opening: int) -> None:
    place = tmp_path / "given"
    place.mkdir()
    place.chmod(entering)
    async with serving_desk(SeenDesk(), place):
        assert stat.S_IMODE(socket_in(place).stat().st_mode) == opening
    assert list(place.iterdir()) == []


async def test_a_folder_may_have_a_path_that_is_longer_than_a_sockets(tmp_path: Path) -> None:
    place = tmp_path / ("x" * 60) / ("y" * 60)
    assert len(str(place)) > LONGEST
    desk = SeenDesk()
    async with serving_desk(desk, place):
        assert await DeskClient(place).make_account(asking(SECRET)) == MADE


async def test_what_a_killed_one_has_left_is_no_hindrance(tmp_path: Path) -> None:
    stop, seen = asyncio.Event(), SeenDesk()
    async with serving_desk(SeenDesk(), tmp_path):
        left = socket_in(tmp_path)
        left.rename(tmp_path / "kept")
    (tmp_path / "kept").rename(left)
    assert (await DeskClient(tmp_path).make_account(asking(SECRET))).refusal is AccountRefusal.NOT_NOW
    serving = asyncio.create_task(keep_serving(seen, tmp_path, stop))
    async with asyncio.timeout(60):
        while (await DeskClient(tmp_path).make_account(asking(SECRET))) != MADE:
            await asyncio.sleep(0.01)
    stop.set()
    await serving
    assert not left.exists()


async def test_while_nobody_serves_it_is_not_now(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "nowhere", Path("/proc/1/desk")):
        assert (await DeskClient(place).make_account(asking(SECRET))).refusal is AccountRefusal.NOT_NOW
        await DeskClient(place).opened("a" * 64)


async def test_whoever_waits_too_long_is_told_and_nothing_is_broken_off(folder: Path, desk: SeenDesk) -> None:
    desk.waits = asyncio.Event()
    answer = await DeskClient(folder, patience=0.2).make_account(asking(SECRET))
    assert answer.refusal is AccountRefusal.NOT_NOW
    desk.waits.set()
    assert await DeskClient(folder).make_account(asking(SECRET)) == MADE


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (call("/", b"{}"), 404),
        (call("/members", b"{}"), 404),
        (call(f"{ACCOUNT}/x", b"{}"), 404),
        (call(ACCOUNT, b"", "GET"), 405),
        (call(ACCOUNT, b"{}", "PUT"), 405),
        (call(ACCOUNT, b""), 400),
        (call(ACCOUNT, b"[]"), 400),
        (call(ACCOUNT, b"\xff\xfe"), 400),
        (call(ACCOUNT, b"[" * 10_000), 400),
        (call(ACCOUNT, b'{"secret": "' + b"x" * LARGEST_CALL + b'"}'), 413),
        (call(OPENED, json.dumps({DIGEST: "A" * 64}).encode()), 400),
        (call(OPENED, json.dumps({DIGEST: "a" * 64, "more": 1}).encode()), 400),
        (call(OPENED, json.dumps({DIGEST: "a" * 64}).encode(), "POST", "Content-Encoding: gzip"), 204),
        (b"no HTTP at all\r\n\r\n", 400),
        (b"POST /account HTTP/1.1\r\nX: " + b"y" * 20_000 + b"\r\n\r\n", 400),
    ],
)
async def test_what_it_does_not_offer_is_refused(
    folder: Path, desk: SeenDesk, sent: bytes, expected: int, capfd: pytest.CaptureFixture[str]
) -> None:
    assert status(await spoken(folder, sent)) == expected
    assert desk.requests == []
    assert await DeskClient(folder).make_account(asking(SECRET)) == MADE
    assert capfd.readouterr() == ("", "")


WHOLE = asking(SECRET).model_dump(mode="json")
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=300),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=6,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(changed=st.dictionaries(st.sampled_from([*WHOLE, "extra", "is_admin"]), VALUES, max_size=3))
async def test_whatever_the_fields_hold_nothing_but_a_whole_request_gets_through(
    folder: Path, desk: SeenDesk, changed: dict[str, Any]
) -> None:
    before = len(desk.requests)
    answer = status(await spoken(folder, call(ACCOUNT, json.dumps({**WHOLE, **changed}).encode())))
    assert answer in (200, 400, 413)
    assert (len(desk.requests) > before) == (answer == 200)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(sent=st.binary(max_size=400))
async def test_bytes_of_any_kind_are_survived(folder: Path, desk: SeenDesk, sent: bytes) -> None:
    _, writer = await asyncio.open_unix_connection(socket_in(folder))
    writer.write(sent)
    writer.close()
    assert await DeskClient(folder).make_account(asking(SECRET)) == MADE


async def test_whoever_opens_connections_and_says_nothing_keeps_them_few(
    folder: Path, desk: SeenDesk
) -> None:
    opened = [await asyncio.open_unix_connection(socket_in(folder)) for _ in range(300)]
    readings = [asyncio.ensure_future(reader.read()) for reader, _ in opened]
    async with asyncio.timeout(60):
        while sum(reading.done() for reading in readings) < 300 - 128:
            await asyncio.sleep(0.01)
    # The others are asked again once all that was to end has ended.
    await asyncio.wait(readings, timeout=0.5)
    assert [reading.result() for reading in readings if reading.done()] == [b""] * (300 - 128)
    for reading in readings:
        reading.cancel()
    for _, writer in opened:
        writer.close()
    async with asyncio.timeout(60):
        while await DeskClient(folder).make_account(asking(SECRET)) != MADE:
            await asyncio.sleep(0.01)


async def test_a_password_is_in_nothing_that_is_said(folder: Path, desk: SeenDesk) -> None:
    request = asking(SECRET)
    assert PASSWORD not in repr(request)
    assert SECRET not in repr(request)
    with pytest.raises(ValueError, match="password") as refused:
        asking(SECRET, password=PASSWORD * 20)
    assert PASSWORD not in str(refused.value)


async def test_doctor_says_whether_anybody_listens_while_the_service_runs(tmp_path: Path) -> None:
    data = DataFolder(tmp_path / "data")
    data.prepare()
    assert list(desk_findings(data)) == []
    with data.locked(SERVE_LOCK, "palabre serve"):
        (away,) = desk_findings(data)
        async with serving_desk(SeenDesk(), data.joining):
            (there,) = await asyncio.to_thread(lambda: list(desk_findings(data)))
    assert (away.state, there.state) == (State.FAULT, State.OK)


async def test_a_command_at_its_start_leaves_it_as_it_was_given(tmp_path: Path) -> None:
    """In containers and as services `web` is another user, and every command closes the data folder to others."""
    data = DataFolder(tmp_path / "data")
    data.prepare()
    data.joining.chmod(0o711)
    async with serving_desk(SeenDesk(), data.joining):
        (data.joining / "else").write_text("")
        (data.joining / "else").chmod(0o666)
        assert close_to_others(data.root).closed == (data.joining / "else",)
        assert stat.S_IMODE(data.joining.stat().st_mode) == 0o711
        assert stat.S_IMODE(socket_in(data.joining).stat().st_mode) == 0o666
