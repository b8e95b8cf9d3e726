"""``palabre test``: everything that CI checks, from a checkout."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
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
    _prepare(terminal)
    failed = [] if pytest_arguments else [c[0] for c in CHECKS if not _passes(terminal, c)]
    chosen = ("--hypothesis-profile", WHOLE) if soak else ("-m", "not soak")
    pytest = (
        "pytest",
        "-n",
        str(WORKERS),
        "--dist",
        "loadfile",
        "--durations=40",
        *chosen,
        *pytest_arguments,
    )
    if not _passes(terminal, pytest):
        failed.append("pytest")
    if failed:
        raise CommandError(msg("Failed: {names}.", names=", ".join(failed)))
    terminal.say(msg("Everything passes."))


def _prepare(terminal: Terminal) -> None:
    log = _ROOT / ".venv-install.log"
    venv, constraints = synapse_venv(), shipped("synapse") / "constraints.txt"
    if needs_synapse(venv, constraints):
        with terminal.step(msg("Installing Synapse, the homeserver (once; a minute or two)")):
            asyncio.run(install_synapse(venv, constraints, log))
    with terminal.step(msg("Looking after the tests' Matrix client (matrix-js-sdk)")):
        asyncio.run(install_peer(_ROOT / "tests" / "peer", log))
    with terminal.step(msg("Looking after Caddy, the proxy of the tests")):
        asyncio.run(install_caddy(_ROOT / CADDY, log))
    with terminal.step(msg("Looking after promtool, which tests the alerts")):
        asyncio.run(install_promtool(_ROOT / PROMETHEUS, log))
    with terminal.step(msg("Looking after Chromium, the browser of the tests")):
        asyncio.run(install_chromium(log))
    with terminal.step(msg("Looking after systemd-analyze, which examines the units")):
        asyncio.run(install_systemd(log))
    with terminal.step(msg("Looking after PostgreSQL, the database of the tests")):
        asyncio.run(install_postgresql(log))


def _passes(terminal: Terminal, command: tuple[str, ...]) -> bool:
    """Run one tool of this virtual environment in the checkout."""
    terminal.line(f"— {' '.join(command)}")
    program = Path(sys.executable).parent / command[0]
    environment = {**os.environ, "PYTHONPATH": str(_ROOT)}
    done = subprocess.run(  # noqa: S603 - our own argument vector
        [str(program), *command[1:]], cwd=_ROOT, env=environment, stdin=subprocess.DEVNULL, check=False
    )
    return done.returncode == 0
