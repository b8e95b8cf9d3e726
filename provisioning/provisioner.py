"""Plans and applies for one community on one homeserver; used by the command line and the service."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from community.core.errors import PalabreError
from community.description.data_folder import DataFolder, homeserver_url
from community.description.known_community import load_own_description, load_own_settings
from community.description.model import Description
from community.description.settings import Settings
from community.description.usable import applied_alone
from community.jobs.invitations import RoomInvitation
from community.storage import (
    NewAuditEntry,
    SeedingReport,
    Store,
    open_store,
)
from community.storage.in_force import usable_description
from matrix.http import RequestCounts
from matrix.ids import UserId
from provisioning.accounts import provisioner_client
from provisioning.apply import Applier, ApplyResult
from provisioning.apply_lock import apply_lock
from provisioning.apply_record import ApplyRecord
from provisioning.arrived import not_come, not_come_notes, without
from provisioning.changes import Change, CreateAccount, CreateRoom
from provisioning.deleted_rooms import deletion_notes
from provisioning.description_news import news_since, notes_on_kept
from provisioning.errors import PlanOutOfDate, TooManyRemovals
from provisioning.held_accounts import adopt, is_marked, note_held, unknown_accounts
from provisioning.homeserver import Homeserver
from provisioning.informed_keepers import with_informed
from provisioning.own_community import note_own_community, require_own_rooms
from provisioning.passwords import PasswordBook, random_password
from provisioning.pending_invitations import awaiting
from provisioning.plan import Plan
from provisioning.plan_extras import NO_EXTRAS, PlanExtras, require_there, with_gates
from provisioning.plan_notes import example_notes
from provisioning.planner import plan
from provisioning.quiet_rooms import with_quiet
from provisioning.removal_brake import vanishing
from provisioning.removals import expelled, let_in_again, removals
from provisioning.resealing import tell_of_resealing
from provisioning.snapshot import Snapshot
from provisioning.synapse_homeserver import SynapseHomeserver
from provisioning.taking_in import take_in, take_in_people, usernames_of
from provisioning.token_renewal import tell_of_renewal
from provisioning.topology import NOBODY, own_accounts, topology

ACTOR = "palabre"
"""The actor, in the audit, of actions that nobody asked for."""


def _no_beginning(_plan: Plan) -> None:
    """Do nothing: the default for `ApplyOptions.begin`."""


def _no_progress(_change: Change, _error: PalabreError | None) -> None:
    pass


@dataclass(frozen=True)
class ApplyOptions:
    """How to apply.

    ``actor``: who does it, for the audit; ``who``: which process, for those who wait for it. ``digest``: apply the
    plan of this digest and no other. ``force``: also one that takes away or adds more than may go unasked.
    ``again``: people who are asked again into rooms that they had left; ``extras``: what else is asked for.
    ``transitions``: only what leaves safe rooms to their keepers and opens them. ``begin`` is told the plan before
    its first change, ``progress`` each change; ``stop``, once set: what is under way is ended, no more is begun.
    """

    actor: str
    who: str = "palabre apply"
    digest: str | None = None
    force: bool = False
    again: Collection[UserId] = ()
    extras: PlanExtras = NO_EXTRAS
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
    """One community on one homeserver.

    ``config`` is where the description's files are, ``counts`` tells how many requests were sent to the homeserver.
    ``files``: what the files say, where ``description`` has the members of the store too; None: the same.
    ``noted``: the digest of what was applied last, of a provisioner by that (`in_force`).
    """

    description: Description
    settings: Settings
    config: Path
    data: DataFolder
    homeserver: Homeserver
    store: Store
    url: str
    counts: RequestCounts = field(compare=False)
    files: Description | None = None
    noted: str | None = None

    async def with_members(self) -> Provisioner:
        """Return it with the members as files and store make them together by now."""
        members = await self.store.members.preview(self._said)
        return replace(self, description=replace(self._said, community=members.community), files=self._said)

    @property
    def _said(self) -> Description:
        return self.description if self.files is None else self.files

    async def plan(
        self, *, again: Collection[UserId] = (), extras: PlanExtras = NO_EXTRAS
    ) -> tuple[Plan, Snapshot]:
        """Return the plan, and the snapshot that it was made against; sends no write request."""
        members = await self.store.members.preview(self._said, usernames_of(again))
        description = replace(self._said, community=members.community)
        signed_in = await self.store.sign_ins.all()
        described = topology(description.community, self.settings, signed_in)
        # In this order: whom the bot invites in between is in both, and is not asked for once more.
        seen = awaiting(await self.store.jobs.pending(RoomInvitation.KIND), await self.homeserver.snapshot())
        require_own_rooms(seen, self.data, description.community.key, self.config)
        require_there(extras, seen)
        there = expelled(seen, await removals(self.store))
        awaited = NOBODY if description.community.example else not_come(described, there)
        desired = without(described, awaited)
        actual = await with_quiet(desired, there, self.homeserver)
        actual = await with_informed(desired, actual, self.store)
        unknown = await unknown_accounts(
            desired, actual, self.store, self.homeserver, self.book(), datetime.now(UTC)
        )
        adopted = unknown if self.settings.provisioning.existing_accounts == "adopt" else NOBODY
        made = plan(desired, actual, again=again, held=unknown - adopted, extras=extras)
        seeding = await self.store.entries.preview(description)
        known = [UserId(person.user_id) for person in await self.store.people.all()]
        excess = made.excess or vanishing(known, described)
        if excess is None and made.growth is not None and not await self.record.may_add_much():
            excess = made.growth
        notes = (
            *notes_on_kept(description),
            *made.notes,
            *example_notes(description.community),
            *not_come_notes(described, awaited),
            *members.notes,
            *await deletion_notes(self.store, made, actual),
            *seeding.report.notes,
        )
        applied = await self.store.applied.latest()
        news = news_since(applied, description, seeding, members, is_changed=bool(made.changes))
        return replace(made, notes=notes, excess=excess, adopted=adopted, news=news, not_come=awaited), actual

    async def seed(
        self, actor: str, without: Collection[UserId] = NOBODY, again: Collection[UserId] = NOBODY
    ) -> SeedingReport:
        """Have every process go by this description: see `take_in`."""
        server, at = self.settings.homeserver.server_name, datetime.now(UTC)
        return await take_in(self.store, self._said, server, without, again, actor=actor, at=at)

    async def seed_people(self, without: Collection[UserId]) -> None:
        """Write the people of the community that was applied last into the store: see `take_in_people`."""
        applied = await self.store.applied.readable()
        community = self.description.community if applied is None else applied.community
        await take_in_people(self.store, community, self.settings.homeserver.server_name, without)

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
            TooManyRemovals: it takes away or adds too much to go unasked; nothing was changed.
            ChangesFailed: some changes were not made.
            Stopped: ``order.stop`` was set; some changes are left.
            DataFolderError: another process is applying, or the disk is full.
        """
        async with apply_lock(self.data, order.who):
            made, actual = await self.plan(again=order.again, extras=order.extras)
            unmade = made.unmade | made.not_come
            if order.transitions:
                made = made.transitions
            if order.digest is not None and order.digest != made.digest:
                raise PlanOutOfDate(order.digest)
            if made.excess is not None and not order.force:
                raise TooManyRemovals(made.excess)
            note_own_community(self.description, self.settings, self.data)
            if made.growth is not None:
                # Broken off, it goes on without being asked again.
                await self.record.agree(datetime.now(UTC))
            await self._take_in(made, unmade, order)
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
            if not order.transitions:
                await self._note_applied(outcome)
        outcome.require_whole()
        rooms = with_gates(order.extras.only_in, topology(self.description.community, self.settings))
        await let_in_again(self.store, order.again, rooms, datetime.now(UTC))
        return Applied(made, book)

    async def _take_in(self, made: Plan, unmade: Collection[UserId], order: ApplyOptions) -> None:
        """Have every process go by what is applied; steps of what was applied before change nothing of that."""
        if order.transitions:
            await self.seed_people(made.held.union(unmade))
            return
        await self.record.begin(datetime.now(UTC))
        await self.seed(order.actor, made.held.union(unmade), order.again)
        if made.news is not None:
            entry = NewAuditEntry(
                at=datetime.now(UTC),
                actor=order.actor,
                action="describe",
                subject="description",
                detail="; ".join(str(line) for line in made.news.lines),
                digest=made.digest,
            )
            await self.store.audit.add([entry])

    async def _note_applied(self, outcome: ApplyResult) -> None:
        """Note that the description was applied, unless that was broken off.

        What could not be made was asked for: however much it is, nobody is asked whether it is meant a second time.
        """
        if outcome.is_broken_off:
            return
        if any(isinstance(failure.change, CreateRoom | CreateAccount) for failure in outcome.failed):
            await self.record.agree(datetime.now(UTC))
        await self.record.note(datetime.now(UTC))

    async def in_force(self) -> Provisioner:
        """Return a provisioner by the community that was applied last; this one where none that can be read was."""
        applied = await self.store.applied.readable()
        if applied is None or applied.community == self.description.community:
            return self
        noted = await self.record.begun()
        return replace(self, description=applied_alone(applied.community), files=None, noted=noted)

    async def unasked(self) -> Provisioner | None:
        """Return a provisioner by what may be applied without anybody's asking: the first description alone.

        Where its apply was broken off, that is what it was to make, whatever the files say by now. None from then on
        that each of its changes was tried, and where it cannot be read what was applied.
        """
        remembered = await self.store.applied.latest()
        if remembered is None:
            return self
        return await self.in_force() if await self.record.is_begun() else None

    @property
    def record(self) -> ApplyRecord:
        """What is kept of applies of this description, whoever has come since."""
        if self.noted is not None:
            return ApplyRecord(self.store, self.noted)
        written = self._said.community.model_dump_json() + self.settings.accounts.model_dump_json()
        return ApplyRecord(self.store, hashlib.sha256(written.encode()).hexdigest()[:32])


@asynccontextmanager
async def open_provisioner(
    config: Path,
    data: DataFolder,
    *,
    url: str | None = None,
    changing: bool = True,
    settings: Settings | None = None,
) -> AsyncIterator[Provisioner]:
    """Read the description, open the store and the provisioner's session.

    Where a file has mistakes, what was applied last stands in its place (`Description.kept`).

    ``url`` is the homeserver's where settings name none (embedded). Unless ``changing`` is false, a session that has
    ended is opened anew. ``settings`` are those to go by, without them those of the file.

    Raises:
        DescriptionError, DataFolderError, StoreError, MatrixError, ProvisioningError.
    """
    settings = settings or load_own_settings(config, data)
    if settings.store_url is None and not data.store.exists():
        load_own_description(config, data)  # nothing was ever applied: what is wrong with it comes first
    own = own_accounts(settings)
    address = homeserver_url(settings, data) if url is None else url
    async with (
        await open_store(settings, data) as store,
        provisioner_client(address, own.provisioner, data, changing=changing) as http,
    ):
        description = await usable_description(config, data, store, settings)
        # What was made stays what it was made as, whatever the files say.
        made_as = await store.applied.readable() or description
        key, server = made_as.community.key, settings.homeserver.server_name
        homeserver = SynapseHomeserver(http, own, community=key, server_name=server)
        if changing:
            await tell_of_renewal(store, own.provisioner, data, ACTOR)
            await tell_of_resealing(store, data)
        said = Provisioner(description, settings, config, data, homeserver, store, address, http.counts)
        yield await said.with_members()
