"""The bots' process: everything is opened here, in order, and closed again."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import structlog

from bots.answering import Answering
from bots.deciding import Deciding
from bots.directs import DirectRooms
from bots.doing import Doing
from bots.encryption import EncryptedClient, open_device
from bots.gate_watch import GateWatch
from bots.guests import Guests
from bots.hearing import Hearing
from bots.invitations import Invitations
from bots.journal import Journal
from bots.metrics import serving_metrics
from bots.notices import NoticeDelivery
from bots.posting import PostOnce
from bots.requested import ProposalPosting, QuestionPosting, Requested
from bots.rooms import Community as OurCommunity
from bots.runtime import Runtime
from bots.safe_rooms import SafeRooms
from bots.saying import Saying
from bots.scheduled import Posting, Scheduled
from bots.skills import SkillSet
from bots.status import keep_status
from bots.unreachable import Telling, Unreachable
from community.core.errors import PalabreError
from community.core.messages import translator
from community.description.data_folder import DataFolder, homeserver_url
from community.description.load import file_stamps, load_description, load_settings
from community.description.rooms import coordinating_roles, coordination_room
from community.jobs.invitations import RoomInvitation
from community.jobs.worker import JobWorker
from community.storage import Store
from matrix.client_api import ClientApi
from matrix.errors import HomeserverUnreachable
from matrix.http import HomeserverClient
from matrix.ids import user_id

log = structlog.get_logger()

Work = Callable[[asyncio.Event], Coroutine[Any, Any, None]]
"""Goes on until the event is set."""
DISPLAY_NAME = "Palabre"
REFRESH_EVERY = 2.0
"""Seconds between looks whether the directory has changed."""
_CATALOGUES = tuple(Path(__file__).parent.parent / name for name in ("community", "bots"))


def utc_now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


async def run(config: Path, data: DataFolder, *, stop: asyncio.Event) -> None:
    """Run the bot until ``stop``.

    Raises:
        PalabreError: it cannot be started; the sentence says why.
    """
    stamps = file_stamps(config)
    description, settings = load_description(config), load_settings(config)
    community = description.community
    server = settings.homeserver.server_name
    url = settings.homeserver.bots_url or homeserver_url(settings, data)
    ours = OurCommunity(community.key, user_id(settings.accounts.provisioner, server))
    async with (
        await Store.open(settings.store_url or data.store_url) as store,
        HomeserverClient(url) as http,
    ):
        api = ClientApi(http)
        pinned_only = settings.bots.identity_change == "hold"
        signed_only = settings.bots.signed_devices_only
        device = await open_device(http, data, signed_only=signed_only, pinned_only=pinned_only)
        never = frozenset(
            user_id(n, server) for n in (settings.accounts.provisioner, settings.accounts.break_glass)
        )
        guests = Guests(store, ours, community, server=server, me=device.user_id, never=never, now=utc_now)
        client = EncryptedClient(api, device, recipients=guests.recipients)
        skills = SkillSet(community, server, _CATALOGUES)
        await skills.refresh(store)
        hearing = Hearing(
            client,
            ours,
            community,
            store=store,
            display_name=DISPLAY_NAME,
            now=utc_now,
            keys_withheld=pinned_only,
        )
        once = PostOnce(store, client, api, late_limit=settings.bots.late_limit, now=utc_now)
        requested = Requested(store, once, hearing, skills, now=utc_now)
        safe_rooms = SafeRooms(config, community, server, stamps)
        deciding = Deciding(client, store, hearing, skills, requested, safe_rooms, now=utc_now)
        doing = Doing(client, api, store, skills, Saying(client, hearing.conversations), requested)
        answering = Answering(Journal(data.bot_crypto / "journal"), deciding, doing, now=utc_now)
        translators = tuple(translator(language, _CATALOGUES) for language in community.languages)
        since = await store.marks.first("bot-first-start", utc_now())
        posting = Posting(translators, community.timezone, settings.bots.late_limit, since)
        scheduled = Scheduled(store, once, posting, ours=hearing.rooms, now=utc_now)
        directs = DirectRooms(store, client, api, hearing, now=utc_now)
        jobs: Counter[str] = Counter()
        worker = JobWorker(
            store.jobs,
            (
                Invitations(store, client, api, hearing.rooms, now=utc_now),
                NoticeDelivery(client, once, requested, directs, skills, now=utc_now),
                QuestionPosting(requested),
                ProposalPosting(requested),
            ),
            # The only process with this device: its crypto store is locked.
            holder=f"bot/{client.device_id}",
            now=utc_now,
            counts=jobs,
            halting=(HomeserverUnreachable,),
        )
        runtime = Runtime(
            client, api, hearing, answering, devices_changed=partial(worker.wake, RoomInvitation)
        )
        watch = GateWatch(store, hearing, safe_rooms, now=utc_now)
        when_ready: list[Work] = [
            scheduled.run,
            answering.finish,
            directs.run,
            worker.run,
            safe_rooms.run,
            watch.run,
            partial(guests.run, hearing.rooms),
        ]
        room_key = coordination_room(community)
        if room_key is not None:
            own = frozenset({client.user_id, ours.provisioner})
            telling = Telling(room_key, coordinating_roles(community), own, translators, since)
            when_ready.append(Unreachable(store, client, once, telling, ours=hearing.rooms, now=utc_now).run)
        try:
            with serving_metrics(client, jobs, settings.bots.metrics_port) as port:
                reporting = partial(keep_status, client, data, metrics_port=port, now=utc_now)
                refreshing = partial(_refresh, skills, store)
                await _work(runtime, (refreshing, reporting), when_ready, data, stop)
        finally:
            await device.close()


async def _work(
    runtime: Runtime,
    from_the_start: Sequence[Work],
    when_ready: Sequence[Work],
    data: DataFolder,
    stop: asyncio.Event,
) -> None:
    try:
        async with asyncio.TaskGroup() as group:
            for work in (runtime.run, *from_the_start):
                group.create_task(work(stop))
            await _first(runtime.ready, stop)
            if runtime.ready.is_set():
                data.ready_file("bots").write_text(f"{os.getpid()}\n")
                log.info("ready")
                for work in when_ready:
                    group.create_task(work(stop))
    except ExceptionGroup as failures:
        # What has a sentence for a person is said, and not as a group of one.
        explained = next((e for e in failures.exceptions if isinstance(e, PalabreError)), None)
        if explained is None:
            raise
        raise explained from failures


async def _first(*events: asyncio.Event) -> None:
    """Wait until one of the events is set."""
    waiting = [asyncio.create_task(event.wait()) for event in events]
    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    for task in waiting:
        task.cancel()


async def _refresh(skills: SkillSet, store: Store, stop: asyncio.Event) -> None:
    """Keep the skills on the directory as it is."""
    while not stop.is_set():
        await skills.refresh(store)
        try:
            await asyncio.wait_for(stop.wait(), REFRESH_EVERY)
        except TimeoutError:
            continue
