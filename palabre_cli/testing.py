"""``palabre test``: everything that CI checks, from a checkout."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import click

from community.core.messages import msg
from palabre_cli.errors import CommandError
from palabre_cli.installers import (
    install_caddy,
    install_chromium,
    install_peer,
    install_postgresql,
    install_promtool,
    install_synapse,
    install_systemd,
    needs_synapse,
    synapse_venv,
)
from palabre_cli.options import shipped
from palabre_cli.terminal import Terminal

_ROOT = Path(__file__).parent.parent
CHECKS: tuple[tuple[str, ...], ...] = (
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "."),
    ("mypy",),
    ("lint-imports",),
)
WHOLE = "whole"
"""The profile of Hypothesis in which all examples are drawn."""
CADDY = ".caddy"
"""Where in the checkout the tests' Caddy is, where the system has none."""
PROMETHEUS = ".prometheus"
"""Where in the checkout the tests' `promtool` is, where the system has none."""
WORKERS = 5
"""Tests at once: more than the two cores that CI has, since many of them wait for a server. One has those that do not
(`tests/lib/order.py`)."""


@click.command("test", context_settings={"ignore_unknown_options": True})
@click.option("--soak", is_flag=True, help="Run the whole fault campaigns too (long).")
@click.argument("pytest_arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def test_command(context: click.Context, soak: bool, pytest_arguments: tuple[str, ...]) -> None:
    """Run every check and test; what follows is passed on to pytest (and leaves out the other checks)."""
    terminal: Terminal = context.obj
    if not (_ROOT / "tests").is_dir():
        raise CommandError(
            msg("The tests are not here: this is an installed Palabre."),
            msg("Run “./palabre test” in a checkout."),
        )
    checks = () if pytest_arguments else CHECKS
    chosen = ("--hypothesis-profile", WHOLE) if soak else ("-m", "not soak")
    tests = ("pytest", "-n", str(WORKERS), "--dist", "loadfile", "--durations=40", *chosen, *pytest_arguments)
    with checked_beside(terminal, checks) as passed:
        with terminal.step(msg("Looking after what the tests need (in a new checkout, a minute or two)")):
            asyncio.run(_prepare())
        terminal.line(f"— {' '.join(tests)}")
        tests_pass = _run(tests).returncode == 0
    # Once each, also where two commands of one program have failed.
    failed = list(dict.fromkeys(check[0] for check, each in passed if not each.result()))
    if not tests_pass:
        failed.append("pytest")
    if failed:
        raise CommandError(msg("Failed: {names}.", names=", ".join(failed)))
    terminal.say(msg("Everything passes."))


async def _prepare() -> None:
    """Install what is missing; Synapse beside the rest, of which each may need apt-get for itself."""
    log = _ROOT / ".venv-install.log"
    await asyncio.gather(
        _prepare_synapse(log), _prepare_programs(log.with_name(".venv-install.programs.log"))
    )


async def _prepare_synapse(log: Path) -> None:
    venv, constraints = synapse_venv(), shipped("synapse") / "constraints.txt"
    if needs_synapse(venv, constraints):
        await install_synapse(venv, constraints, log)


async def _prepare_programs(log: Path) -> None:
    await install_peer(_ROOT / "tests" / "peer", log)
    await install_caddy(_ROOT / CADDY, log)
    await install_promtool(_ROOT / PROMETHEUS, log)
    await install_chromium(log)
    await install_systemd(log)
    await install_postgresql(log)


@contextmanager
def checked_beside(
    terminal: Terminal, checks: Sequence[tuple[str, ...]]
) -> Iterator[list[tuple[tuple[str, ...], Future[bool]]]]:
    """Run checks one after another beside the block; give whether each passes. At its end all have ended.

    mypy computes for half a minute on one processor, while what is installed is mostly waited for. Each check's words
    are shown as one piece when it ends.
    """
    with ThreadPoolExecutor(1) as pool:
        try:
            yield [(check, pool.submit(_passes, terminal, check)) for check in checks]
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _passes(terminal: Terminal, check: tuple[str, ...]) -> bool:
    done = _run(check, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    said = (done.stdout or b"").decode(errors="replace")
    terminal.line(f"— {' '.join(check)}\n{said}".rstrip())
    return done.returncode == 0


def _run(
    command: Sequence[str], stdout: int | None = None, stderr: int | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run one tool of this virtual environment in the checkout."""
    program = Path(sys.executable).parent / command[0]
    environment = {**os.environ, "PYTHONPATH": str(_ROOT)}
    return subprocess.run(  # noqa: S603 - our own argument vector
        [str(program), *command[1:]],
        cwd=_ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        check=False,
    )
