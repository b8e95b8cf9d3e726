"""The processes of Palabre's own that `palabre up` starts, and how each says that it is ready."""

from __future__ import annotations

import sys
from pathlib import Path

from community.description.data_folder import DataFolder
from community.feeds.listening import is_noted_by
from palabre_cli.supervisor import ChildSpec, ReadyProbe


def own_child(name: str, config: Path, data: DataFolder) -> ChildSpec:
    """Return how the bot (`bots`) or the service (`serve`) is run: it is ready once it has written its id."""
    ready = data.ready_file(name)

    async def is_ready(pid: int) -> bool:
        return ready.exists() and ready.read_text().strip() == str(pid)

    return _child(name, config, data, ("--data", str(data.root)), is_ready)


def pages_child(config: Path, data: DataFolder, port: int | None) -> ChildSpec:
    """Return how feeds and invitations are served, on this computer alone; ``port``: see `WebSettings`."""
    note = data.web_port

    async def is_ready(pid: int) -> bool:
        return is_noted_by(note, pid)

    wanted = () if port is None else ("--port", str(port))
    folders = (
        "--feeds",
        str(data.feeds),
        "--invitations",
        str(data.invitations),
        "--desk",
        str(data.joining),
    )
    return _child("web", config, data, (*folders, "--note", str(note), *wanted), is_ready)


def _child(
    name: str, config: Path, data: DataFolder, options: tuple[str, ...], is_ready: ReadyProbe
) -> ChildSpec:
    return ChildSpec(
        name=f"palabre {name}",
        command=(sys.executable, "-P", "-m", "palabre_cli", name, "--config", str(config), *options),
        log=data.logs / f"{name}.log",
        cwd=data.root,
        is_ready=is_ready,
    )
