"""The provisioning service's loop: what ends a session, and what is changed while one is opened."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import delete
from structlog.testing import capture_logs

import community
from community.core.messages import translator
from community.description.data_folder import DataFolder
from community.description.load import file_stamps, load_description
from community.description.settings import ProvisioningSettings, Settings
from community.directory.entry import EntryChange
from community.jobs.invitations import RoomInvitation
from community.jobs.job import JobState, NewJob
from community.storage import Store
from community.storage.tables import applied
from matrix.http import RequestCounts
from matrix.ids import RoomId, UserId
from provisioning.account_faults import AccountsSeen
from provisioning.changes import CreateRoom
from provisioning.errors import SessionEnded
from provisioning.health import ServiceHealth
from provisioning.provisioner import ApplyOptions, Provisioner
from provisioning.service import Service
from provisioning.snapshot import Snapshot
from provisioning.topology import topology
from tests.lib.descriptions import SMALL, notes_of
from tests.lib.jobs import file_raw
from tests.lib.memory_homeserver import OWN, MemoryHomeserver
from tests.lib.unreadable import make_unreadable

FRENCH = translator("fr", [Path(community.__file__).parent])
NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
SETTINGS = Settings(provisioning=ProvisioningSettings(reconcile="apply"))
SETTINGS_FILE = "version: 1\nprovisioning: {reconcile: apply}\n"


class SignedOut(MemoryHomeserver):
    """A homeserver that no longer accepts the provisioner's token."""

    async def snapshot(self) -> Snapshot:
        raise SessionEnded


class WithIntruder(MemoryHomeserver):
    """A homeserver that somebody administrates whom nobody has named, once ``is_taken``."""

    is_taken = False

    async def accounts_seen(self) -> AccountsSeen:
        seen = await super().accounts_seen()
        more = {UserId("@mallory:palabre.localhost")} if self.is_taken else set()
        return replace(seen, administrators=seen.administrators | more)


class WithQuickBot(MemoryHomeserver):
    """A homeserver whose bot invites whom it was asked to as soon as a snapshot was taken."""

    store: Store

    async def snapshot(self) -> Snapshot:
        seen = await super().snapshot()
        for job, to in RoomInvitation.each(await self.store.jobs.pending(RoomInvitation.KIND)):
            self.put(RoomId(to.room_id), OWN.bot, "m.room.member", to.user_id, {"membership": "invite"})
            await self.store.jobs.end(job.id, JobState.DONE, at=NOW)
        return seen


@dataclass(frozen=True)
class Place:
    """A description and a data folder."""

    config: Path
    data: DataFolder
    store: Store
    health: ServiceHealth
    stop: asyncio.Event

    def service(self) -> Service:
        return Service(self.config, self.data, self.health, self.stop)

    def provisioner(self, homeserver: MemoryHomeserver) -> Provisioner:
        description = load_description(self.config)
        return Provisioner(
            description, SETTINGS, self.config, self.data, homeserver, self.store, "http://x", RequestCounts()
        )


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    config = tmp_path / "config"
    shutil.copytree(SMALL, config)
    (config / "settings.yaml").write_text(SETTINGS_FILE)
    data = DataFolder(tmp_path / "data")
    data.prepare()
    async with await Store.open(data.store_url) as store:
        yield Place(config, data, store, ServiceHealth(lambda: NOW), asyncio.Event())


async def test_a_session_that_has_ended_is_left_to_be_opened_anew(place: Place) -> None:
    with pytest.raises(SessionEnded):
        await place.service().attend(place.provisioner(SignedOut()), file_stamps(place.config))


async def test_a_request_is_not_lost_with_the_session(place: Place) -> None:
    payload = {"digest": "0" * 12, "actor": "@moussa.keita:palabre.localhost"}
    await file_raw(place.store, NewJob("apply", payload, "one"), at=NOW)
    provisioner = place.provisioner(SignedOut())
    worker = place.service().worker(provisioner.homeserver, place.store, lambda: provisioner)
    with pytest.raises(SessionEnded):
        await worker.turn(asyncio.Event())
    assert len(await place.store.jobs.pending("apply")) == 1


async def test_what_is_changed_while_the_session_is_opened_is_not_overlooked(place: Place) -> None:
    homeserver = MemoryHomeserver()
    stamps, provisioner = file_stamps(place.config), place.provisioner(homeserver)
    path = place.config / "community.yaml"
    path.write_text(path.read_text().replace("name: Café", "name: Maquis"))
    service = asyncio.create_task(place.service().attend(provisioner, stamps))
    while not place.data.ready_file("serve").exists():
        assert not service.done()
        await asyncio.sleep(0.01)
    place.stop.set()
    await asyncio.wait_for(service, 60)
    cafe = (await homeserver.snapshot()).rooms["cafe"]
    assert cafe.state["m.room.name", ""] == {"name": "Maquis"}


async def test_what_chat_and_files_have_both_changed_is_said_in_the_plan_and_noted_once(place: Place) -> None:
    homeserver = MemoryHomeserver()
    await place.provisioner(homeserver).seed("palabre serve")
    before = (await place.store.entries.directory()).contacts[0]
    after = before.model_copy(update={"phone": "+250 700 000 009"})
    await place.store.entries.change(
        [EntryChange("contact", before.key, before, after)], actor="@moussa.keita:x", at=NOW
    )
    assert notes_of((await place.provisioner(homeserver).plan())[0]) == ()
    path = place.config / "directory.yaml"
    path.write_text(path.read_text().replace("claudine.uwase@", "claudine@"))
    provisioner = place.provisioner(homeserver)
    for _ in range(2):
        await provisioner.seed("palabre serve")
        (note,) = notes_of((await provisioner.plan())[0])
        assert "“palabre directory export”" in str(note)
    assert await place.store.entries.entry("contact", before.key) == after
    (line,) = await place.store.audit.read()
    assert (line.actor, line.action, line.subject, line.detail) == (
        "palabre serve",
        "seed",
        "directory.yaml",
        str(note),
    )
    assert "modifiée dans la discussion" in FRENCH(note)


class Watching:
    """A service that looks, and how it comes to that."""

    def __init__(self, place: Place, homeserver: MemoryHomeserver, settings: Settings = SETTINGS) -> None:
        self.place = place
        provisioner = replace(place.provisioner(homeserver), settings=settings)
        attending = place.service().attend(provisioner, file_stamps(place.config))
        self.task = asyncio.create_task(attending)

    async def until(self, done: Callable[[], Awaitable[bool]]) -> None:
        async with asyncio.timeout(60):
            while not await done():
                assert not self.task.done()
                await asyncio.sleep(0.05)

    async def looked(self, times: int) -> None:
        async def enough() -> bool:
            return self.place.health.counts["looks"] >= times

        await self.until(enough)

    async def told(self, kind: str) -> None:
        async def is_told() -> bool:
            return any(r.payload["kind"] == kind for r in await self.place.store.jobs.pending("notice"))

        await self.until(is_told)

    async def end(self) -> None:
        self.place.stop.set()
        await asyncio.wait_for(self.task, 60)


async def test_while_somebody_applies_nobody_is_written_and_the_next_look_comes_soon(place: Place) -> None:
    """What is seen in the middle of it is neither what was nor what will be."""
    service, provisioner = place.service(), place.provisioner(MemoryHomeserver())
    await provisioner.apply(ApplyOptions("palabre apply"))
    people = await place.store.people.all()
    await place.store.people.replace([])
    with place.data.locked("apply.lock", "palabre apply"):
        await service._look_or_say_why_not(provisioner)
        assert place.health.counts["looks"] == 0
        assert await place.store.people.all() == ()
        assert 0 < service._due - service._clock() < 10
    await service._look_or_say_why_not(provisioner)
    assert place.health.counts["looks"] == 1
    assert await place.store.people.all() == people


async def test_a_mistake_in_a_file_silences_no_alarm_and_is_told_once(place: Place) -> None:
    homeserver, path = WithIntruder(), place.config / "directory.yaml"
    service = Watching(place, homeserver)
    await service.looked(1)
    applies, homeserver.is_taken = place.health.counts["applies"], True
    right = path.read_text()
    path.write_text("]")
    await service.told("account-fault")
    await service.told("file-kept")
    await service.looked(2)
    assert place.health.counts["applies"] == applies
    assert (await place.store.entries.directory()).contacts
    notices = [job.payload for job in await place.store.jobs.pending("notice")]
    (kept,) = [payload for payload in notices if payload["kind"] == "file-kept"]
    assert (kept["audience"], kept["value.file"], kept["value.line"]) == (
        "coordinators",
        "directory.yaml",
        "1",
    )
    path.write_text(right)
    await service.looked(3)
    assert not any(j.payload["kind"] == "file-kept" for j in await place.store.jobs.pending("notice"))
    await service.end()


async def test_a_room_that_was_deleted_is_said_to_be_made_again_and_a_new_one_is_not(place: Place) -> None:
    homeserver = MemoryHomeserver()
    provisioner = place.provisioner(homeserver)
    assert notes_of((await provisioner.plan())[0]) == ()
    await provisioner.apply(ApplyOptions("test"))
    gone = homeserver.room_id("cafe")
    del homeserver.rooms[gone]
    homeserver.aliases = {alias: room for alias, room in homeserver.aliases.items() if room != gone}
    path = place.config / "community.yaml"
    room = "{key: new, for: community, policy: closed, name: N, topic: T}"
    path.write_text(path.read_text().replace("members:\n", f"  - {room}\nmembers:\n"))
    made, _actual = await place.provisioner(homeserver).plan()
    assert {c.room.key for c in made.changes if isinstance(c, CreateRoom)} == {"cafe", "new"}
    assert list(map(str, notes_of(made))) == ["cafe: was deleted on the homeserver; it is made again, empty"]


async def test_whom_the_bot_invites_while_a_plan_is_made_is_not_asked_for_again(place: Place) -> None:
    homeserver = WithQuickBot()
    homeserver.store = place.store
    provisioner = place.provisioner(homeserver)
    await provisioner.apply(ApplyOptions("test"))
    assert await place.store.jobs.pending(RoomInvitation.KIND) != ()
    made, _actual = await provisioner.plan()
    assert made.changes == ()
    assert await place.store.jobs.pending(RoomInvitation.KIND) == ()
    assert (await provisioner.plan())[0].changes == ()


async def look(place: Place, provisioner: Provisioner) -> None:
    """Let the service look once."""
    service = asyncio.create_task(place.service().attend(provisioner, file_stamps(place.config)))
    async with asyncio.timeout(60):
        while place.health.looked_at is None:
            assert not service.done()
            await asyncio.sleep(0.01)
    place.stop.set()
    await asyncio.wait_for(service, 60)


@pytest.mark.parametrize(
    ("sender", "membership", "missing"),
    [(OWN.bot, "leave", 0), ("@claudine.uwase:palabre.localhost", "leave", 1), (OWN.provisioner, "ban", 1)],
    ids=["left", "removed by somebody", "banned"],
)
async def test_where_it_only_reports_the_bot_is_put_back_unless_somebody_has_taken_it_out(
    place: Place, sender: str, membership: str, missing: int
) -> None:
    homeserver = MemoryHomeserver()
    provisioner = replace(place.provisioner(homeserver), settings=Settings())
    await provisioner.apply(ApplyOptions("test"))
    room_id = homeserver.room_id("exchange.waste")
    homeserver.put(room_id, UserId(sender), "m.room.member", OWN.bot, {"membership": membership})
    await look(place, provisioner)
    assert place.health.bot_missing == missing
    assert (homeserver.membership(room_id, OWN.bot) == "join") is (missing == 0)


async def test_where_nothing_was_applied_the_bot_is_put_nowhere(place: Place) -> None:
    homeserver = MemoryHomeserver()
    provisioner = replace(place.provisioner(homeserver), settings=Settings())
    homeserver.realize(topology(provisioner.description.community, Settings()))
    room_id = homeserver.room_id("exchange.waste")
    homeserver.put(room_id, OWN.bot, "m.room.member", OWN.bot, {"membership": "leave"})
    await look(place, provisioner)
    assert place.health.bot_missing == 1
    assert homeserver.membership(room_id, OWN.bot) == "leave"


async def test_where_what_was_applied_cannot_be_read_nothing_goes_on_by_itself_and_the_log_says_so(
    place: Place,
) -> None:
    homeserver = MemoryHomeserver()
    provisioner = replace(place.provisioner(homeserver), settings=Settings())
    await provisioner.apply(ApplyOptions("palabre apply"))
    await make_unreadable(place.store)
    room_id = homeserver.room_id("exchange.waste")
    homeserver.put(room_id, OWN.bot, "m.room.member", OWN.bot, {"membership": "leave"})
    with capture_logs() as logs:
        await look(place, provisioner)
    assert homeserver.membership(room_id, OWN.bot) == "leave"
    assert any(line["event"] == "applied_unreadable" for line in logs)


async def forgotten(place: Place) -> Provisioner:
    """Apply as a version did that kept only the digest of what it had applied."""
    provisioner = replace(place.provisioner(MemoryHomeserver()), settings=Settings())
    await provisioner.apply(ApplyOptions("palabre apply"))
    async with place.store.transaction() as connection:
        await connection.execute(delete(applied))
    return provisioner


async def test_what_an_older_version_has_applied_is_noted_where_nothing_is_described_otherwise(
    place: Place,
) -> None:
    provisioner = await forgotten(place)
    await look(place, provisioner)
    kept = await place.store.applied.readable()
    assert kept is not None
    assert kept.community == provisioner.description.community
    (line,) = [each for each in await place.store.audit.read() if each.action == "describe"]
    assert (line.actor, line.detail) == ("palabre serve", "Palabre goes by this description from now on")


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("community.yaml", "may: [announce, moderate]", "may: [announce, moderate, edit]"),
        ("calendar.yaml", "[lobby]", "[cafe]"),
        ("directory.yaml", "claudine.uwase@", "claudine@"),
    ],
)
async def test_what_was_described_otherwise_since_an_older_version_applied_waits(
    place: Place, name: str, old: str, new: str
) -> None:
    """None of these would touch the homeserver: the plan alone does not tell whether they were applied."""
    before = await forgotten(place)
    path = place.config / name
    path.write_text(path.read_text().replace(old, new))
    provisioner = replace(before, description=load_description(place.config))
    assert (await provisioner.plan())[0].changes == ()
    await look(place, provisioner)
    assert await place.store.applied.latest() is None
    assert await place.store.entries.calendar() == before.description.calendar


async def test_with_a_mistake_in_the_calendar_somebody_who_has_left_is_shut_out(place: Place) -> None:
    homeserver = MemoryHomeserver()
    more = "".join(f"person{number},Person {number},city-lead,kigali,fr\n" for number in range(6))
    (place.config / "members.csv").write_text(f"username,name,role,city,languages\n{more}")
    service = Watching(place, homeserver)
    await service.looked(1)
    calendar = place.config / "calendar.yaml"
    calendar.write_text(calendar.read_text().replace("[lobby]", "[lobbby]"))
    mark_as_left(place, "claudine.uwase")
    await service.looked(2)
    await service.end()
    assert (await homeserver.snapshot()).accounts[UserId("@claudine.uwase:palabre.localhost")].closed
    assert not await place.store.people.find("@claudine.uwase:palabre.localhost")


async def test_what_is_saved_and_not_applied_changes_nothing_of_the_store(place: Place) -> None:
    homeserver = MemoryHomeserver()
    await place.provisioner(homeserver).apply(ApplyOptions("palabre apply"))
    before = await whole(place.store)
    for name, old, new in (
        ("community.yaml", "Waste", "Rubbish"),
        ("community.yaml", "Awa Diallo, role: city-lead", "Awa Diallo, role: coordinator"),
        ("community.yaml", "may: [announce, moderate]", "may: [announce, moderate, edit]"),
        ("directory.yaml", "claudine.uwase@", "claudine@"),
        ("calendar.yaml", "[lobby]", "[cafe]"),
    ):
        path = place.config / name
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new))
    service = Watching(place, homeserver, Settings())
    await service.looked(1)
    assert await whole(place.store) == before
    made, _ = await place.provisioner(homeserver).plan()
    assert made.news is not None
    said = "\n".join(map(str, made.news.lines))
    assert "themes" in said
    assert "directory.yaml: 0 to add" in said
    assert "calendar.yaml: 0 to add" in said
    await place.provisioner(homeserver).apply(ApplyOptions("palabre apply", digest=made.digest))
    assert await whole(place.store) != before
    assert (await place.provisioner(homeserver).plan())[0].is_empty
    (line,) = [each for each in await place.store.audit.read() if each.action == "describe"]
    assert (line.actor, line.subject, line.digest) == ("palabre apply", "description", made.digest)
    await service.looked(2)  # at once, and not at the next turn of the timer
    await service.end()


async def whole(store: Store) -> tuple[object, ...]:
    """Return what processes go by."""
    applied = await store.applied.readable()
    return (
        None if applied is None else applied.community,
        await store.people.all(),
        await store.people.former(),
        await store.entries.directory(),
        await store.entries.calendar(),
    )


def mark_as_left(place: Place, username: str) -> None:
    path = place.config / "community.yaml"
    text = path.read_text()
    line = next(each for each in text.split("\n") if f"username: {username}" in each)
    path.write_text(text.replace(line, line.replace("}", ", status: left}")))
