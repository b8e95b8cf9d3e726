"""A calendar from anywhere may be meant to do harm: each is refused by a sentence, or made harmless, and in no time."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from community.core.errors import Problem
from community.core.plain_text import clean
from community.description.calendar_model import Calendar
from community.exchange.ics_parsing import read_ics
from tests.lib.examples import some_of
from tests.lib.ics import (
    COMMUNITY,
    FILES,
    HEAD,
    after,
    calendar_of,
    content,
    entries,
    event_of,
    plan,
    refusal,
    refused,
    vevent,
    vtodo,
)


def test_what_is_no_calendar() -> None:
    assert "it does not begin with BEGIN:VCALENDAR" in refusal(b"")
    assert "it does not begin with BEGIN:VCALENDAR" in refusal(b"\x00" * 100)
    assert "this is a web page, not a calendar" in refusal(b"<!DOCTYPE html><html></html>")
    assert "this is a web page, not a calendar" in refusal(
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]>'
    )
    assert "the file ends in the middle" in refusal(calendar_of(vevent())[:-30])
    assert "“END:VEVENT” ends nothing" in refusal(calendar_of("END:VEVENT"))
    assert "larger than 5 MB" in refusal(b"BEGIN:VCALENDAR\r\n" + b" " * 5_000_001)


def test_latin_1_is_refused_with_the_place() -> None:
    data = calendar_of(vevent(title="Réunion")).decode().encode("latin-1")
    assert refusal(data).startswith("7: the file is not in UTF-8")
    assert "not in UTF-8" in refusal(calendar_of(vevent()).decode().encode("utf-16"))
    # The place is right behind a byte order mark too.
    marked = b"\xef\xbb\xbfBEGIN:VCALENDAR\r\nSUMMARY:\xc3\xa9\xe9\r\n"
    found = read_ics(marked, "there.ics")
    assert isinstance(found, Problem)
    assert (found.place.line, found.place.column) == (2, 10)


def test_parts_within_parts() -> None:
    deep = "\r\n".join([*(["BEGIN:X-PART"] * 500), *(["END:X-PART"] * 500)])
    assert "stand within each other" in refusal(calendar_of(deep))
    assert "VEVENT stands within VEVENT" in refusal(calendar_of("BEGIN:VEVENT\r\nBEGIN:VEVENT"))
    assert "VEVENT stands within –" in refusal(b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\nBEGIN:VEVENT\r\n")


def test_too_many_events_and_too_long_events() -> None:
    assert "more than 5000 events" in refusal(calendar_of(*[vevent(uid=f"{n}") for n in range(5001)]))
    assert "more than 300 lines" in refusal(calendar_of(vevent(*["CATEGORIES:A"] * 301)))
    assert len(content(calendar_of(vevent(*["COMMENT:nobody reads it"] * 5000))).items) == 1


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ("FREQ=SECONDLY", "SECONDLY"),
        ("FREQ=MINUTELY;COUNT=1000000000", "MINUTELY"),
        ("FREQ=DAILY;COUNT=1000000000", "COUNT"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "no day in the ten years"),
        ("FREQ=NEVER", "NEVER"),
        ("FREQ=DAILY;BYSECOND=1", "BYSECOND"),
        ("FREQ=WEEKLY;BYDAY=TU", "which is no day of its rule"),
        ("FREQ=DAILY;BYDAY=" + ",".join(["MO"] * 500), ""),
    ],
)
def test_rules_that_never_end_or_that_nobody_means(rule: str, why: str) -> None:
    (said,) = refused(vevent(f"RRULE:{rule}"), vevent(uid="other", title="Other"))
    assert said.startswith("4: “Call”")
    assert why in said


def test_thousands_of_times() -> None:
    listed = ",".join(f"2027{month:02}{day:02}T100000Z" for month in range(1, 13) for day in range(1, 29))
    (said,) = refused(vevent(f"RDATE:{listed}", f"EXDATE:{listed}"))
    assert "more than 400 of its times" in said
    assert "more than one rule" in refused(vevent("RRULE:FREQ=DAILY", "RRULE:FREQ=WEEKLY"))[0]
    assert "more than one rule" in refused(vevent("RRULE:FREQ=DAILY", "EXRULE:FREQ=WEEKLY"))[0]


def test_a_private_occurrence_of_a_series_shows_its_time_alone() -> None:
    series = vevent("RRULE:FREQ=WEEKLY;COUNT=4", "LOCATION:Hall")
    one = vevent(
        "RECURRENCE-ID:20270208T100000Z",
        "DTSTART:20270208T150000Z",
        "CLASS:PRIVATE",
        "LOCATION:Clinic",
        "DESCRIPTION:with the doctor https://meet.example.org/join/9",
        title="Doctor",
    )
    found = event_of(series, one)
    (change,) = found.changes
    assert change.start is not None
    assert (change.place, change.link, change.note) == (None, None, None)


def test_a_link_is_shown_as_it_is() -> None:
    turned = "https://meet.example.org/join/\u202emoc.live"
    assert event_of(vevent(f"URL:{turned}")).link is None
    assert event_of(vevent(f"DESCRIPTION:{turned}", f"URL:{turned}")).link == turned.replace("\u202e", "")


def test_many_costly_events_are_bounded() -> None:
    listed = ",".join(f"2027{month:02}{day:02}T100000Z" for month in range(1, 13) for day in range(1, 29))
    costly = [vevent("RRULE:FREQ=DAILY;COUNT=9999", f"EXDATE:{listed}", uid=f"{n}") for n in range(200)]
    said = refused(*costly)
    assert len(said) == 198
    assert "leaves out, adds and moves too many times" in said[-1]


def test_zones_whose_rules_never_end_are_never_reckoned() -> None:
    zone = "\r\n".join(
        ["BEGIN:VTIMEZONE", "TZID:Nowhere", "BEGIN:STANDARD", "DTSTART:00010101T000000", "RRULE:FREQ=SECONDLY",
         "TZOFFSETFROM:+0000", "TZOFFSETTO:+0100", "END:STANDARD", "END:VTIMEZONE"]
    )  # fmt: skip
    said = refused(zone, vevent("DTSTART;TZID=Nowhere:20270201T100000"))
    assert "nobody knows the time zone “Nowhere”" in said[0]
    assert (
        "nobody knows the time zone “../../../etc/passwd”"
        in refused(vevent("DTSTART;TZID=../../../etc/passwd:20270201T100000"))[0]
    )


def test_times_that_cannot_be_meant() -> None:
    assert "“DTSTART” of it cannot be read" in refused(vevent("DTSTART:tomorrow"))[0]
    assert "the year 9999 cannot be meant" in refused(vevent("DTSTART:99990101T000000Z"))[0]
    assert "the year 1 cannot be meant" in refused(vevent("DTSTART:00010101T000000"))[0]
    assert "it ends before it begins" in refused(vevent("DTEND:20270201T090000Z"))[0]
    assert "“DURATION” of it cannot be read" in refused(vevent("DURATION:P99999999999999D"))[0]
    assert refused(vevent("DTSTART:20900201T100000Z"))[0].startswith("4: “Call” start: ")
    assert "does not say when it begins" in refused("BEGIN:VEVENT\r\nUID:a\r\nSUMMARY:A\r\nEND:VEVENT")[0]
    assert "does not say when it is due" in refused(vtodo())[0]
    assert "a deadline is not repeated" in refused(vtodo("DUE:20270201T100000Z", "RRULE:FREQ=DAILY"))[0]
    assert "has no title" in refused(vevent("SUMMARY:\u200b "))[0]
    assert "has no UID" in refused(vevent("UID:"))[0]
    following = vevent("RECURRENCE-ID;RANGE=THISANDFUTURE:20270202T100000Z")
    assert "THISANDFUTURE" in refused(vevent("RRULE:FREQ=DAILY"), following)[0]


def test_a_refused_event_keeps_no_other_out() -> None:
    found = plan(calendar_of(vevent("RRULE:FREQ=SECONDLY", uid="a"), vevent(uid="b", title="Other")))
    assert len(found.problems) == 1
    (change,) = found.plan.changes
    assert change.key.startswith("other-")


def test_texts_are_plain_and_short() -> None:
    text = r"A\nB" + "\u202e\u0007\ufeff" + " C" + "x" * 3000
    found = event_of(vevent(f"SUMMARY:{text}", f"DESCRIPTION:{text}", f"LOCATION:{text}"))
    title, note = found.title.text("en"), found.note
    assert title.startswith("A B Cxxx")
    assert len(title) == 200
    assert note is not None
    assert note.text("en").startswith("A\nB Cxxx")
    assert len(note.text("en")) == 2000


def test_html_is_made_plain() -> None:
    html = (
        "<html><head><style>b{}</style><script>alert(1)</script></head><body>Bonjour&nbsp;<b>tous</b><br>"
        '<a href="https://example.org/a">ici</a> <a href="javascript:alert(1)">là</a><img src=x onerror=y></body>'
    )
    note = event_of(vevent(f"DESCRIPTION:{html}")).note
    assert note is not None
    assert note.text("fr") == "Bonjour tous\nici (https://example.org/a) là"
    unclosed = event_of(vevent("DESCRIPTION:" + "<b><i><div" * 3000)).note
    assert unclosed is None or len(unclosed.text("fr")) <= 2000


@pytest.mark.parametrize(
    "text",
    ["<!--" * 2500, "<b>" + "<a href='x" * 900, "<b>" + "</" * 5000, "<b>" + "<![CDATA[" * 1000, "-::~:~::~-" * 900,
     "<script>" * 2000, "https://" + "meet" * 2500, "<b>" + "&#" * 5000],
)  # fmt: skip
def test_texts_on_which_readers_of_html_work_for_long(text: str) -> None:
    """A library's reader takes minutes for a calendar of some of them: here they are cut, or never given to it."""
    found = plan(calendar_of(*[vevent(f"DESCRIPTION:{text}", uid=f"{n}") for n in range(50)]))
    assert len(found.plan.changes) == 50


@pytest.mark.parametrize(
    "data",
    [b"\r" * 4_900_000, b"\n" * 4_900_000, b"\n " * 2_400_000,
     b"\nBEGIN:VEVENT\nDTSTART;TZID=" + b":" * 4_000_000 + b"\nEND:VEVENT"],
)  # fmt: skip
def test_a_file_of_nothing_but_line_breaks_and_signs(data: bytes) -> None:
    assert refusal(b"BEGIN:VCALENDAR" + data)


def test_mentions_and_links_to_people_do_no_harm() -> None:
    found = event_of(
        vevent(
            "DESCRIPTION:@room come to https://matrix.to/#/@awa:example.org",
            "URL:https://matrix.to/#/#secret:example.org",
            title="@room <b>now</b>",
        )
    )
    assert found.link is None
    # As each text of the calendar is shown in rooms.
    assert "@room" not in clean(found.title.text("en"))
    assert found.note is not None
    assert "matrix.to" not in clean(found.note.text("en"))


def test_links_are_of_the_web_alone() -> None:
    for link in ("javascript:alert(1)", "http://example.org/", "file:///etc/passwd", "https://a b", "tel:+1"):
        assert event_of(vevent(f"URL:{link}")).link in (None, "https://a")
    assert event_of(vevent("URL:https://example.org/" + "a" * 600)).link is None


def test_nothing_of_the_file_stands_in_for_an_entry_of_ours() -> None:
    there = Calendar.model_validate(
        {"version": 1, "events": [{"key": "call", "title": "Ours", "start": "2027-02-01 10:00", "lasts": "1h",
                                   "audience": {"everyone": True}}]}
    )  # fmt: skip
    found = plan(calendar_of(vevent(uid=f"event-call@{COMMUNITY.key}.palabre", title="Theirs")), there)
    assert found.plan.changes == ()
    assert [str(note) for note in found.plan.notes] == [
        "1 date is from this calendar itself, and was left out"
    ]


def test_what_looks_like_a_command_is_a_text() -> None:
    """A line break within a value begins no line of its own, and names are no keys of ours."""
    found = entries(calendar_of(vevent(r"SUMMARY:A\nSTATUS:CANCELLED", "KEY:call", "X-AUDIENCE:everyone")))
    assert [one.cancelled for one in found] == [False]


_FILES = [path.read_bytes() for path in sorted(FILES.glob("*.ics"))]
_BITS = [
    b":",
    b";",
    b",",
    b"\r\n",
    b"\r\n ",
    b"Z",
    b"T",
    b"99999999",
    b"00000000",
    b"=",
    b'"',
    b"\\",
    b"\xff",
    b"\x00",
    b"BEGIN:VEVENT\r\n",
    b"END:VEVENT\r\n",
    b"VALUE=DATE,X",
    b"FREQ=",
    b"-",
    b"P1D",
    b";TZID=X",
    b"20270230",
    b"COUNT=0",
    b"\r\nRDATE:",
    b"\r\nRRULE:",
    b"UNTIL=1",
    b"\r\nTRIGGER:",
    b"\r\nSEQUENCE:-99999999999999999999",
    b"\r\nGEO:1",
]


@st.composite
def _damaged(draw: st.DrawFn) -> bytes:
    """Draw one of the twelve calendars, with some of it lost, doubled or put elsewhere."""
    data = draw(st.sampled_from(_FILES))
    for _ in range(draw(st.integers(1, 6))):
        at, length = draw(st.integers(0, len(data))), draw(st.integers(0, 30))
        bit = draw(st.sampled_from(_BITS) | st.just(data[at : at + 60]) | st.binary(max_size=3))
        data = data[:at] + bit + data[at + length :]
    return data


@given(_damaged())
@settings(max_examples=some_of(400))
def test_a_damaged_calendar_is_refused_or_read_and_then_says_the_same_again(data: bytes) -> None:
    if isinstance(read_ics(data, "there.ics"), Problem):
        return
    found = plan(data, with_past=True)
    assert plan(data, after(Calendar(version=1), found), found.noted, with_past=True).plan.changes == ()


def test_head_is_asked_for_nothing() -> None:
    assert content("\r\n".join([*HEAD, "END:VCALENDAR", ""]).encode()).items == ()
