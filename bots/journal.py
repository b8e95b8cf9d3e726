"""What was decided and is not carried out yet: a file for each event, gone when all of it is done.

A message is read again after a crash. Where it has changed something, deciding again what to reply would come to
something else: so the decision is written down first, and found again. The files are the bot's alone; they have the
words of replies in them and live for the moment in which these are sent.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import structlog

from bots.outcome import Outcome, from_json, to_json
from community.description.data_folder import write_private

log = structlog.get_logger()


class Journal:
    """Not for more than one process. ``folder`` is made where it is missing."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, event_id: str) -> Outcome | None:
        """Return what was decided for an event, None where nothing was written down."""
        try:
            return from_json(self._path(event_id).read_text())[1]
        except FileNotFoundError:
            return None

    def keep(self, event_id: str, outcome: Outcome) -> None:
        """Write down what was decided for an event; it is on the disk when this returns.

        Raises:
            DataFolderError: it cannot be written; nothing may be done then.
        """
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_private(self._path(event_id), to_json(event_id, outcome).encode())

    def left(self) -> list[tuple[str, Outcome]]:
        """Return what was decided and not done, each with its event, the oldest first.

        What another Palabre has written otherwise is taken away: nobody can do it any more.
        """
        kept = []
        for path in sorted(self._folder.glob("*.json")):
            try:
                kept.append(from_json(path.read_text()))
            except (ValueError, LookupError, TypeError) as error:
                log.warning("decision_unreadable", kind=type(error).__name__)
                path.unlink(missing_ok=True)
        return sorted(kept, key=lambda each: each[1].at)

    def drop(self, event_id: str) -> None:
        """Forget what was decided for an event."""
        self._path(event_id).unlink(missing_ok=True)

    def _path(self, event_id: str) -> Path:
        return self._folder / f"{hashlib.sha256(event_id.encode()).hexdigest()[:40]}.json"
