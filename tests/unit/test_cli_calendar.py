"""`palabre calendar`: dates listed and drawn, the calendar out, who changed what; on real store files."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from community.core.messages import translator
from community.core.zones import ZoneInfo
from community.description.calendar_model import Calendar
from community.directory.entry import CalendarEntry, calendar_entries, key_of
from community.exchange.yaml_file import calendar_yaml
from community.storage import Store
from palabre_cli.calendar.dates import DateFilter, DateFinder
from palabre_cli.calendar.lines import date_lines
from palabre_cli.calendar.month import MonthDrawing
from palabre_cli.terminal import PACKAGES
from tests.lib.descriptions import example
from tests.lib.directory_store import CONFIG, DESCRIPTION, directory, seeded, with_store
from tests.lib.entries import added, deadline, edited, event
from tests.lib.in_process import Ran, palabre

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
KIGALI = ZoneInfo("Africa/Kigali")
COMMUNITY = example().community
DATES: tuple[CalendarEntry, ...] = (
    event("call", title="Weekly call", repeat="FREQ=WEEKLY;BYDAY=TH", timezone="Africa/Kigali",
          changes=[{"of": "2026-12-10 10:00", "start": "2026-12-11 14:00", "place": "Room 2"},
                   {"of": "2026-12-17 10:00", "cancelled": True}], audience={"cities": ["kigali"]}),
    event("fair", title="Fair", start="2026-12-08", lasts="3d", link="https://example.org/fair"),
    event("night", title="Night shift", start="2026-12-31 22:00", lasts="4h", timezone="Africa/Kigali"),
    deadline("report", title={"en": "Yearly report", "fr": "Rapport annuel"}, due="2026-12-15 18:00",
             timezone="Africa/Lagos", audience={"cities": ["lagos"]}),
)  # fmt: skip


def finder(*entries: CalendarEntry, zone: ZoneInfo = KIGALI, **wanted: Any) -> DateFinder:
    calendar = Calendar(
        version=1,
        events=tuple(one for one in entries if key_of(one)[0] == "event"),
        deadlines=tuple(one for one in entries if key_of(one)[0] == "deadline"),
    )
    return DateFinder(calendar, COMMUNITY, zone, DateFilter(**wanted))


def listed(first: date, last: date, language: str = "en", **how: Any) -> list[str]:
    found = finder(*DATES, **how).between(first, last)
    return list(date_lines(found, translator(language, PACKAGES), first))


def test_dates_are_listed_by_their_readers_days() -> None:
    assert listed(date(2026, 12, 8), date(2026, 12, 17)) == [
        "Tuesday 8 December 2026",
        "  until 2026-12-10  Fair · https://example.org/fair  (event fair)",
        "Friday 11 December 2026",
        "  14:00–15:30  Weekly call · Room 2 · moved from 10 December 2026, 10:00  (event call)",
        "Tuesday 15 December 2026",
        "  19:00  due: Yearly report  (deadline report)",
        "Thursday 17 December 2026",
        "  10:00–11:30  cancelled: Weekly call  (event call)",
    ]


def test_in_another_zone_and_language() -> None:
    assert listed(date(2026, 12, 15), date(2026, 12, 16), "fr", zone=ZoneInfo("Pacific/Kiritimati")) == [
        "Mercredi 16 décembre 2026",
        "  07:00  échéance\N{NO-BREAK SPACE}: Rapport annuel  (deadline report)",
    ]


def moved_from(entry: CalendarEntry, zone: str = "Africa/Kigali", language: str = "en") -> str:
    """Return what the line of an entry's only date says after its title."""
    found = finder(entry, zone=ZoneInfo(zone)).between(date(2027, 1, 1), date(2027, 12, 31))
    _, line = date_lines(found, translator(language, PACKAGES), date(2027, 1, 1))
    return line.partition(" · ")[2].rpartition("  (")[0]


def test_what_was_moved_says_from_when_on_its_readers_clock() -> None:
    usual: dict[str, Any] = {"timezone": "Africa/Kigali", "lasts": "1h"}

    def call(start: str, originally: str) -> CalendarEntry:
        return event("call", start=start, originally=originally, **usual)

    same_day = call("2027-02-04 15:00", "2027-02-04 10:00")
    assert moved_from(same_day) == "moved from 4 February 2027, 10:00"
    assert moved_from(same_day, language="fr") == "déplacé, prévu d'abord le 4 février 2027, 10:00"
    assert moved_from(same_day, "Pacific/Kiritimati") == "moved from 4 February 2027, 22:00"
    # At the same time of another day; which day that was depends on where one is.
    other_day = call("2027-02-09 20:00", "2027-02-04 20:00")
    assert moved_from(other_day) == "moved from 4 February 2027"
    assert moved_from(other_day, "Pacific/Kiritimati") == "moved from 5 February 2027"
    # A day has no time, wherever one is.
    assert moved_from(call("2027-02-09", "2027-02-04"), "Pacific/Pago_Pago") == "moved from 4 February 2027"
    assert moved_from(call("2027-02-09 10:00", "2027-02-04")) == "moved from 4 February 2027"
    assert moved_from(call("2027-02-09", "2027-02-04 10:00")) == "moved from 4 February 2027, 10:00"


def test_a_deadline_that_was_put_off_says_when_it_was_due_at_first() -> None:
    report = deadline("report", due="2027-02-09", originally="2027-02-04", timezone="Africa/Kigali")
    assert moved_from(report) == "first due 4 February 2027"
    assert moved_from(report, language="fr") == "fixée d'abord au 4 février 2027"
    earlier = report.model_copy(update={"originally": datetime(2027, 2, 9, 12)})  # noqa: DTZ001 - by its own clock
    assert moved_from(earlier, "Africa/Lagos") == "first due 9 February 2027, 11:00"


def test_what_began_before_is_told_on_the_first_day() -> None:
    assert listed(date(2026, 12, 10), date(2026, 12, 10)) == [
        "Thursday 10 December 2026",
        "  until 2026-12-10  Fair · https://example.org/fair  (event fair)",
    ]
    assert listed(date(2027, 1, 1), date(2027, 1, 1)) == [
        "Friday 1 January 2027",
        "  22:00–02:00 (2027-01-01)  Night shift  (event night)",
    ]


def test_what_lasts_all_day_keeps_its_days_wherever_the_reader_is() -> None:
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
        found = finder(DATES[1], zone=ZoneInfo(zone)).between(date(2026, 12, 1), date(2026, 12, 31))
        assert [(one.first, one.last) for one in found] == [(date(2026, 12, 8), date(2026, 12, 10))]


def test_only_what_was_asked_for() -> None:
    december = (date(2026, 12, 1), date(2026, 12, 31))

    def keys(**wanted: Any) -> list[str]:
        return sorted({one.occurrence.entry.key for one in finder(*DATES, **wanted).between(*december)})

    assert keys(kinds=("deadline",)) == ["report"]
    assert keys(city="lagos") == ["fair", "night", "report"]
    assert keys(city="kigali", kinds=("event",)) == ["call", "fair", "night"]


def test_what_comes_next_is_not_over_and_not_cancelled() -> None:
    found = finder(*DATES).coming(datetime(2026, 12, 9, tzinfo=UTC), 4)
    assert [(one.occurrence.entry.key, one.first) for one in found] == [
        ("fair", date(2026, 12, 8)),
        ("call", date(2026, 12, 11)),
        ("report", date(2026, 12, 15)),
        ("call", date(2026, 12, 24)),
    ]
    # Far ahead, too.
    (later,) = finder(event("later", start="2033-05-01 10:00")).coming(NOW, 5)
    assert later.first == date(2033, 5, 1)


MONTH = """
                                December 2026
┌──────────┬──────────┬──────────┬──────────┬──────────┬──────────┬──────────┐
│ Mon      │ Tue      │ Wed      │ Thu      │ Fri      │ Sat      │ Sun      │
├──────────┼──────────┼──────────┼──────────┼──────────┼──────────┼──────────┤
│          │ 1        │[2]       │ 3        │ 4        │ 5        │ 6        │
│          │          │          │10:00     │          │          │          │
│          │          │          │Weekly    │          │          │          │
│          │          │          │call      │          │          │          │
├──────────┼──────────┼──────────┼──────────┼──────────┼──────────┼──────────┤
│ 7        │ 8        │ 9        │ 10       │ 11       │ 12       │ 13       │
│          │Fair      │Fair      │Fair      │14:00     │          │          │
│          │          │          │          │Weekly    │          │          │
│          │          │          │          │call      │          │          │
"""


def test_a_month_is_drawn() -> None:
    found = finder(*DATES).between(date(2026, 12, 1), date(2026, 12, 31))
    drawing = MonthDrawing(2026, 12, 80, date(2026, 12, 2), translator("en", PACKAGES))
    lines = list(drawing.lines(found))
    assert "\n".join(lines).startswith(MONTH.strip("\n"))
    text = "\n".join(lines)
    assert "│!19:00    │" in text
    assert "│×10:00    │" in text


@pytest.mark.parametrize("columns", [20, 80, 100, 300])
@pytest.mark.parametrize("language", ["en", "fr", "ar"])
def test_each_line_of_a_month_is_as_wide_as_the_others(columns: int, language: str) -> None:
    many = [event(f"e{n}", title="كلمة 会议 " * 9, start=f"2026-12-{n % 3 + 1:02} 09:00") for n in range(20)]
    found = finder(*many).between(date(2026, 12, 1), date(2026, 12, 31))
    drawing = MonthDrawing(2026, 12, columns, date(2026, 12, 2), translator(language, PACKAGES))
    from rich.cells import cell_len  # noqa: PLC0415 - what the drawing measures with

    assert len({cell_len(line) for line in list(drawing.lines(found))[1:]}) == 1


# --- the commands -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = seeded(tmp_path_factory.mktemp("ready") / "data")

    async def fill(store: Store) -> None:
        await store.entries.change(list(map(added, DATES)), actor="@awa.diallo:x", at=NOW)

    with_store(data, fill)
    return data


@pytest.fixture
def data(tmp_path: Path, ready: Path) -> Path:
    """A data folder whose store has the example's calendar, and `DATES`."""
    shutil.copytree(ready, tmp_path / "data")
    return tmp_path / "data"


def calendar(data: Path, *arguments: object, language: str = "en") -> Ran:
    name, *rest = arguments
    return palabre(
        "calendar", name, *rest, "--config", CONFIG, "--data", data, cwd=data.parent, language=language
    )


def test_the_list_of_some_days(data: Path) -> None:
    ran = calendar(data, "list", "--from", "2026-12-15", "--days", 1, "--zone", "Africa/Kigali")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines()[0] == "Tuesday 15 December 2026"
    assert "  19:00  due: Yearly report  (deadline report)" in ran.out.replace("        ", "  ").splitlines()
    assert ran.out.splitlines()[-1] == "Times of Africa/Kigali."
    words = ("list", "--from", "2026-12-15", "--days", 1, "--zone", "UTC", "--json")
    dates = json.loads(calendar(data, *words).out)["dates"]
    assert ("deadline", "report", False) in [(one["kind"], one["key"], one["all_day"]) for one in dates]


def test_what_comes_next(data: Path) -> None:
    day = f"{datetime.now(UTC) + timedelta(days=30):%Y-%m-%d}"
    coming = deadline("soon", title="Soon", due=f"{day} 18:00", audience={"cities": ["lagos"]})
    with_store(data, lambda store: store.entries.change([added(coming)], actor="@awa.diallo:x", at=NOW))
    ran = calendar(data, "next", "--limit", 2, "--json")
    assert ran.code == 0
    assert len(json.loads(ran.out)["dates"]) == 2
    french = calendar(data, "next", "--kind", "deadline", "--city", "lagos", "--zone", "UTC", language="fr")
    assert "Soon" in french.out
    assert french.out.splitlines()[-1] == "Heures de UTC."


def test_a_month_is_drawn_and_its_dates_are_below(data: Path) -> None:
    ran = calendar(data, "month", "2026-12", "--zone", "Africa/Kigali", language="fr")
    assert ran.code == 0
    assert ran.out.splitlines()[0].strip() == "Décembre 2026"
    assert "Mardi 15 décembre 2026" in ran.out.splitlines()
    empty = calendar(data, "month", "1999-01")
    assert empty.out.splitlines()[-1] == "There is nothing in that month."


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("month", "2026-13"), "“2026-13” is no month. Write it as 2026-12."),
        (("month", "soon"), "“soon” is no month. Write it as 2026-12."),
        (("month", "1899-12"), "“1899-12” is no month. Write it as 2026-12."),
        (("list", "--zone", "Nowhere/Here"), "There is no time zone “Nowhere/Here”."),
        (("next", "--city", "kumazi"), "kumasi"),
    ],
)
def test_what_cannot_be_meant_is_a_sentence(data: Path, arguments: tuple[str, ...], said: str) -> None:
    ran = calendar(data, *arguments)
    assert ran.code == 1
    assert said in ran.err


def test_no_store_yet(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    for arguments in (("list",), ("next",), ("month",), ("export",), ("history",), ("undo", "1")):
        ran = calendar(tmp_path / "data", *arguments)
        assert ran.code == 1
        assert ran.err.startswith(f"There is no store in {tmp_path}/data yet, and so nothing to work on. ")


def test_the_export_is_complete_and_the_same_each_time(data: Path, tmp_path: Path) -> None:
    first, second = calendar(data, "export"), calendar(data, "export")
    both = (*calendar_entries(DESCRIPTION.calendar), *DATES)
    whole = Calendar(
        version=1,
        events=tuple(one for one in both if key_of(one)[0] == "event"),
        deadlines=tuple(one for one in both if key_of(one)[0] == "deadline"),
    )
    assert first.raw == second.raw == calendar_yaml(whole)
    folder = tmp_path / "out"
    folder.mkdir()
    assert calendar(data, "export", "--to", folder).out == f"Written: {folder}/calendar.yaml\n"
    assert (folder / "calendar.yaml").read_bytes() == first.raw
    (folder / "calendar.yaml").write_text("# mine\nversion: 1\n")
    assert calendar(data, "export", "--to", folder).code == 1
    assert calendar(data, "export", "--to", folder, "--force").code == 0
    # As a file of the description it is that calendar again.
    config = tmp_path / "config"
    shutil.copytree(CONFIG, config)
    shutil.copy(folder / "calendar.yaml", config / "calendar.yaml")
    ran = palabre("check", "--config", config, cwd=tmp_path)
    assert ran.code == 0, ran.out


def test_the_history_and_taking_a_change_back(data: Path) -> None:
    report = DATES[3]
    put_off = report.model_copy(update={"cancelled": True})

    async def cancel(store: Store) -> int:
        (row,) = await store.entries.change([edited(report, put_off)], actor="@moussa.keita:x", at=NOW)
        return row.id

    number = with_store(data, cancel)
    ran = calendar(data, "history", "report", "--utc")
    assert ran.out.splitlines()[:3] == [
        f"{number}  2026-11-29 12:00:00 UTC  @moussa.keita:x",
        "    ~ deadline report: Yearly report",
        "        cancelled: ∅ → true",
    ]
    (change, _added) = json.loads(calendar(data, "history", "report", "--json").out)["changes"]
    assert change["fields"] == [{"column": "cancelled", "before": None, "after": "true"}]
    assert calendar(data, "undo", number).out.splitlines()[-1].startswith(f"Change {number} was taken back")
    assert with_store(data, lambda store: store.entries.entry("deadline", "report")) == report
    for run, kinds in ((calendar, {"event", "deadline"}), (directory, {"contact", "resource", "project"})):
        changes = json.loads(run(data, "history", "--limit", 1000, "--json").out)["changes"]
        assert {change["kind"] for change in changes} == kinds


def test_each_takes_back_its_own_changes_alone(data: Path) -> None:
    number = with_store(data, lambda store: store.entries.history("event", "call"))[0].id
    ran = directory(data, "undo", number)
    assert ran.code == 1
    assert ran.err.startswith(
        f"Change {number} is one of the event “call”, which is no matter of “palabre directory”."
    )
    assert with_store(data, lambda store: store.entries.entry("event", "call")) == DATES[0]
