"""What somebody must not know of is not told, nor shown by a count or by another wording, when they ask what is new."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bots.context.conversation_memory import ConversationMemory
from bots.context.message import MessageContext, Reply
from bots.context.reply_text import LARGEST, size
from bots.features.missed.news import MissedNews
from bots.features.missed.records import NewsRecords
from bots.features.missed.window import Window, WindowKind
from community.description.fields import Localized
from community.description.rooms import expand_rooms
from community.directory.entry import ChangedEntry, Entry, EntryChange, key_of
from community.storage import Announced
from tests.lib.asking import visible
from tests.lib.calendar_asking import NOW, CalendarAsker, calendar_skills
from tests.lib.descriptions import example
from tests.lib.news_story import changed, entry_of, is_described, new

SINCE = NOW - timedelta(days=6)
EVERYONE = ("coordinator", "city-lead", "member", "expert", "partner")
MEMBER, LEAD, COORDINATOR = "oumar.keita", "awa.diallo", "peter.lindqvist"
LINK = "https://example.org/secret"


def told(
    asker: CalendarAsker,
    *changes: EntryChange,
    announced: Sequence[Announced] = (),
    say: str = "what did I miss?",
    kind: WindowKind = WindowKind.LAST_WROTE,
) -> str:
    """Return what somebody is told once all that has happened."""
    return visible(reply(asker, changes, announced=announced, say=say, kind=kind).text)


def reply(
    asker: CalendarAsker,
    changes: Sequence[EntryChange],
    *,
    announced: Sequence[Announced] = (),
    say: str = "what did I miss?",
    kind: WindowKind = WindowKind.LAST_WROTE,
) -> Reply:
    skills, visible_to = calendar_skills(), example().directory.visible
    skills.take([(one.kind, one.key, one.after) for one in changes], visible_to)
    try:
        asked: MessageContext = asker.asked(say)
        news = MissedNews(skills.knowledge, ConversationMemory())
        wanted = news.asked(asked)
        assert wanted is not None
        records = NewsRecords(
            Window(kind, SINCE), _changed(changes), tuple(announced), _rooms(asker.username)
        )
        return news.reply(asked, wanted, records)
    finally:
        # The features are the same for all tests of the process.
        skills.take([(one.kind, one.key, _as_described(one)) for one in changes], visible_to)


def _as_described(change: EntryChange) -> Entry | None:
    return None if change.before is None or not is_described(change.key) else entry_of(change.key)


def _changed(changes: Sequence[EntryChange]) -> tuple[ChangedEntry, ...]:
    """Return each changed entry once, the last first."""
    found: dict[tuple[str, str], ChangedEntry] = {}
    for number, one in enumerate(changes):
        first = found.get((one.kind, one.key))
        before = one.before if first is None else first.before
        found[one.kind, one.key] = ChangedEntry(one.kind, one.key, before, number)
    return tuple(sorted(found.values(), key=lambda one: -one.latest))


def _rooms(username: str) -> frozenset[str]:
    return frozenset(room.key for room in expand_rooms(example().community) if username in room.members)


def closed(**more: Any) -> tuple[EntryChange, ...]:
    """Return what happens in rooms of leads, of coordinators, of chosen people, and for single people alone."""
    meeting, report = entry_of("leads-meeting"), entry_of("indicator-sheet")
    mine = replace_audience(entry_of("training-element"), people=("claudine.uwase",))
    later = {"start": meeting.start + timedelta(days=1)}
    return (
        changed(meeting, **later, **more),
        changed(report, due=report.due + timedelta(days=1), **more),
        new(meeting, "new-in-coordination", rooms=("coordination",), audience=NOBODY, **more),
        new(meeting, "new-in-group", rooms=("property-register",), audience=NOBODY, **more),
        new(mine, "new-for-one", rooms=(), **more),
    )


NOBODY = entry_of("training-element").audience


def replace_audience(entry: Any, **values: Any) -> Any:
    return entry.model_copy(update={"audience": entry.audience.model_copy(update=values)})


OPEN = (
    changed(entry_of("yearly-report"), cancelled=True),
    changed(entry_of("bamako-compost"), stage="finished"),
)
TOLD_IN_CLOSED_ROOMS = (
    Announced("event/leads-meeting/20261203T1000Z", "leads"),
    Announced("deadline/indicator-sheet/20270110T2359Z", "leads"),
    Announced("event/new-in-coordination/20261203T1000Z", "coordination"),
)


@pytest.mark.parametrize("before", [(), OPEN], ids=["nothing else", "something else"])
@pytest.mark.parametrize(
    "say", ["what did I miss?", "what's new since Tuesday?", "what was moved since Monday?"]
)
@pytest.mark.parametrize("kind", [WindowKind.LAST_WROTE, WindowKind.NOT_KNOWN])
def test_who_is_in_none_of_the_closed_rooms_is_told_word_for_word_the_same(
    before: tuple[EntryChange, ...], say: str, kind: WindowKind
) -> None:
    asker = CalendarAsker(MEMBER)
    quiet = told(asker, *before, say=say, kind=kind)
    assert told(asker, *before, *closed(), announced=TOLD_IN_CLOSED_ROOMS, say=say, kind=kind) == quiet


def test_those_whom_it_concerns_are_told() -> None:
    lead = told(CalendarAsker(LEAD), *closed())
    assert "City leads' monthly meeting" in lead
    assert "Indicator sheet" in lead
    assert lead.count("• New") == 0
    one = told(CalendarAsker("claudine.uwase"), *closed(title=Localized("A talk with one")))
    assert "• New: A talk with one" in one


@pytest.mark.parametrize("username", [LEAD, COORDINATOR, MEMBER])
def test_in_an_open_room_nobody_is_told_of_closed_ones_whoever_asks(username: str) -> None:
    asker = CalendarAsker(username, room="exchange.mobility", readers=EVERYONE)
    quiet = told(asker, *OPEN)
    assert told(asker, *OPEN, *closed(), announced=TOLD_IN_CLOSED_ROOMS) == quiet
    assert "ask me in a direct message" in quiet


def test_in_a_closed_room_it_is_that_room_which_is_told_of() -> None:
    asker = CalendarAsker(LEAD, room="leads", readers=("coordinator", "city-lead"))
    here = told(asker, *closed(title=Localized("Of a closed room")))
    assert here.count("• ") >= 2
    assert "• New" not in here


def test_what_was_closed_meanwhile_is_not_told() -> None:
    visit = entry_of("lagos-bus-visit")
    now_closed = changed(visit, rooms=("leads",), start=visit.start + timedelta(days=1))
    asker = CalendarAsker(MEMBER)
    assert told(asker, now_closed) == told(asker, changed(visit, rooms=("leads",)))
    assert "Nothing is new." in told(asker, now_closed)


def test_of_what_was_opened_meanwhile_nothing_is_told_from_before() -> None:
    opened = entry_of("training-element").model_copy(update={"key": "opened"})
    before = opened.model_copy(update={"rooms": ("leads",), "start": opened.start - timedelta(days=1)})
    said = told(CalendarAsker(MEMBER), EntryChange("event", "opened", before, opened))
    assert "• New: Getting started with Element" in said
    assert "Thursday" not in said


def test_what_is_gone_is_not_told() -> None:
    gone = entry_of("yearly-report")
    asker = CalendarAsker(LEAD)
    said = told(asker, EntryChange("deadline", gone.key, gone, None))
    assert "yearly report" not in said
    assert "Nothing is new." in said


def test_a_field_that_the_readers_may_not_see_is_not_said_to_have_changed() -> None:
    phone = changed(entry_of("bamako-waste"), phone="+223 20 00 00 99")
    assert "Fatoumata Sangaré (Phone)" in told(CalendarAsker(MEMBER), phone)
    expert = next(one.username for one in example().community.members if one.role == "expert")
    assert told(CalendarAsker(expert), phone) == told(CalendarAsker(expert))
    room = CalendarAsker(MEMBER, room="exchange.waste", readers=EVERYONE)
    assert told(room, phone) == told(room)
    both = changed(entry_of("bamako-waste"), phone="+223 20 00 00 99", hours=Localized("8-12"))
    assert "Fatoumata Sangaré (Hours)" in told(CalendarAsker(expert), both)


def test_no_link_no_note_and_nothing_to_hand_in_is_told() -> None:
    secret = {"link": LINK, "note": Localized("the secret note")}
    there = told(
        CalendarAsker(LEAD),
        changed(entry_of("leads-meeting"), cancelled=True, **secret),
        changed(entry_of("yearly-report"), cancelled=True, hand_in=Localized("the secret form"), **secret),
        changed(entry_of("bamako-waste"), phone="+223 99", email="secret@example.org"),
    )
    assert "secret" not in there
    assert "+223" not in there


HOSTILE = "@room <b>x</b>\n\u202eevil\u200b [a](https://matrix.to/#/@a:b) #general:example.org " + "ي" * 400


def test_what_people_write_into_titles_stays_text() -> None:
    changes = [
        new(entry_of("training-element"), "a", title=Localized(HOSTILE)),
        new(entry_of("yearly-report"), "b", title=Localized(HOSTILE)),
        new(entry_of("bus-priority"), "c", title=Localized(HOSTILE)),
        new(entry_of("bamako-waste"), "d", name=Localized(HOSTILE), function=Localized(HOSTILE)),
    ]
    for language in ("en", "ar"):
        found = reply(CalendarAsker(LEAD, (language,)), changes)
        assert "@room" not in found.text
        assert "<b>" not in found.html
        assert "\u202e" not in found.text
        assert "matrix.to/#/@a" not in found.text
        assert all(len(visible(line)) < 300 for line in found.text.splitlines())


def test_it_fits_into_one_event_however_long_titles_are() -> None:
    titles = [Localized("ي" * 120 + f" {number}") for number in range(30)]
    some: list[Entry] = [entry_of(key) for key in ("training-element", "yearly-report", "bus-priority")]
    changes = [
        new(entry, f"{key_of(entry)[1]}{number}", title=title)
        for number, title in enumerate(titles)
        for entry in some
    ]
    asker = CalendarAsker(LEAD, ("ar",), room="lobby", readers=EVERYONE)
    found = reply(asker, changes)
    assert size(found) <= LARGEST
    assert found.text.count("•") >= 3


def test_somebody_without_a_role_is_told_nothing_of_the_calendar() -> None:
    stranger = CalendarAsker("nobody")
    said = told(replace(stranger), *OPEN, *closed())
    assert "report" not in said
    assert "meeting" not in said
