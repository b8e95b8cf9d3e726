"""``palabre up`` as a person runs it: a process of its own, on a real Synapse."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from tests.lib.documented import NOT_RUN, documented, words_of

pytestmark = [pytest.mark.live]

ROOT = Path(__file__).parent.parent.parent
SMALL = ROOT / "tests" / "data" / "small"
READY = "Palabre is ready"
NO_SECRETS = {"user_id", "device_id", "algorithm"}
"""What the files of secrets have besides."""


@dataclass
class Running:
    """One `up`."""

    process: subprocess.Popen[bytes]
    data: Path
    output: Path

    @property
    def said(self) -> str:
        return self.output.read_text()

    def until_said(self, words: str, seconds: float = 100.0) -> None:
        """Wait until it has said something."""
        until(lambda: words in self.said or self.process.poll() is not None, seconds)
        assert words in self.said, self.said

    def pids(self) -> list[int]:
        """Return the process and its children."""
        mine = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [self.process.pid, *map(int, mine)]

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)

    def pages(self) -> dict[str, int]:
        """Return the process and the port of the pages."""
        noted: dict[str, int] = json.loads((self.data / "run" / "web.json").read_text())
        return noted

    def ready_pid(self, name: str) -> int:
        path = self.data / "run" / f"{name}.ready"
        return int(path.read_text() or 0) if path.exists() else 0


def until(holds: Callable[[], bool], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "not in time"
        time.sleep(0.05)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-P", "-m", "palabre_cli", "--lang", "en", *arguments]


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8", **more}


@contextmanager
def up(data: Path, *arguments: str, config: Path = SMALL, **variables: str) -> Iterator[Running]:
    """Run `up`; it is ended at the end of the block."""
    output = data.with_name(f"{data.name}-output-{time.monotonic_ns()}")
    with output.open("wb") as file:
        process = subprocess.Popen(
            command("up", "--config", str(config), "--data", str(data), *arguments),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            cwd=data.parent,
            env=environment(**variables),
        )
    try:
        yield Running(process, data, output)
    finally:
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def refused(*arguments: str, cwd: Path, **variables: str) -> str:
    """Run a command that must not succeed; return its one sentence."""
    done = subprocess.run(
        command(*arguments),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        cwd=cwd,
        env=environment(**variables),
        timeout=100,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert len(done.stderr.splitlines()) == 1
    return done.stderr


def request(url: str, *, token: str | None = None, **body: Any) -> tuple[int, dict[str, Any]]:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    data = json.dumps(body).encode() if body else None
    asked = urllib.request.Request(url, data=data, headers=headers)  # noqa: S310 - our own server on loopback
    try:
        with urllib.request.urlopen(asked, timeout=20) as answer:  # noqa: S310
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def sign_in(address: str, account: dict[str, str]) -> str:
    """Sign in with a first password; return the token."""
    status, session = request(
        f"{address}/_matrix/client/v3/login",
        type="m.login.password",
        identifier={"type": "m.id.user", "user": account["user_id"]},
        password=account["password"],
    )
    assert status == 200
    token: str = session["access_token"]
    return token


@dataclass(frozen=True)
class First:
    """What was seen of a first `up`, which has been stopped."""

    data: Path
    said: str
    command_lines: str
    joined: int
    exit_code: int
    left: list[int]

    @property
    def book(self) -> dict[str, Any]:
        book: dict[str, Any] = json.loads((self.data / "sign-in.json").read_text())
        return book


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> First:
    data = tmp_path_factory.mktemp("up") / "data"
    with documented("README.md", "Two commands") as next_command:
        assert words_of(next_command("./palabre up")) == ("up",)
        assert next_command("./palabre test") in NOT_RUN
    with up(data, "--port", "0") as running:
        running.until_said("Ctrl-C stops everything")
        pids = running.pids()
        lines = "\n".join(Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ") for pid in pids)
        book = json.loads((data / "sign-in.json").read_text())
        token = sign_in(book["homeserver"], book["accounts"][0])
        _, rooms = request(f"{book['homeserver']}/_matrix/client/v3/joined_rooms", token=token)
        code = running.stop()
        left = [pid for pid in pids if alive(pid)]
        return First(data, running.said, lines, len(rooms["joined_rooms"]), code, left)


@pytest.fixture
def data(first: First, tmp_path: Path) -> Path:
    """A copy of the data folder, made as the README says."""
    subprocess.run(["cp", "-a", first.data, tmp_path / "data"], check=True)
    return tmp_path / "data"


def test_the_first_up_says_where_to_go_and_who_may_sign_in(first: First) -> None:
    assert re.search(r"Palabre is ready \(\d+\.\d s\)", first.said)
    assert first.book["homeserver"] in first.said
    assert first.book["accounts"]
    for account in first.book["accounts"]:
        assert set(account) == {"user_id", "password", "role", "city"}
        # Where there is no terminal, a password would stand in somebody's log.
        assert account["password"] not in first.said
    assert "sign-in.json" in first.said
    assert "!p help" in first.said
    assert "phone cannot reach it" in first.said
    assert "\x1b" not in first.said  # plain lines where there is no terminal


def test_a_person_signs_in_and_is_in_the_space_and_the_lobby(first: First) -> None:
    assert first.joined >= 2


def test_what_is_secret_stays_private(first: First) -> None:
    for path in [first.data, *first.data.rglob("*")]:
        inside = path.relative_to(first.data).parts
        if inside[:1] in {("secrets",), ("identity",), ("sign-in.json",)} or not inside:
            assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
    secrets = [account["password"] for account in first.book["accounts"]]
    for path in [*(first.data / "secrets").glob("*.json"), *(first.data / "identity").glob("*")]:
        if path.name == "sealed-identities.json":
            continue  # public keys by account: nothing in it is secret
        kept = json.loads(path.read_text())
        secrets += [kept[name] for name in kept.keys() - NO_SECRETS]
    secrets.append((first.data / "secrets" / "registration-shared-secret").read_text().strip())
    told = first.command_lines + "".join(
        path.read_text(errors="replace") for path in (first.data / "logs").iterdir()
    )
    assert first.command_lines.count("\n") == 4  # up, Synapse, the pages, bots, serve
    assert [secret for secret in secrets if secret in told] == []


def test_sigterm_ends_everything(first: First) -> None:
    assert first.exit_code == 0
    assert first.left == []
    assert first.said.endswith("Stopping…\nStopped.\n")


def test_the_second_up_changes_nothing(first: First, data: Path) -> None:
    with up(data) as running:
        running.until_said(READY)
        running.until_said("Ctrl-C stops everything")
        assert "Plan: 0 to add, 0 to change, 0 to remove" in running.said
        assert first.book["homeserver"] in running.said  # the same port
        assert not any(account["password"] in running.said for account in first.book["accounts"])
        assert (data / "sign-in.json").read_text() == (first.data / "sign-in.json").read_text()
        refusal = refused("up", "--config", str(SMALL), "--data", str(data), cwd=data.parent)
        assert f"in use by process {running.process.pid} palabre up" in refusal
        assert running.stop() == 0


def test_a_killed_child_comes_back_and_the_others_stay(data: Path, tmp_path: Path) -> None:
    """On what was applied last: meanwhile a file has got a mistake, and another says something else."""
    config = tmp_path / "config"
    shutil.copytree(SMALL, config)
    for name, before, after in (
        ("calendar.yaml", "[lobby]", "[nowhere]"),
        ("community.yaml", "name: Café", "name: Maquis"),
    ):
        text = (config / name).read_text()
        assert before in text
        (config / name).write_text(text.replace(before, after))
    with up(data, "--port", "0", config=config) as running:
        running.until_said(READY)
        assert "calendar.yaml has a mistake and stays as it was applied last" in running.said
        assert "This is not applied: everything runs on what was applied last." in running.said
        bots, serve = running.ready_pid("bots"), running.ready_pid("serve")
        os.kill(bots, signal.SIGKILL)
        until(lambda: running.ready_pid("bots") not in {0, bots})
        assert alive(running.ready_pid("bots"))
        assert running.ready_pid("serve") == serve
        synapse = next(
            pid for pid in running.pids() if "synapse.app" in Path(f"/proc/{pid}/cmdline").read_text()
        )
        os.kill(synapse, signal.SIGKILL)
        address = (data / "synapse" / "url").read_text().strip()
        until(lambda: answers(address))
        assert alive(serve)
        # The pages come back where they were: addresses of feeds lead there.
        pages = running.pages()
        os.kill(pages["pid"], signal.SIGKILL)
        until(lambda: running.pages()["pid"] != pages["pid"])
        assert running.pages()["port"] == pages["port"]
        until(lambda: answers_at(f"http://127.0.0.1:{pages['port']}/palabre/calendar/healthz"))
        assert running.process.poll() is None


def answers(address: str) -> bool:
    return answers_at(f"{address}/_matrix/client/versions")


def answers_at(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=10) as answer:  # noqa: S310 - of this computer
            return bool(answer.status == 200)
    except OSError:
        return False


def test_nothing_outlives_a_killed_up(data: Path) -> None:
    with up(data, "--port", "0") as running:
        running.until_said(READY)
        pids = running.pids()
        # Itself, Synapse, the pages, the bot, the service.
        assert len(pids) == 5
        running.process.kill()
        running.process.wait()
        until(lambda: not any(map(alive, pids)), 10)


def test_stopped_while_it_starts(data: Path) -> None:
    with up(data, "--port", "0") as running:
        running.until_said("Starting Synapse")
        until(lambda: len(running.pids()) > 1)
        pids = running.pids()
        assert running.stop() == 0
        assert not any(map(alive, pids))
        assert READY not in running.said


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_ended_while_it_installs(tmp_path: Path, number: signal.Signals) -> None:
    venv = str(tmp_path / "venv")
    with up(tmp_path / "data", "--port", "0", PALABRE_SYNAPSE_VENV=venv) as running:
        running.until_said("Installing Synapse")
        until(lambda: len(running.pids()) > 1)
        pids = running.pids()
        running.process.send_signal(number)
        running.process.wait(10)
        until(lambda: not any(map(alive, pids)), 5)


def test_a_taken_port(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        where = ("--config", str(SMALL), "--data", str(tmp_path / "d"))
        venv = tmp_path / "venv"
        sentence = refused("up", *where, "--port", port, cwd=tmp_path, PALABRE_SYNAPSE_VENV=str(venv))
    # Before the minutes that an installation takes.
    assert not venv.exists()
    assert sentence == (
        f"Port {port} is taken by another program. Stop that one, or choose another port with --port.\n"
    )


@pytest.mark.parametrize("folder", ["file", "/proc/palabre-data"])
def test_a_data_folder_that_cannot_be_written(tmp_path: Path, folder: str) -> None:
    (tmp_path / "file").write_text("not a folder")
    path = tmp_path / folder
    sentence = refused("up", "--config", str(SMALL), "--data", str(path), cwd=tmp_path)
    assert sentence.startswith(f"The data folder {path} cannot be written: ")
    assert sentence.endswith("name another with --data.\n")


def fake_synapse(folder: Path, program: str) -> Path:
    """Make an installation whose interpreter runs something else than Synapse."""
    (folder / "bin").mkdir(parents=True)
    (folder / "program.py").write_text(program)
    python = folder / "bin" / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{folder}/program.py" "$@"\n')
    python.chmod(0o755)
    pinned = (ROOT / "synapse" / "constraints.txt").read_bytes()
    (folder / "palabre-installed").write_text(hashlib.sha256(pinned).hexdigest())
    return folder


NOT_MATRIX = """
import re, sys
from http.server import BaseHTTPRequestHandler, HTTPServer
class Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<p>It works!</p>")
port = int(re.search(r"port: (\\d+)", open(sys.argv[-1]).read())[1])
HTTPServer(("127.0.0.1", port), Answer).serve_forever()
"""


@pytest.mark.parametrize(
    ("program", "words"),
    [
        (NOT_MATRIX, "is not a Matrix homeserver. Look at the address"),
        (
            "raise SystemExit('the database is from another planet')",
            "Synapse could not be started. Its last words",
        ),
    ],
)
def test_a_homeserver_that_is_none(tmp_path: Path, program: str, words: str) -> None:
    venv = fake_synapse(tmp_path / "venv", program)
    arguments = ("--config", str(SMALL), "--data", str(tmp_path / "data"), "--port", "0")
    sentence = refused("up", *arguments, cwd=tmp_path, PALABRE_SYNAPSE_VENV=str(venv))
    assert words in sentence
    port = (tmp_path / "data" / "synapse" / "port").read_text().strip()
    with socket.socket() as free:
        assert free.connect_ex(("127.0.0.1", int(port))) != 0


class Page(BaseHTTPRequestHandler):
    """Some web server."""

    def do_GET(self) -> None:
        self.send_response(404)
        self.end_headers()
        self.wfile.write(b"<p>nothing here</p>")

    do_POST = do_PUT = do_GET  # noqa: N815 - the names that http.server calls

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.mark.parametrize("name", ["plan", "apply"])
def test_plan_on_a_web_server_that_is_no_homeserver(data: Path, tmp_path: Path, name: str) -> None:
    config = tmp_path / "config"
    shutil.copytree(SMALL, config)
    with HTTPServer(("127.0.0.1", 0), Page) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        (config / "settings.yaml").write_text(f"version: 1\nhomeserver:\n  url: {url}\n")
        arguments = ("--config", str(config), "--data", str(data))
        sentence = refused(name, *arguments, cwd=tmp_path)
        refusal_of_up = refused("up", *arguments, cwd=tmp_path)
        server.shutdown()
    assert f"What answers at {url} is not a Matrix homeserver." in sentence
    assert f"names a homeserver of its own ({url})" in refusal_of_up
