"""`palabre calendar feed`: an address is shown once, what it leads to is there at once and gone at once."""

from __future__ import annotations

import asyncio
import fcntl
import json
import re
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest

from community.core.address_secret import digest_of
from community.description.data_folder import DataFolder
from community.description.feed_subject import FeedSubject
from community.description.model import Status
from community.storage import Store
from provisioning.feed_publishing import FeedPublishing
from tests.lib.descriptions import example
from tests.lib.directory_store import CONFIG, seeded, with_store
from tests.lib.entries import added, event, removed
from tests.lib.in_process import Ran, palabre
from web.server import Served, serving

NOW = datetime(2026, 12, 5, 9, tzinfo=UTC)
CALL = event("extra-call", start="2026-12-05 12:00", audience={"everyone": True})


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return seeded(tmp_path / "data")


def feed(data: Path, *arguments: object, language: str = "en") -> Ran:
    name, *rest = arguments
    where = ("--config", CONFIG, "--data", data)
    return palabre("calendar", "feed", name, *rest, *where, cwd=data.parent, language=language)


def made(data: Path, *arguments: str) -> dict[str, str]:
    ran = feed(data, "make", *arguments, "--json")
    assert (ran.code, ran.err) == (0, "")
    said: dict[str, str] = json.loads(ran.out)
    return said


def status(data: Path, address: str) -> int:
    """Return what is answered at an address that was printed."""

    async def ask() -> int:
        async with serving(Served(data, DataFolder(data).feeds, lambda: NOW), "127.0.0.1", 0) as port:
            there = address.replace("http://127.0.0.1:8010", f"http://127.0.0.1:{port}")
            async with aiohttp.ClientSession() as session, session.get(there) as got:
                return got.status

    return asyncio.run(ask())


def test_an_address_is_shown_once_and_kept_nowhere(data: Path) -> None:
    ran = feed(data, "make", "--theme", "waste", "--language", "en")
    assert (ran.code, ran.err) == (0, "")
    ics, page = re.findall(r"^http\S+$", ran.out, re.MULTILINE)
    secret = page.split("/")[-2]
    assert (ics, digest_of(secret) is None) == (f"{page}.ics", False)
    assert page.endswith("/en")
    assert secret not in feed(data, "list").out
    assert not [path for path in data.rglob("*") if path.is_file() and secret.encode() in path.read_bytes()]


def test_what_it_leads_to_is_there_and_gone_at_once(data: Path) -> None:
    said = made(data)
    assert status(data, said["ics"]) == status(data, said["page"]) == 200
    ran = feed(data, "revoke", said["number"])
    assert (ran.code, ran.out) == (
        0,
        f"Feed {said['number']} is revoked: nothing is at its address any more.\n",
    )
    assert status(data, said["ics"]) == status(data, said["page"]) == 404
    assert "There are no feeds." in feed(data, "list").out


def test_the_list_says_of_what_each_is(data: Path) -> None:
    made(data, "--city", "kigali")
    made(data, "--person", "mariam.coulibaly")
    rows = [line.split()[:3] for line in feed(data, "list").out.splitlines()]
    assert rows == [["1", "city", "kigali"], ["2", "person", "mariam.coulibaly"]]
    listed = json.loads(feed(data, "list", "--json").out)["feeds"]
    assert [(one["number"], one["kind"], one["key"]) for one in listed] == [
        (1, "city", "kigali"),
        (2, "person", "mariam.coulibaly"),
    ]
    assert all("digest" not in one for one in listed)


def test_making_and_revoking_is_in_the_audit_without_the_address(data: Path) -> None:
    said = made(data, "--cohort", "pioneers")
    feed(data, "revoke", said["number"])
    rows = with_store(data, lambda store: store.audit.read())
    assert [(row.action, row.subject) for row in rows] == [
        ("make-feed", "cohort/pioneers"),
        ("revoke-feed", "cohort/pioneers"),
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("make", "--theme", "wast"), "The community has nothing called “wast” to make a feed of."),
        (("make", "--theme", "waste", "--city", "kigali"), "A feed is of one thing."),
        (("make", "--language", "xx"), "The feed cannot be read in “xx”. Choose one of: "),
        (("revoke", "7"), "There is no feed 7. “palabre calendar feed list” shows which there are."),
    ],
)
def test_what_cannot_be_meant_is_a_sentence(data: Path, arguments: tuple[str, ...], said: str) -> None:
    ran = feed(data, *arguments)
    assert ran.code == 1
    assert said in ran.err


def test_the_service_publishes_what_has_changed_and_nothing_else(data: Path) -> None:
    folder = DataFolder(data)

    async def run(store: Store) -> list[int]:
        publishing = FeedPublishing(CONFIG, folder, lambda: NOW)
        await store.feeds.add("a" * 64, FeedSubject("community", "villes-en-palabre"), by="cli:root", at=NOW)
        sizes = []
        for changes in ([], [added(CALL)], [removed(CALL)]):
            if changes:
                await store.entries.change(changes, actor="@awa:x", at=NOW)
            await publishing.look_at_dates(store)
            (file,) = folder.feeds.glob("*.json")
            sizes.append(len(file.read_bytes()))
        # Nothing has changed since: what is gone stays gone until something does.
        file.unlink()
        await publishing.look_at_dates(store)
        assert not list(folder.feeds.glob("*.json"))
        return sizes

    before, more, after = with_store(data, run)
    assert before == after < more


def test_who_is_no_member_any_more_loses_their_feed_for_good(data: Path) -> None:
    folder = DataFolder(data)
    awa, waste = FeedSubject("person", "awa.diallo"), FeedSubject("theme", "waste")

    async def run(store: Store) -> list[tuple[str, str]]:
        publishing = FeedPublishing(CONFIG, folder, lambda: NOW)
        description = example()
        await store.applied.replace(description.community, at=NOW)
        for digest, subject in (("a" * 64, awa), ("b" * 64, waste)):
            await store.feeds.add(digest, subject, by="cli:root", at=NOW)
        await publishing.look_at_feeds(store)
        assert len(list(folder.feeds.glob("*.json"))) == 2
        members = tuple(
            one.model_copy(update={"status": Status.LEFT}) if one.username == awa.key else one
            for one in description.community.members
        )
        left = description.community.model_copy(update={"members": members})
        await store.applied.replace(left, at=NOW)
        await publishing.look_at_feeds(store)
        assert [path.stem for path in folder.feeds.glob("*.json")] == ["b" * 64]
        # It does not come back with them.
        await store.applied.replace(description.community, at=NOW)
        await publishing.look_at_feeds(store)
        assert [path.stem for path in folder.feeds.glob("*.json")] == ["b" * 64]
        return [
            (line.actor, line.subject) for line in await store.audit.read() if line.action == "revoke-feed"
        ]

    assert with_store(data, run) == [("palabre serve", "person/awa.diallo")]


def test_a_revoked_feed_does_not_wait_for_all_dates_to_be_published(data: Path) -> None:
    folder = DataFolder(data)

    async def run(store: Store) -> None:
        publishing = FeedPublishing(CONFIG, folder, lambda: NOW)
        feed = await store.feeds.add("a" * 64, FeedSubject("theme", "waste"), by="cli:root", at=NOW)
        await publishing.look_at_feeds(store)
        await store.feeds.revoke(feed.id, by="cli:root", at=NOW)
        # Another process publishes all dates meanwhile.
        with (folder.feeds / ".lock").open("rb+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            looking = asyncio.create_task(publishing.look_at_feeds(store))
            while list(folder.feeds.glob("*.json")):
                await asyncio.sleep(0.01)
            assert await store.feeds.is_published() is False
            fcntl.flock(lock, fcntl.LOCK_UN)
            await looking
        assert await store.feeds.is_published() is True

    with_store(data, run)
