"""Takes an invitation back."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from community.core.messages import Message, msg
from community.description.data_folder import DataFolder
from palabre_cli.errors import CommandError
from palabre_cli.stored import actor, opened


async def take_back(config: Path, data: DataFolder, number: int) -> Message:
    """Take the invitation of that number back; return what is said of it. Raises CommandError, StoreError."""
    async with opened(config, data) as store:
        link = await store.invitations.revoke(number, by=actor(), at=datetime.now(UTC))
    if link is None:
        raise CommandError(
            msg("There is no invitation {number}.", number=number),
            msg("“palabre invite --list” shows which there are."),
        )
    return msg("Invitation {number} is taken back: nobody can come by it any more.", number=number)
