"""What each feed of the calendar shows, and what no feed shows."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from community.core.address_secret import digest_of, secret_of
from community.description.calendar_model import Calendar
from community.description.feed_subject import FeedKind, FeedSubject
from community.directory.asking import no_contact
from community.directory.entry import CalendarEntry, key_of
from community.exchange.ics_file import PublishedEntry
from community.feeds.document import FeedDocument, from_bytes, to_bytes
from community.feeds.subjects import entries_in, languages_of, name_of, zone_of
from tests.lib.descriptions import example, small
from tests.lib.entries import deadline, event

COMMUNITY = example().community
LEAD = next(member for member in COMMUNITY.members if member.role == "city-lead" and member.city == "kigali")
OTHER = next(member for member in COMMUNITY.members if member.role == "city-lead" and member.city != "kigali")
SAFE = next(
    spec.key for spec in COMMUNITY.rooms if spec.policy.value == "safe" and spec.scope.value == "community"
)
DATES: tuple[CalendarEntry, ...] = (
    event("assembly", audience={"everyone": True}, rooms=()),
    event("waste", audience={"themes": ["waste"]}, rooms=()),
    event("webinar", rooms=("exchange.land",)),
    event("pioneers", audience={"cohorts": ["pioneers"]}, rooms=()),
    event("kigali", audience={"cities": ["kigali"]}, rooms=()),
    event("leads", audience={"roles": ["city-lead"]}, rooms=()),
    event("talk", audience={"people": [LEAD.username]}, rooms=()),
    event("safe", audience={"everyone": True}, rooms=(SAFE,)),
    deadline("report", audience={"roles": ["city-lead"]}, rooms=("leads",), asked_by=LEAD.username),
)
CALENDAR = Calendar(
    version=1,
    events=tuple(one for one in DATES if key_of(one)[0] == "event"),
    deadlines=tuple(one for one in DATES if key_of(one)[0] == "deadline"),
)


def shown(kind: FeedKind, key: str) -> set[str]:
    return {entry.key for entry in entries_in(FeedSubject(kind, key), CALENDAR, COMMUNITY, no_contact)}


@pytest.mark.parametrize(
    ("kind", "key", "expected"),
    [
        # Nothing that is for some roles or single people, and nothing of safe rooms.
        ("community", COMMUNITY.key, {"assembly", "waste", "webinar", "pioneers", "kigali"}),
        ("theme", "waste", {"waste"}),
        ("theme", "land", {"webinar"}),
        ("cohort", "pioneers", {"pioneers"}),
        # What is for that role, and what is in its rooms; no more where it coordinates.
        ("role", "city-lead", {"leads", "report"}),
        ("role", "coordinator", {"report"}),
        ("person", LEAD.username, {"assembly", "pioneers", "kigali", "leads", "talk", "report"}),
        ("person", "nobody", set()),
    ],
)
def test_a_feed_shows_what_the_least_privileged_reader_may_know(
    kind: FeedKind, key: str, expected: set[str]
) -> None:
    beside = {"waste", "webinar"} if kind == "person" else set()
    assert shown(kind, key) - beside == expected


def test_a_citys_feed_has_what_concerns_it_and_nothing_of_other_cities() -> None:
    assert {"assembly", "kigali"} <= shown("city", "kigali")
    assert "kigali" not in shown("city", OTHER.city or "")
    assert not shown("city", "kigali") & {"leads", "talk", "safe", "report"}


def of_role(one: CalendarEntry) -> CalendarEntry | None:
    """Return an event as the feed of the city leads has it."""
    calendar = Calendar(version=1).model_copy(update={"events": (one,)})
    found = entries_in(FeedSubject("role", "city-lead"), calendar, COMMUNITY, no_contact)
    return found[0] if found else None


def test_a_roles_feed_has_links_and_notes_only_of_what_is_for_all_of_it() -> None:
    joined = event("leads", audience={"roles": ["city-lead"]}, rooms=(), link="https://example.org/leads")
    of_all = of_role(joined)
    assert of_all is not None
    assert (of_all.link, of_all.audience.roles) == ("https://example.org/leads", ())
    of_some = of_role(
        joined.model_copy(
            update={
                "audience": joined.audience.model_copy(update={"roles": ("city-lead",), "cities": ("lagos",)})
            }
        )
    )
    assert of_some is not None
    assert of_some.link is None


def test_what_is_for_some_of_a_role_in_a_room_that_it_is_not_in_is_not_in_its_feed() -> None:
    some = {"roles": ["city-lead"], "cities": ["lagos"]}
    assert of_role(event("some", audience=some, rooms=("coordination",))) is None
    assert of_role(event("safe", audience={"roles": ["city-lead"]}, rooms=(SAFE,))) is None


def test_nobody_elses_own_dates_are_in_a_persons_feed() -> None:
    assert not shown("person", OTHER.username) & {"talk", "kigali", "safe"}


def test_whom_it_concerns_and_who_asks_is_in_no_feed() -> None:
    published = tuple(
        PublishedEntry(entry)
        for entry in entries_in(FeedSubject("person", LEAD.username), CALENDAR, COMMUNITY, no_contact)
    )
    made = datetime(2026, 11, 29, tzinfo=UTC)
    document = FeedDocument(COMMUNITY.key, COMMUNITY.name, "UTC", "UTC", ("fr",), made, published)
    text = to_bytes(document).decode()
    assert LEAD.username not in text
    assert not re.search(r'"(audience|rooms|added_by|asked_by)"', text)


def test_a_document_is_read_as_it_was_written() -> None:
    published = tuple(PublishedEntry(one, 7, datetime(2026, 11, 30, 8, tzinfo=UTC)) for one in DATES)
    made = datetime(2026, 11, 29, tzinfo=UTC)
    document = FeedDocument("net", COMMUNITY.name, "Africa/Abidjan", "UTC", ("fr", "ar"), made, published)
    assert from_bytes(to_bytes(document)) == document


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[1]", b'{"version": 2}', b"\xff", b'{"version":1,"entries":[{}]}']
)
def test_what_is_no_document_is_none(content: bytes) -> None:
    assert from_bytes(content) is None


def test_a_secret_is_long_and_its_digest_says_nothing_of_it() -> None:
    secret = secret_of(bytes(range(24)))
    assert len(secret) == 32
    digest = digest_of(secret)
    assert digest is not None
    assert secret not in digest
    assert digest_of(secret_of(bytes(24))) != digest


@pytest.mark.parametrize(
    "secret", ["", "short", "a" * 31, "a" * 33, "a" * 31 + "/", "../" * 11, "é" * 32, "a" * 100_000]
)
def test_what_is_no_secret_has_no_digest(secret: str) -> None:
    assert digest_of(secret) is None


def test_a_feed_of_what_is_gone_has_no_name() -> None:
    for kind in ("community", "theme", "cohort", "city", "role", "person"):
        assert name_of(FeedSubject(kind, "gone"), COMMUNITY) is None
    left = [{**m.model_dump(mode="json"), "status": "left"} for m in small().community.members]
    subject = FeedSubject("person", "awa.diallo")
    assert name_of(subject, small().community) is not None
    assert name_of(subject, small(members=left).community) is None


def test_it_is_in_the_zone_and_the_languages_of_its_readers() -> None:
    community = small().community
    awa, kigali = FeedSubject("person", "awa.diallo"), FeedSubject("city", "kigali")
    assert (zone_of(awa, community), zone_of(kigali, community)) == ("Africa/Bamako", "Africa/Kigali")
    assert zone_of(FeedSubject("theme", "waste"), community) == "Africa/Abidjan"
    # Kinyarwanda has no folder here: it is read in a language that has one.
    assert languages_of(kigali, community) == ("en", "fr")
    name = name_of(FeedSubject("theme", "waste"), community)
    assert name is not None
    assert (name.text("fr"), name.text("en")) == ("Petit réseau · Déchets", "Small network · Waste")
