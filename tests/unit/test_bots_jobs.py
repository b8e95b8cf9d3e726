"""How the bot carries out jobs: whom it invites, what it tells whom, and what becomes of what cannot be done."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import structlog

from bots.context.feature import Post, RequestType
from bots.context.message import Reply
from bots.context.open_history import OpenHistory
from bots.directs import DirectRooms
from bots.encryption import EncryptedClient, RoomView
from bots.escalation import Escalation, RequestPosting
from bots.examine import waiting_and_failed
from bots.feature_set import FeatureSet
from bots.features.invitations.handler import InvitationHandler
from bots.features.invitations.history import HistoryHandler
from bots.notices import NoticeDelivery
from bots.posting import PostOnce
from community.core.messages import translator
from community.description.data_folder import DataFolder
from community.description.person import Person
from community.description.settings import Settings
from community.jobs.backoff import MOST_STUMBLES
from community.jobs.findings import SHOWN_FOR
from community.jobs.invitations import RoomInvitation
from community.jobs.job import Job, JobState, NewJob
from community.jobs.notices import COORDINATORS, Notice, NoticeKind
from community.jobs.requested import PassedQuestion
from community.jobs.worker import JobHandler, JobWorker
from community.storage import Store
from matrix.client_api import ClientApi
from matrix.errors import Forbidden, HomeserverUnreachable, LimitExceeded, MatrixRequestError
from matrix.ids import RoomId, UserId
from tests.lib.descriptions import small
from tests.lib.jobs import file_raw
from tests.lib.memory_client import MemoryClient

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
COMMUNITY = small().community
CAFE, AWA, BEN = RoomId("!cafe:x"), UserId("@awa:x"), UserId("@ben:x")


class Homeserver(MemoryClient):
    """What the bot's client and its API do, and whom they were asked to invite."""

    def __init__(self) -> None:
        super().__init__()
        self.rooms = {"cafe": RoomView(CAFE, members={BEN: "join"})}
        self.signed = {AWA, BEN}
        self.invited: list[tuple[RoomId, UserId]] = []
        self.errors: list[Exception] = []
        self.stands: str | None = "join"

    async def invite(self, room_id: RoomId, user_id: UserId) -> None:
        if self.errors:
            raise self.errors.pop()
        self.invited.append((room_id, user_id))

    async def membership(self, _room_id: RoomId, user_id: UserId) -> str | None:
        if user_id != self.user_id:
            return None
        if self.stands is None:
            raise Forbidden("M_FORBIDDEN", 403, "rooms/state")
        return self.stands


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with await Store.open(f"sqlite+aiosqlite:///{tmp_path}/palabre.db") as opened:
        yield opened


async def worked(
    store: Store, handler: JobHandler[Any], *, at: datetime = NOW, **options: Any
) -> Mapping[str, int]:
    """Let a worker do what can be done; return what became of it."""
    counts: Counter[str] = Counter()
    worker = JobWorker(store.jobs, [handler], holder="bot", now=lambda: at, counts=counts, **options)
    await worker.turn(asyncio.Event())
    return counts


def invitations(store: Store, homeserver: Homeserver) -> InvitationHandler:
    client, api = cast(EncryptedClient, homeserver), cast(ClientApi, homeserver)
    ours, now = lambda: homeserver.rooms, lambda: NOW
    history = HistoryHandler(store, client, ours, OpenHistory(lambda: COMMUNITY), now)
    return InvitationHandler(store, client, api, ours, history, name_of=str.title, now=now)


async def ask(store: Store, *people: UserId, room: str = CAFE) -> None:
    for person in people:
        await store.jobs.file(RoomInvitation(room, "cafe", person), at=NOW)


async def jobs(store: Store, state: JobState) -> list[Job]:
    return list(await store.jobs.of_state(RoomInvitation.KIND, state))


async def test_who_has_a_signed_device_is_invited_and_the_others_wait_at_no_cost(store: Store) -> None:
    homeserver = Homeserver()
    homeserver.signed = {AWA}
    await ask(store, AWA, UserId("@cy:x"))
    assert await worked(store, invitations(store, homeserver)) == {"done": 1}
    assert homeserver.invited == [(CAFE, AWA)]
    assert [job.attempts for job in await jobs(store, JobState.PENDING)] == [0]


async def test_the_bot_invites_to_no_room_that_is_not_ours(store: Store) -> None:
    homeserver = Homeserver()
    await ask(store, AWA, room="!elsewhere:x")
    assert await worked(store, invitations(store, homeserver)) == {}
    assert (homeserver.invited, len(await jobs(store, JobState.PENDING))) == ([], 1)


async def test_who_is_there_already_is_not_invited_again(store: Store) -> None:
    homeserver = Homeserver()
    await ask(store, BEN)
    assert await worked(store, invitations(store, homeserver)) == {"done": 1}
    assert homeserver.invited == []


@pytest.mark.parametrize(
    ("error", "state", "reason"),
    [
        (Forbidden("M_FORBIDDEN", 403, "invite"), JobState.FAILED, "M_FORBIDDEN"),
        (MatrixRequestError("M_UNKNOWN", 502, "invite"), JobState.PENDING, "M_UNKNOWN"),
        (LimitExceeded("M_LIMIT_EXCEEDED", 429, "invite"), JobState.PENDING, "M_LIMIT_EXCEEDED"),
    ],
)
async def test_what_is_refused_has_failed_and_what_passes_is_tried_again(
    store: Store, error: Exception, state: JobState, reason: str
) -> None:
    homeserver = Homeserver()
    homeserver.errors = [error]
    await ask(store, AWA)
    await worked(store, invitations(store, homeserver))
    (job,) = await jobs(store, state)
    assert (job.reason, job.attempts) == (reason, 1)
    assert (job.run_after > NOW) == (state is JobState.PENDING)
    told = [Notice.decoded(notice.payload) for notice in await store.jobs.pending(Notice.KIND)]
    about = (NoticeKind.INVITATION_FAILED, {"user": AWA, "room": "Cafe"})
    assert [(notice.kind, notice.values) for notice in told] == [about] * (state is JobState.FAILED)


@pytest.mark.parametrize("stands", ["leave", "ban", None])
async def test_what_is_refused_because_the_bot_was_taken_out_waits_until_it_is_back(
    store: Store, stands: str | None
) -> None:
    homeserver = Homeserver()
    homeserver.errors, homeserver.stands = [Forbidden("M_FORBIDDEN", 403, "invite")], stands
    await ask(store, AWA)
    assert await worked(store, invitations(store, homeserver)) == {"put_off": 1}
    assert await store.jobs.pending(Notice.KIND) == ()
    (job,) = await jobs(store, JobState.PENDING)
    assert await worked(store, invitations(store, homeserver), at=job.run_after) == {"done": 1}
    assert homeserver.invited == [(CAFE, AWA)]


async def test_a_homeserver_that_is_away_leaves_all_as_they_are(store: Store) -> None:
    homeserver = Homeserver()
    homeserver.errors = [HomeserverUnreachable("http://x")]
    await ask(store, AWA, UserId("@cy:x"))
    with pytest.raises(HomeserverUnreachable):
        await worked(store, invitations(store, homeserver), halting=(HomeserverUnreachable,))
    assert [job.run_after for job in await jobs(store, JobState.PENDING)] == [NOW, NOW]


async def test_a_row_that_is_no_invitation_has_failed(store: Store) -> None:
    await file_raw(store, NewJob(RoomInvitation.KIND, {"user_id": AWA}, "x"), at=NOW)
    assert await worked(store, invitations(store, Homeserver())) == {"failed": 1}


# --- notices -----------------------------------------------------------------------------------------------------

COORDINATION = RoomView(RoomId("!coordination:x"), members={BEN: "join"})


class People(dict[UserId, Person]):
    async def refresh(self) -> None:
        """They are known already."""


def delivery(
    store: Store,
    room: MemoryClient,
    *,
    coordinators: RoomView | None = COORDINATION,
    watched: Sequence[Person] = (),
    has_looked: bool = True,
) -> NoticeDelivery:
    client = cast(EncryptedClient, room)
    once = PostOnce(store, client, cast(ClientApi, room), late_limit=timedelta(days=1), now=lambda: NOW)
    escalation = SimpleNamespace(
        people=People(),
        coordinators=coordinators,
        watched_coordinators=watched,
        translator=translator("en", []),
    )
    nobody = SimpleNamespace(get=lambda _user_id: None, is_complete=has_looked)
    return NoticeDelivery(
        store,
        client,
        once,
        cast(Escalation, escalation),
        cast(DirectRooms, SimpleNamespace(correspondents=nobody)),
        cast(FeatureSet, None),
        now=lambda: NOW,
    )


THIN = Notice(NoticeKind.ONE_KEEPER, COORDINATORS, "talk", {"room": "Talk"})


async def test_a_notice_is_told_once_and_its_names_are_not_kept(store: Store) -> None:
    room = MemoryClient()
    await store.jobs.file(THIN, at=NOW)
    assert await worked(store, delivery(store, room)) == {"done": 1}
    assert ["Talk" in said for said in room.bodies] == [True]
    (job,) = await store.jobs.of_state(Notice.KIND, JobState.DONE)
    assert job.payload == {"kind": "one-keeper", "audience": COORDINATORS, "occasion": "talk"}
    assert not await store.jobs.file(THIN, at=NOW)


async def test_what_is_so_a_second_time_is_told_a_second_time(store: Store) -> None:
    room = MemoryClient()
    for day in range(2):
        await store.jobs.file(THIN, at=NOW - timedelta(days=2 - day))
        await worked(store, delivery(store, room))
        await store.jobs.revoke(Notice.KIND, {"occasion": "talk"}, at=NOW)
    assert len(room.bodies) == 2


async def test_without_the_coordinators_room_a_notice_waits_unclaimed(store: Store) -> None:
    room = MemoryClient()
    await store.jobs.file(THIN, at=NOW)
    assert await worked(store, delivery(store, room, coordinators=None)) == {}
    assert [job.attempts for job in await store.jobs.pending(Notice.KIND)] == [0]
    assert await worked(store, delivery(store, room)) == {"done": 1}


async def test_where_others_read_the_coordinators_room_each_is_told_by_themselves(store: Store) -> None:
    await store.jobs.file(THIN, at=NOW)
    theirs = Person(BEN, "ben", "Ben", "coordinator", None, (), ("en",))
    delivering = delivery(store, MemoryClient(), coordinators=None, watched=[theirs], has_looked=False)
    assert await worked(store, delivering) == {"done": 1}
    (job,) = await store.jobs.pending(Notice.KIND)
    assert Notice.decoded(job.payload) == replace(THIN, audience=BEN)


async def test_what_is_for_a_guest_waits_until_the_guests_are_known(store: Store) -> None:
    await store.jobs.file(replace(THIN, audience="@guest:x"), at=NOW)
    assert await worked(store, delivery(store, MemoryClient(), has_looked=False)) == {}
    assert await worked(store, delivery(store, MemoryClient())) == {"failed": 1}


@pytest.mark.parametrize(
    ("notice", "reason"),
    [
        (replace(THIN, audience="@gone:x"), "nobody"),
        (replace(THIN, values={}), "unreadable"),
    ],
)
async def test_what_nobody_can_be_told_has_failed_with_its_reason(
    store: Store, notice: Notice, reason: str
) -> None:
    await store.jobs.file(notice, at=NOW)
    assert await worked(store, delivery(store, MemoryClient())) == {"failed": 1}
    (job,) = await store.jobs.of_state(Notice.KIND, JobState.FAILED)
    assert job.reason == reason


# --- questions and proposals -------------------------------------------------------------------------------------


class Showing:
    """Posts what waits for the coordinators, unless it stumbles over it or nobody is there."""

    def __init__(self, store: Store) -> None:
        self.apologise = partial(Escalation.apologise, cast(Escalation, self))
        self._store, self.now = store, lambda: NOW
        self.error: Exception | None = None
        self.is_open = True
        self.posted: list[int] = []

    def is_posted(self, number: int) -> bool:
        return number in self.posted

    def is_held(self, _number: int) -> bool:
        return False

    async def to_post(self, numbers: Collection[int]) -> list[int]:
        return [number for number in numbers if not self.is_posted(number)]

    async def post_one(self, job: Job, posts: Callable[[], Iterable[Post]]) -> None:
        if self.error is not None:
            raise self.error
        if self.is_open:
            assert [reply.text for _room, reply in posts()] == ["Who knows?"]
            self.posted.append(job.id)


QUESTION = PassedQuestion(AWA, "3", "!r", "$e", "", "$e", "Who knows?", "en", "cafe", "$word")
ASKING = RequestType(
    PassedQuestion, lambda _job, asked, _audience: [(COORDINATION, Reply(asked.question, ""))]
)


def posting(showing: Showing) -> RequestPosting:
    return RequestPosting(cast(Escalation, showing), ASKING)


async def test_a_question_is_posted_and_waits_for_the_answer(store: Store) -> None:
    showing = Showing(store)
    handler = posting(showing)
    await store.jobs.file(QUESTION, at=NOW)
    showing.is_open = False
    assert await worked(store, handler) == {"put_off": 1}
    (job,) = await store.jobs.pending(PassedQuestion.KIND)
    assert (job.run_after, job.reason) == (NOW + handler.look_every, "nobody to ask")
    showing.is_open = True
    later = NOW + handler.look_every
    assert await worked(store, handler, at=later) == {"done": 1}
    assert await worked(store, handler, at=later) == {}
    (job,) = await store.jobs.pending(PassedQuestion.KIND)
    assert (showing.posted, job.state, job.payload["question"]) == ([job.id], JobState.PENDING, "Who knows?")


async def test_what_waits_for_somebody_again_and_again_is_logged_once(store: Store) -> None:
    showing = Showing(store)
    showing.is_open = False
    handler = posting(showing)
    await store.jobs.file(QUESTION, at=NOW)
    with structlog.testing.capture_logs() as logs:
        for turn in range(3):
            assert await worked(store, handler, at=NOW + turn * handler.look_every) == {"put_off": 1}
    assert [line["event"] for line in logs] == ["job_put_off"]


async def test_whoever_asked_is_told_where_we_stumble_over_their_question(store: Store) -> None:
    showing = Showing(store)
    showing.error = ValueError("Who knows?")
    await store.jobs.file(QUESTION, at=NOW)
    for day in range(MOST_STUMBLES):
        await worked(store, posting(showing), at=NOW + timedelta(days=day))
    (job,) = await store.jobs.of_state(PassedQuestion.KIND, JobState.FAILED)
    assert (job.reason, "question" in job.payload) == ("ValueError", False)
    (notice,) = await store.jobs.pending(Notice.KIND)
    told = Notice.decoded(notice.payload)
    assert (told.kind, told.audience) == (NoticeKind.NOT_PASSED_ON, AWA)


async def test_the_doctor_counts_what_has_failed_of_late(store: Store, tmp_path: Path) -> None:
    homeserver = Homeserver()
    homeserver.signed = {UserId(f"@{at.day}:x") for at in (NOW, NOW + SHOWN_FOR)}
    for at in (NOW, NOW + SHOWN_FOR):
        homeserver.errors = [Forbidden("M_FORBIDDEN", 403, "invite")]
        await store.jobs.file(RoomInvitation(CAFE, "cafe", UserId(f"@{at.day}:x")), at=at)
        await worked(store, invitations(store, homeserver), at=at)
    data, settings = DataFolder(tmp_path), Settings.model_construct(store_url=None)
    assert (await waiting_and_failed(settings, data, NOW + SHOWN_FOR))[1] == {"invite": 2}
    assert (await waiting_and_failed(settings, data, NOW + 2 * SHOWN_FOR))[1] == {"invite": 1}
    assert await waiting_and_failed(settings, DataFolder(tmp_path / "nothing"), NOW) == ((), {})
