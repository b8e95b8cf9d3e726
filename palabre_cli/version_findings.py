"""What `palabre doctor` finds of versions: of the homeserver and of Python. Pure."""

from __future__ import annotations

import re

from community.core.doctor import Finding, State
from community.core.messages import msg

OLDEST_SYNAPSE = (1, 136)
"""The first in which all that Palabre needs is there: rooms of version 12."""
NEWEST_PYTHON = (3, 14)
"""The newest that Palabre is tried with; the oldest is what its installation asks for."""


def synapse_finding(version: str, tested: str) -> Finding:
    """Say how a Synapse suits; ``tested`` is the version that Palabre is tried with."""
    found = _number(version)
    if found < OLDEST_SYNAPSE:
        return Finding(
            "versions/synapse",
            State.FAULT,
            msg("Synapse {version} is too old for Palabre.", version=version),
            msg("Update it to {tested}, with which Palabre is tested.", tested=tested),
        )
    if found < _number(tested):
        return Finding(
            "versions/synapse",
            State.WARNING,
            msg(
                "Synapse {version} is older than {tested}, with which Palabre is tested.",
                version=version,
                tested=tested,
            ),
            msg("Update it: newer versions have fewer holes."),
        )
    return Finding(
        "versions/synapse",
        State.OK,
        msg(
            "The homeserver is Synapse {version}; Palabre is tested with {tested}.",
            version=version,
            tested=tested,
        ),
    )


def _number(version: str) -> tuple[int, ...]:
    """Return the first two numbers of a version such as 1.163.0rc1."""
    return tuple(int(part) for part in re.findall(r"\d+", version)[:2])


def python_finding(version: tuple[int, int]) -> Finding:
    """Say whether Palabre is tried with this Python."""
    text = ".".join(map(str, version))
    if version <= NEWEST_PYTHON:
        return Finding("versions/python", State.OK, msg("Python {version} runs Palabre.", version=text))
    return Finding(
        "versions/python",
        State.WARNING,
        msg("Python {version} is newer than what Palabre is tried with.", version=text),
        msg(
            "If something is strange, install Python {newest} and start Palabre with it.",
            newest=".".join(map(str, NEWEST_PYTHON)),
        ),
    )
