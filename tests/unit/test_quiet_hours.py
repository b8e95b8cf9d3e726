"""In somebody's own quiet hours what can wait is not told to them; afterwards it is, once, if it is so still."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.escalation import Escalation, RequestPosting
from bots.features.quiet.words import QuietWish, reading
from bots.features.spaces.deciding import SPACE_REQUESTS
from bots.greeting_text import Welcomed, greeting
from bots.quiet_people import CAN_WAIT
from community.agenda.personal_times import is_own_quiet, is_quiet_for
from community.core.messages import LANGUAGES
from community.core.zones import ZoneInfo, zone_names
from community.description.model import Status
from community.description.person import Person
from community.jobs.greetings import Greeting
from community.jobs.job import JobState
from community.jobs.notices import Notice, NoticeKind
from community.jobs.worker import JobWorker
from community.joining.arrival import ArrivalStage
from community.joining.invitation import InvitationTerms
from community.storage import NewInvitation
from matrix.errors import HomeserverUnreachable
from tests.lib.asking import visible
from tests.lib.bot_runtime import AWA, DIRECT, NOW
from tests.lib.descriptions import example
from tests.lib.notice_telling import Telling
from tests.lib.room_talk import RoomTalk, seeded_store
from tests.lib.space_talk import KEEPERS, SpaceTalk, direct, space_talk, user

AT_ONCE = {
    *(NoticeKind.LET_IN, NoticeKind.ONE_KEEPER, NoticeKind.KEEPERS_CLOSED, NoticeKind.NO_KEEPER),
    *(
        NoticeKind.WAITS_FOR_KEEPERS,
        NoticeKind.GATE_STRANGER,
        NoticeKind.GATE_PASSED,
        NoticeKind.GATE_UNWATCHED,
    ),
    *(
        NoticeKind.NOT_REACHED,
        NoticeKind.GUEST_ADMITTED,
        NoticeKind.GUEST_REFUSED,
        NoticeKind.GUEST_NEEDS_HOST,
    ),
    *(
        NoticeKind.GUEST_WELCOME,
        NoticeKind.ACCOUNT_FAULT,
        NoticeKind.TOKEN_RENEWED,
        NoticeKind.ACCOUNT_SEALED,
    ),
    *(NoticeKind.IDENTITY_CHANGED, NoticeKind.OWN_IDENTITY_CHANGED, NoticeKind.IDENTITY_ACCEPTED),
    *(NoticeKind.REMOVAL_FAILED, NoticeKind.INVITATION_FAILED, NoticeKind.NOT_PASSED_ON, NoticeKind.NOT_READ),
    *(NoticeKind.DEVICE_UNSIGNED, NoticeKind.STORE_PUT_BACK, NoticeKind.KEY_BACKUP_REPLACED),
    *(
        NoticeKind.VERIFICATION_ALARMING,
        NoticeKind.FILE_KEPT,
        NoticeKind.FILES_REFUSED,
        NoticeKind.FILES_AGAIN,
    ),
    *(NoticeKind.SPACE_GRANTED, NoticeKind.SPACE_REFUSED, NoticeKind.SPACE_EXPIRED, NoticeKind.SPACE_READY),
    *(NoticeKind.SPACE_LATE, NoticeKind.SPACE_LEFT, NoticeKind.SPACE_UNDECIDED),
    *(NoticeKind.CLOCK_APART, NoticeKind.CLOCK_JUMPED),
    *(NoticeKind.LEAVING_RECEIPT, NoticeKind.LEAVING_REFUSED),
}
COMMUNITY = example().community
HINT = Notice(NoticeKind.RECOVERY_KEY, AWA, "1", {})
DURING = "09:00-17:00"
"""Half past nine in Bamako, when each of these begins, is within."""
AFTERWARDS = NOW.replace(hour=17, minute=0)


@asynccontextmanager
async def telling(folder: Path, hours: str | None = DURING) -> AsyncIterator[Telling]:
    async with await seeded_store(folder, ("en",)) as store:
        talk = RoomTalk(store, folder)
        await talk.start()
        await talk.bot._incoming.people.refresh()
        if hours is not None:
            await store.quiet_hours.put(AWA, hours)
        yield Telling(talk)


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[Telling]:
    async with telling(tmp_path) as made:
        yield made


def kinds(bot: Telling) -> list[str]:
    """Return what is in Awa's direct message, by msgtype."""
    return [event.content["msgtype"] for event in bot.talk.homeserver.said(DIRECT).values()]


def test_each_kind_of_notice_waits_or_comes_at_once() -> None:
    assert set(NoticeKind) == CAN_WAIT | AT_ONCE
    assert not CAN_WAIT & AT_ONCE


async def test_what_can_wait_is_told_once_when_the_hours_are_over(bot: Telling) -> None:
    store = bot.talk.store
    await store.jobs.file(HINT, at=NOW)
    for bot.talk.now in (NOW, NOW + timedelta(hours=4), AFTERWARDS - timedelta(seconds=1)):
        assert await bot.work() == {}
    (job,) = await store.jobs.pending(Notice.KIND)
    assert (job.state, job.attempts) == (JobState.PENDING, 0), "no attempt is counted"
    bot.talk.now = AFTERWARDS
    assert await bot.work() == {"done": 1}
    assert await bot.work() == {}
    assert kinds(bot) == ["m.text", "m.image"]


async def test_that_somebody_is_in_a_safe_space_is_told_after_the_greeting(tmp_path: Path) -> None:
    """The page has promised that the first message says whom to ask."""
    async with telling(tmp_path, None) as bot:
        jobs = bot.talk.store.jobs
        await jobs.file(Greeting(AWA, NOW.isoformat()), at=NOW)
        await jobs.file(Notice(NoticeKind.LET_IN, AWA, "1", {"room": "Speaking freely", "days": ""}), at=NOW)
        assert await bot.work() == {}
        await jobs.withdraw(Greeting.KIND, {"user_id": AWA}, at=NOW)
        assert await bot.work() == {"done": 1}


async def test_what_is_wrong_is_told_at_once_beside_what_waits(bot: Telling) -> None:
    changed = {"name": "Awa", "username": "awa", "user": AWA, "count": "1"}
    await bot.talk.store.jobs.file(HINT, at=NOW)
    await bot.talk.store.jobs.file(Notice(NoticeKind.OWN_IDENTITY_CHANGED, AWA, "k", changed), at=NOW)
    assert await bot.work() == {"done": 1}
    (left,) = Notice.each(await bot.talk.store.jobs.pending(Notice.KIND))
    assert left[1].kind is NoticeKind.RECOVERY_KEY


async def test_whoever_takes_them_back_is_told_at_once(bot: Telling) -> None:
    await bot.talk.store.jobs.file(HINT, at=NOW)
    assert await bot.work() == {}
    await bot.talk.told("no quiet hours", room=DIRECT)
    assert await bot.work() == {"done": 1}


@pytest.mark.parametrize("sent", [0, 1])
async def test_killed_when_they_begin_and_again_within_it_is_told_once_afterwards(
    tmp_path: Path, sent: int
) -> None:
    """The first process ends with nothing, or with the first of two messages, in the room and nothing noted."""
    async with telling(tmp_path, "09:31-17:00") as bot:
        await bot.talk.store.jobs.file(HINT, at=NOW)
        bot.talk.homeserver.goes_away_after, bot.talk.homeserver.is_away = sent, not sent
        await bot.work()
        bot.talk.homeserver.is_away = False
        for minutes in (10, 100):
            bot.talk.now = NOW + timedelta(minutes=minutes)
            await bot.talk.start()
            assert await Telling(bot.talk).work() == {}
        before = len(kinds(bot))
        assert before <= sent
        bot.talk.now = AFTERWARDS
        for _ in range(2):
            await Telling(bot.talk).work()
            bot.talk.now += timedelta(minutes=5)
        assert kinds(bot) == ["m.text", "m.image"]


@pytest.mark.parametrize("has", ["a recovery key", "a second device"])
async def test_who_has_what_is_missing_by_then_is_told_nothing(bot: Telling, has: str) -> None:
    store = bot.talk.store
    await store.jobs.file(HINT, at=NOW)
    assert await bot.work() == {}
    if has == "a recovery key":
        await store.sign_ins.note(AWA, [], at=NOW)
        await store.sign_ins.note_key(AWA, at=NOW)
    else:
        bot.several = frozenset({AWA})
    bot.talk.now = AFTERWARDS
    assert await bot.work() == {"done": 1}
    assert kinds(bot) == []


@pytest.mark.parametrize("goes_on", [True, False])
async def test_of_a_guest_who_goes_on_meanwhile_it_is_not_told_that_they_are_stuck(
    bot: Telling, goes_on: bool
) -> None:
    store, guest = bot.talk.store, "@salif:h"
    offered = InvitationTerms(name="Salif", role="member", language="fr")
    new = NewInvitation("0" * 64, offered, AWA, NOW + timedelta(days=9))
    (link,) = await store.invitations.add([new], by=AWA, at=NOW - timedelta(days=3))
    await store.invitations.redeem(link.digest, guest, NOW - timedelta(days=2))
    await store.invitations.note_stage(guest, ArrivalStage.ACCOUNT_MADE, NOW - timedelta(days=2))
    stage = ArrivalStage.ACCOUNT_MADE.value
    values = {"name": "Salif", "number": str(link.id), "stage": stage}
    await store.jobs.file(Notice(NoticeKind.INVITED_STUCK, AWA, f"{link.id}/{guest}", values), at=NOW)
    if goes_on:
        await store.invitations.note_stage(guest, ArrivalStage.SIGNED_IN, NOW)
    bot.talk.now = AFTERWARDS
    assert await bot.work() == {"done": 1}
    assert kinds(bot) == ([] if goes_on else ["m.text"])


@pytest.mark.parametrize("keeps", [True, False])
async def test_who_has_come_into_a_safe_room_is_told_only_to_whoever_still_keeps_it(
    bot: Telling, keeps: bool
) -> None:
    """Hours lie between: by then somebody else may keep it."""
    let_in = Notice(
        NoticeKind.GATE_LET_IN,
        AWA,
        "candid/2026-11-23T09:00:00+00:00",
        {"room": "Candid", "people": "Ada (@ada:h)", "more": "0"},
    )
    bot.kept = frozenset({"candid"} if keeps else ())
    await bot.talk.store.jobs.file(let_in, at=NOW)
    assert await bot.work() == {}
    bot.talk.now = AFTERWARDS
    assert await bot.work() == {"done": 1}
    assert kinds(bot) == (["m.notice"] if keeps else [])


async def test_news_for_members_is_not_told_to_a_former_one(bot: Telling) -> None:
    """Whoever leaves in the hours in which it waits is one afterwards, and could still be written to."""
    store = bot.talk.store
    await store.jobs.file(Notice(NoticeKind.WEEK_WELL, AWA, "1", {}), at=NOW)
    assert await bot.work() == {}
    others = [one for one in await store.people.all() if one.user_id != AWA]
    await store.people.replace(others, {AWA: Status.ALUMNI})
    incoming = bot.talk.bot._incoming
    await incoming.people.refresh()
    (one, *_rest) = incoming.community.members
    member = one.model_copy(update={"username": "awa", "status": Status.ALUMNI})
    await incoming.take(incoming.community.model_copy(update={"members": (member,)}))
    assert incoming.alumnus(AWA) is not None
    bot.talk.now = AFTERWARDS
    assert await bot.work() == {"done": 1}
    assert kinds(bot) == []


async def shown(talk: SpaceTalk) -> Counter[str]:
    """Have the worker show what was not shown as it was asked for."""
    escalation = talk.answers.executor._context.escalations
    assert isinstance(escalation, Escalation)
    counts: Counter[str] = Counter()
    handler = RequestPosting(escalation, SPACE_REQUESTS)
    worker = JobWorker(talk.store.jobs, [handler], holder="bot", now=lambda: talk.now, counts=counts)
    await worker.turn(asyncio.Event())
    return counts


@pytest.mark.parametrize("restarts", [False, True])
async def test_a_request_is_shown_to_a_keeper_when_their_hours_are_over_and_to_the_others_at_once(
    tmp_path: Path, restarts: bool
) -> None:
    async with space_talk(tmp_path, ("en",)) as talk:
        late, *others = KEEPERS
        await talk.store.quiet_hours.put(user(late), "06:00-18:00")
        await talk.says("join health")
        (said,) = [one for one in talk.read_by(direct("moses.okello")) if "“yes " in one]
        await talk.says("yes " + said.split("“yes ")[1].split("”")[0])
        assert [len(talk.read_by(direct(one))) for one in (late, *others)] == [0, 1, 1]
        for _look in range(3):
            talk.now += timedelta(minutes=1)
            assert sum((await shown(talk)).values()) <= int(restarts)
            if restarts:
                await talk.start()
                await talk.bot._incoming.people.refresh()
        assert [len(talk.read_by(direct(one))) for one in (late, *others)] == [0, 1, 1]
        talk.now = NOW.replace(hour=19)
        await shown(talk)
        talk.now += timedelta(minutes=1)
        await shown(talk)
        assert [len(talk.read_by(direct(one))) for one in (late, *others)] == [1, 1, 1]
        assert len(await talk.requests()) == 1


async def test_where_it_could_be_shown_to_one_of_several_alone_the_others_see_it_later(
    tmp_path: Path,
) -> None:
    async with space_talk(tmp_path, ("en",)) as talk:
        await talk.says("join health")
        (said,) = [one for one in talk.read_by(direct("moses.okello")) if "“yes " in one]
        before, seen = len(talk.homeserver.sent), len(talk.read_by(direct("moses.okello")))
        talk.homeserver.goes_away_after = before + 1
        with suppress(HomeserverUnreachable):
            await talk.says("yes " + said.split("“yes ")[1].split("”")[0])
        talk.homeserver.is_away = False
        assert sum(len(talk.read_by(direct(one))) for one in KEEPERS) == 1
        for _look in range(2):
            talk.now += timedelta(minutes=5)
            await shown(talk)
        assert all(talk.read_by(direct(one)) for one in KEEPERS)
        transactions = Counter(key for key, _ in talk.homeserver.sent[before:])
        assert len(transactions) == len(KEEPERS) + len(talk.read_by(direct("moses.okello"))) - seen


def person(city: str | None) -> Person:
    return Person(AWA, "awa", "Awa", "member", city, (), ("en",))


def test_own_hours_go_by_the_clock_of_the_city_and_without_one_by_the_communitys() -> None:
    # Kigali is two hours ahead of UTC.
    moment = datetime(2026, 11, 23, 19, 30, tzinfo=UTC)
    assert is_own_quiet(person("kigali"), "21:00-07:00", COMMUNITY, moment)
    assert not is_own_quiet(person("bamako"), "21:00-07:00", COMMUNITY, moment)
    zone = ZoneInfo(COMMUNITY.timezone)
    local = moment.astimezone(zone)
    hours = f"{local:%H}:00-{(local + timedelta(hours=1)):%H}:00"
    assert is_own_quiet(person(None), hours, COMMUNITY, moment)
    assert not is_own_quiet(person("bamako"), None, COMMUNITY, moment)


def test_own_hours_stand_in_place_of_the_citys_and_its_days_of_rest_stay() -> None:
    night = datetime(2026, 11, 23, 23, tzinfo=UTC)
    assert is_quiet_for(person("bamako"), None, COMMUNITY, night)
    assert not is_quiet_for(person("bamako"), "08:00-09:00", COMMUNITY, night)
    assert is_quiet_for(person("bamako"), "22:00-23:30", COMMUNITY, night)
    sunday = datetime(2026, 11, 29, 12, tzinfo=UTC)
    assert is_quiet_for(person("bamako"), "22:00-23:30", COMMUNITY, sunday)


_PUT_BACK = timedelta(hours=3)
"""More than any clock is put back by since 2020."""


def minutes_of(clock: str) -> int:
    hour, _, minute = clock.partition(":")
    return int(hour) * 60 + int(minute)


_CLOCKS = st.integers(0, 24 * 4 - 1).map(lambda quarter: f"{quarter // 4:02}:{quarter % 4 * 15:02}")


@given(
    st.sampled_from(sorted(zone_names())),
    st.tuples(_CLOCKS, _CLOCKS).filter(lambda pair: pair[0] != pair[1]),
    st.integers(0, 15 * 366 * 24 * 60).map(
        lambda minutes: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    ),
)
def test_the_hours_end_in_each_zone_also_where_the_clocks_change(
    zone: str, pair: tuple[str, str], moment: datetime
) -> None:
    """What waits does so for as long as the hours are, and the most by which clocks are put back; then it may come."""
    community = COMMUNITY.model_copy(update={"timezone": zone})
    begin, end = pair
    lasts = timedelta(minutes=(minutes_of(end) - minutes_of(begin)) % (24 * 60))
    step = timedelta(minutes=15)
    looks = [moment + step * number for number in range(int((lasts + _PUT_BACK) / step) + 2)]
    assert any(not is_own_quiet(person(None), f"{begin}-{end}", community, at) for at in looks)


_AS_WRITTEN = {"ar": ("10:00 م", "5:30 ص"), "es": ("22:00", "5:30")}
"""Times as the languages write them that do not write “22:00” and “05:30”: as the dates beside them."""


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_greeting_says_how_to_set_them_and_when_it_is_quiet_where_somebody_is(
    language: str, tmp_path: Path
) -> None:
    async with telling(tmp_path, None) as bot:
        known = bot.talk.answers.executor._context.answers.knowledge
        community = known.community
        there = [
            city.model_copy(update={"quiet": "22:00-05:30"}) if city.key == "kigali" else city
            for city in community.cities
        ]
        community = community.model_copy(update={"cities": tuple(there)})
        come = replace(person("kigali"), languages=(language,))
        said = greeting(replace(known, community=community), Welcomed(come, None, 0, None, (), ()))
        text = visible(said.text)
        begin, end = _AS_WRITTEN.get(language, ("22:00", "05:30"))
        assert begin in text
        assert end in text
        quoted = re.findall("[“«]([^”»]*)[”»]", text)
        read = [one for one in (reading(each, (language,)) for each in quoted) if one]
        assert [(one.language, one.wish, one.hours) for one in read] == [
            (language, QuietWish.SET, "21:00-07:00")
        ]
