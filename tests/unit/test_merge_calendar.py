"""The files' events and deadlines and those of the store become one calendar."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from community.description.calendar_model import Audience, Calendar, Deadline, Event
from community.description.directory_model import Directory
from community.description.model import Description
from community.directory.entry import CalendarEntry, EntryKey, calendar_entries, key_of
from community.directory.erasure import NOBODY, Traces, blanked
from community.directory.merge import Base, MergedCalendar, merge_calendar
from tests.lib.descriptions import described, small
from tests.lib.entries import contact, deadline, event

NOTHING = Calendar(version=1)
OLD, NEW, CHAT = (event("meeting", title=title) for title in ("Old", "New", "Chat"))
MEMBERS = [member.model_dump(mode="json", by_alias=True) for member in small().community.members]


def calendar(*entries: CalendarEntry) -> Calendar:
    return Calendar(
        version=1,
        events=tuple(entry for entry in entries if isinstance(entry, Event)),
        deadlines=tuple(entry for entry in entries if isinstance(entry, Deadline)),
    )


def files(*entries: CalendarEntry, **parts: Any) -> Description:
    return described(Directory(version=1, contacts=(contact("desk"),)), calendar(*entries), **parts)


def merged(stored: Calendar, bases: Mapping[EntryKey, Base], description: Description) -> MergedCalendar:
    return merge_calendar(stored, bases, description, description.directory)


def after(said: CalendarEntry, **parts: Any) -> tuple[CalendarEntry | None, list[str]]:
    """Return what becomes of an entry that was made in chat in a community with ``parts``, and what is noted."""
    outcome = merged(calendar(said), {}, files(**parts))
    (left,) = (*calendar_entries(outcome.calendar),) or (None,)
    return left, [str(note.what) for note in outcome.notes if note.is_new]


def keys(one: Calendar) -> list[str]:
    return [entry.key for entry in calendar_entries(one)]


def without(kind: str, *gone: str) -> dict[str, Any]:
    described = getattr(small().community, kind)
    return {kind: [one.model_dump(mode="json", by_alias=True) for one in described if one.key not in gone]}


def renamed(kind: str, **names: str) -> dict[str, Any]:
    rows = [one.model_dump(mode="json", by_alias=True) for one in getattr(small().community, kind)]
    return {kind: [{**row, "key": names.get(row["key"], row["key"]), "was": row["key"]} for row in rows]}


def left(username: str, **more: str) -> dict[str, Any]:
    return {
        "members": [
            {**row, "status": "left", **more} if row["username"] == username else row for row in MEMBERS
        ]
    }


def test_the_first_seeding_is_what_the_files_say_in_their_order() -> None:
    wanted = files(event("b"), event("a"), deadline("report"))
    first = merged(NOTHING, {}, wanted)
    assert (first.calendar, first.notes) == (wanted.calendar, ())
    assert [(change.key, change.before) for change in first.changes(NOTHING)] == [
        ("b", None),
        ("a", None),
        ("report", None),
    ]
    again = merged(first.calendar, first.bases, wanted)
    assert (again.calendar, again.bases, again.changes(first.calendar)) == (first.calendar, first.bases, ())


def test_what_was_said_in_chat_and_in_the_files_is_brought_together() -> None:
    report = deadline("report")
    first = merged(NOTHING, {}, files(OLD, event("gone"), report))
    # In chat: one changed, one removed, one added. In the files: another deadline, the report taken out.
    stored = calendar(CHAT, event("chat"), report)
    second = merged(stored, first.bases, files(OLD, event("gone"), deadline("budget")))
    assert second.calendar == calendar(CHAT, event("chat"), deadline("budget"))
    assert second.notes == ()


def test_what_both_have_changed_stays_as_in_chat_and_is_news_once() -> None:
    first = merged(NOTHING, {}, files(OLD))
    second = merged(calendar(CHAT), first.bases, files(NEW))
    (note,) = second.notes
    assert (second.calendar, note.is_new) == (calendar(CHAT), True)
    assert str(note.what) == (
        "The entry “meeting” was changed in chat, and otherwise in calendar.yaml: what was said in chat stays. Run "
        "“palabre calendar export” to have it in the file, or change it in chat."
    )
    third = merged(calendar(CHAT), second.bases, files(NEW))
    assert [one.is_new for one in third.notes] == [False]
    assert merged(calendar(CHAT), third.bases, files(CHAT)).notes == ()


def test_a_calendar_with_mistakes_stays_as_it_is_and_follows_its_file_again_afterwards() -> None:
    first = merged(NOTHING, {}, files(OLD, event("waste", rooms=["exchange.waste"])))
    stored = calendar(OLD, event("waste", rooms=["exchange.waste"]), event("chat"))
    broken = files(**without("themes", "waste"), rooms=small_rooms("lobby"))
    kept = merged(
        stored, first.bases, Description(broken.community, broken.directory, NOTHING, {"calendar.yaml": ()})
    )
    assert keys(kept.calendar) == ["meeting", "chat"]
    mended = merged(kept.calendar, kept.bases, files(NEW))
    assert mended.calendar == calendar(NEW, event("chat"))
    assert mended.notes == ()


def small_rooms(*some: str) -> list[dict[str, Any]]:
    rooms = [one.model_dump(mode="json", by_alias=True) for one in small().community.rooms]
    return [room for room in rooms if room["key"] in some]


@pytest.mark.parametrize(
    ("said", "parts", "becomes"),
    [
        # One of several is left: the entry stays, without what is gone.
        ({"cities": ["kigali", "bamako"]}, without("cities", "bamako"), {"cities": ["kigali"]}),
        ({"themes": ["waste", "mobility"]}, without("themes", "mobility"), {"themes": ["waste"]}),
        ({"roles": ["coordinator", "city-lead"]}, without("roles", "city-lead"), {"roles": ["coordinator"]}),
        ({"people": ["awa.diallo", "nobody"]}, {}, {"people": ["awa.diallo"]}),
        # The last one: without it the entry would be for more people.
        ({"cities": ["bamako"]}, without("cities", "bamako"), None),
        ({"cities": ["bamako"], "themes": ["waste"]}, without("cities", "bamako"), None),
        ({"themes": ["mobility"]}, without("themes", "mobility"), None),
        ({"cohorts": ["pioneers"]}, {"cohorts": []}, None),
        ({"roles": ["city-lead"], "people": ["awa.diallo"]}, without("roles", "city-lead"), None),
        ({"people": ["nobody"]}, {}, None),
        # Single people come on top of the others: without them it is for nobody more.
        ({"themes": ["waste"], "people": ["nobody"]}, {}, {"themes": ["waste"]}),
        ({"everyone": True}, without("cities", "bamako"), {"everyone": True}),
        # Another key for the same.
        ({"cities": ["bamako"]}, renamed("cities", bamako="bko"), {"cities": ["bko"]}),
        ({"themes": ["waste"]}, renamed("themes", waste="rubbish"), {"themes": ["rubbish"]}),
        ({"cohorts": ["pioneers"]}, renamed("cohorts", pioneers="first"), {"cohorts": ["first"]}),
        # Who has left, with a successor and without.
        (
            {"people": ["awa.diallo"]},
            left("awa.diallo", successor="moussa.keita"),
            {"people": ["moussa.keita"]},
        ),
        (
            {"people": ["awa.diallo", "claudine.uwase"]},
            left("awa.diallo"),
            {"people": ["claudine.uwase"]},
        ),
        (
            {"people": ["awa.diallo", "moussa.keita"]},
            left("awa.diallo", successor="moussa.keita"),
            {"people": ["moussa.keita"]},
        ),
    ],
)
def test_an_audience_is_never_wider_than_it_was(
    said: dict[str, Any], parts: dict[str, Any], becomes: dict[str, Any] | None
) -> None:
    found, _notes = after(event("meeting", audience=said), **parts)
    assert (None if found is None else found.audience) == (
        None if becomes is None else Audience.model_validate(becomes)
    )


def test_what_is_gone_is_noted_and_what_is_renamed_or_handed_over_is_not() -> None:
    _, taken_out = after(event("meeting", audience={"cities": ["bamako"]}), **without("cities", "bamako"))
    (note,) = taken_out
    assert note == (
        "The entry “meeting” was taken out of the calendar: bamako, for which it was made, is no longer there. "
        "Its history has it still."
    )
    _, named = after(event("meeting", audience={"themes": ["waste"], "people": ["nobody"]}))
    assert named == ["The entry “meeting” named nobody, which is no longer there: that was taken out."]
    _, followed = after(
        event("meeting", audience={"themes": ["waste"]}), **renamed("themes", waste="rubbish")
    )
    assert followed == []


def test_a_room_that_is_gone_is_left_out_and_one_with_another_key_is_followed() -> None:
    both = event("meeting", rooms=["lobby", "exchange.mobility"])
    found, _ = after(both, **without("themes", "mobility"))
    assert found is not None
    assert found.rooms == ("lobby",)
    found, _ = after(both, **renamed("themes", mobility="moving"))
    assert found is not None
    assert found.rooms == ("lobby", "exchange.moving")


@pytest.mark.parametrize(
    "audience", [{}, {"everyone": True}, {"cities": ["bamako"]}, {"people": ["awa.diallo"]}]
)
def test_with_the_last_of_its_rooms_it_is_gone_and_not_posted_where_others_read_it(
    audience: dict[str, Any],
) -> None:
    said = event("meeting", rooms=["exchange.mobility"], audience=audience)
    found, notes = after(said, **without("themes", "mobility"))
    assert found is None
    assert notes == [
        (
            "The entry “meeting” was taken out of the calendar: exchange.mobility, for which it was made, is no longer "
            "there. Its history has it still."
        )
    ]


def test_what_was_for_somebody_alone_who_has_been_forgotten_is_gone_and_says_so() -> None:
    awa = Traces("awa.diallo")
    without = blanked(event("meeting", audience={"people": ["awa.diallo"]}), awa, "Gone")
    assert isinstance(without, Event)
    found, notes = after(without)
    assert found is None
    assert notes == [
        (
            "The entry “meeting” was taken out of the calendar: the person for whom alone it was has been forgotten. "
            "Its history has it still."
        )
    ]
    # Somebody has said since whom else it is for.
    for_more = event("meeting", audience={"people": [NOBODY], "themes": ["waste"]})
    found, notes = after(for_more)
    assert found is not None
    assert (found.audience, notes) == (Audience(themes=("waste",)), [])


@pytest.mark.parametrize(
    ("asks", "parts", "becomes"),
    [
        ("desk", {}, "desk"),
        ("gone-desk", {}, None),
        ("awa.diallo", {}, "awa.diallo"),
        ("awa.diallo", left("awa.diallo", successor="moussa.keita"), "moussa.keita"),
        ("awa.diallo", left("awa.diallo"), None),
        ("nobody", {}, None),
    ],
)
def test_who_asks_for_something_is_somebody_who_is_there(
    asks: str, parts: dict[str, Any], becomes: str | None
) -> None:
    found, notes = after(deadline("report", asked_by=asks), **parts)
    assert isinstance(found, Deadline)
    assert found.asked_by == becomes
    assert bool(notes) is (becomes is None)


def test_who_entered_it_is_named_as_long_as_they_are_described() -> None:
    mine = event("meeting", added_by="awa.diallo")
    found, _ = after(mine, **left("awa.diallo"))
    assert found == mine
    found, _ = after(mine, members=[row for row in MEMBERS if row["username"] != "awa.diallo"])
    assert found == event("meeting")


def test_what_the_files_say_of_somebody_who_has_left_is_handed_over_and_settled() -> None:
    asked = files(deadline("report", asked_by="awa.diallo"), **left("awa.diallo", successor="moussa.keita"))
    first = merged(NOTHING, {}, asked)
    assert [(one.key, getattr(one, "asked_by", None)) for one in calendar_entries(first.calendar)] == [
        ("report", "moussa.keita")
    ]
    again = merged(first.calendar, first.bases, asked)
    assert (again.calendar, again.bases, again.notes) == (first.calendar, first.bases, ())
    assert {key_of(one) for one in calendar_entries(again.calendar)} == set(again.bases)
