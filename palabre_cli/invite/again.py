"""For a member who has come, and whose account the homeserver has lost: they can come once more, and nobody else."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from community.core.messages import msg
from community.description.data_folder import DataFolder
from matrix.ids import user_id
from palabre_cli.errors import CommandError
from palabre_cli.invite.described import described_member
from palabre_cli.stored import actor
from provisioning.apply_lock import apply_lock
from provisioning.provisioner import Provisioner, open_provisioner


async def take_back_arrival(config: Path, data: DataFolder, username: str) -> None:
    """Take back that somebody has come, as `take_back_by` does.

    Raises:
        CommandError: nobody is described so, or there is an account.
        DataFolderInUse: another process applies.
        DescriptionError, DataFolderError, StoreError, MatrixError, ProvisioningError.
    """
    async with (
        open_provisioner(config, data) as provisioner,
        apply_lock(provisioner.data, "palabre invite --again"),
    ):
        await take_back_by(await provisioner.in_force(), username, datetime.now(UTC))


async def take_back_by(applied: Provisioner, username: str, now: datetime) -> None:
    """Take back that somebody has come, once the homeserver has said that it has no account of that name.

    ``applied``: a provisioner of the community in force.

    Raises:
        CommandError: nobody is described so, or there is an account.
        StoreError, MatrixError, ProvisioningError.
    """
    described_member(username, applied.description.community)
    user = user_id(username, applied.settings.homeserver.server_name)
    there = await applied.homeserver.account(user)
    if there is not None:
        raise _has_account(username, is_open=there.closed is None)
    await applied.store.lost_accounts.take_back(user, by=actor(), at=now)


def _has_account(username: str, *, is_open: bool) -> CommandError:
    if is_open:
        return CommandError(
            msg("“{user}” has an account, so they need no other link.", user=username),
            msg(
                "Who has lost their password gets another: palabre person reset-password {user}.",
                user=username,
            ),
        )
    return CommandError(
        msg("“{user}” has an account, which somebody has closed.", user=username),
        msg("To open it again, with a new password: palabre apply --again {user}.", user=username),
    )
