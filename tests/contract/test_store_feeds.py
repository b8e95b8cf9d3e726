"""The contract of the store's feeds: what is kept of an address is a digest, and a revoked one is gone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from community.description.feed_subject import FeedSubject
from community.storage import Feed, Store
from tests.lib.entries import added, contact, edited, event

NOW = datetime(2026, 11, 29, 18, tzinfo=UTC)
WASTE, AWA = FeedSubject("theme", "waste"), FeedSubject("person", "awa.diallo")


async def test_feeds_are_listed_by_their_numbers(store: Store) -> None:
    first = await store.feeds.add("a" * 64, WASTE, by="cli:root", at=NOW)
    second = await store.feeds.add("b" * 64, AWA, by="@moussa:x", at=NOW)
    assert await store.feeds.all() == (first, second)
    assert first == Feed(first.id, "a" * 64, WASTE, NOW, "cli:root")
    assert second.id > first.id


async def test_a_revoked_feed_is_gone_and_its_number_is_not_given_again(store: Store) -> None:
    feed = await store.feeds.add("a" * 64, WASTE, by="cli:root", at=NOW)
    (before,) = await store.revisions("feeds")
    assert await store.feeds.revoke(feed.id, by="cli:root", at=NOW) == feed
    assert await store.feeds.revoke(feed.id, by="cli:root", at=NOW) is None
    assert await store.feeds.all() == ()
    assert (await store.revisions("feeds"))[0] > before
    assert (await store.feeds.add("c" * 64, WASTE, by="cli:root", at=NOW)).id > feed.id


async def test_whoever_is_forgotten_has_no_feed_any_more(store: Store) -> None:
    await store.feeds.add("a" * 64, AWA, by="cli:root", at=NOW)
    made = await store.feeds.add("b" * 64, WASTE, by="@awa.diallo:x", at=NOW)
    assert len((await store.about("@awa.diallo:x", "awa.diallo"))["feeds"]) == 2  # type: ignore[arg-type]
    await store.forget("@awa.diallo:x", "awa.diallo", "former")
    assert await store.feeds.all() == (Feed(made.id, "b" * 64, WASTE, NOW, "former"),)


async def test_a_renewed_feed_takes_the_place_of_all_of_its_subject_once(store: Store) -> None:
    before = [await store.feeds.add(digest * 64, AWA, by="cli:root", at=NOW) for digest in "ab"]
    other = await store.feeds.add("c" * 64, WASTE, by="cli:root", at=NOW)
    assert await store.feeds.renew("d" * 64, AWA, by="@awa.diallo:x", at=NOW) == tuple(before)
    (made,) = await store.feeds.of(AWA)
    assert await store.feeds.all() == (other, made)
    (revision,) = await store.revisions("feeds")
    # Done again by whoever was broken off: nothing is done, and nothing noted twice.
    assert await store.feeds.renew("d" * 64, AWA, by="@awa.diallo:x", at=NOW) == ()
    assert await store.feeds.of(AWA) == (made,)
    assert await store.revisions("feeds") == (revision,)
    noted = [(line.actor, line.action, line.subject, line.detail) for line in await store.audit.read()][3:]
    assert noted == [
        ("@awa.diallo:x", "revoke-feed", "person/awa.diallo", f"feed {before[0].id}"),
        ("@awa.diallo:x", "revoke-feed", "person/awa.diallo", f"feed {before[1].id}"),
        ("@awa.diallo:x", "make-feed", "person/awa.diallo", f"feed {made.id}"),
    ]


async def test_all_feeds_of_some_are_revoked_together(store: Store) -> None:
    gone = await store.feeds.add("a" * 64, AWA, by="cli:root", at=NOW)
    left = await store.feeds.add("b" * 64, WASTE, by="cli:root", at=NOW)
    assert await store.feeds.revoke_all([AWA, FeedSubject("person", "nobody")], by="x", at=NOW) == (gone,)
    assert await store.feeds.all() == (left,)
    (revision,) = await store.revisions("feeds")
    assert await store.feeds.revoke_all([AWA], by="x", at=NOW) == ()
    assert await store.revisions("feeds") == (revision,)


async def test_what_was_changed_since_is_not_published(store: Store) -> None:
    assert await store.feeds.is_published() is None
    await store.feeds.add("a" * 64, AWA, by="cli:root", at=NOW)
    (revision,) = await store.revisions("feeds")
    await store.feeds.note_published(revision)
    assert await store.feeds.is_published() is True
    await store.feeds.revoke_all([AWA], by="x", at=NOW)
    assert await store.feeds.is_published() is False


async def test_the_newest_change_of_each_date_is_known(store: Store) -> None:
    meeting, later = event("meeting"), NOW + timedelta(hours=1)
    await store.entries.change([added(meeting), added(contact("desk"))], actor="@a:x", at=NOW)
    first = (await store.feeds.last_changes())["event", "meeting"]
    moved = meeting.model_copy(update={"lasts": timedelta(hours=3)})
    await store.entries.change([edited(meeting, moved)], actor="@a:x", at=later)
    changes = await store.feeds.last_changes()
    assert set(changes) == {("event", "meeting")}
    assert (first.at, changes["event", "meeting"].at) == (NOW, later)
    assert changes["event", "meeting"].number > first.number
