"""`palabre audit`: what was changed, in lines for people and as JSON."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from community.core.messages import translator
from community.description.data_folder import DataFolder
from community.storage import AuditEntry, AuditOutcome, NewAuditEntry, Store
from palabre_cli.audit import audit_lines, moment
from palabre_cli.errors import CommandError
from palabre_cli.terminal import PACKAGES
from tests.lib.asking import visible
from tests.lib.forked import fork

ROOT = Path(__file__).parent.parent.parent
SMALL = ROOT / "tests" / "data" / "small"
NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
DAKAR, KIGALI = ZoneInfo("Africa/Dakar"), ZoneInfo("Africa/Kigali")
PROVISIONER = "@palabre-provisioner:x"
ENTRIES = (
    AuditEntry(
        id=1,
        at=NOW,
        actor=PROVISIONER,
        action="create-room",
        subject="exchange.waste",
        digest="3f9a",
        outcome=AuditOutcome.DONE,
    ),
    AuditEntry(
        id=2,
        at=NOW + timedelta(days=1),
        actor="@awa:x",
        action="edit",
        subject="yearly-report",
        detail="due",
        outcome=AuditOutcome.FAILED,
    ),
)


def audit(data: Path, *arguments: str, language: str = "en") -> subprocess.CompletedProcess[str]:
    command = ("--lang", language, "audit", "--config", str(SMALL), "--data", str(data), *arguments)

    async def run() -> subprocess.CompletedProcess[str]:
        process = await fork(
            "-m",
            "palabre_cli",
            *command,
            environment={"LC_ALL": "C.UTF-8", "TZ": "Africa/Kigali"},
            folder=Path("/"),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        out, err = await process.communicate()
        assert process.returncode is not None
        return subprocess.CompletedProcess(command, process.returncode, out.decode(), err.decode())

    # In a thread: some tests have a loop that runs.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, run()).result()


async def note(data: Path, *entries: NewAuditEntry) -> None:
    async with await Store.open(DataFolder(data).store_url) as store:
        await store.audit.add(entries)


@pytest.fixture
async def data(tmp_path: Path) -> Path:
    """A data folder whose audit has two entries, of long ago and of now."""
    first, second = ENTRIES
    await note(tmp_path, first, replace(second, at=datetime.now(UTC)))
    return tmp_path


def test_the_columns_stand_in_line() -> None:
    assert list(audit_lines(ENTRIES, translator("en", PACKAGES), KIGALI)) == [
        "2026-11-23 11:30:00 CAT  done    @palabre-provisioner:x  create-room  exchange.waste  (plan 3f9a)",
        "2026-11-24 11:30:00 CAT  failed  @awa:x                  edit         yearly-report   due",
    ]


def test_in_french_and_another_zone() -> None:
    assert list(audit_lines(ENTRIES, translator("fr", PACKAGES), DAKAR)) == [
        "2026-11-23 09:30:00 GMT  fait    @palabre-provisioner:x  create-room  exchange.waste  (plan 3f9a)",
        "2026-11-24 09:30:00 GMT  échoué  @awa:x                  edit         yearly-report   due",
    ]


def test_each_outcome_has_a_word() -> None:
    entries = [replace(ENTRIES[0], outcome=outcome) for outcome in AuditOutcome]
    words = [line.split()[3] for line in audit_lines(entries, translator("fr", PACKAGES), DAKAR)]
    assert words == ["commencé", "fait", "échoué", "refusé"]


@pytest.mark.parametrize(
    ("text", "since"),
    [
        ("7d", NOW - timedelta(days=7)),
        ("90min", NOW - timedelta(minutes=90)),
        ("2026-11-01", datetime(2026, 10, 31, 22, tzinfo=UTC)),
        ("2026-11-01 18:00", datetime(2026, 11, 1, 16, tzinfo=UTC)),
        ("2026-11-01T18:00:30", datetime(2026, 11, 1, 16, 0, 30, tzinfo=UTC)),
    ],
)
def test_since_when(text: str, since: datetime) -> None:
    assert moment(text, now=NOW, zone=KIGALI) == since


@pytest.mark.parametrize("text", ["", "7", "7 days", "yesterday", "2026-13-01", "2026", "-7d"])
def test_what_is_no_moment(text: str) -> None:
    with pytest.raises(CommandError, match="neither a length of time nor a day"):
        moment(text, now=NOW, zone=UTC)


def test_the_command_prints_lines_in_local_time(data: Path) -> None:
    done = audit(data)
    assert (done.returncode, done.stderr) == (0, "")
    first, second = done.stdout.splitlines()
    assert first.startswith(
        "2026-11-23 11:30:00 CAT  done    @palabre-provisioner:x  create-room  exchange.waste"
    )
    assert re.search(r" CAT  failed  @awa:x +edit +yearly-report +due$", second)
    assert audit(data, "--utc", "--limit", "2").stdout.startswith("2026-11-23 09:30:00 UTC  done ")


def test_the_command_prints_all_fields_as_json(data: Path) -> None:
    written = json.loads(audit(data, "--json").stdout)
    assert written["more"] is False
    assert written["entries"][0] == {
        "id": 1,
        "at": "2026-11-23T09:30:00.000000Z",
        "actor": PROVISIONER,
        "action": "create-room",
        "subject": "exchange.waste",
        "detail": None,
        "digest": "3f9a",
        "outcome": "done",
    }
    assert set(written["entries"][1]) == set(written["entries"][0])


def test_the_command_narrows_and_says_what_it_leaves_out(data: Path) -> None:
    (line,) = audit(data, "--subject", "exchange.waste").stdout.splitlines()
    assert "create-room" in line
    (line, more) = audit(data, "--limit", "1", language="fr").stdout.splitlines()
    assert "yearly-report" in line
    assert visible(more) == "Il y en a de plus anciens : demandez-en plus avec --limit."
    assert json.loads(audit(data, "--limit", "1", "--json").stdout)["more"] is True


def test_nothing_of_that_kind(data: Path) -> None:
    assert audit(data, "--subject", "nobody").stdout == "Nothing of that kind has been noted.\n"


async def test_an_empty_audit_is_a_sentence(tmp_path: Path) -> None:
    await note(tmp_path)
    assert audit(tmp_path).stdout == "Nothing has been noted yet.\n"
    assert audit(tmp_path, language="fr").stdout == "Rien n’a encore été noté.\n"
    assert json.loads(audit(tmp_path, "--json").stdout) == {"entries": [], "more": False}


def test_a_folder_without_a_store_is_left_as_it_is(tmp_path: Path) -> None:
    done = audit(tmp_path)
    assert done.returncode == 1
    assert done.stderr == (
        f"There is no store in {tmp_path} yet, so nothing has been noted. "
        "Name the data folder with --data, or begin with “palabre up”.\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_since_is_one_sentence(data: Path) -> None:
    done = audit(data, "--since", "soon")
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "“soon” is neither a length of time nor a day. Write such as --since 7d, --since 12h or --since 2026-11-01."
    ]


async def test_it_may_be_asked_while_another_process_has_the_store_open(data: Path) -> None:
    async with await Store.open(DataFolder(data).store_url) as store:
        await store.audit.add([replace(ENTRIES[0], subject="lobby")])
        done = audit(data, "--subject", "lobby")
        await store.audit.add([replace(ENTRIES[0], subject="lobby")])
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == 1
