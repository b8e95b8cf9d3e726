"""Where the `palabre web` of `palabre up` listens: it notes its port, and takes the same one at its next start."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from community.core.errors import DataFolderError
from community.core.listening import LOOPBACK
from community.description.data_folder import DataFolder, read_private_json, write_private_json


def note_listening(file: Path, port: int) -> None:
    """Note that this process listens on a port of this computer.

    Raises:
        DataFolderError: it cannot be written.
    """
    write_private_json(file, {"pid": os.getpid(), "port": port})


def noted_port(file: Path) -> int | None:
    """Return the port that was noted last; None where there is none, or the file is damaged."""
    port = _noted(file).get("port")
    return port if isinstance(port, int) and 0 < port < 65536 else None


def is_noted_by(file: Path, pid: int) -> bool:
    """Whether the process with that id has noted its port."""
    return _noted(file).get("pid") == pid


def served_at(data: DataFolder) -> str | None:
    """Return the address at which the pages of a data folder are served on this computer; None where they are not."""
    port = noted_port(data.web_port)
    return None if port is None else f"http://{LOOPBACK}:{port}"


def _noted(file: Path) -> Mapping[str, Any]:
    """Return what the file says; one that somebody damaged is as good as none."""
    try:
        return read_private_json(file) or {}
    except DataFolderError:
        return {}
