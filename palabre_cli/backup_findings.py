"""What `palabre doctor` says of backups. Pure."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from community.core.doctor import Finding, State
from community.core.messages import msg, nmsg
from community.description.backups import OLD


def backup_finding(*, has_keys: bool, folder: Path, newest: datetime | None, now: datetime) -> Finding:
    """Return the finding. ``has_keys``: backups are encrypted to somebody; ``newest``: when it was made."""
    remedy = msg("Have “palabre backup” run every night (docs/operator.md, “Back up”).")
    if not has_keys:
        return Finding("backup", State.WARNING, msg("No backups are made."), remedy)
    if newest is None:
        sentence = msg("From here no backup is seen in {folder}.", folder=folder)
        return Finding("backup", State.WARNING, sentence, remedy)
    age = now - newest
    if age > OLD:
        sentence = nmsg(
            "The newest backup is {count} day old.", "The newest backup is {count} days old.", count=age.days
        )
        return Finding("backup", State.WARNING, sentence, remedy)
    return Finding(
        "backup", State.OK, msg("The newest backup is of {day}.", day=f"{newest:%Y-%m-%d %H:%M} UTC")
    )
