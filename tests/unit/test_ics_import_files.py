"""Twelve calendars as other programs write them: taken in, written again as a feed, compared by two programs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import icalendar
import pytest
import recurring_ical_events
import vobject

from community.core.messages import translator
from community.core.zones import ZoneInfo
from community.description.calendar_model import Calendar
from community.directory.entry import CalendarEntry, calendar_entries
from community.exchange.ics_file import PublishedCalendar, PublishedEntry, ics_bytes
from tests.lib.ics import COMMUNITY, FILES, NOW, after, plan

PACKAGES = [Path(__file__).parents[2] / "community"]
NAMES = sorted(path.name for path in FILES.glob("*.ics"))
FIRST, LAST = datetime(2027, 1, 1, tzinfo=UTC), datetime(2029, 1, 1, tzinfo=UTC)
LEFT_OUT = {"Private appointment", "Déjà rendu"}


def data(name: str) -> bytes:
    return (FILES / name).read_bytes()


def taken_in(name: str) -> dict[str, CalendarEntry]:
    """Return the entries of a file after its import, by the titles."""
    found = plan(data(name))
    assert found.problems == ()
    calendar = after(Calendar(version=1), found)
    return {next(iter(entry.title))[1]: entry for entry in calendar_entries(calendar)}


def said(entry: CalendarEntry) -> dict[str, Any]:
    """Return what an entry says, without its key and for whom it is."""
    values = entry.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return {name: value for name, value in values.items() if name not in ("key", "audience", "title")}


def test_there_are_twelve_each_described() -> None:
    described = (FILES / "README.md").read_text(encoding="utf-8")
    assert len(NAMES) == 12
    assert all(f"`{name}`" in described for name in NAMES)


def test_google() -> None:
    found = taken_in("google.ics")
    assert said(found["Réunion déchets"]) == {
        "start": "2027-01-12T09:30:00",
        "lasts": "90min",
        "place": {"und": "Mairie, salle Bandama"},
        "link": "https://meet.google.com/abc-defg-hij",
        "note": {"und": "Ordre du jour :\n\n- le budget\n- les camions (https://example.org/camions)"},
    }
    assert said(found["Appel mobilité"]) == {
        "start": "2027-01-05T15:00:00",
        "lasts": "1h",
        "timezone": "Africa/Kigali",
        "repeat": "FREQ=WEEKLY;UNTIL=20270330T215959Z;BYDAY=TU",
        "except": ["2027-01-19T15:00:00", "2027-02-16T15:00:00"],
        "changes": [
            {
                "of": "2027-02-02T15:00:00",
                "start": "2027-02-03T10:00:00",
                "lasts": "2h",
                "place": {"und": "Kigali"},
            }
        ],
    }
    assert said(found["Assemblée annuelle"]) == {"start": "2027-05-10", "lasts": "3d"}


def test_outlook() -> None:
    committee = taken_in("outlook-desktop.ics")["Comité de suivi"]
    assert dict(committee.title) == {"fr": "Comité de suivi"}
    assert said(committee)["timezone"] == "Europe/Paris"
    assert said(committee)["remind"] == ["15min"]
    assert said(committee)["link"].startswith("https://teams.microsoft.com/l/meetup-join/19%3ameeting_NDc")
    assert "____" not in said(committee)["note"]["und"]
    published = taken_in("outlook-published.ics")
    assert sorted(published) == ["Leads' call", "Study day"]
    call = said(published["Leads' call"])
    assert call["timezone"] == "Africa/Lagos"
    assert call["except"] == ["2027-02-15T09:00:00", "2027-04-12T09:00:00"]
    assert call["changes"] == [
        {"of": "2027-03-01T09:00:00", "cancelled": True},
        {
            "of": "2027-03-29T09:00:00",
            "start": "2027-03-30T14:00:00",
            "lasts": "1h",
            "note": {"und": "Leads' call with the auditors"},
        },
    ]
    assert said(published["Study day"])["timezone"] == "UTC"


def test_nextcloud() -> None:
    found = taken_in("nextcloud.ics")
    assert said(found["Atelier eau"])["link"] == "https://cloud.example.org/call/4x8kz2n6"
    assert "place" not in said(found["Atelier eau"])
    assert said(found["Atelier eau"])["kind"] == "training"
    assert said(found["Atelier eau"])["remind"] == ["1d", "1h"]
    assert said(found["Journée de la propreté"])["remind"] == ["1d"]
    assert found["Visite annulée"].cancelled


def test_tasks_are_deadlines() -> None:
    found = taken_in("nextcloud-tasks.ics")
    assert sorted(found) == ["Budget prévisionnel", "Enquête abandonnée", "Rapport de la ville"]
    assert said(found["Rapport de la ville"]) == {
        "due": "2027-03-15T18:00:00",
        "timezone": "Africa/Abidjan",
        "remind": ["1w", "-1d"],
        "where": {"und": "Dossier « Rapports »"},
        "note": {"und": "Le formulaire, signé"},
    }
    assert said(found["Budget prévisionnel"]) == {"due": "2027-03-31T23:59:00"}
    assert said(found["Enquête abandonnée"]) == {"due": "2027-02-03T12:00:00", "cancelled": True}


def test_proton_apple_and_thunderbird() -> None:
    proton = taken_in("proton.ics")
    assert said(proton["Bus lanes, round two"])["place"] == {"und": "Lagos; council room"}
    assert said(proton["Bus lanes, round two"])["link"] == "https://meet.proton.me/join/id-ABCDEFG"
    assert said(proton["Market day"]) == {
        "start": "2027-02-20",
        "lasts": "1d",
        "timezone": "Africa/Lagos",
        "remind": ["0w"],
    }
    desk = taken_in("apple.ics")["Guichet en ligne"]
    assert said(desk)["remind"] == ["2d"]
    assert said(desk)["place"] == {"und": "Hôtel de Ville Boulevard Mohammed V, Casablanca"}
    land = said(taken_in("thunderbird.ics")["Permanence foncier"])
    assert (land["timezone"], land["also"], land["except"]) == (
        "Africa/Bamako",
        ["2027-03-15T09:00:00"],
        ["2027-04-30T09:00:00"],
    )


def test_a_zone_of_its_own_is_the_one_whose_clock_shows_the_same() -> None:
    assert said(taken_in("own-zone.ics")["Point partenaires"])["timezone"] == "Europe/Paris"


def test_floating_times_an_invitation_and_languages() -> None:
    council = said(taken_in("floating.ics")["Conseil municipal – séance publique"])
    assert council["start"] == "2027-01-22T19:00:00"
    assert "timezone" not in council
    assert said(taken_in("floating.ics")["Semaine du climat"]) == {"start": "2027-02-08", "lasts": "4d"}
    land = said(taken_in("invitation.ics")["Land registries: questions"])
    assert (land["timezone"], land["link"]) == ("UTC", "https://us02web.zoom.us/j/81234567890?pwd=abc.1")
    (training,) = taken_in("conference.ics").values()
    assert dict(training.title) == {
        "en": "Training on composting, from the heap to the field and back again",
        "fr": "Formation au compostage, du tas à la parcelle ét retour",
    }
    assert said(training)["link"] == "https://visio.example.org/b/compost"
    assert said(training)["changes"] == [{"of": "2027-05-04T09:00:00", "lasts": "5h"}]


@pytest.mark.parametrize("name", NAMES)
def test_nobody_who_is_invited_is_taken_in(name: str) -> None:
    whole = " ".join(entry.model_dump_json() for entry in taken_in(name).values())
    assert "mailto" not in whole
    assert "awa@example.org" not in whole
    assert "slides.pdf" not in whole


@pytest.mark.parametrize("name", NAMES)
def test_a_second_import_of_the_same_changes_nothing(name: str) -> None:
    first = plan(data(name))
    calendar = after(Calendar(version=1), first)
    second = plan(data(name), calendar, first.noted)
    assert second.plan.changes == ()
    assert second.noted == first.noted
    # Also where nothing is noted of it any more.
    assert plan(data(name), calendar).plan.changes == ()


# --- the same in a feed of ours -------------------------------------------------------------------------------------


def feed(entries: Iterable[CalendarEntry]) -> bytes:
    published = tuple(PublishedEntry(entry) for entry in entries)
    calendar = PublishedCalendar("network", "Network", COMMUNITY.timezone, NOW, 2026, published)
    return ics_bytes(calendar, translator("en", PACKAGES))


Seen = tuple[str, str, bool]


def _instant(moment: date, zone: ZoneInfo) -> str:
    """Return a moment in UTC; a day, and a time of no zone, in the community's."""
    if not isinstance(moment, datetime):
        return moment.isoformat()
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)
    return aware.astimezone(UTC).isoformat()


def by_recurring_ical_events(content: bytes) -> list[Seen]:
    """Return when each event takes place, and whether it is cancelled, as that program reads the file."""
    home = ZoneInfo(COMMUNITY.timezone)
    # It does not read a zone's name with a colon and without quotation marks.
    calendar = icalendar.Calendar.from_ical(content.replace(b"TZID=tzone://Microsoft/Utc", b"TZID=UTC"))
    found = recurring_ical_events.of(calendar).between(FIRST, LAST)
    # A private event is left out by us.
    shown = (one for one in found if str(one.get("SUMMARY")) not in LEFT_OUT)
    return sorted(
        (_instant(one.start, home), _instant(one.end, home), str(one.get("STATUS")) == "CANCELLED")
        for one in shown
    )


@pytest.mark.parametrize("name", [name for name in NAMES if name != "nextcloud-tasks.ics"])
@pytest.mark.filterwarnings("ignore::icalendar.error.GloballyUniqueTZIDGuessed")
def test_it_takes_place_at_the_same_times_in_our_feed(name: str) -> None:
    theirs = by_recurring_ical_events(data(name))
    assert theirs
    assert by_recurring_ical_events(feed(taken_in(name).values())) == theirs


def by_vobject(content: bytes) -> list[str]:
    """Return the starts of all series and single events by vobject, without those of changed occurrences."""
    home = ZoneInfo(COMMUNITY.timezone)
    events = vobject.readOne(content.decode("utf-8-sig")).contents.get("vevent", [])
    whole = (event for event in events if not hasattr(event, "recurrence_id"))
    return sorted(_instant(event.dtstart.value, home) for event in whole)


# vobject does not read a zone's name with a colon and without quotation marks, nor a letter that is folded.
@pytest.mark.parametrize(
    "name",
    [
        name
        for name in NAMES
        if name not in ("nextcloud-tasks.ics", "outlook-published.ics", "conference.ics")
    ],
)
def test_an_independent_parser_reads_the_same_starts_in_ours(name: str) -> None:
    assert by_vobject(feed(taken_in(name).values())) == by_vobject(data(name))


def test_deadlines_are_in_our_feed_when_they_are_due() -> None:
    seen = by_recurring_ical_events(feed(taken_in("nextcloud-tasks.ics").values()))
    assert [(start, is_cancelled) for start, _end, is_cancelled in seen] == [
        ("2027-02-03T12:00:00+00:00", True),
        ("2027-03-15T18:00:00+00:00", False),
        ("2027-03-31", False),
    ]


def test_what_is_over_is_left_out() -> None:
    later = NOW + timedelta(days=365 * 3)
    found = plan(data("google.ics"), now=later)
    assert found.plan.changes == ()
    assert [str(note) for note in found.plan.notes] == [
        "3 dates are over and were left out: --past takes them in too"
    ]
    assert len(plan(data("google.ics"), now=later, with_past=True).plan.changes) == 3
    events = after(Calendar(version=1), plan(data("nextcloud.ics"), now=later)).events
    assert [event.title.text("fr") for event in events] == ["Journée de la propreté"]
