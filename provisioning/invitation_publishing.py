"""Publishes the pages of invitations again when something of them has changed (`community.joining.publishing`)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from community.core.errors import DataFolderError
from community.description.current_settings import CurrentSettings
from community.description.data_folder import DataFolder, homeserver_url, unwritable
from community.description.load import file_stamps
from community.description.settings import Settings
from community.directory.entry import entries_of
from community.joining.arrival import ArrivalStage
from community.joining.invitation import InvitationState, NetworkInvitation
from community.joining.publishing import network_to_publish, published_links, write_links
from community.search.examples import first_questions
from community.storage import Store
from community.storage.in_force import community_in_force
from provisioning.looking import StoreLooks

LOOK_EVERY = 0.5
"""Seconds between two looks whether a link was made, used or taken back, or has run out."""
_BEGUN = ArrivalStage.OPENED
"""The stage of whoever has come by a link and has no account yet."""


class InvitationPublishing:
    """Looks at the store now and then, and at the clock: a link that has run out is taken away without any change."""

    def __init__(self, config: Path, data: DataFolder, now: Callable[[], datetime]) -> None:
        self._config = config
        self._settings = CurrentSettings(config, data)
        self._data = data
        self._now = now
        self._seen: tuple[object, ...] | None = None
        self._next_end: datetime | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Publish until ``stop``."""
        looks = StoreLooks(self._settings, self._data, stop, "invitations_not_published")
        await looks.repeat(self.look, LOOK_EVERY)

    async def look(self, store: Store) -> None:
        """Publish all anew if links, people, the description or the settings have changed, or a link has run out."""
        revisions = await store.revisions("invitations", "people", "description", "entries")
        seen, now = (revisions, file_stamps(self._config)), self._now()
        if seen == self._seen and (self._next_end is None or now < self._next_end):
            return
        listed = await store.invitations.listed()
        links = [each.invitation for each in listed]
        begun = {came.invitation for each in listed for came in each.arrivals if came.stage is _BEGUN}
        community = await community_in_force(self._config, self._data, store)
        settings = self._settings.read()
        people, directory = await store.people.all(), await store.entries.directory()
        questions = await asyncio.to_thread(first_questions, community, entries_of(directory))
        network = network_to_publish(community, settings, self._homeserver(settings), questions)
        # Whether an inviter may do so still is looked up link by link: milliseconds each, and there may be thousands.
        published = await asyncio.to_thread(published_links, network, community, links, now, people, begun)
        try:
            await asyncio.to_thread(write_links, self._data.invitations, published)
        except OSError as error:
            raise unwritable(self._data.invitations, error) from error
        self._seen, self._next_end = seen, _next_end(links, now)

    def _homeserver(self, settings: Settings) -> str | None:
        try:
            return homeserver_url(settings, self._data)
        except DataFolderError:
            return None


def _next_end(links: list[NetworkInvitation], now: datetime) -> datetime | None:
    return min((one.expires_at for one in links if one.state(now) is InvitationState.OPEN), default=None)
