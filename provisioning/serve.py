"""Runs the provisioning service with its health until it is stopped."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import structlog

from community.core.disk import free_bytes
from community.core.listening import ListeningAddress, loopback
from community.description.data_folder import DataFolder
from community.description.known_community import load_own_settings
from provisioning.account_desk import ProvisioningDesk
from provisioning.desk_server import keep_serving
from provisioning.feed_publishing import FeedPublishing
from provisioning.health import ServiceHealth, serving_health
from provisioning.installation_watch import InstallationMetrics, InstallationWatch
from provisioning.invitation_publishing import InvitationPublishing
from provisioning.service import Service

log = structlog.get_logger()

_TO_END = 8.0
"""Seconds that changes under way have to finish when the service is stopped; then they are cancelled."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


async def watch(
    config: Path,
    data: DataFolder,
    *,
    stop: asyncio.Event,
    metrics: ListeningAddress | None = None,
    now: Callable[[], datetime] = _utc_now,
) -> None:
    """Plan when the files change and on the settings' timer until ``stop``; apply if the settings say so.

    A description that cannot be used or a homeserver that is away is logged in one sentence, and tried again.
    When ``stop`` is set, changes that are under way are ended and no more are begun. ``metrics``: where its health is
    served if not where the settings say.

    Raises:
        HealthPortTaken: something else listens where its health should be.
        DescriptionError: the settings cannot be read at the start.
    """
    health = ServiceHealth(now, free=lambda: free_bytes(data.root))
    at = metrics or loopback(load_own_settings(config, data).provisioning.http_port)
    installation = InstallationWatch(config, data, health)
    with serving_health(health, at, InstallationMetrics(installation.seen, data, health)) as port:
        if port is not None:
            log.info("health_served", port=port)
        desk = ProvisioningDesk(now)
        running = asyncio.create_task(Service(config, data, health, stop, desk).run())
        asked = asyncio.create_task(keep_serving(desk, data.joining, stop))
        watching = asyncio.create_task(installation.run(stop))
        publishing = [
            asyncio.create_task(each(config, data, now).run(stop))
            for each in (FeedPublishing, InvitationPublishing)
        ]
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.wait({running}, timeout=_TO_END)
            if running.done():
                running.result()
        finally:
            tasks = (running, watching, *publishing, asked, stopping)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
