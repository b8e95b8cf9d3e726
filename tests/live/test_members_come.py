"""A network that is no example on a real Synapse: people come, take up a theme, drop it, and leave."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from community.description.model import Member, Status
from community.jobs.memberships import MembershipUpdate
from community.storage import NewAuditEntry
from matrix.admin import AdminApi
from matrix.ids import UserId
from provisioning.accounts import provisioner_client
from provisioning.health import ServiceHealth
from provisioning.provisioner import ApplyOptions, Provisioner, open_provisioner
from provisioning.service import Service
from provisioning.snapshot import Account, Membership
from tests.lib.descriptions import SMALL
from tests.lib.places import Place, make_place
from tests.lib.running import palabre
from tests.lib.synapse_server import PASSWORD, SynapseServer

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]


@asynccontextmanager
async def begun(
    server: SynapseServer, folder: Path
) -> AsyncIterator[tuple[Place, Provisioner, list[UserId]]]:
    """Give a network of people whom nobody else on the server has, applied once."""
    place = make_place(server, folder, SMALL, existing="hold")
    path = place.config / "community.yaml"
    path.write_text(path.read_text().replace("example: true", "example: false"))
    names = [place.rename(name) for name in ("moussa.keita", "claudine.uwase", "awa.diallo")]
    async with open_provisioner(place.config, place.data) as provisioner:
        await provisioner.apply(ApplyOptions("test", force=True))
        yield place, provisioner, [server.user(name) for name in names]


async def comes(provisioner: Provisioner, user: UserId) -> None:
    """Have an account made as the provisioner's desk does, and a signed device noted as the bot does."""
    now = datetime.now(UTC)
    await provisioner.homeserver.create_account(Account(user, "New here"), PASSWORD)
    entry = NewAuditEntry(at=now, actor=user, action="create-account", subject=user)
    await provisioner.store.audit.add([entry])
    await provisioner.store.sign_ins.note(user, (), at=now)


async def carry_out(provisioner: Provisioner) -> None:
    """Have the service's worker carry out what waits, until nothing does."""
    stop = asyncio.Event()
    service = Service(provisioner.config, provisioner.data, ServiceHealth(lambda: datetime.now(UTC)), stop)
    worker = service.worker(provisioner.homeserver, provisioner.store, lambda: provisioner)
    while await provisioner.store.jobs.pending(MembershipUpdate.KIND):
        await worker.turn(stop)


async def stands(provisioner: Provisioner, user: UserId) -> dict[str, Membership]:
    """Return where somebody is, is invited, or is to be invited by the bot."""
    _made, actual = await provisioner.plan()
    there = (Membership.JOINED, Membership.INVITED, Membership.REQUESTED)
    return {key: room.members[user] for key, room in actual.rooms.items() if room.members.get(user) in there}


async def test_somebody_described_comes_changes_their_themes_and_leaves(
    synapse_server: SynapseServer, tmp_path: Path
) -> None:
    async with begun(synapse_server, tmp_path) as (place, provisioner, (moussa, claudine, _awa)):
        _code, planned, _error = await palabre("plan", *place.options)
        assert "3 people are described and have not come yet" in planned
        assert "Plan: 0 to add, 0 to change, 0 to remove" in planned
        assert await provisioner.store.people.all() == ()

        await comes(provisioner, claudine)
        await provisioner.store.members.note_come(claudine, by=claudine, at=datetime.now(UTC))
        await carry_out(provisioner)
        found = await stands(provisioner, claudine)
        assert found["space.theme.waste"] is Membership.JOINED
        assert "exchange.waste" in found
        assert "exchange.mobility" not in found
        assert await provisioner.store.people.find(claudine) is not None

        async def change(**values: Any) -> None:
            def changed(member: Member) -> Member:
                return member.model_copy(update=values)

            name = claudine[1:].partition(":")[0]
            at = datetime.now(UTC)
            await provisioner.store.members.change(name, changed, claudine, by=claudine, at=at)
            await carry_out(provisioner)

        await change(themes=("waste", "mobility"))
        assert "exchange.mobility" in await stands(provisioner, claudine)
        await change(themes=("mobility",))
        found = await stands(provisioner, claudine)
        assert "exchange.mobility" in found
        assert not {"exchange.waste", "space.theme.waste"} & found.keys()

        await change(status=Status.LEFT)
        assert await stands(provisioner, claudine) == {}
        assert await provisioner.store.people.find(claudine) is None
        async with provisioner_client(provisioner.url, synapse_server.own.provisioner, place.data) as http:
            account = await AdminApi(http).find_account(claudine)
        assert account is not None
        assert account.deactivated
        _code, planned, _error = await palabre("plan", *place.options)
        assert "2 people are described and have not come yet" in planned
        assert "Plan: 0 to add, 0 to change, 0 to remove" in planned

        # Somebody whom an invitation alone describes is in every plan from then on.
        salif = synapse_server.user(f"salif.{place.community}")
        await comes(provisioner, salif)
        member = Member(
            username=salif[1:].partition(":")[0],
            name="Salif",
            role="coordinator",
            languages=("fr",),
        )
        await provisioner.store.members.add(member, salif, by=moussa, at=datetime.now(UTC))
        await carry_out(provisioner)
        assert (await stands(provisioner, salif))["lobby"] is Membership.JOINED
        _code, planned, _error = await palabre("plan", *place.options)
        assert "Plan: 0 to add, 0 to change, 0 to remove" in planned
        assert str(salif) not in planned
