"""The command as a person runs it, but in the process of the test: what it prints and its exit code."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner

from palabre_cli.main import run


@dataclass(frozen=True)
class Ran:
    """What became of a command. ``out`` and ``err`` as text, ``raw`` is standard output as bytes."""

    code: int
    out: str
    err: str
    raw: bytes


def palabre(
    *arguments: object,
    cwd: Path,
    language: str = "en",
    given: bytes = b"",
    called_as: str = "palabre",
    **environment: str,
) -> Ran:
    """Run ``palabre``, as somebody who types ``called_as``, in the folder ``cwd`` with ``given`` on standard input."""
    with (
        contextlib.chdir(cwd),
        _environment(environment),
        _arguments("--lang", language, *map(str, arguments)),
        CliRunner().isolation(input=given) as (out, err, _both),
    ):
        code = run(called_as=called_as)
        sys.stdout.flush()
        return Ran(code, out.getvalue().decode(), err.getvalue().decode(), out.getvalue())


@contextlib.contextmanager
def _arguments(*arguments: str) -> Iterator[None]:
    before = sys.argv
    sys.argv = ["palabre", *arguments]
    try:
        yield
    finally:
        sys.argv = before


@contextlib.contextmanager
def _environment(more: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    for name in [name for name in os.environ if name.startswith(("PALABRE_CONFIG", "PALABRE_DATA", "LANG"))]:
        del os.environ[name]
    os.environ.update(more)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
