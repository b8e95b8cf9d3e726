"""A network of one's own on one computer, as README.md has it, and the commands of the coordinators' pages on it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.lib.descriptions import SMALL
from tests.lib.documented import documented
from tests.lib.kept_processes import KeptProcesses
from tests.lib.shell import Shell

pytestmark = [pytest.mark.live, pytest.mark.timeout(420)]

ANSWERED = "\nRéseau d'échange\nfr, en\n\n"
"""What is typed at the questions of `palabre init`: this computer, which is in brackets."""

ANOTHER_ADDRESS = ("claudine.uwase@", "claudine@")
"""What is changed in the table: what by what."""


def typed(shell: Shell, command: str, answers: str = "") -> str:
    """Type a command, which succeeds; return what is to be seen. The pages' folder is that of `palabre init` here."""
    done = shell.run(command.replace("my-network", "network/config"), typed=answers)
    assert done.code == 0, (command, done.said)
    return done.said


@contextmanager
def running(shell: Shell, command: str) -> Iterator[None]:
    """Run `palabre up` in another window until the block ends; on a free port, since this one may be taken."""
    processes = KeptProcesses(shell.root / "output")
    up = [str(shell.here / command.split(maxsplit=1)[0]), *command.split()[1:], "--port", "0"]
    try:
        processes.start("up", up, shell.environment, lambda: "Palabre is ready" in processes.said, shell.here)
        yield
    finally:
        processes.stop_all()


def test_a_network_is_described_started_and_changed(tmp_path: Path) -> None:
    shell = Shell(tmp_path, {})
    typed(shell, "git clone … palabre && cd palabre")
    with documented("README.md", "Your own community") as next_command:
        assert "Start it: ./palabre up" in typed(shell, next_command("./palabre init"), ANSWERED)
        typed(shell, next_command("nano network/config/community.yaml"))
        fill_in(shell)
        assert "The description is right." in typed(shell, next_command("./palabre check"))
        with running(shell, next_command("./palabre up")):
            see_and_change(shell)
            take_out_and_in(shell)


def fill_in(shell: Shell) -> None:
    """Write a description in the place of the one to be filled in."""
    for name in ("community.yaml", "directory.yaml", "calendar.yaml"):
        shutil.copyfile(SMALL / name, shell.here / "network/config" / name)


def see_and_change(shell: Shell) -> None:
    community = shell.here / "network/config/community.yaml"
    community.write_text(
        re.sub(r"^name: .*$", "name: Another name", community.read_text(), flags=re.MULTILINE)
    )
    with documented("docs/coordinator.md", "See it, then change it") as next_command:
        assert "The description is right." in typed(shell, next_command("./palabre check"))
        assert "Another name" in typed(shell, next_command("./palabre plan"))
        assert "Applied: " in typed(shell, next_command("./palabre apply"), "y\n")


def take_out_and_in(shell: Shell) -> None:
    with documented("docs/directory.md", "The directory in and out") as next_command:
        typed(shell, next_command("./palabre directory export --to copies"))
        typed(shell, next_command("./palabre directory export --format csv"))
        table = shell.here / "tables" / "contacts.csv"
        table.write_text(table.read_text().replace(*ANOTHER_ADDRESS))
        shown = typed(shell, next_command("./palabre directory import"))
        digest = re.findall(r"^Digest: (\w+)$", shown, re.MULTILINE)[0]
        brought = next_command("./palabre directory import").replace("3f9a0c1b2d4e", digest)
        assert ANOTHER_ADDRESS[1] in typed(shell, brought)
        history = typed(shell, next_command("./palabre directory history"))
        number = re.findall(r"^(\d+)  ", history, re.MULTILINE)[0]
        typed(shell, next_command("./palabre directory undo").replace("412", number))
        typed(shell, next_command("./palabre directory stale"))
    with documented("docs/directory.md", "YAML") as next_command:
        typed(shell, next_command("./palabre directory export"))
    copy, own = shell.here / "copies/directory.yaml", shell.here / "network/config/directory.yaml"
    # What was taken back is as it was: the same bytes for the same data.
    assert own.read_bytes() == copy.read_bytes()
