"""Keeps what was decided for a message until it is carried out: one file for each event, deleted when all is done.

After a crash the message is read again. Deciding again could come to another result, because the store has changed
since: so the decision is written down before anything is done, and the next process carries out the same one. The
files hold the texts of replies; only the bot's account can read them.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import structlog

from bots.context.effects import EffectTypes
from bots.planned_reply import PlannedReply, from_json, to_json
from community.description.data_folder import write_private

log = structlog.get_logger()


class Journal:
    """The folder of these files. Two processes must not use it at once. ``folder`` is made where it is missing."""

    def __init__(self, folder: Path, types: EffectTypes) -> None:
        self._folder = folder
        self._types = types

    def find(self, event_id: str) -> PlannedReply | None:
        """Return what was decided for an event, None where nothing was written down."""
        try:
            return from_json(self._path(event_id).read_text(), self._types)[1]
        except FileNotFoundError:
            return None

    def keep(self, event_id: str, planned: PlannedReply) -> None:
        """Write down what was decided for an event; it is on the disk when this returns.

        Raises:
            DataFolderError: it cannot be written; nothing may be done then.
        """
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_private(self._path(event_id), to_json(event_id, planned, self._types).encode())

    def left(self) -> list[tuple[str, PlannedReply]]:
        """Return what was decided and not done, each with its event, the oldest first.

        What another Palabre has written otherwise is taken away: nobody can do it any more.
        """
        kept = []
        for path in sorted(self._folder.glob("*.json")):
            try:
                kept.append(from_json(path.read_text(), self._types))
            except (ValueError, LookupError, TypeError) as error:
                log.warning("decision_unreadable", kind=type(error).__name__)
                path.unlink(missing_ok=True)
        return sorted(kept, key=lambda each: each[1].at)

    def drop(self, event_id: str) -> None:
        """Forget what was decided for an event."""
        self._path(event_id).unlink(missing_ok=True)

    def _path(self, event_id: str) -> Path:
        return self._folder / f"{hashlib.sha256(event_id.encode()).hexdigest()[:40]}.json"
