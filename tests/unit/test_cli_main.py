"""The command line as a process: one sentence for what goes wrong, an exit code, never a traceback."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

import click
import pytest

from community.core.errors import DescriptionError, PalabreError, Problem, SourcePosition
from community.core.messages import msg
from palabre_cli.main import palabre, run
from palabre_cli.terminal import Terminal

ROOT = Path(__file__).parent.parent.parent
SMALL = ROOT / "tests" / "data" / "small"
EXAMPLE = ROOT / "config"


def command(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8", **variables}
    return subprocess.run(
        [sys.executable, "-P", "-m", "palabre_cli", *arguments],
        env=environment,
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A description with two slips."""
    for path in SMALL.iterdir():
        text = path.read_text()
        (tmp_path / path.name).write_text(text + "nonsense: 1\n" if path.name == "community.yaml" else text)
    return tmp_path


def test_check_is_silent_about_nothing_wrong() -> None:
    done = command("check", "--config", str(EXAMPLE))
    assert (done.returncode, done.stdout, done.stderr) == (0, "The description is right.\n", "")


def test_the_version_is_that_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    done = command("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"palabre {project['version']}\n", "")


def test_check_takes_the_data_folder_and_knows_of_which_community_it_is(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "community.json").write_text('{"key": "small", "server_name": "palabre.localhost"}')
    config = tmp_path / "config"
    shutil.copytree(SMALL, config)
    done = command("check", "--config", str(config), "--data", str(data))
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, "The description is right.")
    community = config / "community.yaml"
    community.write_text(community.read_text().replace("key: small", "key: smal", 1))
    done = command("check", "--config", str(config), "--data", str(data))
    assert done.returncode == 1
    assert re.match(r"\S+/community\.yaml:\d+:6: key: it was “small” until now", done.stdout)


def test_check_names_the_place_and_exits_1(broken: Path) -> None:
    done = command("--lang", "fr", "check", "--config", str(broken))
    assert done.returncode == 1
    assert re.match(r"\S+/community\.yaml:\d+:1: nonsense: ", done.stdout)
    assert done.stdout.endswith("1 problème.\n")


def test_check_as_json(broken: Path) -> None:
    done = command("check", "--json", PALABRE_CONFIG=str(broken))
    (problem,) = json.loads(done.stdout)["problems"]
    assert set(problem) == {"file", "line", "column", "path", "message"}
    assert problem["file"].endswith("community.yaml")
    assert (problem["column"], problem["path"]) == (1, "nonsense")
    done = command("check", "--json", PALABRE_CONFIG=str(EXAMPLE))
    assert done.stdout == '{\n  "problems": [],\n  "notes": []\n}\n'


def test_check_notes_what_is_right_and_perhaps_not_meant_and_exits_0() -> None:
    done = command("check", "--config", str(SMALL))
    first, *notes = done.stdout.splitlines()
    assert (done.returncode, first, done.stderr) == (0, "The description is right.", "")
    assert [note.removeprefix(f"Note: {SMALL}/").split(": ", 2)[1] for note in notes] == [
        "themes[1]",
        "contacts[1]",
    ]
    (theme, contact) = json.loads(command("check", "--json", "--config", str(SMALL)).stdout)["notes"]
    assert (theme["line"], theme["path"], contact["path"]) == (18, "themes[1]", "contacts[1]")


def test_up_does_not_begin_with_a_wrong_description(broken: Path, tmp_path: Path) -> None:
    done = command("up", "--config", str(broken), "--data", str(tmp_path / "data"))
    assert done.returncode == 1
    assert re.match(r"\S+/community\.yaml:\d+:1: nonsense: ", done.stderr)
    assert done.stderr.endswith("The description has 1 problem.\n")


def test_plan_without_a_homeserver(tmp_path: Path) -> None:
    done = command("plan", "--config", str(SMALL), "--data", str(tmp_path))
    assert done.returncode == 1
    assert done.stderr.startswith("No homeserver is known")
    assert len(done.stderr.splitlines()) == 1


def test_a_command_that_is_not_there() -> None:
    done = command("fly")
    assert done.returncode == 2
    assert "No such command" in done.stderr


def test_help_and_a_reader_who_leaves() -> None:
    assert "up" in command("--help").stdout
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    shell = f'"{sys.executable}" -m palabre_cli check --config "{SMALL}" | true'
    done = subprocess.run(["sh", "-c", shell], env=environment, capture_output=True, text=True, check=True)
    assert done.stderr == ""


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> list[BaseException]:
    """A command `fail` that raises what is put into the list."""
    raised: list[BaseException] = []

    @click.command("fail")
    def fail() -> None:
        raise raised[0]

    monkeypatch.setitem(palabre.commands, "fail", fail)
    monkeypatch.setattr(sys, "argv", ["palabre", "--lang", "en", "fail"])
    return raised


def test_our_own_errors_are_a_sentence_with_its_remedy(
    failing: list[BaseException], capsys: pytest.CaptureFixture[str]
) -> None:
    failing.append(PalabreError(msg("It rains."), msg("Take [b]an umbrella[/b] :cat:.")))
    assert run() == 1
    assert capsys.readouterr().err == "It rains. Take [b]an umbrella[/b] :cat:.\n"


def test_each_problem_of_a_description_is_a_line(
    failing: list[BaseException], capsys: pytest.CaptureFixture[str]
) -> None:
    failing.append(DescriptionError([Problem(SourcePosition("a.yaml", 3, 1), "x", msg("wrong"))]))
    assert run() == 1
    assert capsys.readouterr().err == "a.yaml:3:1: x: wrong\nThe description has 1 problem.\n"


def test_a_fault_of_ours_names_the_file_that_has_it(
    failing: list[BaseException],
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    failing.append(ZeroDivisionError("inside"))
    assert run() == 70
    said = capsys.readouterr().err
    (report,) = tmp_path.iterdir()
    assert said == (
        "Something went wrong inside Palabre; this is a fault of ours. "
        f"Please report it with the file {report}.\n"
    )
    assert "ZeroDivisionError: inside" in report.read_text()
    assert report.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("error", [KeyboardInterrupt(), click.Abort()])
def test_an_interruption_is_no_error_of_anybody(
    failing: list[BaseException], capsys: pytest.CaptureFixture[str], error: BaseException
) -> None:
    failing.append(error)
    assert run() == 130
    assert capsys.readouterr().err == ""


def test_the_terminal_shows_text_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    long = "word " * 60
    Terminal.open("en").line(f"[red]{long}:cat: 12 https://x.org/[/red]")
    assert capsys.readouterr().out == f"[red]{long}:cat: 12 https://x.org/[/red]\n"


def test_ctrl_c_while_something_runs(tmp_path: Path) -> None:
    """`serve` has no homeserver and goes on trying; SIGINT and SIGTERM end it in good order."""
    (tmp_path / "run").mkdir()
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    for number in (signal.SIGINT, signal.SIGTERM):
        process = subprocess.Popen(
            [sys.executable, "-m", "palabre_cli", "serve", "--config", str(SMALL), "--data", str(tmp_path)],
            env=environment,
            stderr=subprocess.PIPE,
        )
        with process:
            assert process.stderr is not None
            assert b"not_planned" in process.stderr.readline()
            process.send_signal(number)
            assert process.wait(20) == 0
            assert b"Traceback" not in process.stderr.read()
