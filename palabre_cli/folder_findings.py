"""What `palabre doctor` finds of the folders: who else can use them, and how much room there is."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from community.core.disk import MEGABYTE
from community.core.doctor import Finding, State
from community.core.messages import msg, nmsg


def description_findings(changeable: Sequence[Path], readable: Path | None) -> tuple[Finding, ...]:
    """Return what there is to say of the description's files.

    Others can write into ``changeable``; they can read ``readable``, the file of a password.
    """
    found = []
    if changeable:
        said = nmsg(
            "{count} file or folder of the description can be changed by others on this computer: {path}.",
            "{count} files and folders of the description can be changed by others on this computer, such as {path}.",
            count=len(changeable),
            path=changeable[0],
        )
        # The shell's own quoting: one line that can be copied.
        files = " ".join(shlex.quote(str(path)) for path in changeable)
        remedy = msg(
            "Whoever can change it decides who is in which room, and who is a coordinator. Mend it: chmod go-w {files}",
            files=files,
        )
        found.append(Finding("rights/description", State.WARNING, said, remedy))
    if readable is not None:
        found.append(
            Finding(
                "rights/settings",
                State.WARNING,
                msg(
                    "{path} has the database's password, and others on this computer can read it.",
                    path=readable,
                ),
                msg("Mend it: chmod go-rwx {files}", files=shlex.quote(str(readable))),
            )
        )
    return tuple(found)


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
            "Start Palabre again: it closes what is its own. What another user owns: chown it, then chmod go-rwx, such "
            "as: chmod go-rwx {path}",
            path=shlex.quote(str(opened[0])),
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
