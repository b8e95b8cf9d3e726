"""What the import of another program's calendar adds, changes, removes, and leaves as it was said here."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from community.description.calendar_model import Audience, Calendar, Deadline, Event
from community.exchange.ics_plan import DatesPlan, ForWhom
from community.exchange.plan import change_lines
from tests.lib.ics import EVERYONE, NOW, after, calendar_of, plan, vevent, vtodo

NOTHING = Calendar(version=1)
WASTE = ForWhom(Audience(themes=("waste",)), ("exchange.waste",))
NOBODY = ForWhom()


def first(*parts: str, **how: Any) -> tuple[Calendar, DatesPlan]:
    """Return a calendar after a first import, and that import."""
    found = plan(calendar_of(*parts), **how)
    return after(NOTHING, found), found


def changed(found: DatesPlan) -> list[str]:
    return [line for change in found.plan.changes for line in change_lines(change, "en")]


def notes(found: DatesPlan) -> list[str]:
    return [str(note) for note in found.plan.notes]


def in_chat(calendar: Calendar, **fields: Any) -> Calendar:
    """Return a calendar after somebody has changed its only event."""
    (event,) = calendar.events
    return calendar.model_copy(update={"events": (event.model_copy(update=fields),)})


def test_keys_say_the_title_and_stay_when_it_changes() -> None:
    there, before = first(vevent(title="Réunion déchets"))
    (key,) = (event.key for event in there.events)
    assert key == "reunion-dechets-01d421395"
    again = plan(calendar_of(vevent(title="Réunion eau")), there, before.noted)
    assert changed(again) == [
        f"~ event {key}: Réunion eau",
        "    title: Réunion déchets → Réunion eau",
    ]


def test_only_what_has_changed_is_changed() -> None:
    two = (vevent(), vevent(uid="two@example.org", title="Visit"))
    there, before = first(*two)
    moved = vevent("DTSTART:20270202T150000Z", "LOCATION:Kigali", uid="two@example.org", title="Visit")
    again = plan(calendar_of(vevent(), moved), there, before.noted)
    (change,) = again.plan.changes
    assert isinstance(change.after, Event)
    assert change.after.start == datetime(2027, 2, 2, 15)  # noqa: DTZ001 - on the clock of its zone
    # What was posted already follows it: messages know it by the start that it had first.
    assert change.after.originally == datetime(2027, 2, 1, 10)  # noqa: DTZ001
    third = plan(calendar_of(vevent(), moved), after(there, again), again.noted)
    assert third.plan.changes == ()
    back = plan(calendar_of(*two), after(there, again), again.noted)
    assert [getattr(change.after, "originally", 0) for change in back.plan.changes] == [None]


def test_a_series_that_moves_by_less_than_a_turn_keeps_when_it_was_first_set() -> None:
    there, before = first(vevent("RRULE:FREQ=WEEKLY"))
    for start, kept in (("20270202T110000Z", datetime(2027, 2, 1, 10)), ("20270210T100000Z", None)):  # noqa: DTZ001
        moved = plan(calendar_of(vevent("RRULE:FREQ=WEEKLY", f"DTSTART:{start}")), there, before.noted)
        assert moved.problems == ()
        assert [getattr(change.after, "originally", 0) for change in moved.plan.changes] == [kept]
    single = plan(calendar_of(vevent("DTSTART:20270202T100000Z")), there, before.noted)
    assert [getattr(change.after, "originally", 0) for change in single.plan.changes] == [None]


def test_what_was_said_here_holds_where_the_calendar_says_nothing_new() -> None:
    there, before = first(vevent())
    here = in_chat(there, title=there.events[0].title.model_validate("Renamed here"))
    again = plan(calendar_of(vevent()), here, before.noted)
    assert (again.plan.changes, notes(again)) == ((), [])


def test_where_both_have_changed_it_stays_as_it_is_here_with_a_note_each_time() -> None:
    there, before = first(vevent())
    here = in_chat(there, title=there.events[0].title.model_validate("Renamed here"))
    for _ in range(2):
        again = plan(calendar_of(vevent("LOCATION:Kigali")), here, before.noted)
        assert again.plan.changes == ()
        assert notes(again) == [
            f"“{here.events[0].key}” was changed here, and otherwise in that calendar: what was said here stays"
        ]
        assert again.noted == before.noted


def test_once_the_calendar_says_the_same_it_is_followed_again() -> None:
    there, before = first(vevent())
    here = in_chat(there, title=there.events[0].title.model_validate("Renamed"))
    same = plan(calendar_of(vevent(title="Renamed")), here, before.noted)
    assert same.plan.changes == ()
    later = plan(calendar_of(vevent("LOCATION:Kigali", title="Renamed")), here, same.noted)
    assert changed(later)[1:] == ["    place: ∅ → Kigali"]


def test_what_was_removed_here_stays_removed_until_the_calendar_says_otherwise() -> None:
    _, before = first(vevent())
    assert plan(calendar_of(vevent()), NOTHING, before.noted).plan.changes == ()
    moved = plan(calendar_of(vevent("DTSTART:20270203T100000Z")), NOTHING, before.noted)
    assert [change.before for change in moved.plan.changes] == [None]


def test_what_is_gone_there_is_removed_only_if_that_is_said() -> None:
    there, before = first(vevent(), vevent(uid="two@example.org", title="Visit"))
    again = plan(calendar_of(vevent()), there, before.noted)
    assert again.plan.changes == ()
    assert notes(again) == [
        "1 date that came from this calendar is in it no longer, and stays: --remove-missing removes it"
    ]
    removed = plan(calendar_of(vevent()), there, before.noted, removes_missing=True)
    assert [line[:14] for line in changed(removed)] == ["- event visit-"]
    assert len(removed.noted) == 1


def test_another_calendar_removes_nothing_of_this_one() -> None:
    there, before = first(vevent())
    other = plan(
        calendar_of(vevent(uid="x@y", title="Other")),
        there,
        before.noted,
        source="other",
        removes_missing=True,
    )
    assert [change.before for change in other.plan.changes] == [None]
    assert len(other.noted) == 1


def test_what_came_from_one_calendar_is_not_changed_by_another_that_has_it_too() -> None:
    two = vevent(uid="two@example.org", title="Visit")
    there, before = first(vevent(), two)
    invited = calendar_of(vevent("STATUS:CANCELLED", "SEQUENCE:9"), vevent(uid="own", title="Own"))
    other = plan(invited, there, before.noted, source="other", whom=WASTE)
    assert [change.before for change in other.plan.changes] == [None]
    assert notes(other) == ["1 date came from another calendar first, and stays as that one has it"]
    assert other.noted.keys().isdisjoint(before.noted)
    same = plan(calendar_of(vevent(), two), there, before.noted, source="other", whom=NOBODY)
    assert (same.plan.changes, notes(same)) == ((), [])


def test_the_same_calendar_at_another_address_goes_on_from_there() -> None:
    there, before = first(vevent(), vevent(uid="two@example.org", title="Visit"))
    moved = calendar_of(vevent(title="Renamed"), vevent(uid="two@example.org", title="Visit"))
    other = plan(moved, there, before.noted, source="other", whom=NOBODY)
    assert len(other.plan.changes) == 1
    assert other.noted.keys() == before.noted.keys()
    assert {noted.source for noted in other.noted.values()} == {"other"}


def test_what_was_changed_here_is_not_removed() -> None:
    there, before = first(vevent())
    here = in_chat(there, lasts=there.events[0].lasts * 0 + (NOW - NOW))
    here = in_chat(here, cancelled=True)
    gone = plan(calendar_of(), here, before.noted, removes_missing=True)
    assert gone.plan.changes == ()
    assert len(notes(gone)) == 1


def test_what_is_over_is_not_removed_and_what_is_refused_is_not_missing() -> None:
    there, before = first(vevent("DTSTART:20261129T130000Z"))
    later = datetime(2026, 12, 2, tzinfo=NOW.tzinfo)
    gone = plan(calendar_of(), there, before.noted, removes_missing=True, now=later)
    assert (gone.plan.changes, notes(gone)) == ((), [])
    there, before = first(vevent())
    refused = plan(calendar_of(vevent("DTSTART:rubbish")), there, before.noted, removes_missing=True)
    assert refused.plan.changes == ()
    assert len(refused.problems) == 1


def test_much_at_once_is_told() -> None:
    there, before = first(*(vevent(uid=f"{n}@example.org", title=f"Call {n}") for n in range(12)))
    gone = plan(calendar_of(), there, before.noted, removes_missing=True)
    assert str(gone.plan.excess) == "12 of 12 entries would be removed"


def test_for_whom_it_is_stays_as_it_was_said_here() -> None:
    there, before = first(vevent(), whom=WASTE)
    assert there.events[0].audience == WASTE.audience
    assert there.events[0].rooms == WASTE.rooms
    wider = in_chat(there, audience=EVERYONE.audience, rooms=())
    again = plan(calendar_of(vevent("LOCATION:Kigali")), wider, before.noted, whom=NOBODY)
    assert changed(again)[1:] == ["    place: ∅ → Kigali"]
    said = plan(calendar_of(vevent()), wider, before.noted, whom=WASTE)
    assert changed(said)[1:] == [
        "    audience:themes: ∅ → waste",
        "    rooms: ∅ → exchange.waste",
        "    audience:everyone: true → ∅",
    ]


def test_new_dates_are_for_those_for_whom_all_others_of_that_calendar_are() -> None:
    assert plan(calendar_of(vevent()), whom=NOBODY).lacks_whom
    there, before = first(vevent(), whom=WASTE)
    two = calendar_of(vevent(), vevent(uid="two@example.org", title="Visit"))
    again = plan(two, there, before.noted, whom=NOBODY)
    assert not again.lacks_whom
    assert [getattr(change.after, "rooms", None) for change in again.plan.changes] == [WASTE.rooms]
    assert plan(two, there, before.noted, whom=NOBODY, source="other").lacks_whom


def test_a_deadline_that_is_put_off_keeps_when_it_was_due_first_and_who_asks() -> None:
    there, before = first(vtodo("DUE:20270315T120000Z"))
    asked = there.deadlines[0].model_copy(update={"asked_by": "claudine.uwase"})
    here = there.model_copy(update={"deadlines": (asked,)})
    off = plan(calendar_of(vtodo("DUE:20270401T120000Z")), here, before.noted)
    (change,) = off.plan.changes
    assert isinstance(change.after, Deadline)
    assert change.after.originally == datetime(2027, 3, 15, 12)  # noqa: DTZ001 - on the clock of its zone
    assert change.after.asked_by == "claudine.uwase"


def test_a_cancelled_event_is_cancelled_here() -> None:
    there, before = first(vevent())
    again = plan(calendar_of(vevent("STATUS:CANCELLED", "SEQUENCE:1")), there, before.noted)
    assert changed(again)[1:] == ["    cancelled: ∅ → true"]


def test_the_newest_of_two_versions_counts() -> None:
    old, new = vevent("SEQUENCE:1", title="Old"), vevent("SEQUENCE:2", title="New")
    for parts in ((old, new), (new, old)):
        there, _ = first(*parts)
        assert [event.title.text("en") for event in there.events] == ["New"]


def test_one_time_of_a_series_that_the_file_has_not_stands_for_itself() -> None:
    one = vevent("RECURRENCE-ID:20270201T100000Z", "DTSTART:20270201T110000Z")
    two = vevent("RECURRENCE-ID:20270208T100000Z", "DTSTART:20270208T110000Z")
    there, before = first(one, two)
    assert len(there.events) == 2
    assert plan(calendar_of(one, two), there, before.noted).plan.changes == ()


def test_digests_differ_with_what_is_done() -> None:
    _, one = first(vevent())
    _, other = first(vevent("LOCATION:Kigali"))
    assert one.plan.digest != other.plan.digest
