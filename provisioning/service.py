"""The provisioning service: looks again when the files change and on a timer, and carries out jobs.

It reports or applies each plan, as the settings say. A plan that removes more than is allowed without ``--force`` is
only reported.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from community.core.clock import ClockComparison
from community.core.disk import MEGABYTE
from community.core.errors import DataFolderError, DescriptionError, PalabreError, place_of
from community.core.text_file import Stamp
from community.description.current_settings import CurrentSettings
from community.description.data_folder import APPLY_LOCK, SERVICE, DataFolder, DataFolderInUse, write_private
from community.description.faults import SETTINGS
from community.description.load import file_stamps
from community.description.settings import Settings
from community.jobs.worker import JobWorker
from community.storage import AppliedCommunity, Store, UnreadableCommunity
from community.storage.in_force import usable_description
from provisioning.account_desk import ProvisioningDesk
from provisioning.account_making import DeskSession
from provisioning.account_watch import watch_accounts
from provisioning.errors import ChangesFailed, ProvisioningError, SessionEnded, TooManyRemovals
from provisioning.first_passwords import FirstPasswords
from provisioning.health import ServiceHealth
from provisioning.homeserver import Homeserver
from provisioning.kept_files import tell_of_kept_files
from provisioning.own_accounts import make_own_accounts
from provisioning.plan import Plan
from provisioning.provisioner import ApplyOptions, Provisioner, open_provisioner
from provisioning.recovery_keys import RecoveryKeys
from provisioning.safe_notices import tell_of_safe_rooms
from provisioning.service_jobs import ServiceOrders, service_worker
from provisioning.topology import own_accounts

log = structlog.get_logger()

_LOOK_EVERY = 2.0
"""Seconds between looks at the description's files and at the jobs."""
_AFTER_FAILURE = 15.0
"""Seconds until the next try after one that failed."""
_WHILE_APPLIED = 3.0
"""Seconds until the next look where another process applies."""
ACTOR = SERVICE


class Service:
    """The loop behind `provisioning.serve.watch`; ``stop`` ends it. ``desk``: works while a session is open."""

    def __init__(
        self,
        config: Path,
        data: DataFolder,
        health: ServiceHealth,
        stop: asyncio.Event,
        desk: ProvisioningDesk | None = None,
    ) -> None:
        self._desk = desk or ProvisioningDesk(health.now)
        self._config = config
        self._settings = CurrentSettings(config, data)
        self._http_port = self._settings.read().provisioning.http_port
        self._http_port_told: int | None = None
        self._data = data
        self._health = health
        self._stop = stop
        self._due = 0.0
        self._told = False
        self._applied_revision = 0
        self._mistake: DescriptionError | None = None
        self._passwords = FirstPasswords(health.now)
        self._keys = RecoveryKeys(health.now)
        self._clock = asyncio.get_running_loop().time
        self._server_time: Callable[[], datetime | None] = lambda: None
        self._wall = ClockComparison(health.now, self._server_shows)

    async def run(self) -> None:
        """Keep a session open, and open it anew after what ended it."""
        while not self._stop.is_set():
            try:
                # Before anything is read: what is changed meanwhile is read again.
                stamps = file_stamps(self._config)
                settings = self._settings.read()
                self._settings.note()
                self._note_port(settings.provisioning.http_port)
                await make_own_accounts(self._data, settings)
                async with (
                    open_provisioner(self._config, self._data, settings=settings) as provisioner,
                    self._desk.working(self._desk_session(provisioner)),
                ):
                    await self.attend(provisioner, stamps)
            except PalabreError as error:
                self._fail(error)
                await self._until_changed(_AFTER_FAILURE)
            except (
                Exception
            ) as error:  # a mistake of ours, or a row that nobody can read, which its text may quote
                log.error("stumbled", kind=type(error).__name__, at=place_of(error))  # noqa: TRY400
                self._health.failed(type(error).__name__)
                self._tell_ready()
                await self._until_changed(_AFTER_FAILURE)

    def _desk_session(self, provisioner: Provisioner) -> DeskSession:
        def look() -> None:
            self._due = 0.0

        return DeskSession(provisioner.homeserver, provisioner.store, provisioner.settings, look)

    async def attend(self, provisioner: Provisioner, read: tuple[Stamp, ...]) -> None:
        """Look as long as the settings are the same. The session, and what it knows of the rooms, is kept.

        ``read``: the stamps of the files that ``provisioner`` was opened with.

        Raises:
            SessionEnded: the session must be opened anew.
            DataFolderError, StoreError, MatrixError.
        """
        self._due, self._mistake = 0.0, None
        worker = self.worker(provisioner.homeserver, provisioner.store, lambda: provisioner)
        while not self._stop.is_set():
            stamps = file_stamps(self._config)
            if stamps != read and self._settings.read() != provisioner.settings:
                return
            # With a mistake in the files, what was applied is part of the description.
            if await self._is_applied_anew(provisioner) or stamps != read:
                provisioner = await self._with_files_of_now(provisioner)
                read, self._due = stamps, 0.0
            if self._clock() >= self._due:
                await self._look_or_say_why_not(provisioner)
            await worker.turn(self._stop)
            await self._passwords.look(provisioner.homeserver, provisioner.data, provisioner.book())
            self._health.beat()
            self._tell_ready()
            await self._pause(_LOOK_EVERY)

    async def _is_applied_anew(self, provisioner: Provisioner) -> bool:
        """Whether somebody has applied something else since this was asked last."""
        before, self._applied_revision = self._applied_revision, await provisioner.store.applied.revision()
        return self._applied_revision != before

    async def _with_files_of_now(self, provisioner: Provisioner) -> Provisioner:
        """Return it with the description that is there now; with mistakes in that, as far as it can be used.

        Where nothing was applied before it stays: accounts are then checked against the last valid description.
        """
        try:
            usable = await usable_description(
                self._config, self._data, provisioner.store, provisioner.settings
            )
        except DescriptionError as error:
            self._mistake = error
        else:
            self._mistake = None
            provisioner = await replace(provisioner, description=usable, files=None).with_members()
        return provisioner

    async def _look_or_say_why_not(self, provisioner: Provisioner) -> None:
        try:
            await self._look(provisioner)
        except SessionEnded:
            raise
        except DataFolderInUse:
            # Somebody applies: what is there now is neither what was nor what will be.
            self._due = self._clock() + _WHILE_APPLIED
        except ProvisioningError as error:
            # The homeserver answers: the session is as good as before.
            self._fail(error)
            self._due = self._clock() + _AFTER_FAILURE
        except DescriptionError as error:
            self._fail(error)
            self._due = self._clock() + provisioner.settings.provisioning.every / timedelta(seconds=1)

    async def _look(self, provisioner: Provisioner) -> None:
        self._look_at_disk(provisioner.settings)
        every = provisioner.settings.provisioning.every
        kept = {**provisioner.description.kept, SETTINGS: self._settings.problems}
        await tell_of_kept_files(provisioner.store, kept, at=self._health.now())
        await self._keys.look(provisioner.homeserver, provisioner.store)
        before, applied = await self._look_at_applied(provisioner)
        if self._mistake is not None:
            raise self._mistake
        made = (await provisioner.plan())[0] if applied is None else applied
        left = await self._reconcile(
            provisioner,
            made,
            is_known=await provisioner.record.is_only_to_be_noted(made, provisioner.description),
        )
        self._health.looked(left, every)
        # A bot that was just put into a room may leave it.
        bot = own_accounts(provisioner.settings).bot
        joined = before.rooms_joined_by(bot) | made.rooms_joined_by(bot)
        is_soon = joined - left.rooms_joined_by(bot)
        self._due = self._clock() + (_AFTER_FAILURE if is_soon else every / timedelta(seconds=1))

    async def _look_at_applied(self, provisioner: Provisioner) -> tuple[Plan, Plan | None]:
        """Look after what was applied last; return its plan, and what is left of it where nothing else is described.

        What the files say meanwhile changes nothing here: not in the store, nor in what people are told.
        """
        with provisioner.data.locked(APPLY_LOCK, ACTOR):
            applied = await provisioner.in_force()
            before, actual = await applied.plan()
            # Before anything is changed.
            self._health.faults = await watch_accounts(
                applied, before, actual, actor=ACTOR, at=self._health.now()
            )
            remembered = await provisioner.store.applied.latest()
            if isinstance(remembered, UnreadableCommunity):
                log.error("applied_unreadable", reason=f"{remembered.sentence} {remembered.remedy}")
            is_going_on = before.excess is None and isinstance(remembered, AppliedCommunity)
            if is_going_on:
                await applied.record.note_earlier(self._health.now())
                await applied.seed_people(before.held | before.unmade | before.not_come)
                await applied.note_held(before)
        if before.absent:
            log.warning("bot_missing", rooms=[each.room for each in before.absent])
        made = await self._go_on(applied, before) if is_going_on else before
        if is_going_on:
            await tell_of_safe_rooms(provisioner.store, made.safe, at=self._health.now())
        # After its steps a plan may be another one.
        return before, made if applied is provisioner and made is before else None

    async def _reconcile(self, provisioner: Provisioner, made: Plan, *, is_known: bool) -> Plan:
        """Report the plan, or apply it, as the settings say; return what is left of it.

        One that only notes what an older version has applied (``is_known``) is applied whatever the settings say.
        """
        if made.excess is not None:
            # A plan that removes too much may come from a truncated file.
            raise TooManyRemovals(made.excess)
        if (is_known or provisioner.settings.provisioning.reconcile == "apply") and not made.is_empty:
            await self._apply(provisioner, ApplyOptions(ACTOR, digest=made.digest))
            log.info("applied", summary=str(made.summary), digest=made.digest)
            return Plan(())
        log.info("planned", summary=str(made.summary), digest=made.digest)
        return made

    async def _go_on(self, applied: Provisioner, made: Plan) -> Plan:
        """Go on with what goes on by itself once it was applied; return what is left of the plan.

        A safe room that waited for its keepers is left to them and opened without anybody's asking again.
        """
        steps = made.transitions
        if not steps.changes or not await applied.record.is_whole():
            return made
        await self._apply(applied, ApplyOptions(ACTOR, digest=steps.digest, transitions=True))
        log.info("applied", summary=str(steps.summary), digest=steps.digest)
        left = tuple(c for c in made.changes if c not in steps.changes)
        return replace(made, changes=left, absent=made.awaited)

    def _look_at_disk(self, settings: Settings) -> None:
        free = self._health.free()
        if free is not None and free < settings.homeserver.least_free:
            log.warning("disk_nearly_full", free_mb=free // MEGABYTE)

    async def _apply(self, provisioner: Provisioner, order: ApplyOptions) -> None:
        order = replace(
            order, who=SERVICE, stop=self._stop, progress=lambda _change, _error: self._health.beat()
        )
        self._health.counts["applies"] += 1
        try:
            await provisioner.apply(order)
        except ChangesFailed as error:
            self._health.counts["failed applies"] += 1
            for what, reason in error.failed:
                log.warning("not_changed", change=str(what), reason=str(reason.sentence))
            raise
        self._applied_revision = await provisioner.store.applied.revision()

    def _note_port(self, wanted: int | None) -> None:
        """Say it once where another port is wanted for the health: it is opened at the start alone."""
        if wanted not in {self._http_port, self._http_port_told}:
            log.warning("settings_wait_for_restart", settings=["provisioning.http_port"])
        self._http_port_told = wanted

    def worker(self, homeserver: Homeserver, store: Store, current: Callable[[], Provisioner]) -> JobWorker:
        """Return what carries out what others have asked for, as long as a session is open.

        ``current`` gives the provisioner with the description as it is by then.
        """

        def look() -> None:
            self._due = 0.0

        self._server_time = homeserver.time
        return service_worker(
            homeserver, store, ServiceOrders(current, self._apply, look), self._health, self._wall
        )

    def _server_shows(self) -> datetime | None:
        return self._server_time()

    # --- time and files ---------------------------------------------------------------------------------------------

    def _fail(self, error: PalabreError) -> None:
        self._health.failed(str(error))
        log.warning("not_planned", reason=str(error))
        self._tell_ready()

    def _tell_ready(self) -> None:
        """Let the supervisor know that the service runs: whatever the homeserver says, it goes on looking."""
        if self._told:
            return
        try:
            write_private(self._data.ready_file("serve"), f"{os.getpid()}\n".encode())
        except DataFolderError as error:
            log.warning("readiness_not_written", reason=str(error))
        else:
            self._told = True

    async def _until_changed(self, seconds: float) -> None:
        """Wait so long, or until the description's files are others."""
        stamps, until = file_stamps(self._config), self._clock() + seconds
        while self._clock() < until and file_stamps(self._config) == stamps and not self._stop.is_set():
            self._health.beat()
            await self._pause(_LOOK_EVERY)

    async def _pause(self, seconds: float) -> None:
        """Wait, but not beyond the end."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), seconds)
