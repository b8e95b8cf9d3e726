"""Reads what older versions of Palabre kept of decisions: a folder with a file for each event. They are jobs now."""

from __future__ import annotations

import shutil
from pathlib import Path

import structlog

from bots.context.effects import EffectTypes
from bots.planned_reply import PlannedReply, from_json
from community.description.data_folder import unwritable

log = structlog.get_logger()


def read_journal(folder: Path, types: EffectTypes) -> list[tuple[str, PlannedReply]]:
    """Return what was decided and not done, each with its event, the oldest first.

    What is written otherwise is left out: nobody can do it any more.

    Raises:
        DataFolderError: a file cannot be read.
    """
    kept = []
    try:
        for path in folder.glob("*.json"):
            try:
                kept.append(from_json(path.read_text(), types))
            except (ValueError, LookupError, TypeError) as error:
                log.warning("decision_unreadable", kind=type(error).__name__)
    except OSError as error:
        raise unwritable(folder, error) from error
    return sorted(kept, key=lambda each: each[1].at)


def delete_journal(folder: Path) -> None:
    """Delete the folder, also what processes that were killed while they wrote have left in it.

    Raises:
        DataFolderError: it cannot be deleted. What is in it would be carried out again by each next process.
    """
    try:
        if folder.exists():
            shutil.rmtree(folder)
    except OSError as error:
        raise unwritable(folder, error) from error
