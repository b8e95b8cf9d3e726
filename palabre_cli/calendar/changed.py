"""``palabre calendar history`` and ``undo``."""

from __future__ import annotations

from community.directory.entry import CALENDAR_KINDS
from palabre_cli.past import EntryPart, history_command_of, undo_command_of

_CALENDAR = EntryPart("calendar", CALENDAR_KINDS, "Only events or deadlines.")
history_command = history_command_of(_CALENDAR)
undo_command = undo_command_of(_CALENDAR)
