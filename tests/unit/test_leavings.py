"""Somebody leaves: what the service does, step by step, on a homeserver in memory, broken off anywhere."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from community.core.messages import translator
from community.description.data_folder import DataFolder
from community.description.model import Community, Member, Status
from community.description.settings import Settings
from community.directory.entry import Entry
from community.directory.handing_over import handed_over, in_the_name_of
from community.jobs.job import JobState
from community.jobs.leavings import YES, ForgettingRequest, Leaving
from community.jobs.memberships import MembershipUpdate
from community.jobs.notice_text import sentences_of
from community.jobs.notices import Notice, NoticeKind
from community.jobs.worker import JobWorker
from community.storage import Store
from matrix.errors import HomeserverUnreachable
from matrix.ids import UserId
from provisioning.erasures import Erasures, TakenBack
from provisioning.leavings import TIME_TO_READ, Leavings
from provisioning.passwords import PasswordBook
from provisioning.snapshot import AccountClosure
from provisioning.topology import topology
from tests.lib.asking import CATALOGUES
from tests.lib.descriptions import small
from tests.lib.entries import added, contact, deadline, event, project
from tests.lib.memory_homeserver import SERVER, MemoryHomeserver

NOW = datetime(2026, 12, 5, 9, tzinfo=UTC)
AWA, CLAUDINE, MOUSSA = "awa.diallo", "claudine.uwase", "moussa.keita"
ROOM = {"key": "lobby", "for": "community", "policy": "lobby", "name": "Lobby", "topic": "Lobby"}
ENTRIES: tuple[Entry, ...] = (
    contact("awa", name="Awa Diallo", member=AWA, email="awa@example.org", phone="+22370000001"),
    contact("claudine", name="Claudine Uwase", member=CLAUDINE),
    project("sorting", lead="awa"),
    deadline("report", asked_by=AWA),
    event("talk", audience={"people": [AWA, MOUSSA]}),
)


def user(name: str) -> UserId:
    return UserId(f"@{name}:{SERVER}")


@dataclass
class MemoryErasures:
    """What somebody wrote, by how often it is asked until it is deleted."""

    homeserver: MemoryHomeserver
    said: int = 3
    asks: int = 2
    done: list[str] = field(default_factory=list)

    async def take_back(self, user_id: UserId) -> TakenBack | None:  # noqa: ARG002
        self.asks -= 1
        self.done.append("take back")
        return None if self.asks > 0 else TakenBack(self.said)

    async def delete_media(self, user_id: UserId) -> None:  # noqa: ARG002
        self.done.append("media")

    async def erase_account(self, user_id: UserId, closing: AccountClosure) -> None:
        self.done.append("erase")
        await self.homeserver.close_account(user_id, closing)


@dataclass
class Site:
    """The service's surroundings; ``now`` is moved on by the test."""

    folder: Path
    store: Store
    homeserver: MemoryHomeserver
    erasures: MemoryErasures
    settings: Settings = field(default_factory=Settings)
    now: datetime = NOW

    @property
    def data(self) -> DataFolder:
        return DataFolder(self.folder)

    def book(self) -> PasswordBook:
        return PasswordBook(self.folder / "sign-in.json", "http://x", lambda: "a password")

    @asynccontextmanager
    async def erasing(self) -> AsyncIterator[Erasures]:
        yield self.erasures

    def worker(self) -> JobWorker:
        leavings = Leavings(self.homeserver, self.erasing, self.store, lambda: self, lambda: self.now)
        return JobWorker(
            self.store.jobs, (leavings,), holder="test", now=lambda: self.now, counts=Counter(), halting=()
        )

    async def turns(self, count: int = 1, after: timedelta = timedelta(seconds=20)) -> None:
        """Look so many times, each by a process of its own, some time after the other."""
        for _ in range(count):
            await self.worker().turn(asyncio.Event())
            self.now += after

    async def leaves(self, name: str = AWA, **more: str) -> None:
        values = {"status": Status.LEFT.value, **more}
        await self.store.jobs.file(Leaving(user(name), name, user(name), **values), at=self.now)

    async def receipt(self, kind: NoticeKind = NoticeKind.LEAVING_RECEIPT) -> str | None:
        """Return what stands in the notice of a kind, in English; None where there is none that waits."""
        jobs = await self.store.jobs.pending(Notice.KIND)
        said = [notice for _, notice in Notice.each(jobs) if notice.kind is kind]
        return "\n".join(str(one) for one in sentences_of(said[0])) if said else None

    async def received(self) -> None:
        """Have the bot send the receipt."""
        for job, notice in Notice.each(await self.store.jobs.pending(Notice.KIND)):
            if notice.kind is NoticeKind.LEAVING_RECEIPT:
                await self.store.jobs.end(job.id, JobState.DONE, at=self.now)

    async def member(self, name: str = AWA) -> Member:
        applied = await self.store.applied.readable()
        assert applied is not None
        return applied.community.member[name]

    async def waits(self, kind: Any) -> int:
        return len(await self.store.jobs.pending(kind.KIND))


def community(**parts: Any) -> Community:
    return small(**parts).community


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    described = small()
    homeserver = MemoryHomeserver()
    homeserver.realize(topology(described.community, Settings()))
    async with await Store.open(f"sqlite+aiosqlite:///{tmp_path / 'store.db'}") as store:
        await store.applied.replace(described.community, at=NOW)
        before = NOW - timedelta(days=30)
        await store.entries.change([added(entry) for entry in ENTRIES], actor="file", at=before)
        yield Site(tmp_path, store, homeserver, MemoryErasures(homeserver))


async def test_who_leaves_gets_a_receipt_first_and_time_to_read_it(site: Site) -> None:
    await site.leaves(successor=CLAUDINE)
    await site.turns(3)
    said = await site.receipt()
    assert said is not None
    assert "Your account closes in 10 minutes" in said
    assert "What you wrote stays in the rooms" in said
    assert "Claudine Uwase takes over what was in your name: 1 contact, 1 project, 1 deadline." in said
    assert "awa.diallo" in said
    assert (await site.member()).status is Status.ACTIVE
    await site.received()
    await site.turns(2)
    assert (await site.member()).status is Status.ACTIVE
    await site.turns(1, after=TIME_TO_READ)
    await site.turns(1)
    member = await site.member()
    assert (member.status, member.successor, member.name) == (Status.LEFT, CLAUDINE, "Awa Diallo")
    assert await site.waits(MembershipUpdate) == 1
    assert await site.waits(Leaving) == 0
    assert await site.waits(ForgettingRequest) == 0
    assert site.erasures.done == []
    told = await site.receipt(NoticeKind.MEMBER_LEFT)
    assert told == (
        f"{AWA} has left the network.\n"
        f"{CLAUDINE} takes over what was in their name: 1 contact, 1 project, 1 deadline."
    )


async def test_what_was_in_their_name_is_the_successors(site: Site) -> None:
    await site.leaves(successor=CLAUDINE)
    await site.turns(2)
    directory, calendar = await site.store.entries.directory(), await site.store.entries.calendar()
    assert [one.key for one in directory.contacts] == ["claudine"]
    assert directory.projects[0].lead == "claudine"
    assert calendar.deadlines[0].asked_by == CLAUDINE
    assert calendar.events[0].audience.people == (CLAUDINE, MOUSSA)
    rows = await site.store.entries.history(actor=user(AWA))
    assert sorted(row.key for row in rows) == ["awa", "report", "sorting", "talk"]


async def test_without_a_successor_the_contact_is_vacant(site: Site) -> None:
    await site.leaves()
    await site.turns(2)
    directory, calendar = await site.store.entries.directory(), await site.store.entries.calendar()
    (awa,) = (one for one in directory.contacts if one.key == "awa")
    assert awa.vacant
    assert calendar.deadlines[0].asked_by is None
    assert calendar.events[0].audience.people == (MOUSSA,)


async def test_what_they_wrote_is_deleted_before_the_receipt_says_so(site: Site) -> None:
    await site.leaves(takes_back=YES)
    await site.turns(1)
    assert (await site.receipt(), site.erasures.done) == (None, ["take back"])
    await site.turns(1)
    said = await site.receipt()
    assert said is not None
    assert "Deleted: 3 messages that you wrote" in said
    assert site.erasures.done == ["take back", "take back", "media"]


async def test_who_is_erased_has_no_name_in_the_list_and_the_bot_is_asked_to_forget_them(site: Site) -> None:
    await site.leaves(takes_back=YES, erases=YES)
    await site.turns(3)
    said = await site.receipt()
    assert said is not None
    assert "Erased: your name in your profile" in said
    await site.received()
    await site.turns(1, after=TIME_TO_READ)
    await site.turns(2)
    member = await site.member()
    assert (member.name, member.themes, member.status) == ("—", (), Status.LEFT)
    assert site.homeserver.accounts[user(AWA)].closed is AccountClosure.DEACTIVATE
    assert site.erasures.done[-1] == "erase"
    jobs = await site.store.jobs.pending(ForgettingRequest.KIND)
    assert [said for _, said in ForgettingRequest.each(jobs)] == [ForgettingRequest(user(AWA), AWA)]
    told = await site.receipt(NoticeKind.MEMBER_LEFT)
    assert told is not None
    assert "Awa" not in told


async def test_who_stays_as_a_former_member_keeps_account_and_name(site: Site) -> None:
    await site.leaves(status=Status.ALUMNI.value, takes_back=YES)
    await site.turns(3)
    said = await site.receipt()
    assert said is not None
    assert "You are an alumna or alumnus" in said
    assert "What is in your name stays so: 1 contact, 1 project, 1 deadline." in said
    await site.received()
    await site.turns(2)
    assert (await site.member()).status is Status.ALUMNI
    account = site.homeserver.accounts[user(AWA)]
    assert (account.name, account.closed) == ("Awa Diallo", None)
    directory = await site.store.entries.directory()
    assert [one.member for one in directory.contacts] == [AWA, CLAUDINE]


async def test_who_has_no_device_any_more_does_not_keep_their_account_open(site: Site) -> None:
    await site.leaves()
    await site.turns(2)
    assert await site.receipt() is not None
    await site.turns(1, after=timedelta(hours=1))
    await site.turns(1)
    assert (await site.member()).status is Status.LEFT
    assert await site.receipt() is None


async def test_the_last_coordinator_stays_and_is_told_why(site: Site) -> None:
    await site.leaves(MOUSSA)
    await site.turns(1)
    assert (await site.member(MOUSSA)).status is Status.ACTIVE
    said = await site.receipt(NoticeKind.LEAVING_REFUSED)
    assert said is not None
    assert "you are the last coordinator" in said
    assert await site.receipt() is None


async def test_a_coordinator_who_is_described_and_has_not_come_lets_nobody_in(site: Site) -> None:
    described = community()
    moussa = described.member[MOUSSA]
    other = moussa.model_copy(update={"username": "yet.to.come", "name": "Yet To Come"})
    both = described.model_copy(update={"members": (*described.members, other)})
    await site.store.applied.replace(both, at=NOW)
    await site.leaves(MOUSSA)
    await site.turns(1)
    assert await site.receipt(NoticeKind.LEAVING_REFUSED) is not None
    site.homeserver.realize(topology(both, Settings()))
    await site.leaves(MOUSSA)
    await site.turns(2)
    assert await site.receipt() is not None


async def test_the_last_who_looks_after_a_safe_room_stays(site: Site) -> None:
    talk = {"key": "talk", "for": "community", "policy": "safe", "name": {"fr": "Parler"}, "topic": "Talk"}
    keepers = [{"people": [AWA, CLAUDINE], "may": ["moderate"]}]
    described = small(rooms=[ROOM, {**talk, "who": keepers}]).community
    homeserver = MemoryHomeserver()
    homeserver.realize(topology(described, Settings()))
    room_id = homeserver.room_id("talk")
    homeserver.put(room_id, user(CLAUDINE), "m.room.member", user(CLAUDINE), {"membership": "leave"})
    site.homeserver = homeserver
    await site.store.applied.replace(described, at=NOW)
    await site.leaves()
    await site.turns(1)
    assert (await site.member()).status is Status.ACTIVE
    said = await site.receipt(NoticeKind.LEAVING_REFUSED)
    assert said is not None
    assert "the last who looks after the safe room “Parler”" in said


async def test_of_whom_nobody_knows_nothing_is_done(site: Site) -> None:
    await site.leaves("somebody.else")
    await site.turns(2)
    assert await site.waits(Leaving) == 0
    assert await site.waits(Notice) == 0


async def test_where_the_homeserver_is_away_nothing_is_lost(site: Site) -> None:
    await site.leaves(erases=YES, takes_back=YES)
    await site.turns(3)
    await site.received()
    site.now += TIME_TO_READ
    tried = 0

    async def away(user_id: UserId, closing: AccountClosure) -> None:
        nonlocal tried
        tried += 1
        raise HomeserverUnreachable("http://x")

    real, site.erasures.erase_account = site.erasures.erase_account, away  # type: ignore[method-assign]
    await site.turns(2)
    assert tried
    assert (await site.member()).status is Status.ACTIVE
    site.erasures.erase_account = real  # type: ignore[method-assign]
    await site.turns(2, after=timedelta(minutes=5))
    assert (await site.member()).status is Status.LEFT


class Cut(Exception):
    """The process ends here."""


STEPS = (
    ("erasures", "take_back"),
    ("erasures", "delete_media"),
    ("erasures", "erase_account"),
    ("store.entries", "change"),
    ("store.members", "change"),
    ("store.jobs", "file"),
)


def cut(site: Site, step: tuple[str, str], turn: int, patch: pytest.MonkeyPatch, *, is_done: bool) -> None:
    """Have the process end at the so manieth call of a step, before it or once it ``is_done``."""
    there: Any = site
    for name in step[0].split("."):
        there = getattr(there, name)
    real, calls = getattr(there, step[1]), iter(range(1, 1000))

    async def ending(*args: Any, **kwargs: Any) -> Any:
        is_now = next(calls) == turn
        if is_now and not is_done:
            raise Cut
        found = await real(*args, **kwargs)
        if is_now:
            raise Cut
        return found

    patch.setattr(there, step[1], ending)


@pytest.mark.parametrize("is_done", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(
    ("step", "turn"),
    [*((step, 1) for step in STEPS), (STEPS[-1], 2), (STEPS[-1], 3), (STEPS[0], 2)],
    ids=lambda value: value[1] if isinstance(value, tuple) else str(value),
)
async def test_broken_off_anywhere_it_goes_on(
    site: Site, step: tuple[str, str], turn: int, is_done: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    await site.leaves(takes_back=YES, erases=YES, successor=CLAUDINE)
    cut(site, step, turn, monkeypatch, is_done=is_done)
    for _ in range(4):
        await site.turns(1, after=timedelta(minutes=5))
        await site.received()
    await site.turns(6, after=timedelta(minutes=5))
    member = await site.member()
    assert (member.status, member.name, member.successor) == (Status.LEFT, "—", CLAUDINE)
    assert await site.waits(Leaving) == 0
    assert await site.waits(MembershipUpdate) == 1
    assert await site.waits(ForgettingRequest) == 1
    assert site.homeserver.accounts[user(AWA)].closed is AccountClosure.DEACTIVATE
    directory = await site.store.entries.directory()
    assert [one.key for one in directory.contacts] == ["claudine"]
    assert await site.receipt(NoticeKind.MEMBER_LEFT) is not None


async def test_who_had_left_before_can_be_erased_later(site: Site) -> None:
    gone = [
        one.model_copy(update={"status": Status.LEFT}) if one.username == AWA else one
        for one in community().members
    ]
    await site.store.applied.replace(community().model_copy(update={"members": tuple(gone)}), at=NOW)
    site.homeserver.close(user(AWA))
    await site.leaves(takes_back=YES, erases=YES)
    await site.turns(3)
    assert await site.receipt() is None
    assert (await site.member()).name == "—"
    assert await site.waits(ForgettingRequest) == 1


def test_what_is_in_ones_name_is_counted() -> None:
    directory = small().directory
    whole = directory.model_copy(update={"contacts": ENTRIES[:2], "projects": ENTRIES[2:3]})
    calendar = small().calendar.model_copy(update={"deadlines": ENTRIES[3:4], "events": ENTRIES[4:]})
    found = in_the_name_of(AWA, whole, calendar)
    assert (found.contacts, found.projects, found.deadlines) == (1, 1, 1)
    assert in_the_name_of("nobody", whole, calendar).is_empty


def test_a_store_that_names_people_and_deputies_that_are_not_there_is_handed_over_all_the_same() -> None:
    strange = (
        contact("awa", member=AWA, deputy="nobody-there"),
        contact("other", member="somebody.unknown"),
    )
    directory = small().directory.model_copy(update={"contacts": strange, "projects": ()})
    changes = handed_over(AWA, None, community(), directory, small().calendar)
    assert [(change.key, change.before) for change in changes] == [("awa", strange[0])]


RECEIPT = {
    "username": AWA,
    "becomes": "left",
    "closing": "deactivate",
    "took_back": "yes",
    "messages": "3",
    "left_over": "2",
    "days": "2",
    "erased": "yes",
    "successor": "Oumar",
    "backups": "yes",
    "backup_days": "372",
    "minutes": "10",
    "contacts": "1",
    "projects": "2",
    "deadlines": "0",
}


@pytest.mark.parametrize("language", ["en", "fr", "pt", "ar", "es", "sw"])
@pytest.mark.parametrize(
    "other",
    [
        {},
        {"took_back": "", "erased": "", "successor": "", "closing": "lock"},
        {"becomes": "alumni"},
        {"becomes": "alumni", "successor": "", "took_back": ""},
        {"contacts": "0", "projects": "0", "messages": "0"},
        {"backups": ""},
        {"backups": "", "backup_days": ""},
    ],
    ids=["erased", "kept", "alumni", "alumni-kept", "nothing", "no backup seen", "no backup made"],
)
def test_a_receipt_is_whole_in_each_language(language: str, other: dict[str, str]) -> None:
    notice = Notice(NoticeKind.LEAVING_RECEIPT, "@x:y", "1", RECEIPT | other)
    said = [translator(language, CATALOGUES)(one) for one in sentences_of(notice)]
    assert all("{" not in sentence for sentence in said)
    if language != "en":
        assert not set(said) & {translator("en", [])(one) for one in sentences_of(notice)}
