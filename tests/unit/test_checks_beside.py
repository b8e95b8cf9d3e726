"""`palabre test` runs its checks beside what it installs, and tells of each whether it passes."""

from __future__ import annotations

import io
import os
import sys
from concurrent.futures import Future
from pathlib import Path

import pytest

from community.core.messages import translator
from palabre_cli.terminal import Terminal
from palabre_cli.testing import checked_beside

PROGRAM = Path(sys.executable).name
"""What is beside this interpreter, as ruff and mypy are."""
READING = "import sys; print([open(path).read() for path in sys.argv[1:]])"
"""A check that waits at each pipe until it was written into; who writes waits for it too."""


@pytest.fixture
def terminal() -> Terminal:
    return Terminal(io.StringIO(), io.StringIO(), translator("en", []))


@pytest.fixture
def pipes(tmp_path: Path) -> tuple[Path, Path]:
    made = tmp_path / "first", tmp_path / "second"
    for pipe in made:
        os.mkfifo(pipe)
    return made


def said(terminal: Terminal) -> str:
    assert isinstance(terminal.out, io.StringIO)
    return terminal.out.getvalue()


def check(program: str, *arguments: object) -> tuple[str, ...]:
    return PROGRAM, "-c", program, *map(str, arguments)


def test_each_is_shown_as_one_piece_when_it_ends_and_told_whether_it_passes(terminal: Terminal) -> None:
    failing = check("import sys; print('one', flush=True); print('two', file=sys.stderr); sys.exit(3)")
    passing = check("print('three')")
    with checked_beside(terminal, (failing, passing)) as checked:
        pass
    assert [(each, done.result()) for each, done in checked] == [(failing, False), (passing, True)]
    assert said(terminal) == f"— {' '.join(failing)}\none\ntwo\n— {' '.join(passing)}\nthree\n"


def test_they_run_while_the_block_does(terminal: Terminal, pipes: tuple[Path, Path]) -> None:
    with checked_beside(terminal, [check(READING, pipes[0])]) as checked:
        pipes[0].write_text("beside")
    assert checked[0][1].result()
    assert said(terminal).endswith("\n['beside']\n")


def test_where_the_block_fails_none_is_begun_any_more(
    terminal: Terminal, pipes: tuple[Path, Path], tmp_path: Path
) -> None:
    begun, ends = pipes
    checks = (check(READING, begun, ends), check("import sys; open(sys.argv[1], 'w')", tmp_path / "never"))
    futures: list[Future[bool]] = []

    def fail_beside() -> None:
        with checked_beside(terminal, checks) as checked:
            futures.extend(future for _, future in checked)
            begun.write_text("")
            # The first goes on until the second is given up.
            futures[1].add_done_callback(lambda _: ends.write_text(""))
            raise OSError("the disk is full")

    with pytest.raises(OSError, match="the disk is full"):
        fail_beside()
    assert futures[0].result()
    assert futures[1].cancelled()
    assert not (tmp_path / "never").exists()
