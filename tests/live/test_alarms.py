"""What is gone again before the service looks: a device on an account of ours, break-glass or a stranger in a room."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import vodozemac

from community.accounts.faults import FaultKind, fault_of
from community.description.data_folder import read_private_json
from community.jobs.notices import NOTICE, Notice, NoticeKind
from community.storage import JobState, Store
from matrix.admin import AdminApi
from matrix.client_api import ClientApi
from matrix.http import HomeserverClient
from matrix.ids import RoomId, UserId
from tests.lib.bot_process import bot_process
from tests.lib.crowd import CrowdDevice, upload_body_of
from tests.lib.descriptions import SMALL
from tests.lib.gates import COORDINATOR, gate_network, signed_in, told
from tests.lib.peer_client import until
from tests.lib.places import Place, make_place, with_safe_room
from tests.lib.running import palabre
from tests.lib.serving import serving
from tests.lib.synapse_server import SynapseServer

pytestmark = [pytest.mark.live, pytest.mark.timeout(240)]


class Looks:
    """The service, which looks when it is asked to: its own next look is minutes away."""

    def __init__(self, place: Place, store: Store) -> None:
        self._path = place.config / "community.yaml"
        self._store = store

    async def again(self, *, until_gone: str) -> None:
        """Have it look, until a fault does not stand any more."""
        self._path.write_text(self._path.read_text() + "\n")

        async def gone() -> bool:
            return not any(key.startswith(until_gone) for key in await self._store.standing_faults.all())

        await until(gone, 60, f"{until_gone} to be gone")

    async def filed(self, *kinds: FaultKind) -> None:
        """Have it look, until notices of these kinds were filed."""

        async def all_filed() -> bool:
            self._path.write_text(self._path.read_text() + "\n")
            return set(kinds) <= (await filed_kinds(self._store)).keys()

        await until(all_filed, 60, f"{kinds} to be filed")

    async def told(self, *faults: tuple[FaultKind, str, str]) -> None:
        """Have it look, until exactly these were told."""
        self._path.write_text(self._path.read_text() + "\n")

        async def found() -> bool:
            return await faults_of(self._store) == Counter(faults)

        await until(found, 60, f"{faults} to be told")


async def faults_of(store: Store) -> Counter[tuple[FaultKind, str, str]]:
    """Return the faults that wait to be told."""
    notices = [Notice.decoded(request.payload) for request in await store.jobs.pending(NOTICE)]
    faults = [fault_of(n.values) for n in notices if n.kind is NoticeKind.ACCOUNT_FAULT]
    return Counter((fault.kind, fault.account, fault.room) for fault in faults)


async def filed_kinds(store: Store) -> Counter[str]:
    """Return the kinds of all faults that notices were filed of, told or not."""
    notices = await store.jobs.of_state(NOTICE, JobState.PENDING, JobState.DONE)
    occasions = [n.payload["occasion"] for n in notices if n.payload["kind"] == NoticeKind.ACCOUNT_FAULT]
    return Counter(occasion.partition("/")[0] for occasion in occasions)


@asynccontextmanager
async def looking(place: Place, store: Store) -> AsyncIterator[Looks]:
    """Run the service from its first look on; it ends with the block."""

    async def begun() -> bool:
        return "begun" in await store.marks.names("trace/")

    async with serving(place):
        await until(begun, 60, "the first look")
        yield Looks(place, store)


@asynccontextmanager
async def device_with_keys(server: SynapseServer, account: UserId, password: str) -> AsyncIterator[None]:
    """Sign in as one of our accounts and upload keys; the device is gone after the block."""
    async with HomeserverClient(server.url) as http:
        session = await ClientApi(http).login(account, password, device_name="thief")
        http.use_token(session.access_token)
        device = CrowdDevice(account, session.device_id, vodozemac.Account(), token=session.access_token)
        await ClientApi(http).upload_keys(upload_body_of(device, one_time_keys=1))
        yield
        await ClientApi(http).logout()


async def password_of(server: SynapseServer, account: UserId) -> str:
    """Return a password that opens one of our accounts, as whoever has our secrets gets one."""
    if account == server.own.break_glass:
        secret = read_private_json(server.data.secret("break-glass.json"))
        assert secret is not None
        return str(secret["password"])
    async with server.provisioner() as http:
        await AdminApi(http).set_password(account, "a-thief's-password", sign_out=False)
    return "a-thief's-password"


@pytest.mark.parametrize("name", ["provisioner", "break_glass"])
async def test_a_device_that_is_gone_before_the_next_look_is_told_once(
    server: SynapseServer, tmp_path: Path, name: str
) -> None:
    account: UserId = getattr(server.own, name)
    # How it was opened is found by the service, too: break-glass is never used, the other's password was reset.
    is_break_glass = account == server.own.break_glass
    opened = FaultKind.BREAK_GLASS_USED if is_break_glass else FaultKind.PASSWORD_RESET
    async with gate_network(server, tmp_path) as network, signed_in(server, COORDINATOR) as peer:
        place, store = network.place, network.store
        room_id = await network.coordination()
        await network.put(room_id, network.user(COORDINATOR))
        async with looking(place, store) as looks, bot_process(place):
            async with device_with_keys(server, account, await password_of(server, account)):
                message = await told(peer, room_id, network.bot, "un appareil avec des clés de chiffrement")
            assert account[1:] in message["content"]["body"].replace("\u2060", "")
            await looks.again(until_gone=FaultKind.DEVICE_KEYS)
            # When an account was last used Synapse writes down every five seconds: one look may be before that.
            await looks.filed(opened)
        kinds = await filed_kinds(store)
        audited = [entry.actor for entry in await store.audit.read(about=(account,))]
    assert kinds == {FaultKind.DEVICE_KEYS.value: 1, opened.value: 1}
    assert sorted(audited) == ["palabre bots", "palabre serve"]
    examined = (await palabre("doctor", *place.options))[1]
    # What opened the provisioner stays a fault until it is sealed anew.
    assert ("Palabre's own accounts are sealed" in examined) is is_break_glass
    assert ("password" in examined) is not is_break_glass


async def safe_place(server: SynapseServer, folder: Path) -> tuple[Place, RoomId, RoomId, RoomId]:
    """Make a network with a safe room that its keepers hold; return its lobby, that room and its gate."""
    place = make_place(server, folder, SMALL)
    actual = await with_safe_room(place)
    lobby, room, gate = (actual.rooms[key].room_id for key in ("lobby", "safe", "space.safe.safe"))
    assert lobby is not None
    assert room is not None
    assert gate is not None
    return place, lobby, room, gate


async def test_a_stranger_who_has_left_a_safe_room_before_the_next_look_is_told_each_time(
    server: SynapseServer, tmp_path: Path
) -> None:
    place, _, room, gate = await safe_place(server, tmp_path)
    eve = server.user("eve")
    passed = (FaultKind.STRANGER_PASSED, eve, "Freely")
    async with (
        server.provisioner() as provisioner,
        server.person("eve") as http,
        await Store.open(place.data.store_url) as store,
        looking(place, store) as looks,
    ):
        for times in (1, 2):
            # Whoever has the provisioner's token can let anybody in, and take them out again.
            await AdminApi(provisioner).join(gate, eve)
            await ClientApi(http).join(room)
            await ClientApi(http).leave(room)
            await ClientApi(provisioner).kick(gate, eve)
            await looks.told(*[passed] * times)
        await looks.again(until_gone=FaultKind.STRANGER_PASSED)
        assert await faults_of(store) == {passed: 2}


async def test_break_glass_that_has_left_a_room_before_the_next_look_is_told_once(
    server: SynapseServer, tmp_path: Path
) -> None:
    place, lobby, _, gate = await safe_place(server, tmp_path)
    own = server.own
    passed = [(FaultKind.BREAK_GLASS_PASSED, own.break_glass, name) for name in ("Freely", "Accueil · Lobby")]
    async with (
        server.provisioner() as http,
        await Store.open(place.data.store_url) as store,
        looking(place, store) as looks,
    ):
        in_its_name = await AdminApi(http).login_as(
            own.break_glass, until=datetime.now(UTC) + timedelta(hours=1)
        )
        async with HomeserverClient(server.url, in_its_name) as as_break_glass:
            for room in (lobby, gate):
                await AdminApi(http).join(room, own.break_glass)
                await ClientApi(as_break_glass).leave(room)
            async with server.person("eve") as eve:
                theirs = await ClientApi(eve).create_room({"preset": "public_chat"})
            await ClientApi(as_break_glass).join(theirs)
            await ClientApi(as_break_glass).leave(theirs)
        passed.append((FaultKind.BREAK_GLASS_PASSED, own.break_glass, theirs))
        await looks.told(*passed)
        await looks.again(until_gone=FaultKind.BREAK_GLASS_PASSED)
        assert await faults_of(store) == Counter(passed)
