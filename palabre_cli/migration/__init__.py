"""``palabre migrate``: from SQLite to PostgreSQL."""

from __future__ import annotations

import click

from palabre_cli.deferred import DeferredCommand


@click.group("migrate")
def migrate_command() -> None:
    """Move from SQLite to PostgreSQL: Palabre's store, and the homeserver's database."""


for _command in (
    DeferredCommand(
        "store",
        "palabre_cli.migration.store:store_command",
        "Copy Palabre's store into an empty database and compare both; nothing of Palabre runs meanwhile.",
    ),
    DeferredCommand(
        "homeserver",
        "palabre_cli.migration.homeserver:homeserver_command",
        "Copy Synapse's database into an empty one by Synapse's own tool and compare both; it is stopped meanwhile.",
    ),
):
    migrate_command.add_command(_command)
