"""The launcher ./palabre in a copy of its folder: with an interpreter that only notes its orders, and for real."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
LOCKS = ("requirements-build.lock", "requirements.lock", "requirements-test.lock")
TOOLS = (
    "grep",
    "sh",
    "dirname",
    "readlink",
    "cat",
    "cksum",
    "tail",
    "rm",
    "id",
    "flock",
    "cp",
    "mkdir",
    "sleep",
    "chmod",
)

PYTHON = """#!/bin/sh
# Stands for Python: notes what it is asked to do in $NOTES.
case "$1 ${2:-}" in
"-V "*) echo "Python 3.9.2" ;;
"-c import sys"*) [ ! -e "$NOTES.old" ] ;;
"-c import ensurepip"*) [ ! -e "$NOTES.bare" ] ;;
"-c import pip"*) ;;
"-m venv") mkdir -p "$4/bin" && cp "$0" "$4/bin/python" ;;
"-m pip")
    for last; do :; done
    case $last in
    *requirements.lock) echo "pip ${last%/*}" >>"$NOTES" ;;
    *requirements-test.lock) echo "pip ${last%/*} test" >>"$NOTES" ;;
    esac
    sleep 0.3
    if [ -e "$NOTES.offline" ]; then echo "no route to host" >&2; exit 1; fi
    if [ -e "$NOTES.foreign" ]; then echo "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM" >&2; exit 1; fi
    ;;
"-m compileall") echo "$@" >>"$NOTES.compiled"; exit 1 ;;
"-P -m") shift 2; echo "ran $*" >>"$NOTES"; echo "$PALABRE_COMMAND" >>"$NOTES.called" ;;
*) echo "unexpected $*" >>"$NOTES" ;;
esac
"""


class Checkout:
    """A folder with the launcher, and a path of programs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "palabre project"
        self.folder.mkdir()
        for name in ("palabre", "pyproject.toml", *LOCKS):
            shutil.copy2(ROOT / name, self.folder)
        self.programs = folder / "bin"
        self.programs.mkdir()
        for name in TOOLS:
            found = shutil.which(name)
            assert found is not None
            (self.programs / name).symlink_to(found)
        self.notes_file = folder / "notes"
        self.notes_file.touch()

    def python(self) -> None:
        path = self.programs / "python3"
        path.write_text(PYTHON)
        path.chmod(0o755)

    def mark(self, word: str) -> Path:
        path = self.notes_file.with_name(f"notes.{word}")
        path.touch()
        return path

    @property
    def notes(self) -> list[str]:
        return self.notes_file.read_text().splitlines()

    def environment(self, **more: str) -> dict[str, str]:
        return {"PATH": str(self.programs), "NOTES": str(self.notes_file), "LANG": "C.UTF-8", **more}

    def run(
        self, *arguments: str, launcher: Path | None = None, **more: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [launcher or self.folder / "palabre", *arguments],
            env=self.environment(**more),
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def test_it_installs_once_and_says_so(checkout: Checkout) -> None:
    checkout.python()
    first, second = checkout.run("up"), checkout.run("check", "--config", "a b")
    assert (first.returncode, second.returncode) == (0, 0)
    assert "Installing what Palabre needs" in first.stderr
    assert second.stderr == ""
    assert checkout.notes == [
        f"pip {checkout.folder}",
        "ran palabre_cli up",
        "ran palabre_cli check --config a b",
    ]
    # Once, and a file that cannot be compiled keeps nothing back.
    (compiled,) = checkout.mark("compiled").read_text().splitlines()
    assert compiled.endswith(f"{checkout.folder}/.venv/lib")


@pytest.mark.parametrize("name", ["pyproject.toml", *LOCKS])
def test_it_installs_again_when_what_is_needed_has_changed(checkout: Checkout, name: str) -> None:
    checkout.python()
    checkout.run("up")
    with (checkout.folder / name).open("a") as file:
        file.write("# changed\n")
    checkout.run("up")
    checkout.run("up")
    assert [line.split()[0] for line in checkout.notes] == ["pip", "ran", "pip", "ran", "ran"]


def test_it_installs_again_where_the_folder_was_moved(checkout: Checkout) -> None:
    checkout.python()
    checkout.run("up")
    checkout.folder = checkout.folder.rename(checkout.folder.with_name("moved"))
    checkout.run("up")
    assert checkout.notes[2] == f"pip {checkout.folder}"


@pytest.mark.parametrize("arguments", [("test",), ("--lang", "fr", "test", "-k", "x")])
def test_the_tests_need_more_and_that_is_enough_for_the_rest(
    checkout: Checkout, arguments: tuple[str, ...]
) -> None:
    checkout.python()
    checkout.run(*arguments)
    checkout.run("up")
    assert checkout.notes[0] == f"pip {checkout.folder} test"
    assert len(checkout.notes) == 3


def test_it_can_be_called_by_a_link_from_anywhere(checkout: Checkout, tmp_path: Path) -> None:
    checkout.python()
    (tmp_path / "link").symlink_to(checkout.folder / "palabre")
    assert checkout.run("up", launcher=tmp_path / "link").returncode == 0
    assert (checkout.folder / ".venv" / "bin" / "python").exists()


def test_it_says_how_it_was_called(checkout: Checkout, tmp_path: Path) -> None:
    checkout.python()
    launcher = checkout.folder / "palabre"
    (checkout.programs / "palabre").symlink_to(launcher)
    (tmp_path / "link").symlink_to(launcher)
    called = {
        "./palabre": "./palabre",
        f"'{launcher}'": str(launcher),
        "sh palabre": "./palabre",
        "palabre": "palabre",
        f"{tmp_path}/link": f"{tmp_path}/link",
    }
    for typed in called:
        subprocess.run(
            ["sh", "-c", f"{typed} up"], env=checkout.environment(), cwd=checkout.folder, check=True
        )
    assert Path(f"{checkout.notes_file}.called").read_text().splitlines() == list(called.values())


def test_two_at_once_install_once(checkout: Checkout) -> None:
    checkout.python()
    both = [
        subprocess.Popen(
            [checkout.folder / "palabre", "up"], env=checkout.environment(), stderr=subprocess.DEVNULL
        )
        for _ in range(2)
    ]
    assert [process.wait(30) for process in both] == [0, 0]
    assert sorted(checkout.notes) == [f"pip {checkout.folder}", "ran palabre_cli up", "ran palabre_cli up"]


def refused(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 1
    assert done.stdout == ""
    return done.stderr


def test_a_package_that_is_another_is_a_sentence_of_its_own(checkout: Checkout) -> None:
    checkout.python()
    checkout.mark("foreign")
    assert "A package is not the one that Palabre was tested with" in refused(checkout.run("up"))
    assert "Un paquet n'est pas celui" in refused(checkout.run("up", LANG="fr_FR.UTF-8"))


def test_no_python(checkout: Checkout) -> None:
    assert refused(checkout.run("up")).startswith("Python is missing: install it (sudo apt-get install")
    assert refused(checkout.run("up", LANG="fr_FR.UTF-8")).startswith("Python manque : installez-le")


def test_too_old_a_python(checkout: Checkout) -> None:
    checkout.python()
    checkout.mark("old")
    assert refused(checkout.run("up")).startswith("This Python is too old (Python 3.9.2): Palabre needs 3.11")
    assert refused(checkout.run("up", LC_ALL="fr_CA.UTF-8")).startswith(
        "Ce Python est trop ancien (Python 3.9.2)"
    )


def test_an_old_python_beside_a_good_one(checkout: Checkout) -> None:
    checkout.python()
    (checkout.programs / "python3.12").symlink_to(sys.executable)
    checkout.mark("old")
    done = checkout.run("up", PIP_NO_INDEX="1", PIP_CONFIG_FILE=os.devnull)
    assert "too old" not in done.stderr
    assert (checkout.folder / ".venv" / "bin" / "python").exists()


def test_no_venv_module(checkout: Checkout) -> None:
    checkout.python()
    checkout.mark("bare")
    assert refused(checkout.run("up")) == (
        "Python's venv module is missing: sudo apt-get install python3-venv, then run this again.\n"
    )


def test_a_failed_installation_is_tried_again_the_next_time(checkout: Checkout) -> None:
    checkout.python()
    offline = checkout.mark("offline")
    said = refused(checkout.run("up", LANGUAGE="fr:en"))
    assert "no route to host" in said
    assert "L'installation a échoué : vérifiez le réseau" in said
    offline.unlink()
    assert checkout.run("up").returncode == 0
    assert checkout.notes[-1] == "ran palabre_cli up"


def test_no_network_for_real(checkout: Checkout) -> None:
    (checkout.programs / "python3").symlink_to(sys.executable)
    nowhere = "http://127.0.0.1:9/"
    said = refused(checkout.run("up", PIP_INDEX_URL=nowhere, PIP_RETRIES="0", PIP_CONFIG_FILE=os.devnull))
    assert "The installation failed: look whether the network is there" in said
    assert "Traceback" not in said
