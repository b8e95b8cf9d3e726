"""What `palabre doctor` finds at the desk where people who were invited get their accounts."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

from community.core.doctor import Finding, State
from community.core.messages import msg
from community.core.unix_sockets import short_path
from community.description.data_folder import SERVE_LOCK, DataFolder
from community.joining.desk import socket_in

_PATIENCE = 5.0
"""Seconds."""


def desk_findings(data: DataFolder) -> Iterator[Finding]:
    """Look whether somebody listens at the desk, while the provisioning service runs here."""
    if data.holder(SERVE_LOCK) is None:
        return
    path = socket_in(data.joining)
    if _is_listening(path):
        yield Finding("desk", State.OK, msg("People who were invited can get their accounts."))
        return
    yield Finding(
        "desk",
        State.FAULT,
        msg("Nobody who was invited can get an account: nothing listens at {path}.", path=path),
        msg("Look into the log of “palabre serve” for “desk_not_served”, then start it anew."),
    )


def _is_listening(path: Path) -> bool:
    try:
        with short_path(path) as name, socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
            asking.settimeout(_PATIENCE)
            asking.connect(name)
    except OSError:
        return False
    return True
