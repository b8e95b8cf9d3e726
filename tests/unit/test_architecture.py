"""The floors hold: an arrow that goes up, or a second importer of a foreign library, is refused."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PACKAGES = ("palabre_cli", "bots", "provisioning", "web", "matrix", "community")


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A copy of the packages and their contracts."""
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def lint(house: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).parent / "lint-imports"
    return subprocess.run(
        [program, "--no-cache"],
        cwd=house,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(house), "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_house_as_it_is_stands(house: Path) -> None:
    done = lint(house)
    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout


ARROWS = (
    ("community/core/plain_text.py", "import bots.errors", "community.core.plain_text -> bots.errors"),
    (
        "community/directory/entry.py",
        "import community.search.places",
        "community.directory.entry -> community.search.places",
    ),
    (
        "community/search/places.py",
        "import community.storage",
        "community.search.places -> community.storage",
    ),
    (
        "bots/encryption/store.py",
        "import bots.encryption.machine",
        "bots.encryption.store -> bots.encryption.machine",
    ),
    ("community/jobs/job.py", "import community.storage", "community.jobs.job -> community.storage"),
    ("bots/context/message.py", "import bots.features", "bots.context.message -> bots.features"),
    ("bots/features/help/handlers.py", "import bots.router", "bots.features.help.handlers -> bots.router"),
    (
        "bots/features/help/handlers.py",
        "import bots.features.edit.editor",
        "bots.features.help.handlers -> bots.features.edit.editor",
    ),
    ("matrix/ids.py", "from palabre_cli import errors", "matrix.ids -> palabre_cli.errors"),
    ("provisioning/planner.py", "import bots.errors", "provisioning.planner -> bots.errors"),
    ("bots/rooms.py", "import provisioning.errors", "bots.rooms -> provisioning.errors"),
    ("bots/runtime.py", "import nio", "bots.runtime -> nio"),
    ("palabre_cli/check.py", "import yaml", "palabre_cli.check -> yaml"),
)
"""A module, a line that is written into it, and how the arrow is named that is not allowed."""


def test_each_arrow_that_is_not_allowed_is_named(house: Path) -> None:
    for module, line, _named in ARROWS:
        append(house / module, line)
    done = lint(house)
    assert done.returncode == 1
    assert [named for _module, _line, named in ARROWS if named not in done.stdout] == [], done.stdout


def test_a_circle_and_a_module_without_a_floor_are_named(house: Path) -> None:
    append(house / "provisioning/plan.py", "import provisioning.apply")
    for module in ("community/new.py", "bots/new.py"):
        append(house / module, "")
    done = lint(house)
    assert done.returncode == 1
    named = ("No cycles are allowed in provisioning.", "- .plan -> .apply", "- community.new", "- bots.new")
    assert [each for each in named if each not in done.stdout] == [], done.stdout


def append(path: Path, line: str) -> None:
    with path.open("a") as file:
        file.write(f"\n{line}\n")


def test_the_data_folders_hold_no_python() -> None:
    assert [path for name in ("synapse", "config") for path in (ROOT / name).rglob("*.py")] == []


def test_no_test_folder_is_a_package() -> None:
    ours = [path for path in (ROOT / "tests").rglob("__init__.py") if "node_modules" not in path.parts]
    assert ours == []


MODULES = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
MOST_LINES = 350
_LOOKED_AT = (ast.Attribute, ast.ClassDef, ast.Import, ast.ImportFrom)


@cache
def nodes() -> tuple[tuple[str, ast.AST], ...]:
    """Return what is looked at here of all modules, each with the path of its module: they are read once."""
    return tuple(
        (str(path.relative_to(ROOT)), node)
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, _LOOKED_AT)
    )


def test_no_two_classes_have_one_name() -> None:
    """Whether public or private: a name that is searched for is found once."""
    places: defaultdict[str, list[str]] = defaultdict(list)
    for path, node in nodes():
        if isinstance(node, ast.ClassDef):
            places[node.name].append(f"{path}:{node.lineno}")
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


def test_no_module_is_longer_than_what_one_reads_at_once() -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES
    }
    assert {name for name, lines in lengths.items() if lines > MOST_LINES} == set()


SENDING: dict[str, set[str]] = {
    "send_event": {"matrix/client_api.py", "bots/encryption/sending.py"},
    "send_reaction": {"bots/signs.py", "bots/unread_messages.py"},
    "redact_event": {"bots/reply_sender.py", "provisioning/synapse_erasures.py"},
    "send_state": {"provisioning/synapse_rooms.py"},
    "send_to_device": {"bots/encryption/sharing.py", "bots/encryption/verification_channel.py"},
}
"""Which modules call what sends something to people or their devices (CONTRIBUTING.md, "What is sent into a room")."""
SEND: dict[str, set[str]] = {
    # `EncryptedClient.send`: a message that people read.
    "self._client.send": {"bots/posting.py", "bots/reply_sender.py", "bots/verifying.py"},
    # `VerificationChannel.send`: the events of verifications.
    "self._channel.send": {"bots/verifying.py"},
    # `ReplySender.send`, and within `EncryptedClient` its `EventSender`.
    "self._sender.send": {
        "bots/effect_executor.py",
        "bots/encryption/client.py",
        "bots/encryption/verification_channel.py",
    },
    "self.send": {"bots/reply_sender.py"},
    # `HomeserverClient.send`: any request.
    "self.http.send": {
        "matrix/admin.py",
        "matrix/client_api.py",
        "matrix/configuration_api.py",
        "matrix/lookups.py",
    },
    "self._http.send": {"matrix/erasure_api.py", "matrix/key_backup_api.py", "matrix/sliding_sync.py"},
}
"""Where anything is told to ``send``, by how it is written there."""
REQUESTS = {
    "matrix/admin.py",
    "matrix/client_api.py",
    "matrix/configuration_api.py",
    "matrix/erasure_api.py",
    "matrix/key_backup_api.py",
    "matrix/lookups.py",
    "matrix/sliding_sync.py",
}
"""Which modules say what a request to the homeserver is (`matrix.http.Call`)."""
HTTP = {"aiohttp", "http.client", "httpx", "requests", "urllib.request", "urllib3"}
SPEAKING_HTTP = {
    "matrix/http.py",
    "matrix/public_download.py",
    "matrix/public_server.py",
    "provisioning/desk_server.py",
    "web/joining_client.py",
    "web/server.py",
}
"""Which modules import one of these: the client; what gets a calendar that a person named, and what looks at a public
name, both without a token; what shows pages; the two ends of the desk's socket."""


def test_what_is_sent_is_sent_by_few() -> None:
    """What leaves by another way would not be encrypted, nor sent once, nor kept from whom it is not for."""
    callers: defaultdict[str, set[str]] = defaultdict(set)
    for path, node in nodes():
        if isinstance(node, ast.Attribute) and node.attr in SENDING:
            callers[node.attr].add(path)
    assert callers == SENDING


def test_nothing_else_is_told_to_send() -> None:
    """Neither a message by the encrypted client nor a request by the HTTP client, whatever either is called."""
    callers: defaultdict[str, set[str]] = defaultdict(set)
    for path, node in nodes():
        if isinstance(node, ast.Attribute) and node.attr == "send":
            callers[ast.unparse(node)].add(path)
    assert callers == SEND


def test_a_request_to_the_homeserver_is_made_by_few() -> None:
    """Their methods are what can be sent at all."""
    makers, speaking = set(), set()
    for path, node in nodes():
        match node:
            case ast.ImportFrom(module="matrix.http", names=names) if "Call" in {n.name for n in names}:
                makers.add(path)
            case ast.ImportFrom(module=str(module)) if module in HTTP:
                speaking.add(path)
            case ast.Import(names=names) if HTTP & {n.name for n in names}:
                speaking.add(path)
    assert makers == REQUESTS
    assert speaking == SPEAKING_HTTP
