"""The command line of Docker Compose, as far as the documents use it.

By https://docs.docker.com/reference/cli/docker/compose/: there is no Docker where the tests run.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(
    re.sub(r"\$\{[A-Z_]+:-([^}]*)\}", r"\1", (ROOT / "docker-compose.yml").read_text())
)["services"]
_FLAGS = {
    "up": {"--build", "--detach", "--force-recreate"},
    "down": set(),
    "build": set(),
    "stop": set(),
    "restart": set(),
    "logs": set(),
    "exec": set(),
    "run": {"--rm"},
}
"""Commands, and those of their options that have no value."""
_OF_ONE_SERVICE = ("exec", "run")
"""Commands that run another one in the container of a service."""


@dataclass(frozen=True)
class ComposeCall:
    """What Compose is asked for."""

    command: str
    services: tuple[str, ...] = ()
    """None named: all of its profiles."""
    words: tuple[str, ...] = ()
    """What is to be run in the container; none: what the service runs."""
    profiles: tuple[str, ...] = ()
    env_file: str | None = None
    volumes: tuple[str, ...] = ()


def compose_call(words: Sequence[str]) -> ComposeCall:
    """Read the words behind ``docker compose``.

    Raises:
        ValueError: Compose has no such option or command, or docker-compose.yml no such service or profile.
    """
    options, rest = _options(list(words), values={"--env-file", "--profile", "--file"}, flags=set())
    command, *rest = rest
    if command not in _FLAGS:
        raise ValueError(f"docker compose has no command {command}")
    own, rest = _options(rest, values={"--volume"} if command == "run" else set(), flags=_FLAGS[command])
    services, inner = (rest[:1], rest[1:]) if command in _OF_ONE_SERVICE else (rest, [])
    profiles = tuple(options.get("--profile", ()))
    known = {name for service in SERVICES.values() for name in service.get("profiles", ())}
    unknown = {*services} - SERVICES.keys() | {*profiles} - known
    if unknown or (command in _OF_ONE_SERVICE and not services) or (command == "exec" and not inner):
        raise ValueError(f"docker compose {command}: {unknown or 'a service and a command are missing'}")
    env_files = options.get("--env-file", [None])
    return ComposeCall(
        command, tuple(services), tuple(inner), profiles, env_files[-1], tuple(own.get("--volume", ()))
    )


def _options(words: list[str], values: set[str], flags: set[str]) -> tuple[dict[str, list[Any]], list[str]]:
    """Take the options at the beginning; return them and what is left."""
    found: dict[str, list[Any]] = {}
    while words and words[0].startswith("-"):
        name = words.pop(0)
        if name in values:
            found.setdefault(name, []).append(words.pop(0))
        elif name not in flags:
            raise ValueError(f"docker compose has no option {name} there")
    return found, words
