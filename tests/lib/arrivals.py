"""A network that is no example, on a homeserver in memory: its people come one by one, and get their rooms."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from community.description.data_folder import DataFolder
from community.description.model import Description, Member
from community.description.settings import ProvisioningSettings, Settings
from community.jobs.memberships import MembershipUpdate
from community.jobs.worker import JobWorker
from community.storage import NewAuditEntry, Store
from matrix.http import RequestCounts
from matrix.ids import UserId, user_id
from provisioning.membership_updates import MembershipUpdates, update_member
from provisioning.plan import Plan
from provisioning.provisioner import ApplyOptions, Provisioner
from provisioning.snapshot import Account
from tests.lib.descriptions import small
from tests.lib.memory_homeserver import SERVER, MemoryHomeserver

NOW = datetime(2026, 12, 5, 9, tzinfo=UTC)
COORDINATOR = user_id("moussa.keita", SERVER)
SALIF = Member(
    username="salif.traore",
    name="Salif Traoré",
    role="city-lead",
    city="kigali",
    themes=("waste",),
    languages=("fr",),
)


def network(**parts: Any) -> Description:
    """Return the small network, changed by ``parts``, as one that is no example."""
    return small(example=False, **parts)


@dataclass
class Arrivals:
    """The network: ``files`` are what its description's files say now."""

    homeserver: MemoryHomeserver
    store: Store
    data: DataFolder
    files: Description
    existing: str = "hold"

    @property
    def provisioner(self) -> Provisioner:
        """A provisioner that has just read the files."""
        chosen = ProvisioningSettings.model_validate(
            {"reconcile": "report", "existing_accounts": self.existing}
        )
        return Provisioner(
            self.files,
            Settings(provisioning=chosen),
            Path("nowhere"),
            self.data,
            self.homeserver,
            self.store,
            "http://x",
            RequestCounts(),
        )

    async def apply(self) -> Plan:
        return (await self.provisioner.apply(ApplyOptions("test", force=True))).plan

    async def plan(self) -> Plan:
        return (await self.provisioner.plan())[0]

    def describe(self, members: Iterable[Member]) -> None:
        """Have the files describe these members."""
        community = self.files.community.model_copy(update={"members": tuple(members)})
        self.files = replace(self.files, community=community)

    async def account(self, username: str) -> UserId:
        """Make somebody's account as the provisioner's desk does, and have them sign in."""
        user = user_id(username, SERVER)
        await self.homeserver.create_account(Account(user, username), "chosen by themselves")
        entry = NewAuditEntry(at=NOW, actor=user, action="create-account", subject=user)
        await self.store.audit.add([entry])
        await self.store.sign_ins.note(user, (), at=NOW)
        return user

    async def come(self, username: str) -> UserId:
        """Have somebody who is described come."""
        user = await self.account(username)
        await self.store.members.note_come(user, by=user, at=NOW)
        return user

    async def invite(self, member: Member) -> UserId:
        """Have somebody come whom nobody but the invitation describes."""
        user = await self.account(member.username)
        await self.store.members.add(member, user, by=user, at=NOW)
        return user

    async def change(self, username: str, by: UserId | None = None, **values: Any) -> None:
        """Change a member; they ask for it themselves unless it is said who does."""
        user = user_id(username, SERVER)

        def changed(member: Member) -> Member:
            return member.model_copy(update=values)

        await self.store.members.change(username, changed, user, by=by or user, at=NOW)

    async def carry_out(self, at: datetime = NOW) -> Counter[str]:
        """Have the service carry out what waits; return what became of it."""
        counts: Counter[str] = Counter()

        async def update(wanted: MembershipUpdate) -> None:
            await update_member(self.provisioner, wanted, who="test", now=lambda: at)

        worker = JobWorker(
            self.store.jobs,
            [MembershipUpdates(update)],
            holder="test",
            now=lambda: at,
            counts=counts,
            halting=(),
        )
        await worker.turn(asyncio.Event())
        return counts

    def rooms_of(self, user: UserId, *stands: str) -> set[str]:
        """Return the keys of the rooms in which somebody stands so: by default, is."""
        return {
            key
            for key in self.keys
            if self.homeserver.membership(self.homeserver.room_id(key), user) in (stands or ("join",))
        }

    @property
    def keys(self) -> list[str]:
        """The keys of all rooms that are made."""
        prefix = f"{self.files.community.key}."
        return sorted(alias.removeprefix(prefix) for alias in self.homeserver.aliases)

    async def asked(self, user: UserId) -> set[str]:
        """Return the keys of the rooms that the bot is to invite somebody into."""
        pending = await self.store.jobs.pending("invite")
        return {job.payload["room_key"] for job in pending if job.payload["user_id"] == user}

    async def places(self, user: UserId) -> set[str]:
        """Return the keys of the rooms in which somebody is, is invited, or is to be invited by the bot."""
        return self.rooms_of(user, "join", "invite") | await self.asked(user)

    async def person(self, user: UserId) -> str | None:
        """Return the role that the bot knows of somebody."""
        found = await self.store.people.find(user)
        return None if found is None else found.role


@asynccontextmanager
async def opened_network(folder: Path, description: Description | None = None) -> AsyncIterator[Arrivals]:
    """Give one with nothing on its homeserver yet."""
    data = DataFolder(folder)
    data.prepare()
    async with await Store.open(data.store_url) as store:
        yield Arrivals(MemoryHomeserver(), store, data, description or network())
