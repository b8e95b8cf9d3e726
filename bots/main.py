"""The bots' process: everything is opened here, in order, and closed again."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import structlog

from bots.arrivals import ArrivalNewsDelivery, Arrivals
from bots.assembly import Parts, answering
from bots.clock_watch import ClockWatch
from bots.community_reloader import CommunityReloader, log_unreadable
from bots.context.background import PeriodicWork, Services
from bots.correspondents import Correspondents
from bots.directs import DirectRooms
from bots.encryption import EncryptedClient, KeyUploads, open_device
from bots.escalation import Escalation, RequestPosting
from bots.feature_set import FeatureSet
from bots.features.feeds.served import serving
from bots.features.registry import FEATURES
from bots.gate_watch import GateWatch
from bots.greetings import GreetingDelivery
from bots.guests import Guests
from bots.incoming_reader import IncomingReader
from bots.key_backup_watch import KeyBackupWatch
from bots.metrics import BotCounts, serving_metrics
from bots.notices import NoticeDelivery
from bots.posting import PostOnce
from bots.recovery_hint import RecoveryHints
from bots.rooms import CommunityOrigin
from bots.runtime import BatchListeners, Runtime
from bots.safe_rooms import SafeRooms
from bots.scheduler import Scheduler
from bots.sealed_watch import SealedWatch
from bots.settings_reloader import SettingsReloader
from bots.sign_ins import SignInWatch
from bots.status import HeldUp, status_writing
from bots.unreachable import Unreachable, report_audience
from bots.unread_messages import UnreadMessages
from bots.verifying import Verifying
from community.core.errors import PalabreError
from community.core.events import first_of
from community.core.listening import ListeningAddress, loopback
from community.core.messages import Translator, translator
from community.description.current_settings import CurrentSettings
from community.description.data_folder import DataFolder, homeserver_url, write_private
from community.description.settings import Settings
from community.feeds.address import feed_server
from community.jobs.notices import Notice, NoticeKind
from community.jobs.payload import JobPayload
from community.jobs.workers import JobWorkers
from community.storage import Store, open_store
from community.storage.in_force import community_in_force
from matrix.client_api import ClientApi
from matrix.errors import HomeserverUnreachable
from matrix.http import HomeserverClient
from matrix.ids import UserId, user_id
from matrix.key_backup_api import KeyBackupApi

log = structlog.get_logger()

Work = Callable[[asyncio.Event], Coroutine[Any, Any, None]]
"""Goes on until the event is set."""
DISPLAY_NAME = "Palabre"
REFRESH_EVERY = 2.0
"""Seconds between looks whether the directory has changed, or another description was applied."""
_CATALOGUES = tuple(Path(__file__).parent.parent / name for name in ("community", "bots"))


def utc_now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


async def run(
    config: Path, data: DataFolder, *, stop: asyncio.Event, metrics: ListeningAddress | None = None
) -> None:
    """Run the bot until ``stop``; ``metrics`` says where they are served if not where the settings say.

    Raises:
        PalabreError: it cannot be started; the sentence says why.
    """
    current = CurrentSettings(config, data)
    settings = current.read()
    server = settings.homeserver.server_name
    async with (
        await _opened_store(settings, data) as store,
        HomeserverClient(settings.homeserver.bots_url or homeserver_url(settings, data)) as http,
    ):
        # Before what it is of: what is applied meanwhile is taken in at the first look.
        revision, community = await store.applied.revision(), await community_in_force(config, data, store)
        ours = CommunityOrigin(community.key, user_id(settings.accounts.provisioner, server))
        api = ClientApi(http)
        device = await open_device(
            http,
            data,
            signed_only=settings.bots.signed_devices_only,
            pinned_only=settings.bots.withholds_keys,
        )
        never = frozenset(
            user_id(n, server) for n in (settings.accounts.provisioner, settings.accounts.break_glass)
        )
        guests = Guests(store, ours, community, server=server, me=device.user_id, never=never, now=utc_now)
        client = EncryptedClient(api, device, recipients=guests.recipients)
        features = FeatureSet(community, server, _CATALOGUES, FEATURES)
        await features.refresh(store)
        clock = ClockWatch(store, lambda: http.time, now=utc_now)
        incoming = IncomingReader(
            client,
            ours,
            community,
            store=store,
            display_name=DISPLAY_NAME,
            now=clock.time,
            keys_withheld=settings.bots.withholds_keys,
        )
        incoming.admits, incoming.is_clock_believed = guests.admits, clock.is_believed
        once = PostOnce(
            store,
            client,
            api,
            late_limit=settings.bots.late_limit,
            now=clock.latest,
            is_clock_believed=clock.is_believed,
        )
        reloader = SettingsReloader(config, current, settings, client=client, incoming=incoming, poster=once)
        escalation = Escalation(store, once, incoming, features, now=utc_now)
        safe_rooms = SafeRooms(community, server)
        takers = (incoming.take, safe_rooms.take, guests.take, partial(features.refresh, store))
        applied = CommunityReloader(store, revision, takers)
        incoming.described = applied.refresh
        parts = Parts(
            store,
            client,
            api,
            features,
            incoming,
            escalation,
            safe_rooms,
            data.bot_crypto,
            lambda: serving(feed_server(reloader.taken, data)),
            lambda: reloader.taken.joining.link_lifetime,
        )
        counts = BotCounts(once.counts)
        answers = answering(parts, counts=counts.answers, now=clock.latest)
        await answers.open()
        sealed = SealedWatch(store, api, data, never, now=utc_now)
        translators = partial(_translators, incoming)
        since = await store.marks.first("bot-first-start", http.time or utc_now())
        services = Services(
            store,
            client,
            api,
            once,
            incoming.rooms,
            incoming.room_name,
            lambda: incoming.community,
            applied.refresh,
            translators,
            since,
            utc_now,
            features.personal_data,
        )
        background = features.background(services)
        directs = DirectRooms(
            store,
            client,
            api,
            incoming,
            Correspondents(incoming.people, safe_rooms, lambda: guests.admitted, incoming.alumnus),
            now=utc_now,
        )
        workers = JobWorkers(
            store.jobs,
            (
                *background.jobs,
                NoticeDelivery(store, client, once, escalation, directs, features, now=utc_now),
                ArrivalNewsDelivery(store, client, once, incoming, directs, features, now=utc_now),
                GreetingDelivery(store, once, incoming, directs, features, now=utc_now),
                answers.unfinished,
                *(RequestPosting(escalation, each) for each in escalation.request_types),
            ),
            # The only process with this device: its crypto store is locked.
            holder=f"bot/{client.device_id}",
            now=clock.latest,
            counts=counts.jobs,
            is_clock_believed=clock.is_believed,
            halting=(HomeserverUnreachable,),
        )
        scheduler = Scheduler(is_clock_believed=clock.is_believed)
        clock.moved = scheduler.clock_moved
        unread, verifying = (
            UnreadMessages(store, api, incoming, now=utc_now),
            Verifying(store, client, incoming, features, now=utc_now),
        )
        runtime = Runtime(
            client,
            api,
            incoming,
            answers.processor,
            BatchListeners(
                answers.redactions,
                unread.take,
                partial(_devices_changed, sealed, scheduler, workers, background.after_devices),
                verifying,
            ),
        )
        when_ready: list[Work | PeriodicWork] = [
            answers.executor.drafts_swept(utc_now),
            clock.run,
            PeriodicWork(reloader.refresh, REFRESH_EVERY, "settings_not_read"),
            *workers.runs,
            answers.kept.periodic,
            answers.visits.periodic,
            answers.redactions.periodic,
            *background.periodic,
            directs.periodic,
            unread.periodic,
            verifying.periodic,
            SignInWatch(store, client, incoming, now=utc_now).periodic,
            RecoveryHints(store, client, incoming, now=utc_now).periodic,
            Arrivals(store, incoming, before=lambda: client.joined_before, now=utc_now).periodic,
            GateWatch(store, incoming, safe_rooms, now=utc_now).periodic,
            sealed.periodic,
            KeyBackupWatch(
                store, KeyUploads(KeyBackupApi(http), device, data, now=utc_now), now=utc_now
            ).periodic,
            guests.periodic(incoming.rooms),
            Unreachable(
                store,
                client,
                once,
                lambda: report_audience(incoming.community, incoming.own, translators(), since),
                ours=incoming.rooms,
                now=utc_now,
            ).periodic,
        ]
        try:
            with serving_metrics(client, counts, metrics or loopback(settings.bots.metrics_port)) as port:
                scheduler.add(
                    PeriodicWork(
                        partial(_look, applied, features, store), REFRESH_EVERY, "directory_not_read"
                    )
                )
                status = status_writing(
                    client,
                    counts.answers,
                    data,
                    metrics_port=port,
                    now=utc_now,
                    doubt=lambda: clock.doubt,
                    held=lambda: HeldUp(reloader.waiting, once.refusals.reasons, verifying.compared),
                )
                scheduler.add(status)
                await _work(runtime, scheduler, status, when_ready, data, stop)
            await answers.kept.keep()
        finally:
            await device.close()


def _translators(incoming: IncomingReader) -> tuple[Translator, ...]:
    """Return the translators into the community's languages, in its order."""
    return tuple(translator(language, _CATALOGUES) for language in incoming.community.languages)


async def _look(applied: CommunityReloader, features: FeatureSet, store: Store) -> None:
    """Take in what was applied, and what has changed of the directory. Raises StoreError."""
    await applied.refresh()
    await features.refresh(store)


async def _opened_store(settings: Settings, data: DataFolder) -> Store:
    """Open the store, with all words in it that can be read. Raises PalabreError."""
    store = await open_store(settings, data)
    try:
        await log_unreadable(store)
        await _renew_words(store)
    except PalabreError:
        await store.close()
        raise
    return store


async def _renew_words(store: Store) -> None:
    """Say what cannot be read because the key is lost, and whose request it was. Raises StoreError."""
    drafts, requests = await store.kept_words.renew()
    if not drafts and not requests:
        return
    log.warning(
        "words_unreadable",
        drafts=drafts,
        requests=len(requests),
        reason="secrets/words.json is not the file that they were encrypted with: they are dropped",
    )
    for job in requests:
        if "user_id" in job.payload:
            notice = Notice(NoticeKind.NOT_PASSED_ON, job.payload["user_id"], str(job.id), {})
            await store.jobs.file(notice, at=utc_now())


async def _work(
    runtime: Runtime,
    scheduler: Scheduler,
    status: PeriodicWork,
    when_ready: Sequence[Work | PeriodicWork],
    data: DataFolder,
    stop: asyncio.Event,
) -> None:
    """Work until ``stop``; at ``when_ready`` from then on that the homeserver has answered, which ``status`` says."""
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(runtime.run(stop))
            group.create_task(scheduler.run(stop))
            await first_of(runtime.ready, stop)
            if runtime.ready.is_set():
                scheduler.wake(status)
                write_private(data.ready_file("bots"), f"{os.getpid()}\n".encode())
                log.info("ready")
                for work in when_ready:
                    if isinstance(work, PeriodicWork):
                        scheduler.add(work)
                    else:
                        group.create_task(work(stop))
    except ExceptionGroup as failures:
        # What has a sentence for a person is said, and not as a group of one.
        explained = next((e for e in failures.exceptions if isinstance(e, PalabreError)), None)
        if explained is None:
            raise
        raise explained from failures


def _devices_changed(
    sealed: SealedWatch,
    scheduler: Scheduler,
    workers: JobWorkers,
    kinds: Sequence[type[JobPayload]],
    users: frozenset[UserId],
) -> None:
    """Look at what depends on the devices of ``users``: the sealed accounts, and jobs of ``kinds``."""
    if sealed.watches_any(users):
        scheduler.wake(sealed.periodic)
    if users:
        for kind in kinds:
            workers.wake(kind)
