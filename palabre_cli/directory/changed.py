"""``palabre directory history`` and ``undo``."""

from __future__ import annotations

from community.directory.entry import DIRECTORY_KINDS
from palabre_cli.past import EntryPart, history_command_of, undo_command_of

_DIRECTORY = EntryPart("directory", DIRECTORY_KINDS, "Only contacts, resources or projects.")
history_command = history_command_of(_DIRECTORY)
undo_command = undo_command_of(_DIRECTORY)
