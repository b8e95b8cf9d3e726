"""Reads settings that are saved while the bot runs, and names those that hold only once the bot is started again."""

from __future__ import annotations

from pathlib import Path

import structlog

from bots.encryption import EncryptedClient
from bots.incoming_reader import IncomingReader
from bots.posting import PostOnce
from community.core.errors import Problem
from community.core.text_file import Stamp, stamp_of
from community.description.current_settings import CurrentSettings
from community.description.faults import SETTINGS
from community.description.settings import Settings

log = structlog.get_logger()


class SettingsReloader:
    """Gives the settings to the parts of the bot that use them, whenever their file in ``config`` was saved.

    ``started_with`` are the settings of the bot's start.
    """

    def __init__(
        self,
        config: Path,
        current: CurrentSettings,
        started_with: Settings,
        *,
        client: EncryptedClient,
        incoming: IncomingReader,
        poster: PostOnce,
    ) -> None:
        self._path = config / SETTINGS
        self._current = current
        self._started_with = self._taken = started_with
        self._client = client
        self._incoming = incoming
        self._poster = poster
        self._stamp: Stamp | None = None
        self._told: tuple[Problem, ...] = ()
        self.waiting: tuple[str, ...] = ()
        """The settings that were changed since the start and hold only when the bot is started again."""

    @property
    def taken(self) -> Settings:
        """The settings that were taken in last."""
        return self._taken

    async def refresh(self) -> None:
        """Take in what was saved, where that is news. Raises DataFolderError."""
        stamp = stamp_of(self._path)
        if stamp == self._stamp:
            return
        settings = self._current.read()
        self._say_mistake()
        if settings != self._taken:
            await self._take_in(settings)
        self._current.note()
        # Only now: what has failed is tried again at the next look.
        self._stamp = stamp

    def _say_mistake(self) -> None:
        problems, before = self._current.problems, self._told
        self._told = problems
        if problems and problems != before:
            log.warning("settings_kept", place=str(problems[0].place), reason=str(problems[0].what))

    async def _take_in(self, settings: Settings) -> None:
        bots = settings.bots
        await self._client.give_keys(signed_only=bots.signed_devices_only, pinned_only=bots.withholds_keys)
        self._incoming.keys_withheld = bots.withholds_keys
        self._poster.late_limit = bots.late_limit
        self._taken = settings
        waiting = only_at_start(self._started_with, settings)
        if waiting and waiting != self.waiting:
            log.warning("settings_wait_for_restart", settings=list(waiting))
        self.waiting = waiting
        log.info("settings_taken_in")


def only_at_start(before: Settings, now: Settings) -> tuple[str, ...]:
    """Return the names of the settings that differ and that a bot which runs cannot take in."""
    server, was = now.homeserver, before.homeserver
    differing = {
        "homeserver.url": server.url != was.url and server.bots_url is None,
        "homeserver.bots_url": server.bots_url != was.bots_url,
        "accounts.provisioner": now.accounts.provisioner != before.accounts.provisioner,
        "accounts.bot": now.accounts.bot != before.accounts.bot,
        "accounts.break_glass": now.accounts.break_glass != before.accounts.break_glass,
        "bots.metrics_port": now.bots.metrics_port != before.bots.metrics_port,
        "store_url": now.store_url != before.store_url,
        "store_password_file": now.store_password_file != before.store_password_file,
        "store_connections": now.store_connections != before.store_connections,
    }
    return tuple(name for name, differs in differing.items() if differs)
