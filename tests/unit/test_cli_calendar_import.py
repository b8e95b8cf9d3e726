"""`palabre calendar import`: on real store files, as a coordinator types it."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from community.description.calendar_model import Calendar
from tests.lib.directory_store import CONFIG, DESCRIPTION, seeded, with_store
from tests.lib.ics import FILES, calendar_of, vevent
from tests.lib.in_process import Ran, palabre

GOOGLE = FILES / "google.ics"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return seeded(tmp_path / "data")


def bring(data: Path, *arguments: object, language: str = "en") -> Ran:
    # The dates of the files are over one day.
    words = ("calendar", "import", *arguments, "--past", "--config", CONFIG, "--data", data)
    return palabre(*words, cwd=data.parent, language=language)


def there(data: Path) -> Calendar:
    return with_store(data, lambda store: store.entries.calendar())


def file(data: Path, *parts: str) -> Path:
    path = data.parent / "there.ics"
    path.write_bytes(calendar_of(*parts))
    return path


def digest(ran: Ran) -> str:
    found = re.search(r"Digest: ([0-9a-f]{12})", ran.out)
    assert found is not None, ran
    return found[1]


def test_it_is_shown_and_nothing_is_changed_until_it_is_said(data: Path) -> None:
    before = there(data)
    shown = bring(data, GOOGLE, "--theme", "waste")
    assert shown.code == 0
    assert shown.out.startswith(
        "+ event appel-mobilite-babdfc7d8: Appel mobilité\n    start: 2027-01-05T15:00:00\n"
    )
    assert "    audience:themes: waste\n" in shown.out
    assert "Plan: 3 to add, 0 to change, 0 to remove\n" in shown.out
    assert f"To take it in, add {digest(shown)} to the command." in shown.err + shown.out
    assert there(data) == before
    other = bring(data, GOOGLE, "0" * 12, "--theme", "waste")
    assert "The plan is not 000000000000 any more" in other.err
    done = bring(data, GOOGLE, digest(shown), "--theme", "waste")
    assert "Done: 3 changes." in done.err + done.out
    assert len(there(data).events) == len(before.events) + 3
    again = bring(data, GOOGLE)
    assert "Plan: 0 to add, 0 to change, 0 to remove\n" in again.out


def test_the_history_the_audit_and_undo_know_it(data: Path) -> None:
    assert bring(data, GOOGLE, "--everyone", "--yes").code == 0
    history = with_store(data, lambda store: store.entries.history("event", limit=3))
    assert {row.actor.partition(":")[0] for row in history} == {"cli"}
    (entry, *_) = with_store(data, lambda store: store.audit.read())
    assert (entry.action, entry.subject) == ("import-calendar", "google.ics")
    undone = palabre("calendar", "undo", history[0].id, "--config", CONFIG, "--data", data, cwd=data.parent)
    assert undone.code == 0
    # What was taken back here stays so.
    assert "Plan: 0 to add, 0 to change, 0 to remove\n" in bring(data, GOOGLE, "--everyone").out


def test_for_whom_it_is_must_be_said(data: Path) -> None:
    ran = bring(data, GOOGLE)
    assert ran.code != 0
    assert "nobody has said whom they concern" in ran.err
    assert "--everyone" in ran.err
    assert "did you mean “waste”" in bring(data, GOOGLE, "--theme", "wast").err
    assert "is not a key of the description" in bring(data, GOOGLE, "--room", "nowhere").err
    assert "name nobody besides" in bring(data, GOOGLE, "--everyone", "--city", "kigali").err


def test_what_is_refused_is_named_with_its_line_and_the_rest_is_taken_in_if_that_is_said(data: Path) -> None:
    path = file(data, vevent("RRULE:FREQ=SECONDLY", title="Clock"), vevent(uid="b", title="Visit"))
    ran = bring(data, path, "--everyone", "--yes")
    assert ran.code != 0
    assert "there.ics:4:1" in ran.err
    assert "“Clock”" in ran.err
    assert "--leave-out" in ran.err
    rest = bring(data, path, "--everyone", "--yes", "--leave-out")
    assert rest.code == 0
    assert "! left out: “Clock” repeat:" in rest.out
    assert [event.title.text("en") for event in there(data).events if event.key.startswith("visit-")] == [
        "Visit"
    ]


def test_a_file_that_is_none(data: Path) -> None:
    assert "There is no file" in bring(data, "nowhere.ics", "--everyone").err
    page = data.parent / "page.ics"
    page.write_text("<html></html>", encoding="utf-8")
    assert "this is a web page, not a calendar" in bring(data, page, "--everyone").err


def test_an_address_that_is_not_asked(data: Path) -> None:
    for address, said in (
        ("https://127.0.0.1/secret-7d1f.ics", "is not on the public Internet"),
        ("http://example.org/secret-7d1f.ics", "Only addresses that begin with https://"),
        ("file:///etc/passwd", "Only addresses that begin with https://"),
    ):
        ran = bring(data, address, "--everyone")
        assert ran.code != 0
        assert said in ran.err
        assert "secret-7d1f" not in ran.err


def test_as_json(data: Path) -> None:
    path = file(data, vevent("RRULE:FREQ=SECONDLY", title="Clock"), vevent(uid="b", title="Visit"))
    ran = bring(data, path, "--everyone", "--leave-out", "--json")
    said = json.loads(ran.out)
    assert said["summary"] == {"add": 1, "change": 0, "remove": 0}
    assert [one["name"] for one in said["left_out"]] == ["“Clock” repeat"]
    assert (said["done"], len(said["digest"])) == (False, 12)


def test_languages_and_zones(data: Path) -> None:
    path = file(data, vevent("DTSTART:20270201T100000", title="Réunion"))
    assert (
        bring(data, path, "--everyone", "--language", "fr", "--timezone", "Africa/Kigali", "--yes").code == 0
    )
    (event,) = (one for one in there(data).events if one.key.startswith("reunion-"))
    assert (dict(event.title), event.timezone) == ({"fr": "Réunion"}, "Africa/Kigali")
    assert "has no language “zz”" in bring(data, path, "--everyone", "--language", "zz").err
    assert "There is no time zone" in bring(data, path, "--everyone", "--timezone", "Kigali").err


def test_removing_what_is_gone_there(data: Path) -> None:
    # What is over may be gone there.
    start = f"DTSTART:{datetime.now(UTC).year + 1}0201T100000Z"
    many = [vevent(start, uid=f"{n}", title=f"Call {n}") for n in range(30)]
    assert bring(data, file(data, *many), "--everyone", "--yes").code == 0
    few = file(data, *many[:2])
    assert "28 dates that came from this calendar are in it no longer" in bring(data, few).out
    refused = bring(data, few, "--remove-missing", "--yes")
    assert "that is too much to go unasked" in refused.err
    assert bring(data, few, "--remove-missing", "--yes", "--force").code == 0
    assert sum(one.key.startswith("call-") for one in there(data).events) == 2


def test_applying_the_files_later_leaves_it_there(data: Path) -> None:
    assert bring(data, GOOGLE, "--everyone", "--yes").code == 0
    before = there(data)
    later = datetime(2026, 12, 1, tzinfo=UTC)
    with_store(data, lambda store: store.entries.seed(DESCRIPTION, at=later))
    assert {event.key for event in there(data).events} == {event.key for event in before.events}


def test_in_french(data: Path) -> None:
    ran = bring(data, GOOGLE, language="fr")
    assert "personne n'a dit" in ran.err


def test_what_is_over_is_left_out_unless_it_is_asked_for(data: Path) -> None:
    path = file(data, vevent("DTSTART:20010201T100000Z", title="Long ago"))
    words = ("calendar", "import", path, "--everyone", "--config", CONFIG, "--data", data)
    ran = palabre(*words, cwd=data.parent)
    assert ran.out.splitlines() == [
        "! 1 date is over and was left out: --past takes it in too",
        "Plan: 0 to add, 0 to change, 0 to remove",
    ]
    assert "Plan: 1 to add, 0 to change, 0 to remove" in bring(data, path, "--everyone").out
