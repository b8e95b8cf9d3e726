"""What `palabre doctor` finds of the data folder: who else can use it, and how much room there is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from community.core.disk import MEGABYTE
from community.core.doctor import Finding, State
from community.core.messages import msg, nmsg


def folder_findings(opened: Sequence[Path], free: int | None, least: int) -> tuple[Finding, ...]:
    """Return what there is to say; ``opened`` can be used by others, ``free`` and ``least`` are bytes."""
    return (_rights(opened), *(() if free is None else (_room(free, least),)))


def _rights(opened: Sequence[Path]) -> Finding:
    if not opened:
        return Finding("rights", State.OK, msg("The data folder is its owner's alone."))
    return Finding(
        "rights",
        State.FAULT,
        nmsg(
            "{count} file or folder of the data folder can be used by others on this computer: {path}.",
            "{count} files and folders of the data folder can be used by others on this computer, such as {path}.",
            count=len(opened),
            path=opened[0],
        ),
        msg(
            "Start Palabre again: it closes what is its own. What another user owns: chown it, then chmod go-rwx."
        ),
    )


def _room(free: int, least: int) -> Finding:
    megabytes = free // MEGABYTE
    if free >= least:
        return Finding("disk", State.OK, msg("The disk has room: {free} MB.", free=megabytes))
    return Finding(
        "disk",
        State.FAULT,
        msg(
            "The disk is nearly full: {free} MB are left, and {least} MB are the least.",
            free=megabytes,
            least=least // MEGABYTE,
        ),
        msg(
            "Make room. Until then “palabre up” takes no files; messages go on as long as the databases have room."
        ),
    )
