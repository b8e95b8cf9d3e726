"""The errors of the command line.

::

    PalabreError
    ├── DescriptionError
    │   ├── ImportRefused       files cannot be taken into the directory
    │   └── NobodyInvited       a table of people to invite has mistakes
    └── CommandError
        ├── UnknownKey          the description has no such city, theme, role
        ├── NotFilledIn         the description has still the examples of `palabre init`
        ├── PortTaken           something else listens there
        ├── ChildFailed         a child process ended before it was ready
        ├── InstallationFailed  pip, npm or apt-get did not succeed
        ├── ForeignPackage      a package is another than the one whose hash is locked
        └── ForeignEnvironment  a virtual environment is another's, and is not emptied
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from community.core.errors import DescriptionError, PalabreError, Problem
from community.core.messages import Message, msg, nmsg
from community.core.plain_text import one_line
from community.core.problems import nearest


class CommandError(PalabreError):
    """The command cannot go on."""


class UnknownKey(CommandError):
    """A key was given that the description does not have."""

    def __init__(self, kind: Message, key: str, known: Collection[str]) -> None:
        likely, shown = nearest(key, known), one_line(key)
        super().__init__(
            msg("“{key}” is not a key of the description ({kind}).", key=shown, kind=kind)
            if likely is None
            else msg(
                "“{key}” is not a key of the description ({kind}): did you mean “{likely}”?",
                key=shown,
                kind=kind,
                likely=likely,
            ),
            msg("Known keys: {keys}.", keys=", ".join(sorted(known))),
        )


class NotFilledIn(CommandError):
    """The description has still the examples of `palabre init`, in these lines, and would be applied for good."""

    def __init__(self, file: Path, lines: Sequence[int]) -> None:
        super().__init__(
            msg(
                "{file} is not filled in yet: examples of “palabre init” stand in it (lines: {lines}), and user names "
                "and keys can never change.",
                file=file,
                lines=", ".join(map(str, lines)),
            ),
            msg(
                "Write there what “palabre check” says, then try again; where an example is meant, delete “# FILL IN” "
                "above it."
            ),
        )


class PortTaken(CommandError):
    """Something else listens on the port."""

    def __init__(self, port: int) -> None:
        super().__init__(
            msg("Port {port} is taken by another program.", port=port),
            msg("Stop that one, or choose another port with --port."),
        )


class ChildFailed(CommandError):
    """A child process ended, or was not ready in time."""

    def __init__(self, name: str, log: Path, reason: str = "") -> None:
        detail = msg(" Its last words: {reason}", reason=reason) if reason else Message("")
        super().__init__(
            msg("{name} could not be started.{detail}", name=name, detail=detail),
            msg("Its log is {log}.", log=log),
        )


class InstallationFailed(CommandError):
    """An installer did not succeed; ``command`` is what a person with the rights for it may run."""

    def __init__(self, what: str, log: Path, command: str | None = None) -> None:
        remedy = (
            msg(
                "Look whether the network is there and the disk has room; {log} has the installer's words.",
                log=log,
            )
            if command is None
            else msg("Install it with: {command}", command=command)
        )
        super().__init__(msg("{what} could not be installed.", what=what), remedy)


class ForeignPackage(CommandError):
    """A package is another than the one whose hash is locked."""

    def __init__(self, what: str, log: Path) -> None:
        super().__init__(
            msg(
                "A package of {what} is not the one that Palabre was tested with: nothing was installed.",
                what=what,
            ),
            msg(
                "Somebody may have changed it: do not go on, tell whoever gave you Palabre ({log} has it all).",
                log=log,
            ),
        )


class ForeignEnvironment(CommandError):
    """The environment has a virtual environment for Synapse that is not ours to empty.

    ``found``: what is in it; ``needed``: the version of Synapse that this Palabre is tested with.
    """

    def __init__(self, venv: Path, found: Message, needed: str, variable: str) -> None:
        super().__init__(
            msg(
                "{folder} has {found}, and this Palabre needs Synapse {needed} as it was tested: nothing was changed "
                "there, since others may use it.",
                folder=venv,
                found=found,
                needed=needed,
            ),
            msg(
                "Unset {variable}, or have it name a folder that is not there yet; if nobody uses that one any more, "
                "delete it, then try again.",
                variable=variable,
            ),
        )


class ImportRefused(DescriptionError):
    """Files cannot be taken into the directory; ``problems`` has each reason."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(problems)
        self.sentence = nmsg(
            "The files have {count} problem, and nothing was changed.",
            "The files have {count} problems, and nothing was changed.",
            count=len(self.problems),
        )


class NobodyInvited(DescriptionError):
    """A table of people to invite has mistakes; ``problems`` has each."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(problems)
        self.sentence = nmsg(
            "The table has {count} problem, and nobody was invited.",
            "The table has {count} problems, and nobody was invited.",
            count=len(self.problems),
        )
