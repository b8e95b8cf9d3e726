"""The description as its files have it now: it may change while the bot runs, and some of it is taken in anew then."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

import structlog

from bots.context.background import PeriodicWork
from community.core.errors import PalabreError
from community.description.load import file_stamps, load_description
from community.description.model import Community

log = structlog.get_logger()

LOOK_EVERY = 2.0
"""Seconds between looks whether the files have changed."""


class DescriptionFiles:
    """Gives the community to each of ``takers`` whenever the files in ``config`` are others than at ``stamps``."""

    def __init__(
        self, config: Path, stamps: tuple[int, ...], takers: Sequence[Callable[[Community], None]]
    ) -> None:
        self._config = config
        self._stamps = stamps
        self._takers = takers

    @property
    def periodic(self) -> PeriodicWork:
        """The look at the files, now and then."""
        return PeriodicWork(self.refresh, LOOK_EVERY, "looking_at_the_description_failed")

    async def refresh(self) -> None:
        """Take in the files, where they have changed; with a mistake in them all stays as it was."""
        stamps = await asyncio.to_thread(file_stamps, self._config)
        if stamps == self._stamps:
            return
        self._stamps = stamps
        try:
            await asyncio.to_thread(self._take_in)
        except PalabreError as error:
            # Its text may quote the description.
            log.warning("description_unreadable", kind=type(error).__name__)

    def _take_in(self) -> None:
        community = load_description(self._config).community
        for take in self._takers:
            take(community)
