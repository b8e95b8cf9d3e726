"""`palabre directory`: the store's directory out and in, what has gone stale, who changed what; on real store files."""

from __future__ import annotations

import errno
import json
import os
import random
import resource
import shutil
import signal
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
import yaml

from community.description.data_folder import DataFolder
from community.exchange.canonical import canonical
from community.exchange.tables import tables
from community.exchange.yaml_file import directory_yaml
from community.storage import AuditEntry
from palabre_cli.directory.staleness import length
from palabre_cli.errors import CommandError
from tests.lib.directory_store import (
    CONFIG,
    DESCRIPTION,
    HEADER,
    directory,
    file,
    people,
    seeded,
    stored,
    with_store,
)
from tests.lib.in_process import Ran, palabre
from tests.lib.work import counted

NEW = HEADER + "new-desk;New desk;Anything;kigali;;2026-11-01\n"


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return seeded(tmp_path_factory.mktemp("ready") / "data")


@pytest.fixture
def data(tmp_path: Path, ready: Path) -> Path:
    """A data folder whose store has the example's directory."""
    shutil.copytree(ready, tmp_path / "data")
    return tmp_path / "data"


def audited(data: Path) -> tuple[AuditEntry, ...]:
    return with_store(data, lambda store: store.audit.read())


def digest_of(ran: Ran) -> str:
    (line,) = (line for line in ran.out.splitlines() if line.startswith("Digest: "))
    return line.removeprefix("Digest: ")


# --- export -----------------------------------------------------------------------------------------------------------


def test_export_is_complete_and_the_same_each_time(data: Path) -> None:
    first, second = directory(data, "export"), directory(data, "export")
    assert (first.code, first.err) == (0, "")
    assert first.raw == second.raw == directory_yaml(DESCRIPTION.directory)
    assert yaml.safe_load(first.raw)["visible"] == {"phone": ["coordinator", "city-lead", "member"]}


def test_export_does_not_tell_the_order_in_which_entries_came(data: Path, tmp_path: Path) -> None:
    before = directory(data, "export").raw
    keys = [c.key for c in DESCRIPTION.directory.contacts]
    random.Random(3).shuffle(keys)  # noqa: S311 - an order, no secret
    with sqlite3.connect(DataFolder(data).store) as database:
        for position, key in enumerate(keys):
            database.execute(
                "UPDATE entries SET position = ? WHERE kind = 'contact' AND key = ?", (position, key)
            )
    assert [c.key for c in stored(data).contacts] == keys
    assert directory(data, "export").raw == before


def test_export_to_a_file_and_a_folder(data: Path) -> None:
    folder = data.parent / "out"
    ran = directory(data, "export", "--to", folder / "directory.yaml")
    assert ran.out == f"Written: {folder}/directory.yaml\n"
    assert (folder / "directory.yaml").read_bytes() == directory_yaml(DESCRIPTION.directory)
    assert stat.S_IMODE((folder / "directory.yaml").stat().st_mode) == 0o600
    assert (
        directory(data, "export", "--to", folder).out == f"{folder}/directory.yaml says just that already.\n"
    )
    ran = directory(data, "export", "--format", "csv", "--to", folder)
    assert {path.name for path in folder.iterdir()} == {
        "directory.yaml",
        "contacts.csv",
        "resources.csv",
        "projects.csv",
    }
    assert (folder / "contacts.csv").read_bytes() == tables(DESCRIPTION.directory)["contacts.csv"]
    directory(data, "export", "--format", "csv", "--to", folder / "commas", "--separator", "comma")
    assert (folder / "commas" / "contacts.csv").read_text("utf-8-sig").startswith("key,kind,name,")


def test_a_file_that_says_something_else_is_not_written_over(data: Path) -> None:
    path = file(data, "directory.yaml", "# my own words\nversion: 1\n")
    path.chmod(0o640)
    ran = directory(data, "export", "--to", path)
    assert ran.code == 1
    assert ran.err == (
        f"{path} is there and says something else: it was left as it is. "
        "Look at the differences, then add --force, or name another place with --to.\n"
    )
    assert path.read_text().startswith("# my own words")
    link = data.parent / "link.yaml"
    link.symlink_to(path)
    assert directory(data, "export", "--to", link, "--force").code == 0
    assert link.is_symlink()
    assert path.read_bytes() == directory_yaml(DESCRIPTION.directory)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_tables_need_a_folder(data: Path) -> None:
    ran = directory(data, "export", "--format", "csv")
    assert (ran.code, ran.err) == (
        1,
        "The tables are three files and need a folder. Name it with --to, such as --to tables.\n",
    )


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Let no file grow beyond ``size`` bytes: what a full disk does to a write."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def test_a_full_disk_leaves_the_file_as_it_was(data: Path) -> None:
    folder = data.parent / "out"
    folder.mkdir()
    path = folder / "directory.yaml"
    path.write_text("version: 1\n")
    directory(data, "export")  # what the store itself writes when it is opened is written
    with largest_file(len(directory_yaml(DESCRIPTION.directory)) - 1):
        ran = directory(data, "export", "--to", path, "--force")
    assert ran.code == 1
    assert ran.err.startswith(f"{path} cannot be written: {os.strerror(errno.EFBIG)}. ")
    assert path.read_text() == "version: 1\n"
    assert [each.name for each in folder.iterdir()] == ["directory.yaml"]


def test_a_place_that_cannot_be_written_is_a_sentence(data: Path) -> None:
    path = file(data, "a-file", "x")
    ran = directory(data, "export", "--to", path / "directory.yaml")
    assert ran.code == 1
    assert ran.err.startswith(f"{path}/directory.yaml cannot be written: ")


# --- import -----------------------------------------------------------------------------------------------------------


def test_the_plan_is_shown_and_nothing_is_done(data: Path) -> None:
    ran = directory(data, "import", file(data, "contacts.csv", NEW))
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines() == [
        "+ contact new-desk: New desk",
        "Plan: 1 to add, 0 to change, 0 to remove",
        f"Digest: {digest_of(ran)}",
        f"Nothing was changed. To take it in, add {digest_of(ran)} to the command.",
    ]
    assert canonical(stored(data)) == canonical(DESCRIPTION.directory)
    assert audited(data) == ()


def test_the_plan_with_its_digest_is_carried_out(data: Path) -> None:
    path = file(data, "contacts.csv", NEW)
    digest = digest_of(directory(data, "import", path))
    ran = directory(data, "import", path, digest)
    assert ran.out.splitlines()[-1] == "Done: 1 change."
    (new,) = (c for c in stored(data).contacts if c.key == "new-desk")
    assert (new.name.text("en"), new.cities, new.confirmed) == ("New desk", ("kigali",), date(2026, 11, 1))
    (entry,) = audited(data)
    assert entry.actor.startswith("cli:")
    assert (entry.action, entry.subject, entry.digest) == ("import-directory", "contacts.csv", digest)
    assert entry.detail == "1 added, 0 changed, 0 removed"
    assert directory(data, "import", path).out == "Plan: 0 to add, 0 to change, 0 to remove\n"


def test_another_plan_is_not_carried_out(data: Path) -> None:
    path = file(data, "contacts.csv", NEW)
    digest = digest_of(directory(data, "import", path))
    path.write_text(NEW.replace("Anything", "Something"))
    ran = directory(data, "import", path, digest)
    assert ran.code == 1
    assert ran.err.startswith(f"The plan is not {digest} any more: the files or the directory have changed. ")
    assert all(c.key != "new-desk" for c in stored(data).contacts)


def test_what_is_exported_is_taken_in_again(data: Path) -> None:
    directory(data, "export", "--format", "csv", "--to", data.parent / "tables")
    names = sorted((data.parent / "tables").iterdir())
    first = stored(data)
    assert (
        directory(data, "import", *names, "--remove-missing").out
        == "Plan: 0 to add, 0 to change, 0 to remove\n"
    )
    less = file(
        data,
        "less.csv",
        "".join((data.parent / "tables" / "projects.csv").read_text("utf-8-sig").splitlines(True)[:-1]),
    )
    assert directory(data, "import", less, "--remove-missing", "--yes").code == 0
    assert len(stored(data).projects) == len(first.projects) - 1
    assert directory(data, "import", *names, "--yes").code == 0
    assert canonical(stored(data)) == canonical(first)


def test_a_great_removal_asks_for_force(data: Path) -> None:
    path = file(data, "none.yaml", "version: 1\ncontacts: []\nresources: []\nprojects: []\n")
    ran = directory(data, "import", path, "--remove-missing", "--yes")
    assert ran.code == 1
    assert (
        "entries would be removed: that is too much to go unasked. If it is meant, say it again with --force."
        in ran.err
    )
    assert len(stored(data).contacts) == len(DESCRIPTION.directory.contacts)
    assert directory(data, "import", path, "--remove-missing", "--yes", "--force").code == 0
    assert stored(data).contacts == ()


def test_every_problem_is_named_and_nothing_is_changed(data: Path) -> None:
    path = file(
        data, "contacts.csv", HEADER + "x;N;F;kigaly;nobody-here;2026-11-01\ny;N;F;kigali;;2026-11-01\n"
    )
    ran = directory(data, "import", path, "--yes")
    assert ran.code == 1
    assert ran.err.splitlines() == [
        f"{path}:2:7: cities[0]: there is no city “kigaly”: did you mean “kigali”?",
        f"{path}:2:14: deputy: there is no contact “nobody-here”",
        "The files have 2 problems, and nothing was changed.",
    ]
    assert directory(data, "import", path, "--yes", language="fr").err.endswith(
        "Les fichiers ont 2 problèmes, et rien n’a été changé.\n"
    )
    assert canonical(stored(data)) == canonical(DESCRIPTION.directory)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", b"key;name\nx;Andr\xe9", ":2:7: this is not UTF-8 text"),
        ("a.csv", b"PK\x03\x04", ":1:1: this is a spreadsheet's own file"),
        ("a.csv", b"\x00\x01\x02", ":1:1: the first row does not tell"),
        ("a.yaml", b"version: 1\ncontacts:\n  - {key: x\n", ":4:1: "),
        ("a.pdf", b"%PDF", ":1:1: only .yaml and .csv files can be taken in"),
    ],
)
def test_a_file_of_another_kind_is_a_sentence(data: Path, name: str, content: bytes, said: str) -> None:
    path = file(data, name, content)
    ran = directory(data, "import", path)
    assert ran.code == 1
    assert f"{path}{said}" in ran.err


def test_a_file_that_is_not_there_is_a_sentence(data: Path) -> None:
    ran = directory(data, "import", data / "none.csv")
    assert (ran.code, ran.err) == (1, f"There is no file {data}/none.csv.\n")
    assert directory(data, "import", data).err.startswith(f"{data} cannot be read: Is a directory. ")


def test_the_plan_as_json(data: Path) -> None:
    path = file(data, "contacts.csv", "key;phone\nkigali-waste;+250 111 111\n")
    plan = json.loads(directory(data, "import", path, "--json").out)
    assert plan["summary"] == {"add": 0, "change": 1, "remove": 0}
    assert plan["done"] is False
    (change,) = plan["changes"]
    assert change["fields"] == [{"column": "phone", "before": "+250 000 000 005", "after": "+250 111 111"}]
    assert json.loads(directory(data, "import", path, "--json", "--yes").out)["done"] is True


def test_no_store_yet(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    path = file(tmp_path / "data", "contacts.csv", NEW)
    for arguments in (("import", path), ("export",), ("stale",), ("history",), ("undo", "1")):
        ran = directory(tmp_path / "data", *arguments)
        assert ran.code == 1
        assert ran.err.startswith(f"There is no store in {tmp_path}/data yet, and so nothing to work on. ")
    assert list((tmp_path / "data").iterdir()) == []


def test_a_change_in_between_is_not_overwritten(data: Path) -> None:
    path = file(data, "contacts.csv", "key;phone\nkigali-waste;+250 111 111\n")
    digest = digest_of(directory(data, "import", path))
    directory(data, "import", file(data, "other.csv", "key;phone\nkigali-waste;+250 222 222\n"), "--yes")
    ran = directory(data, "import", path, digest)
    assert ran.code == 1
    assert ran.err.startswith(f"The plan is not {digest} any more")


def test_a_full_disk_takes_in_nothing(data: Path) -> None:
    rows = "".join(f"k{i};Name {i};{'x' * 500};kigali;;2026-11-01\n" for i in range(2000))
    path = file(data, "contacts.csv", HEADER + rows)
    size = DataFolder(data).store.stat().st_size
    with largest_file(size + 100_000):
        ran = directory(data, "import", path, "--yes")
    assert ran.code == 1
    assert "The store failed: " in ran.err
    assert canonical(stored(data)) == canonical(DESCRIPTION.directory)
    assert audited(data) == ()


def test_five_thousand_rows_cost_no_more_each_than_five_hundred(tmp_path: Path) -> None:
    taken = {}
    for count in (500, 5000):
        data = tmp_path / f"data-{count}"
        data.mkdir()
        with_store(data, lambda store: store.entries.revision())
        text, wanted = people(count)
        path = file(data, f"contacts-{count}.csv", text)
        ran, taken[count] = counted(partial(directory, data, "import", path, "--yes"))
        assert ran.out.splitlines()[-1] == f"Done: {count} changes."
        assert canonical(stored(data)) == canonical(wanted)
    assert "Reading the files\n" in ran.out
    assert taken[5000] < 10 * taken[500]


# --- template ---------------------------------------------------------------------------------------------------------


def test_a_template_is_taken_in_as_nothing(data: Path) -> None:
    folder = data.parent / "tables"
    ran = palabre("directory", "template", "--to", folder, "--config", CONFIG, cwd=data.parent)
    assert ran.out.splitlines() == [
        f"Written: {folder}/{name}.csv" for name in ("contacts", "resources", "projects")
    ]
    ran = directory(data, "import", *sorted(folder.iterdir()))
    assert (ran.code, ran.out) == (0, "Plan: 0 to add, 0 to change, 0 to remove\n")
    assert palabre("directory", "template", "--config", CONFIG, cwd=folder).code == 0


# --- stale ------------------------------------------------------------------------------------------------------------


def test_what_nobody_has_confirmed_for_long(data: Path) -> None:
    named = (
        "key;phone;confirmed\nkigali-waste;+250 000 000;2020-02-29\nkampala-waste;+256 000 000;2019-12-31\n"
    )
    assert directory(data, "import", file(data, "contacts.csv", named), "--yes").code == 0
    lines = directory(data, "stale", "--older-than", "5y", "--theme", "waste").out.splitlines()
    days = (datetime.now(UTC).date() - date(2019, 12, 31)).days
    assert (
        lines[0].startswith(f"2019-12-31  {days}d  contact kampala-waste  Moses Okello")
        or "2019-12-31" in lines[0]
    )
    assert lines[1].startswith("2020-02-29")
    assert lines[2] == "2 entries have not been confirmed in that time."
    only = json.loads(directory(data, "stale", "--older-than", "5y", "--city", "kigali", "--json").out)[
        "entries"
    ]
    assert [entry["key"] for entry in only] == ["kigali-waste"]
    assert directory(data, "stale", "--older-than", "100y").out == "Everything was confirmed in that time.\n"
    assert (
        "1 fiche n’a pas été confirmée"
        in directory(data, "stale", "--older-than", "5y", "--city", "kigali", language="fr").out
    )


def test_a_city_that_there_is_not(data: Path) -> None:
    ran = directory(data, "stale", "--city", "kigaly")
    assert (ran.code, ran.err.partition("?")[0]) == (
        1,
        "“kigaly” is not a key of the description (city): did you mean “kigali”",
    )
    ran = directory(data, "stale", "--older-than", "long")
    assert ran.err.startswith("“long” is no length of time. ")


@pytest.mark.parametrize(
    ("text", "days"), [("90d", 90), ("2w", 14), ("6mo", 184), ("1y", 365), ("12 mo", 365), ("0d", 0)]
)
def test_lengths_of_time(text: str, days: int) -> None:
    assert length(text, today=date(2026, 11, 24)) == timedelta(days=days)


@pytest.mark.parametrize("text", ["", "6", "6months", "-6mo", "9999y", "mo"])
def test_what_is_no_length_of_time(text: str) -> None:
    with pytest.raises(CommandError, match="no length of time"):
        length(text, today=date(2026, 11, 24))


# --- history and undo -------------------------------------------------------------------------------------------------


def test_history_and_taking_back(data: Path) -> None:
    directory(data, "import", file(data, "contacts.csv", "key;phone\nkigali-waste;+250 111 111\n"), "--yes")
    lines = directory(data, "history", "kigali-waste", "--utc").out.splitlines()
    number = int(lines[0].split()[0])
    assert "  cli:" in lines[0]
    assert lines[1:3] == [
        "    ~ contact kigali-waste: Claudine Uwase",
        "        phone: +250 000 000 005 → +250 111 111",
    ]
    ran = directory(data, "undo", number)
    assert ran.out.splitlines() == [
        "~ contact kigali-waste: Claudine Uwase",
        "    phone: +250 111 111 → +250 000 000 005",
        f"Change {number} was taken back; this is change {number + 1}.",
    ]
    assert canonical(stored(data)) == canonical(DESCRIPTION.directory)
    newest = json.loads(directory(data, "history", "--kind", "contact", "--limit", "1", "--json").out)
    assert (newest["changes"][0]["undoes"], newest["more"]) == (number, True)
    assert [entry.action for entry in audited(data)] == ["import-directory", "undo-entry"]
    again = directory(data, "undo", number)
    assert again.code == 1
    assert again.err
    assert f"(takes back {number})" in directory(data, "history", "--limit", "1").out


def test_a_whole_import_is_taken_back(data: Path) -> None:
    rows = "".join(f"k{i};N;F;kigali;;2026-11-01\n" for i in range(5))
    directory(data, "import", file(data, "contacts.csv", HEADER + rows), "--yes")
    last = json.loads(directory(data, "history", "--limit", "1", "--json").out)["changes"][0]["id"]
    ran = directory(data, "undo", f"{last - 4}-{last}")
    assert (ran.code, len(ran.out.splitlines())) == (0, 10)
    assert canonical(stored(data)) == canonical(DESCRIPTION.directory)
    assert [entry.subject for entry in audited(data)[1:]] == ["k4", "k3", "k2", "k1", "k0"]


def test_history_of_nothing(data: Path) -> None:
    assert directory(data, "history", "nobody").out == "No such change has been made.\n"
    assert directory(data, "undo", 999_999).code == 1
    assert [directory(data, "undo", wrong).code for wrong in ("x", "3-", "5-3", "-1", "0-0")] == [
        2,
        2,
        2,
        2,
        1,
    ]
