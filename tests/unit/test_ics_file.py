"""The calendar as iCalendar: what is written is read back by `icalendar` and, independently, by vobject."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import icalendar
import pytest
import recurring_ical_events
import vobject
from hypothesis import given

from community.agenda.occurrences import occurrences
from community.core.messages import translator
from community.core.zones import ZoneInfo
from community.description.calendar_model import Deadline, Event
from community.exchange.ics_file import PublishedCalendar, PublishedEntry, ics_bytes
from tests.lib.drawn_events import FIRST, LAST, drawn_events, event

COMMUNITY = Path(__file__).parents[2] / "community"
MADE = datetime(2026, 11, 29, 18, tzinfo=UTC)
REPORT = {"key": "report", "title": {"en": "Report", "fr": "Rapport"}, "due": "2026-12-15 18:00"}


def deadline(**values: Any) -> Deadline:
    return Deadline.model_validate({**REPORT, "rooms": ["lobby"], **values})


def written(
    *entries: Event | Deadline, language: str = "en", zone: str = "Africa/Kigali", **said: Any
) -> bytes:
    published = tuple(PublishedEntry(entry, **said) for entry in entries)
    calendar = PublishedCalendar("network", "Network", zone, MADE, 2026, published)
    return ics_bytes(calendar, translator(language, [COMMUNITY]))


def lines(*entries: Event | Deadline, **said: Any) -> list[str]:
    return written(*entries, **said).decode().replace("\r\n ", "").split("\r\n")


def value(name: str, *entries: Event | Deadline, **said: Any) -> list[str]:
    """Return what stands after each content line of that name, in the events alone."""
    whole = "\n".join(lines(*entries, **said))
    inside = whole[whole.index("BEGIN:VEVENT") :].split("\n")
    return [line.removeprefix(name) for line in inside if line.startswith((f"{name}:", f"{name};"))]


def test_the_frame_says_how_often_to_look_again() -> None:
    said = lines(event())
    assert "REFRESH-INTERVAL;VALUE=DURATION:PT1H" in said
    assert "X-PUBLISHED-TTL:PT1H" in said
    assert {"X-WR-CALNAME:Network", "NAME:Network", "METHOD:PUBLISH", "VERSION:2.0"} <= set(said)


def test_an_entry_is_known_by_community_kind_and_key() -> None:
    assert value("UID", event(), deadline()) == [
        ":event-call@network.palabre",
        ":deadline-report@network.palabre",
    ]


def test_a_change_raises_the_sequence_and_says_when() -> None:
    at = datetime(2026, 11, 30, 8, 15, tzinfo=UTC)
    assert value("SEQUENCE", event(), sequence=7) == [":7"]
    assert (
        value("DTSTAMP", event(), modified=at)
        == value("LAST-MODIFIED", event(), modified=at)
        == [":20261130T081500Z"]
    )
    assert value("DTSTAMP", event()) == [":20261129T180000Z"]
    assert value("LAST-MODIFIED", event()) == []


def test_the_link_to_join_stands_wherever_a_program_may_look() -> None:
    call = event(link="https://example.org/a;b,c", place={"en": "Room 2; upstairs"})
    assert value("LOCATION", call) == [r":Room 2\; upstairs · https://example.org/a\;b\,c"]
    assert value("DESCRIPTION", call)[0] == r":To join: https://example.org/a\;b\,c"
    assert value("URL", call) == [":https://example.org/a;b,c"]
    assert value("CONFERENCE", call) == [";LABEL=Call;VALUE=URI:https://example.org/a;b,c"]


@pytest.mark.parametrize(
    ("language", "summary", "described"),
    [
        ("en", "Due: Report", r"To hand in: The form\nLink: https://example.org/f"),
        ("fr", "À rendre : Rapport", r"À remettre : Le formulaire\nLien : https://example.org/f"),
    ],
)
def test_it_is_in_the_readers_language(language: str, summary: str, described: str) -> None:
    form = {"en": "The form", "fr": "Le formulaire"}
    report = deadline(hand_in=form, link="https://example.org/f")
    assert value("SUMMARY", report, language=language)[0].replace("\xa0", " ") == f":{summary}"
    assert value("DESCRIPTION", report, language=language)[0].replace("\xa0", " ") == f":{described}"


def test_nobodys_name_is_in_it() -> None:
    report = deadline(asked_by="awa.diallo", added_by="kofi.mensah", audience={"people": ["lea.martin"]})
    call = event(added_by="kofi.mensah", audience={"people": ["lea.martin"]})
    text = written(report, call).decode()
    assert not [name for name in ("awa", "kofi", "lea") if name in text]


def test_a_day_alone_is_a_day_alone() -> None:
    assert value("DTSTART", event(start="2026-12-01", lasts="2d")) == [";VALUE=DATE:20261201"]
    assert value("DTEND", event(start="2026-12-01", lasts="2d")) == [";VALUE=DATE:20261203"]
    assert value("DTSTART", deadline(due="2026-12-15")) == [";VALUE=DATE:20261215"]


def test_moved_and_cancelled_occurrences_stand_by_themselves() -> None:
    changes = [
        {"of": "2026-12-08", "start": "2026-12-09 11:00"},
        {"of": "2026-12-15 10:00", "cancelled": True},
    ]
    series = event(repeat="FREQ=WEEKLY;COUNT=4", changes=changes, **{"except": ["2026-12-22"]})
    zoned = ";TZID=Africa/Kigali:"
    assert value("RECURRENCE-ID", series) == [f"{zoned}20261208T100000", f"{zoned}20261215T100000"]
    assert value("DTSTART", series) == [
        f"{zoned}{day}" for day in ("20261201T100000", "20261209T110000", "20261215T100000")
    ]
    assert value("EXDATE", series) == [f"{zoned}20261222T100000"]
    assert value("STATUS", series) == [":CONFIRMED", ":CONFIRMED", ":CANCELLED"]
    assert value("SUMMARY", series) == [":Call", ":Call", ":Cancelled: Call"]
    assert ":Moved from 8 December 2026." in value("DESCRIPTION", series)


def test_the_end_of_a_rule_is_a_moment_in_utc_or_a_day() -> None:
    by_day = "FREQ=WEEKLY;UNTIL=20261231"
    assert value("RRULE", event(repeat=by_day)) == [":FREQ=WEEKLY;UNTIL=20261231T215959Z"]
    assert value("RRULE", event(start="2026-12-01", repeat=by_day)) == [":FREQ=WEEKLY;UNTIL=20261231"]


def test_alarms_are_the_reminders_of_the_last_day() -> None:
    assert value("TRIGGER", event()) == [":-P1D", ":-PT1H"]
    # Nine in the morning of the day before.
    assert value("TRIGGER", event(start="2026-12-01", remind=["1d", 0])) == [":-PT15H"]
    assert value("TRIGGER", event(remind=[])) == value("TRIGGER", event(cancelled=True)) == []


def test_time_zones_are_named_once_each_with_their_rules() -> None:
    text = written(event(), event(key="other", timezone="Africa/Cairo"), event(key="third")).decode()
    assert text.count("BEGIN:VTIMEZONE") == 2
    zones = icalendar.Calendar.from_ical(text).timezones
    assert [str(zone.tz_name) for zone in zones] == ["Africa/Cairo", "Africa/Kigali"]
    cairo = zones[0].to_tz()
    summer, winter = (datetime(2030, month, 1, 12, tzinfo=cairo).utcoffset() for month in (7, 1))
    assert (summer, winter) == (timedelta(hours=3), timedelta(hours=2))


def test_no_line_is_too_long_and_nothing_breaks_out_of_its_line() -> None:
    hostile = "ééé" * 60 + "\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:evil"
    text = written(event(note={"en": hostile}))
    assert max(map(len, text.split(b"\r\n"))) <= 75
    (found,) = icalendar.Calendar.from_ical(text).events
    assert str(found["UID"]) == "event-call@network.palabre"


def test_the_same_calendar_is_the_same_bytes() -> None:
    assert written(event(), deadline()) == written(event(), deadline())


def test_an_independent_parser_reads_it() -> None:
    changes = [{"of": "2026-12-08", "start": "2026-12-09 11:00"}]
    series = event(repeat="FREQ=WEEKLY;COUNT=4", changes=changes, timezone="Europe/Paris")
    read = vobject.readOne(written(series, deadline(due="2026-12-15")).decode())
    whole, moved, due = read.vevent_list
    assert whole.summary.value == "Call"
    assert [moment.day for moment in whole.rruleset] == [1, 8, 15, 22]
    assert moved.recurrence_id.value.astimezone(UTC) == datetime(2026, 12, 8, 9, tzinfo=UTC)
    assert moved.dtstart.value.astimezone(UTC) == datetime(2026, 12, 9, 10, tzinfo=UTC)
    assert due.dtstart.value == date(2026, 12, 15)


# --- the same occurrences as ours -----------------------------------------------------------------------------------

Seen = tuple[datetime, datetime, bool]


def as_we_say(one: Event) -> list[Seen]:
    zone = ZoneInfo(one.timezone or "UTC")
    found = occurrences(one, zone, FIRST, LAST)
    return sorted((each.start.astimezone(UTC), each.end.astimezone(UTC), each.is_cancelled) for each in found)


def as_read_back(one: Event) -> list[Seen]:
    read = icalendar.Calendar.from_ical(written(one))
    found = recurring_ical_events.of(read).between(FIRST, LAST)
    zone = ZoneInfo(one.timezone or "UTC")
    return sorted(
        (_moment(each.start, zone), _moment(each.end, zone), str(each["STATUS"]) == "CANCELLED")
        for each in found
    )


def _moment(start: date, zone: ZoneInfo) -> datetime:
    moment = (
        start if isinstance(start, datetime) else datetime(start.year, start.month, start.day, tzinfo=zone)
    )
    return moment.astimezone(UTC)


def test_a_weekday_in_utc_stays_that_weekday() -> None:
    """With X-WR-TIMEZONE programs move it to the community's zone, where it is another day, and keep the rule's."""
    late = event(start="2026-12-01 22:30", repeat="FREQ=WEEKLY;BYDAY=TU;COUNT=3", timezone="UTC")
    assert as_read_back(late) == as_we_say(late)


@given(drawn_events())
def test_what_is_read_back_takes_place_when_ours_does(one: Event) -> None:
    assert as_read_back(one) == as_we_say(one)
