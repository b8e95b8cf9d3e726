"""Provisioning as its callers see it: read the description, plan, apply, and keep looking.

The command line plans and applies once; `watch` is the service that does so again when the files change and
on a timer.
"""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import structlog

from community.data_folder import DataFolder, homeserver_url, write_private
from community.errors import PalabreError
from community.load import CONFIG_FILES, load_description, load_settings
from community.model import Description
from community.settings import Settings
from community.store import Person, Request, Store
from matrix.http import Counts
from matrix.ids import UserId
from provisioning.accounts import bootstrap_accounts, provisioner_client
from provisioning.apply import Applier, Outcome
from provisioning.changes import Change, describe
from provisioning.errors import ChangesFailed, PlanOutOfDate
from provisioning.homeserver import Homeserver
from provisioning.passwords import PasswordBook
from provisioning.planner import Plan, plan
from provisioning.snapshot import Membership, Snapshot
from provisioning.synapse_homeserver import SynapseHomeserver
from provisioning.topology import own_accounts, topology

log = structlog.get_logger()

_LOOK_EVERY = 2.0
"""Seconds between looks at the description's files."""
_AFTER_FAILURE = 15.0
"""Seconds until the next try after one that failed."""


def random_password() -> str:
    """Return a password of 120 bits that can be typed on a phone."""
    alphabet = "abcdefghijkmnopqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(alphabet) for _ in range(6)) for _ in range(4))


@dataclass(frozen=True)
class Provisioner:
    """One community on one homeserver. ``counts`` tells how many requests were sent to it."""

    description: Description
    settings: Settings
    data: DataFolder
    homeserver: Homeserver
    store: Store
    url: str
    counts: Counts

    async def plan(self) -> tuple[Plan, Snapshot]:
        """Return the plan, and the snapshot that it was made against; sends no write request."""
        desired = topology(self.description.community, self.settings)
        actual = awaiting(await self.homeserver.snapshot(), await self.store.requests.pending("invite"))
        return plan(desired, actual), actual

    async def seed(self) -> None:
        """Write people, contacts, resources, projects and the calendar from the files into the store."""
        desired = topology(self.description.community, self.settings)
        members = {m.username: m for m in self.description.community.members}
        people = [
            Person(
                user_id=user_id,
                username=(username := user_id[1:].split(":", 1)[0]),
                name=account.name,
                role=members[username].role,
                city=account.city,
                themes=members[username].themes,
                languages=members[username].languages,
            )
            for user_id, account in desired.accounts.items()
        ]
        await self.store.people.replace(people)
        await self.store.entries.seed(self.description.directory, self.description.calendar)

    async def apply(
        self, *, digest: str | None, progress: Callable[[Change], None] = lambda _change: None
    ) -> tuple[Plan, PasswordBook]:
        """Make a plan and apply it; ``digest`` binds it to the plan that was shown.

        Raises:
            PlanOutOfDate: the plan is another one by now; nothing was changed.
            ChangesFailed: some changes were not made.
            DataFolderError: another process is applying.
        """
        with self.data.locked("apply.lock", "palabre apply"):
            made, actual = await self.plan()
            if digest is not None and digest != made.digest:
                raise PlanOutOfDate(digest)
            await self.seed()
            book = PasswordBook(self.data.sign_in, self.url, random_password)
            applier = Applier(
                self.homeserver,
                self.store,
                book,
                now=lambda: datetime.now(UTC),
                progress=progress,
            )
            outcome = await applier.apply(made, actual)
        _raise_failures(outcome)
        return made, book


def awaiting(actual: Snapshot, invitations: Iterable[Request]) -> Snapshot:
    """Return ``actual`` with the people for whom the bot has been asked to invite them. Pure."""
    rooms = dict(actual.rooms)
    for request in invitations:
        room = rooms.get(request.payload["room_key"])
        user_id = UserId(request.payload["user_id"])
        if room is None or room.room_id != request.payload["room_id"] or user_id in room.members:
            continue
        rooms[room.key] = replace(room, members={**room.members, user_id: Membership.REQUESTED})
    return replace(actual, rooms=rooms)


def _raise_failures(outcome: Outcome) -> None:
    if outcome.failed:
        raise ChangesFailed([(describe(failure.change), failure.error) for failure in outcome.failed])


async def make_own_accounts(config: Path, data: DataFolder) -> None:
    """Make Palabre's own accounts where they are missing and the homeserver's registration secret is here.

    Raises:
        DescriptionError, DataFolderError, MatrixError, ProvisioningError.
    """
    path = data.secret("registration-shared-secret")
    if not path.exists():
        return
    settings = load_settings(config)
    url = homeserver_url(settings, data)
    secret = path.read_text()
    await bootstrap_accounts(url, own_accounts(settings), data, shared_secret=secret, draw=random_password)


@asynccontextmanager
async def open_provisioner(
    config: Path, data: DataFolder, *, url: str | None = None
) -> AsyncIterator[Provisioner]:
    """Read the description, open the store and the provisioner's session.

    ``url`` is the homeserver's where settings name none (embedded).

    Raises:
        DescriptionError, DataFolderError, StoreError, MatrixError, ProvisioningError.
    """
    description, settings = load_description(config), load_settings(config)
    own = own_accounts(settings)
    address = homeserver_url(settings, data) if url is None else url
    async with (
        await Store.open(settings.store_url or data.store_url) as store,
        provisioner_client(address, own.provisioner, data) as http,
    ):
        homeserver = SynapseHomeserver(
            http,
            own,
            community=description.community.key,
            server_name=settings.homeserver.server_name,
        )
        yield Provisioner(description, settings, data, homeserver, store, address, http.counts)


async def watch(config: Path, data: DataFolder, *, stop: asyncio.Event) -> None:
    """Plan when the files change and on the settings' timer until ``stop``; apply if the settings say so.

    A description that cannot be used or a homeserver that is away is logged in one sentence, and tried again.
    What goes on when ``stop`` is set is broken off: each write is whole or not at all, and the next look goes on
    from there.
    """
    looking = asyncio.create_task(_keep_looking(config, data))
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({looking, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if looking.done():
            looking.result()
    finally:
        for task in (looking, stopping):
            task.cancel()
        await asyncio.gather(looking, stopping, return_exceptions=True)


async def _keep_looking(config: Path, data: DataFolder) -> NoReturn:
    seen: tuple[int, ...] | None = None
    due = 0.0
    clock = asyncio.get_running_loop().time
    while True:
        stamps = _stamps(config)
        if stamps != seen or clock() >= due:
            every = await _look(config, data)
            due = clock() + every
            seen = stamps
            write_private(data.ready_file("serve"), f"{os.getpid()}\n".encode())
        await asyncio.sleep(_LOOK_EVERY)


async def _look(config: Path, data: DataFolder) -> float:
    """Plan once; return the seconds until the next look is due."""
    try:
        await make_own_accounts(config, data)
        async with open_provisioner(config, data) as provisioner:
            every = provisioner.settings.provisioning.every.total_seconds()
            if provisioner.settings.provisioning.reconcile == "apply":
                made, _ = await provisioner.apply(digest=None)
                log.info("applied", summary=str(made.summary))
            else:
                await provisioner.seed()
                made, _ = await provisioner.plan()
                log.info("planned", summary=str(made.summary), digest=made.digest)
            return every
    except PalabreError as error:
        log.warning("not_planned", reason=str(error))
        return _AFTER_FAILURE


def _stamps(config: Path) -> tuple[int, ...]:
    """Return a number for each file that moves when it is changed, made or removed."""
    return tuple(_stamp(config / name) for name in CONFIG_FILES)


def _stamp(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
