"""Prints errors: our own (`PalabreError`) as sentences; any other with the file that has its traceback."""

from __future__ import annotations

import os
import tempfile
import traceback
from pathlib import Path

from community.core.errors import PalabreError
from community.core.messages import msg
from palabre_cli.terminal import Terminal


def explain(error: Exception, terminal: object) -> bool:
    """Print an error, on ``terminal`` if one is open; return whether it is a `PalabreError`."""
    said = error if isinstance(error, PalabreError) else _fault(error)
    (terminal if isinstance(terminal, Terminal) else Terminal.open()).explain(said)
    return said is error


def _fault(error: Exception) -> PalabreError:
    """Write the traceback to a private file and return a sentence that names the file."""
    handle, name = tempfile.mkstemp(prefix="palabre-fault-", suffix=".txt")
    with os.fdopen(handle, "w") as file:
        file.writelines(traceback.format_exception(error))
    return PalabreError(
        msg("Something went wrong inside Palabre; this is a fault of ours."),
        msg("Please report it with the file {file}.", file=Path(name)),
    )
