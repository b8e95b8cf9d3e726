"""In which order tests run, and how they are spread over processes (pytest-xdist).

Tests of one file go to one process, since they may share what is dear to make. The files that take longest begin first,
so that no process works long after the others; of some of them each test makes what it needs, so each may go anywhere.

Most tests with a server wait most of the time, the others only compute: while there are tests of both kinds, one
process has the latter, so that no processor is idle while all wait, nor are all processes in want of one at the end.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from pathlib import Path

import pytest
from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController

from palabre_cli.testing import WORKERS

LONG_FILES = (
    "live/test_provisioning.py",
    "live/test_up.py",
    "live/test_newcomers_read_on.py",
    "live/test_pinned_identities.py",
    "live/test_gate_bot_live.py",
    "live/test_containers.py",
    "live/test_services.py",
    "live/test_directory_live.py",
    "live/test_story.py",
    "live/test_verifying_live.py",
    "fault/test_sealing_kill.py",
    "live/test_change_campaign.py",
    "live/test_asked_for_options.py",
    "live/test_arrival.py",
    "live/test_key_recipients.py",
    "live/test_bot_and_its_people.py",
    "fault/test_encryption_kill.py",
    "fault/test_restore_drill.py",
    "live/test_restore_under_load.py",
    "live/test_rooms_added.py",
    "fault/test_digest_kill.py",
    "fault/test_calendar_kill.py",
    "fault/test_outbox_kill.py",
    "fault/test_apply_kill.py",
    "fault/test_correction_kill.py",
    "fault/test_restore_postgres_kill.py",
    "live/test_full_disk.py",
    "unit/test_benchmarks.py",
    "contract/test_reply_jobs.py",
    "unit/test_web_joining_hostile.py",
    "unit/test_work_for_a_message.py",
)
"""The longest first; then come all that need a Synapse. The last two, one of which waits, would else be the very last
to begin, and one processor idle until they end."""
APART = (
    "fault/test_notice_kill.py",
    "fault/test_reset_kill.py",
    "fault/test_restore_drill.py",
    "fault/test_withdrawal_kill.py",
    "live/test_alarms.py",
    "live/test_apply_sentences.py",
    "live/test_benchmarks_of_keys.py",
    "live/test_bot_identity.py",
    "live/test_encryption_offline.py",
    "live/test_encryption_sharing.py",
    "live/test_malformed_rows.py",
    "live/test_names_and_passwords.py",
    "live/test_newcomers_read_on.py",
    "live/test_own_devices.py",
    "live/test_plan_and_apply_commands.py",
    "live/test_provisioning.py",
    "live/test_recovery_key.py",
    "live/test_safe_room_live.py",
    "live/test_sealed_accounts.py",
    "unit/test_benchmarks.py",
)
"""Files whose tests share at most the session's Synapse."""
_WITH_SERVERS = ("fault/", "live/", "contract/", "unit/test_benchmarks.py")
_FOLDERS = (*_WITH_SERVERS, "unit/test_directory_stateful.py")
_IN_ORDER = tuple(dict.fromkeys((*LONG_FILES, *APART, *_FOLDERS)))
_PLACES = {path: place for place, path in enumerate(_IN_ORDER)}


def file_of(nodeid: str) -> str:
    """Return the path of a test's file under ``tests``."""
    return nodeid.split("::", 1)[0].removeprefix("tests/")


def begun_elsewhere(arguments: Iterable[str], worker: int) -> list[str]:
    """Return the files that pytest is given, of folders those in them, in an order that each worker has for itself.

    All workers import all files. When each begins with others, it finds most of them compiled by another already:
    to compile them with pytest's asserts takes as long as all else that they do until the first test.
    """
    given = list(arguments)
    if any("::" in argument for argument in given):
        return given
    files = [file for argument in given for file in _files_in(argument)]
    start = len(files) * worker // WORKERS % max(len(files), 1)
    return files[start:] + files[:start]


def _files_in(argument: str) -> list[str]:
    folder = Path(argument)
    if not folder.is_dir():
        return [argument]
    return sorted(str(path) for path in folder.rglob("test_*.py") if "node_modules" not in path.parts)


def longest_first(items: list[pytest.Item]) -> None:
    """Sort tests by how long their files take, then by their files; those of one file stay as they are."""

    def place(item: pytest.Item) -> tuple[int, str]:
        path = file_of(item.nodeid)
        return _PLACES.get(path, _PLACES.get(f"{path.split('/')[0]}/", len(_PLACES))), path

    items.sort(key=place)


def shuffle(items: list[pytest.Item], seed: str) -> None:
    """Put files, and the tests of each, into an order that the seed gives; a file's tests stay together."""
    chance = random.Random(seed)  # noqa: S311 - an order, no secret
    files: dict[str, list[pytest.Item]] = {}
    for item in sorted(items, key=lambda item: file_of(item.nodeid)):
        files.setdefault(file_of(item.nodeid), []).append(item)
    shuffled = [chance.sample(tests, len(tests)) for tests in files.values()]
    chance.shuffle(shuffled)
    items[:] = _all(shuffled)


def _all(files: Iterable[list[pytest.Item]]) -> list[pytest.Item]:
    return [item for tests in files for item in tests]


def unit_of(nodeid: str) -> str:
    """Return what goes to one process as a whole: a test of a file of `APART`, or the file."""
    return nodeid if file_of(nodeid) in APART else file_of(nodeid)


class MixedScheduling(LoadFileScheduling):  # type: ignore[misc] # xdist has no types
    """Hands out what was collected in its order: to the first process what has no server, to the others what has."""

    def _split_scope(self, nodeid: str) -> str:
        return unit_of(nodeid)

    def _assign_work_unit(self, node: WorkerController) -> None:
        wants_servers = node is not self.nodes[0]
        wanted = (unit for unit in self.workqueue if has_server(unit) is wants_servers)
        first = next(wanted, None)
        if first is not None:
            self.workqueue.move_to_end(first, last=False)
        super()._assign_work_unit(node)


def has_server(nodeid: str) -> bool:
    """Whether a test is of those that may need a server."""
    return file_of(nodeid).startswith(_WITH_SERVERS)
