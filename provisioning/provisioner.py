"""Plans and applies for one community on one homeserver; used by the command line and the service."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import AsyncIterator, Callable, Collection, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from community.core.errors import PalabreError
from community.description.data_folder import DataFolder, homeserver_url
from community.description.faults import DIRECTORY
from community.description.load import load_description, load_settings
from community.description.model import Description, Status
from community.description.person import Person
from community.description.settings import Settings
from community.jobs.invitations import RoomInvitation
from community.jobs.removals import SAFE_REMOVAL
from community.storage import Job, NewAuditEntry, SeedingReport, Store, open_store
from matrix.http import RequestCounts
from matrix.ids import UserId, user_id
from provisioning.accounts import bootstrap_accounts, provisioner_client
from provisioning.apply import Applier, ApplyResult
from provisioning.change_text import describe
from provisioning.changes import Change
from provisioning.deleted_rooms import deletion_notes
from provisioning.errors import ChangesFailed, PlanOutOfDate, Stopped, TooManyRemovals
from provisioning.held_accounts import adopt, is_marked, note_held, unknown_accounts
from provisioning.homeserver import Homeserver
from provisioning.passwords import PasswordBook
from provisioning.plan import Plan
from provisioning.planner import plan
from provisioning.removal_brake import vanishing
from provisioning.removals import expelled, removals
from provisioning.resealing import tell_of_resealing
from provisioning.sealed_accounts import seal_accounts
from provisioning.snapshot import Membership, Snapshot
from provisioning.synapse_homeserver import SynapseHomeserver
from provisioning.token_renewal import tell_of_renewal
from provisioning.topology import NOBODY, own_accounts, topology

ACTOR = "palabre"
"""The actor, in the audit, of actions that nobody asked for."""
_APPLIED = "applied/"
"""Begins the name of the mark that says when a description was applied; its digest follows."""


def random_password() -> str:
    """Return a password of 120 bits that can be typed on a phone."""
    alphabet = "abcdefghijkmnopqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(alphabet) for _ in range(6)) for _ in range(4))


def _no_beginning(_plan: Plan) -> None:
    """Do nothing: the default for `ApplyOptions.begin`."""


def _no_progress(_change: Change, _error: PalabreError | None) -> None:
    pass


@dataclass(frozen=True)
class ApplyOptions:
    """How to apply.

    ``actor``: who does it, for the audit. ``digest``: apply the plan of this digest and no other. ``force``: also
    one that takes away more than may go unasked. ``again``: people who are asked again into rooms they had left.
    ``transitions``: apply of the plan only what leaves safe rooms to their keepers and opens them.
    ``begin`` is told the plan before its first change, ``progress`` each change; once ``stop`` is set, what is
    under way is ended and no more is begun.
    """

    actor: str
    digest: str | None = None
    force: bool = False
    again: Collection[UserId] = ()
    transitions: bool = False
    begin: Callable[[Plan], None] = _no_beginning
    progress: Callable[[Change, PalabreError | None], None] = _no_progress
    stop: asyncio.Event | None = None


@dataclass(frozen=True)
class Applied:
    """A plan that was carried out whole, and the book of first passwords."""

    plan: Plan
    passwords: PasswordBook


@dataclass(frozen=True)
class Provisioner:
    """One community on one homeserver. ``counts`` tells how many requests were sent to it."""

    description: Description
    settings: Settings
    data: DataFolder
    homeserver: Homeserver
    store: Store
    url: str
    counts: RequestCounts = field(compare=False)

    async def plan(self, *, again: Collection[UserId] = ()) -> tuple[Plan, Snapshot]:
        """Return the plan, and the snapshot that it was made against; sends no write request."""
        desired = topology(self.description.community, self.settings)
        # In this order: whom the bot invites in between is in neither, and is asked for once more, to no effect.
        seen = awaiting(await self.homeserver.snapshot(), await self.store.jobs.pending(RoomInvitation.KIND))
        actual = expelled(seen, await removals(self.store))
        unknown = await unknown_accounts(
            desired, actual, self.store, self.homeserver, self.book(), datetime.now(UTC)
        )
        adopted = unknown if self.settings.provisioning.existing_accounts == "adopt" else NOBODY
        made = plan(desired, actual, again=again, held=unknown - adopted)
        left_to_do = await self.store.entries.preview(self.description)
        known = [UserId(person.user_id) for person in await self.store.people.all()]
        excess = made.excess or vanishing(known, desired)
        deleted = await deletion_notes(self.store, made, actual)
        return replace(
            made, notes=(*made.notes, *deleted, *left_to_do), excess=excess, adopted=adopted
        ), actual

    async def seed(self, actor: str, without: Collection[UserId] = NOBODY) -> SeedingReport:
        """Write people and the calendar from the files into the store, and merge the directory into it.

        ``without``: see `seed_people`.
        What there is to say of that for the first time is noted in the audit, as done by ``actor``.
        """
        await self.seed_people(without)
        now = datetime.now(UTC)
        seeding = await self.store.entries.seed(self.description, at=now)
        await self.store.audit.add(
            [
                NewAuditEntry(at=now, actor=actor, action="seed", subject=DIRECTORY, detail=str(what))
                for what in seeding.news
            ]
        )
        return seeding

    async def seed_people(self, without: Collection[UserId]) -> None:
        """Write people into the store, but those whose accounts are not there or not known: nobody, to the bot.

        Otherwise whoever made such an account could ask the bot what that person may know.
        """
        server = self.settings.homeserver.server_name
        members = self.description.community.members
        described = [member for member in members if user_id(member.username, server) not in without]
        people = [
            Person(
                user_id=user_id(member.username, server),
                username=member.username,
                name=member.name,
                role=member.role,
                city=member.city,
                themes=member.themes,
                languages=member.languages,
            )
            for member in described
            if member.status is Status.ACTIVE
        ]
        former: dict[str, Status] = {
            user_id(member.username, server): member.status
            for member in described
            if member.status is not Status.ACTIVE
        }
        await self.store.people.replace(people, former)

    def book(self) -> PasswordBook:
        """Return the book of first passwords."""
        return PasswordBook(self.data.sign_in, self.url, random_password)

    async def is_held(self, user_id: UserId) -> bool:
        """Whether nobody has said yet whose an account is; also of one whose taking over was broken off."""
        described = topology(self.description.community, self.settings).accounts[user_id]
        made, actual = await self.plan()
        there = actual.accounts.get(user_id)
        is_broken_off = there is not None and there.closed is not None and described.closed is None
        return user_id in made.held or (is_broken_off and await is_marked(self.store, user_id))

    async def note_held(self, made: Plan) -> None:
        """Note which accounts are held.

        Raises:
            StoreError, DataFolderError.
        """
        await note_held(self.store, self.book(), made.held, datetime.now(UTC))

    async def apply(self, order: ApplyOptions) -> Applied:
        """Make a plan and apply it.

        Raises:
            PlanOutOfDate: the plan is another one by now; nothing was changed.
            TooManyRemovals: it takes away too much to go unasked; nothing was changed.
            ChangesFailed: some changes were not made.
            Stopped: ``order.stop`` was set; some changes are left.
            DataFolderError: another process is applying, or the disk is full.
        """
        with self.data.locked("apply.lock", "palabre apply"):
            made, actual = await self.plan(again=order.again)
            unmade = made.unmade
            if order.transitions:
                made = made.transitions
            if order.digest is not None and order.digest != made.digest:
                raise PlanOutOfDate(order.digest)
            if made.excess is not None and not order.force:
                raise TooManyRemovals(made.excess)
            await self.seed(order.actor, made.held | unmade)
            await self.note_held(made)
            await adopt(self.store, made.adopted, actor=order.actor, at=datetime.now(UTC), plan=made)
            order.begin(made)
            book = self.book()
            book.forget([user for user, account in actual.accounts.items() if account.closed is not None])
            applier = Applier(
                self.homeserver,
                self.store,
                book,
                actor=order.actor,
                now=lambda: datetime.now(UTC),
                progress=order.progress,
                stop=order.stop,
            )
            outcome = await applier.apply(made, actual)
            await self.seed_people(made.held | (unmade - outcome.made))
        _raise_what_is_missing(outcome)
        await self._note_applied(order)
        return Applied(made, book)

    async def _note_applied(self, order: ApplyOptions) -> None:
        """Note that the description was applied, and that who was asked again is no longer kept out."""
        now = datetime.now(UTC)
        for user in order.again:
            await self.store.jobs.revoke(SAFE_REMOVAL, {"user_id": user}, at=now)
        await self.store.marks.note(self._applied_mark, now)

    async def is_applied(self) -> bool:
        """Whether the last description that was applied is this one."""
        return await self.store.marks.latest(_APPLIED) == self._applied_mark

    @property
    def _applied_mark(self) -> str:
        written = self.description.community.model_dump_json() + self.settings.accounts.model_dump_json()
        return _APPLIED + hashlib.sha256(written.encode()).hexdigest()[:32]


def awaiting(actual: Snapshot, invitations: Iterable[Job]) -> Snapshot:
    """Return ``actual`` with the people for whom the bot has been asked to invite them. Pure."""
    rooms = {str(room.room_id): room for room in actual.rooms.values()}
    waiting: dict[str, dict[UserId, Membership]] = {}
    for _job, to in RoomInvitation.each(invitations):
        room, person = rooms.get(to.room_id), UserId(to.user_id)
        if room is not None and room.members.get(person) not in (Membership.JOINED, Membership.INVITED):
            waiting.setdefault(room.key, {})[person] = Membership.REQUESTED
    asked = {key: actual.rooms[key] for key in waiting}
    changed = {key: replace(room, members={**room.members, **waiting[key]}) for key, room in asked.items()}
    return replace(actual, rooms={**actual.rooms, **changed})


def _raise_what_is_missing(outcome: ApplyResult) -> None:
    if outcome.failed or outcome.halted is not None:
        failed = [(describe(failure.change), failure.error) for failure in outcome.failed]
        raise ChangesFailed(failed, len(outcome.left), outcome.halted)
    if outcome.left:
        raise Stopped(len(outcome.left))


async def make_own_accounts(config: Path, data: DataFolder) -> None:
    """Make Palabre's own accounts where they are missing and the homeserver's registration secret is here; seal them.

    Raises:
        DescriptionError, DataFolderError, MatrixError, ProvisioningError.
    """
    path = data.secret("registration-shared-secret")
    settings = load_settings(config)
    url, own = homeserver_url(settings, data), own_accounts(settings)
    if path.exists():
        await bootstrap_accounts(url, own, data, shared_secret=path.read_text(), draw=random_password)
        return
    async with provisioner_client(url, own.provisioner, data) as http:
        await seal_accounts(http, own, data)


@asynccontextmanager
async def open_provisioner(
    config: Path, data: DataFolder, *, url: str | None = None, changing: bool = True
) -> AsyncIterator[Provisioner]:
    """Read the description, open the store and the provisioner's session.

    ``url`` is the homeserver's where settings name none (embedded). Unless ``changing`` is false, a session that has
    ended is opened anew.

    Raises:
        DescriptionError, DataFolderError, StoreError, MatrixError, ProvisioningError.
    """
    description, settings = load_description(config), load_settings(config)
    own = own_accounts(settings)
    address = homeserver_url(settings, data) if url is None else url
    async with (
        await open_store(settings, data) as store,
        provisioner_client(address, own.provisioner, data, changing=changing) as http,
    ):
        homeserver = SynapseHomeserver(
            http,
            own,
            community=description.community.key,
            server_name=settings.homeserver.server_name,
        )
        if changing:
            await tell_of_renewal(store, own.provisioner, data, ACTOR)
            await tell_of_resealing(store, data)
        yield Provisioner(description, settings, data, homeserver, store, address, http.counts)
