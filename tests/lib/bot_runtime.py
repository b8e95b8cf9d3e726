"""One bot over a homeserver that notes what is asked of it, with the example community."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, cast

from bots.assembly import Answering, Parts, answering
from bots.community_reloader import CommunityReloader
from bots.context.feature import Feature, FeatureHandlers, PlainHandler, Precedence, Setting
from bots.context.message import MessageContext, Reply
from bots.context.sources import no_feeds
from bots.encryption import EncryptedClient, Invitation, Reacted, Received, RoomView
from bots.encryption.batch import Batch
from bots.encryption.sas import Party
from bots.encryption.verification_events import Outgoing, VerificationId
from bots.escalation import Escalation
from bots.feature_set import FeatureSet
from bots.features.pass_on import PassOn
from bots.features.registry import FEATURES
from bots.incoming_reader import IncomingReader
from bots.posting import PostOnce
from bots.rooms import CommunityOrigin
from bots.runtime import BatchListeners, Runtime
from bots.safe_rooms import SafeRooms
from bots.unread_messages import UnreadMessages
from bots.verifying import Verifying
from community.description.model import Community
from community.jobs.planned_replies import PlannedReplyJob
from community.jobs.worker import JobWorker
from community.storage import Store
from matrix.client_api import ClientApi
from matrix.errors import Forbidden, HomeserverUnreachable
from matrix.ids import EventId, RoomId, UserId
from tests.lib.descriptions import example

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
ROOT = Path(__file__).parents[2]
EXAMPLE = example().community
BOT, AWA, OUTSIDER = UserId("@palabre:h"), UserId("@awa:h"), UserId("@outsider:h")
PETER, PROVISIONER = UserId("@peter:h"), UserId("@palabre-provisioner:h")
DIRECT, COORDINATION = RoomId("!direct"), RoomId("!coordination")


class VerificationStandIn:
    """The channel of verifications: what was ``sent`` by it, and which ``open`` ones the device's store has."""

    ours = Party(BOT, "BOT", "bots+ed25519", "bots+master")

    def __init__(self) -> None:
        self.devices = {(AWA, "PHONE"): Party(AWA, "PHONE", "awas+ed25519", "awas+master")}
        self.sent: list[Outgoing] = []
        self.over_now: list[VerificationId] = []
        self.passed: list[VerificationId] = []
        self.looked_up = 0
        self.is_refusing = False

    async def theirs(self, user_id: UserId, device_id: str) -> Party | None:
        self.looked_up += 1
        return self.devices.get((user_id, device_id))

    async def send(self, out: Outgoing, _transaction_id: str) -> None:
        if self.is_refusing:
            raise Forbidden("M_FORBIDDEN", 403, "sendToDevice")
        self.sent.append(out)

    async def over(self, identity: VerificationId) -> None:
        self.over_now.append(identity)

    async def passed_over(self, identity: VerificationId) -> None:
        self.passed.append(identity)


class Homeserver:
    """What the bot's client and its API do, and what was asked of them."""

    user_id = BOT
    device_id = "BOT"

    def __init__(self) -> None:
        joined = {AWA: "join", BOT: "join"}
        theirs = {PETER: "join", BOT: "join", PROVISIONER: "join"}
        origin = {"org.palabre.community": "villes", "org.palabre.key": "coordination"}
        locator = {"key": "coordination", "kind": "room"}
        self.rooms = {
            DIRECT: RoomView(DIRECT, AWA, algorithm="megolm", members=joined),
            COORDINATION: RoomView(
                COORDINATION, PROVISIONER, origin, locator, algorithm="megolm", members=theirs
            ),
        }
        self.sent: list[tuple[str, Mapping[str, Any]]] = []
        self.entered: list[str] = []
        self.left: list[str] = []
        self.redacted: list[str] = []
        self.signs: list[tuple[str, str]] = []
        self.dealt_with: list[str] = []
        self.earlier: dict[str, Received] = {}
        self.hidden: set[tuple[EventId, UserId]] = set()
        self.is_away = False
        self.is_refusing = False
        self.goes_away_after: int | None = None
        self.asked_for: list[UserId] = []
        self.shown: dict[UserId, str] = {}
        self.pinned: dict[str, str] = {}
        self.verification = VerificationStandIn()
        self.counts: Counter[str] = Counter()

    async def know(self, users: Iterable[UserId]) -> None:
        self.asked_for += list(users)

    async def identities_shown(self) -> dict[UserId, str]:
        return self.shown

    async def upload_media(self, _content: bytes) -> str:
        return "mxc://h/media"

    async def use_pins(self, pins: Mapping[str, str]) -> None:
        self.pinned = dict(pins)

    async def send(
        self,
        room_id: RoomId,
        content: Mapping[str, Any],
        transaction_id: str,
        **_in_clear: Any,
    ) -> EventId:
        if self.is_away:
            raise HomeserverUnreachable("http://127.0.0.1:8008")
        if self.is_refusing:
            raise Forbidden("M_FORBIDDEN", 403, "rooms/send")
        if room_id not in self.rooms:
            raise KeyError(room_id)
        self.sent.append((transaction_id, content))
        event_id = EventId(f"$reply{len(self.sent)}")
        self.earlier[event_id] = Received(room_id, event_id, BOT, content, 0)
        self.is_away = len(self.sent) == self.goes_away_after
        return event_id

    def said(self, room_id: RoomId) -> dict[str, Received]:
        """Return what the bot has said in a room, once for each transaction, as the homeserver has it."""
        transactions = dict(zip((key for key, _ in self.sent), self.earlier.values(), strict=False))
        return {key: event for key, event in transactions.items() if event.room_id == room_id}

    async def read_back(self, room_id: RoomId, event_id: EventId) -> Received | None:
        event = self.earlier.get(event_id)
        return event if event is not None and event.room_id == room_id else None

    async def could_read(self, room_id: RoomId, event_id: EventId, user_id: UserId) -> bool:
        event = self.earlier.get(event_id)
        return event is not None and event.room_id == room_id and (event_id, user_id) not in self.hidden

    async def send_reaction(self, _room_id: RoomId, event_id: EventId, key: str) -> None:
        self.signs.append((event_id, key))

    async def redact_event(self, room_id: RoomId, event_id: EventId, _transaction_id: str) -> None:
        assert self.earlier[event_id].room_id == room_id
        self.redacted.append(event_id)

    async def done(self, message: Received | Reacted) -> None:
        self.dealt_with.append(message.event_id)

    async def join(self, room_id: RoomId) -> None:
        self.entered.append(room_id)

    async def leave(self, room_id: RoomId) -> None:
        self.left.append(room_id)


class Echo(PlainHandler[MessageContext]):
    """Says again what it is asked, and stumbles over one word."""

    def answer(self, context: MessageContext) -> Reply:
        if context.text == "yes":
            return Reply("passed on", "", effects=(PassOn("who knows zeppelins?", "en"),))
        if context.text == "stumble":
            raise ValueError(f"cannot cope with {context.text}")
        return Reply(f"re: {context.text}", "")


class EchoHandlers(FeatureHandlers):
    def __init__(self, _setting: Setting) -> None:
        pass

    @property
    def messages(self) -> Sequence[tuple[Precedence, Echo]]:
        return ((Precedence.QUESTION, Echo()),)


WITH_ECHO = (
    *(feature for feature in FEATURES if feature.guarded),
    Feature("echo", EchoHandlers, guarded=False),
)


def runtime(homeserver: Homeserver, store: Store, folder: Path, **options: Any) -> Runtime:
    """Return a bot, as one process after another has it, on the same store."""
    return process(homeserver, store, folder, **options)[0]


def process(
    homeserver: Homeserver,
    store: Store,
    folder: Path,
    *,
    keys_withheld: bool = False,
    features: Sequence[Feature] | None = None,
    now: datetime = NOW,
    clock: Callable[[], datetime] | None = None,
    admits: Callable[[RoomView, UserId], bool] | None = None,
    community: Community = EXAMPLE,
    revision: int = 0,
    is_clock_believed: Callable[[], bool] = lambda: True,
    feed_server: Callable[[], Awaitable[str | None]] = no_feeds,
) -> tuple[Runtime, Answering]:
    """Return a bot with what answers for it; ``folder`` is the bot's, with the journal of older versions.

    It goes by ``community``, of the store's ``revision``, until another one is applied.
    """
    told = clock or (lambda: now)
    client, api = cast(EncryptedClient, homeserver), cast(ClientApi, homeserver)
    ours = CommunityOrigin("villes", UserId("@palabre-provisioner:h"))
    incoming = IncomingReader(
        client,
        ours,
        community,
        store=store,
        display_name="Palabre",
        now=told,
        keys_withheld=keys_withheld,
    )
    incoming.is_clock_believed = is_clock_believed
    if admits is not None:
        incoming.admits = admits
    chosen = WITH_ECHO if features is None else features
    feature_set = FeatureSet(community, "h", (ROOT / "community", ROOT / "bots"), chosen)
    once = PostOnce(store, client, api, late_limit=timedelta(hours=1), now=told)
    escalation = Escalation(store, once, incoming, feature_set, now=told)
    safe_rooms = SafeRooms(community, "h")
    takers = (incoming.take, safe_rooms.take, partial(feature_set.refresh, store))
    incoming.described = CommunityReloader(store, revision, takers).refresh
    parts = Parts(store, client, api, feature_set, incoming, escalation, safe_rooms, folder, feed_server)
    answers = answering(parts, counts=Counter(), now=told)
    unread = UnreadMessages(store, api, incoming, now=told)
    listeners = BatchListeners(
        answers.redactions,
        unread.take,
        lambda _users: None,
        Verifying(store, client, incoming, feature_set, now=told),
    )
    bot = Runtime(client, api, incoming, answers.processor, listeners)
    return bot, answers


async def finish_replies(answers: Answering, store: Store, *, now: datetime) -> Counter[str]:
    """Carry out what is due of what was decided and not done; return what became of it."""
    counts: Counter[str] = Counter()
    await answers.replies.open()
    worker = JobWorker(store.jobs, [answers.unfinished], holder="worker", now=lambda: now, counts=counts)
    await worker.turn(asyncio.Event())
    return counts


async def kept_replies(store: Store) -> list[PlannedReplyJob]:
    """Return what was decided and is not done."""
    return [kept for _job, kept in PlannedReplyJob.each(await store.jobs.pending(PlannedReplyJob.KIND))]


def said(body: str, event_id: str, *, sender: UserId = AWA, **more: Any) -> Received:
    return Received(DIRECT, EventId(event_id), sender, {"msgtype": "m.text", "body": body, **more}, 0)


def batch(
    *messages: Received, invitations: tuple[Invitation, ...] = (), rooms: tuple[RoomId, ...] = ()
) -> Batch:
    return Batch(messages, invitations, frozenset(rooms), frozenset())


async def take(bot: Runtime, heard: Batch) -> None:
    """Have a bot deal with a batch, round after round until nothing waits."""
    await bot._take(heard)
    while bot._backlog:
        await bot._take(batch())
