"""The calendar in the telephone, asked for in chat: whoever tries it with what is not theirs, kills, limits, traces."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bots.context.personal_data import all_about
from bots.features.feeds.effects import MakeFeed
from bots.features.feeds.executor import MOST_A_DAY, is_published
from bots.features.feeds.words import FeedWish, readings
from community.description.feed_subject import FeedSubject
from community.feeds.publishing import publish
from community.storage import AuditOutcome
from tests.lib.bot_runtime import AWA, EXAMPLE, PETER, kept_replies
from tests.lib.feed_talk import FeedTalk, addresses, feed_talk
from tests.lib.room_talk import MOUSSA

ASKED = "put the calendar on my phone"


@pytest.fixture
async def talk(tmp_path: Path) -> AsyncIterator[FeedTalk]:
    async with feed_talk(tmp_path) as made:
        yield made


async def noted(talk: FeedTalk) -> list[tuple[str, str, str]]:
    """Return what the audit has of feeds: who, what, of what."""
    lines = await talk.store.audit.read()
    assert all(line.outcome is AuditOutcome.DONE for line in lines)
    return [(line.actor, line.action, line.subject) for line in lines if "feed" in line.action]


# --- what is not theirs -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "say",
    [
        "calendar link of Peter Lindqvist",
        "put the calendar of peter.lindqvist on my phone",
        "a new calendar address for Peter",
        "revoke the calendar address of Peter Lindqvist",
    ],
)
async def test_nobody_gets_or_revokes_anothers(talk: FeedTalk, say: str) -> None:
    secret = await talk.gets(ASKED, "peter")
    assert "I make none of what concerns somebody else" in await talk.says(say)
    assert await talk.feed(secret) is not None
    assert len(await talk.store.feeds.all()) == 1


async def test_not_even_a_coordinator_gets_anothers_but_revokes_it_for_them(talk: FeedTalk) -> None:
    secret = await talk.gets(ASKED)
    assert addresses(await talk.says("calendar link of Awa Diallo", "peter")) == []
    assert await talk.feed(secret) is not None
    assert "It is revoked" in await talk.says("revoke the calendar address of Awa Diallo", "peter")
    assert await talk.feed(secret) is None
    assert (PETER, "revoke-feed", "person/awa.diallo") in await noted(talk)


@pytest.mark.parametrize("name", ["Ibrahim Maïga", "Claudine Uwase", "claudine.uwase", "Nobody Known"])
async def test_who_is_awaited_is_not_to_be_tried_out(talk: FeedTalk, name: str) -> None:
    """Of whoever has not come it is said what is said of a name that nobody has."""
    for who in ("awa", "peter"):
        for say in (f"calendar link of {name}", f"revoke the calendar address of {name}"):
            said = await talk.says(say, who)
            assert "I make none of what concerns somebody else" not in said
            assert "There is no such address" not in said


@pytest.mark.parametrize(
    "say", ["calendar link for waste", "agenda of the whole network on my phone", "calendar link of Kigali"]
)
async def test_a_lead_gets_none_of_more_than_their_city(talk: FeedTalk, say: str) -> None:
    assert "by a coordinator, or for a city by its lead" in await talk.says(say)
    assert await talk.store.feeds.all() == ()


async def test_a_lead_gets_their_citys(talk: FeedTalk) -> None:
    secret = await talk.gets("calendar link of Bamako")
    feed = await talk.feed(secret)
    assert feed is not None
    assert feed.subject == FeedSubject("city", "bamako")
    await talk.says("revoke the calendar address: Bamako")
    assert await talk.feed(secret) is None


@pytest.mark.parametrize("who", ["awa", "peter"])
async def test_in_a_room_that_everybody_reads_nothing_is_given(talk: FeedTalk, who: str) -> None:
    for say in ("calendar link", "calendar link for waste", "calendar link of the whole network"):
        assert addresses(await talk.says(f"!p {say}", who, "lobby")) == []
    # Nor is one of another theme in a theme's room.
    assert addresses(await talk.says("!p calendar link for waste", who, "mobility")) == []
    assert await talk.store.feeds.all() == ()


async def test_no_address_is_said_where_an_unaccepted_identity_reads_along(talk: FeedTalk) -> None:
    await talk.store.identities.see(AWA, "old", at=talk.now)
    await talk.store.identities.see(AWA, "new", at=talk.now)
    await talk.start()
    assert addresses(await talk.says("!p calendar link", "peter", "mobility")) == []


async def test_what_is_said_beside_the_calendar_is_no_such_wish() -> None:
    for say in (
        "what is the link to the meeting?",
        "when is the calendar meeting in Google?",
        "cancel the meeting",
        "remove the call from the calendar",
        "do not revoke my calendar address",
        "what is on the calendar?",
        "I have lost my phone",
        "put the workshop on bus lanes into the calendar, link: https://example.org",
        "who knows a feed for goats?",
        "ne révoque pas l'adresse de mon calendrier",
        "não revogues o endereço do calendário",
        "لا تلغ عنوان التقويم",
    ):
        found = [r for r in readings(say, ("en",), is_going_on=False) if not r.rest]
        assert found == [], say
    (again,) = readings("it was leaked", ("en",), is_going_on=True)[:1]
    assert again.wish is FeedWish.REVOKE
    assert readings("cancel", ("en",), is_going_on=True) == []
    for say in ("I have seen the calendar on my phone", "j'ai vu le calendrier sur mon téléphone"):
        assert readings(say, ("en",), is_going_on=False)[0].wish is FeedWish.MAKE


async def test_a_yes_to_something_else_makes_nothing(talk: FeedTalk) -> None:
    secret = await talk.gets(ASKED)
    assert "write “yes”" in await talk.says(ASKED)
    await talk.says("who do I ask about waste in Kigali?")
    assert addresses(await talk.says("yes")) == []
    # Nor does it where the question was put to somebody else, or elsewhere.
    assert "write “yes”" in await talk.says(ASKED)
    assert addresses(await talk.says("yes", "peter")) == []
    assert addresses(await talk.says("!p yes", "awa", "mobility")) == []
    assert await talk.feed(secret) is not None


# --- where nothing is served ------------------------------------------------------------------------------------------


async def test_where_nothing_is_served_that_is_said_and_nothing_made(talk: FeedTalk) -> None:
    talk.feed_server = None
    assert "not set up here" in await talk.says(ASKED)
    assert await talk.store.feeds.all() == ()
    # What was made before can be revoked all the same.
    subject = FeedSubject("person", "awa.diallo")
    await talk.store.feeds.add("a" * 64, subject, by="cli:root", at=talk.now)
    assert "It is revoked" in await talk.says("revoke my calendar address")
    assert await talk.store.feeds.all() == ()


async def test_what_leads_to_this_computer_alone_is_said_to(talk: FeedTalk) -> None:
    talk.feed_server = "http://127.0.0.1:8010"
    assert "enough to try it, not for a telephone" in await talk.says(ASKED)


async def test_what_is_published_at_once_is_said_without_a_doubt(talk: FeedTalk, tmp_path: Path) -> None:
    assert not await is_published(talk.store)
    await talk.store.feeds.add("a" * 64, FeedSubject("theme", "waste"), by="cli:root", at=talk.now)
    await publish(talk.store, EXAMPLE, tmp_path / "feeds", talk.now)
    assert await is_published(talk.store)
    await talk.store.feeds.add("b" * 64, FeedSubject("theme", "land"), by="cli:root", at=talk.now)
    assert not await is_published(talk.store, wait=0.2)


# --- once, and no oftener ---------------------------------------------------------------------------------------------


async def test_killed_between_making_and_saying_the_next_process_says_the_same_address(
    talk: FeedTalk,
) -> None:
    await talk.is_lost(ASKED)
    (made,) = await talk.store.feeds.all()
    found = addresses(await talk.hears_again())
    assert len(found) == 2
    assert await talk.feed(found[0][1]) == made
    assert await talk.store.feeds.all() == (made,)
    assert await noted(talk) == [(AWA, "make-feed", "person/awa.diallo")]


async def test_one_that_was_never_said_is_replaced_by_the_next(talk: FeedTalk) -> None:
    await talk.is_lost(ASKED)
    (lost,) = await talk.store.feeds.all()
    for job in await talk.store.jobs.pending("planned-reply"):
        await talk.store.jobs.withdraw(job.kind, {"event_id": job.payload["event_id"]}, at=talk.now)
    assert "You have one already" in await talk.says(ASKED)
    secret = await talk.gets("yes")
    (there,) = await talk.store.feeds.all()
    assert there.id != lost.id
    assert await talk.feed(secret) == there


async def test_so_many_a_day_and_no_more_but_revoking_goes_on(talk: FeedTalk) -> None:
    for _ in range(MOST_A_DAY):
        secret = await talk.gets("a new calendar address")
    assert "enough new addresses for today" in await talk.says("a new calendar address")
    assert await talk.feed(secret) is not None
    assert "It is revoked" in await talk.says("revoke my calendar address")
    assert await talk.feed(secret) is None
    # Others are not kept from it, and tomorrow is another day.
    await talk.gets(ASKED, "peter")
    talk.now += timedelta(days=1)
    await talk.gets(ASKED)


# --- traces -----------------------------------------------------------------------------------------------------------


async def test_an_address_is_in_no_log_in_no_table_and_in_no_words_for_people_who_look(
    talk: FeedTalk, tmp_path: Path
) -> None:
    with capture_logs() as logs:
        await talk.is_lost(ASKED)
        (kept,) = await kept_replies(talk.store)
        raw = b"".join(path.read_bytes() for path in tmp_path.glob("palabre.db*"))
        secret = addresses(await talk.hears_again())[0][1]
    assert secret in kept.planned
    assert secret.encode() not in raw
    assert await kept_replies(talk.store) == []
    assert secret not in json.dumps(logs, default=str)
    after = b"".join(path.read_bytes() for path in tmp_path.glob("palabre.db*"))
    assert secret.encode() not in after
    assert secret not in repr(MakeFeed(FeedSubject("person", "awa.diallo"), secret))


async def test_ones_data_name_the_feed_and_being_forgotten_revokes_it(talk: FeedTalk) -> None:
    secret = await talk.gets(ASKED)
    about = await all_about(talk.store, {}, AWA, "awa.diallo")
    feeds = about["feeds"]
    assert isinstance(feeds, list)
    assert [(f["kind"], f["key"], f["made_by"]) for f in feeds] == [("person", "awa.diallo", AWA)]
    assert secret not in json.dumps(about, default=str)
    answer = await talk.says("forget me")
    await talk.says(f"forget me {answer.rsplit(' ', 1)[1]}")
    assert await talk.store.feeds.all() == ()


async def test_who_has_left_meanwhile_gets_nothing(talk: FeedTalk) -> None:
    await talk.is_lost(ASKED)
    (made,) = await talk.store.feeds.all()
    await talk.store.feeds.revoke(made.id, by="cli:root", at=talk.now)
    people = [person for person in await talk.store.people.all() if person.user_id != AWA]
    await talk.store.people.replace(people)
    assert MOUSSA in {person.user_id for person in people}
    await talk.hears_again()
    assert await talk.store.feeds.all() == ()
