"""``palabre calendar``: the events and deadlines of the store, shown and out, and who changed what."""

from __future__ import annotations

import click

from palabre_cli.deferred import DeferredCommand


@click.group("calendar")
def calendar_command() -> None:
    """Show the calendar, also as a month, take it out and in, and say who changed what."""


for _command in (
    DeferredCommand(
        "list",
        "palabre_cli.calendar.showing:list_command",
        "List what takes place and what is due, of four weeks from today.",
    ),
    DeferredCommand(
        "next",
        "palabre_cli.calendar.showing:next_command",
        "Say what comes next.",
    ),
    DeferredCommand(
        "month",
        "palabre_cli.calendar.showing:month_command",
        "Draw a month (2026-12; without it this one), and list its dates below.",
    ),
    DeferredCommand(
        "import",
        "palabre_cli.calendar.bringing:import_command",
        "Show what a calendar file (.ics) or address would change; with DIGEST or --yes take it in.",
    ),
    DeferredCommand(
        "export",
        "palabre_cli.calendar.giving:export_command",
        "Write the whole calendar: the same bytes for the same data.",
    ),
    DeferredCommand(
        "feed",
        "palabre_cli.calendar.feed:feed_group",
        "Make addresses at which the calendar is read by calendar programs and as a page, list and revoke them.",
    ),
    DeferredCommand(
        "history",
        "palabre_cli.calendar.changed:history_command",
        "Say who changed which entry (or the one of that KEY), and how; the newest first.",
    ),
    DeferredCommand(
        "undo",
        "palabre_cli.calendar.changed:undo_command",
        "Take back changes by their NUMBER in the history (412, or 412-420), unless the entry was changed since.",
    ),
):
    calendar_command.add_command(_command)
