"""Finding out how the bot is: from the data folder, the homeserver, the store and the running bot's own word."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlsplit

from bots.checkup import Facts, ServerAnswer
from bots.encryption.examination import on_disk, on_server
from bots.status import read_status
from community.core.errors import DataFolderError
from community.core.messages import Message
from community.description.data_folder import DataFolder, homeserver_url, read_private_json
from community.description.settings import Settings
from community.jobs.findings import SHOWN_FOR
from community.jobs.invitations import RoomInvitation
from community.storage import open_store
from matrix.client_api import ClientApi
from matrix.errors import MatrixError
from matrix.http import HomeserverClient
from matrix.ids import AccessToken, UserId

_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")


async def facts_of(settings: Settings, data: DataFolder, now: datetime) -> Facts | None:
    """Return the facts, None where the bot has no account.

    Raises:
        PalabreError: the bot's secret or the store cannot be read.
    """
    secret = read_private_json(data.secret("bot.json"))
    if secret is None:
        return None
    device_id = secret.get("device_id")
    invited, failures = await waiting_and_failed(settings, data, now)
    return Facts(
        disk=on_disk(data, secret["user_id"], device_id),
        server=await _asked(settings, data, secret, now) if device_id is not None else None,
        status=read_status(data),
        invited=invited,
        failures=failures,
        may_be_elsewhere=settings.store_url is not None,
    )


async def _asked(
    settings: Settings, data: DataFolder, secret: dict[str, str], now: datetime
) -> ServerAnswer | Message:
    try:
        url = settings.homeserver.bots_url or homeserver_url(settings, data)
        # Not for long: whoever asks the doctor wants to know that it does not answer; but one broken
        # connection is not a homeserver that is away.
        async with HomeserverClient(url, AccessToken(secret["access_token"]), attempts=2) as http:
            device = await on_server(ClientApi(http), data, UserId(secret["user_id"]), secret["device_id"])
            ahead = None if http.time is None else http.time - now
            return ServerAnswer(device, ahead, is_here=urlsplit(url).hostname in _THIS_MACHINE)
    except (MatrixError, DataFolderError) as error:
        return error.sentence


async def waiting_and_failed(
    settings: Settings, data: DataFolder, now: datetime
) -> tuple[tuple[str, ...], Mapping[str, int]]:
    """Return who waits to be invited, and how many jobs of each kind have failed of late."""
    if settings.store_url is None and not data.store.exists():
        return (), {}
    async with await open_store(settings, data) as store:
        pending = await store.jobs.pending(RoomInvitation.KIND)
        failures = await store.jobs.failures(now - SHOWN_FOR)
    return tuple(sorted({to.user_id for _job, to in RoomInvitation.each(pending)})), failures
