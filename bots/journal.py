"""What was decided and is not carried out yet: a file for each event, gone when all of it is done.

A message is read again after a crash. Where it has changed something, deciding again what to reply would come to
something else: so the decision is written down first, and found again. The files are the bot's alone; they have the
words of replies in them and live for the moment in which these are sent.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from bots.outcome import Outcome, from_json, to_json
from community.data_folder import write_private


class Journal:
    """Not for more than one process. ``folder`` is made where it is missing."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, event_id: str) -> Outcome | None:
        """Return what was decided for an event, None where nothing was written down."""
        try:
            return from_json(self._path(event_id).read_text())
        except FileNotFoundError:
            return None

    def keep(self, event_id: str, outcome: Outcome) -> None:
        """Write down what was decided for an event; it is on the disk when this returns.

        Raises:
            OSError: it cannot be written.
        """
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_private(self._path(event_id), to_json(outcome).encode())
        descriptor = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def drop(self, event_id: str) -> None:
        """Forget what was decided for an event."""
        self._path(event_id).unlink(missing_ok=True)

    def _path(self, event_id: str) -> Path:
        return self._folder / f"{hashlib.sha256(event_id.encode()).hexdigest()[:40]}.json"
