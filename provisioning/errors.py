"""What can go wrong in provisioning.

::

    PalabreError
    └── ProvisioningError
        ├── PlanOutOfDate       the digest given is not that of the plan as it is now
        ├── AliasTaken          a room that is not ours has the alias of one of ours
        ├── AccountMismatch     an account of our own exists but its secret file does not fit
        ├── SessionEnded        the provisioner's token is no longer accepted
        ├── NotAdministrator    the provisioner's account may not use the admin API
        ├── AccountMissing      there is no such account
        ├── AccountClosed       the account is deactivated, so it can be in no room
        ├── PersonBanned        a ban is never overridden
        ├── NeedsRoom           a change needs a room that could not be made
        └── ChangesFailed       some changes of a plan were not made
"""

from __future__ import annotations

from collections.abc import Sequence

from community.errors import PalabreError
from community.messages import Message, msg, nmsg

_REASONS_SHOWN = 5


class ProvisioningError(PalabreError):
    """Provisioning cannot go on."""


class PlanOutOfDate(ProvisioningError):
    """Something changed since the plan was shown."""

    def __init__(self, digest: str) -> None:
        super().__init__(
            msg(
                "There is no plan {digest} any more: the description or the homeserver has changed.",
                digest=digest,
            ),
            msg("Run “palabre plan” again, read it, and apply its digest."),
        )


class AliasTaken(ProvisioningError):
    """The alias of a room of ours belongs to a room that is not ours."""

    def __init__(self, alias: str) -> None:
        super().__init__(
            msg("The alias {alias} belongs to a room that Palabre did not make.", alias=alias),
            msg("Remove that alias from that room, then apply again."),
        )


class AccountMismatch(ProvisioningError):
    """An account of our own that we cannot sign in to."""

    def __init__(self, user_id: str, path: object) -> None:
        super().__init__(
            msg("{path} does not open the account {user_id}.", user_id=user_id, path=path),
            msg(
                "Put back your copy of the data folder's secrets, or give Palabre another user name in settings.yaml."
            ),
        )


class SessionEnded(ProvisioningError):
    """The provisioner's token is no longer accepted: it was signed out, or its account was locked or closed."""

    def __init__(self) -> None:
        super().__init__(
            msg("The provisioner's session has ended: the homeserver no longer accepts its token."),
            msg("Run the command again: Palabre then signs in anew with the password in its data folder."),
        )


class NotAdministrator(ProvisioningError):
    """The provisioner's account may not use the admin API."""

    def __init__(self, user_id: str) -> None:
        super().__init__(
            msg("The account {user_id} must be an administrator of the homeserver.", user_id=user_id),
            msg("Make it one (in Synapse's admin API: “admin: true”), then try again."),
        )


class AccountMissing(ProvisioningError):
    """There is no such account."""

    def __init__(self, user_id: str) -> None:
        super().__init__(msg("There is no account {user_id} on the homeserver.", user_id=user_id))


class AccountClosed(ProvisioningError):
    """The account is deactivated, so it can be in no room."""

    def __init__(self, user_id: str) -> None:
        super().__init__(msg("The account {user_id} is closed, so it can be in no room.", user_id=user_id))


class PersonBanned(ProvisioningError):
    """A ban is a decision of moderators, which Palabre never overrides."""

    def __init__(self, user_id: str) -> None:
        super().__init__(
            msg("{user_id} is banned from that room.", user_id=user_id),
            msg("A moderator can lift the ban in Element; then apply again."),
        )


class NeedsRoom(ProvisioningError):
    """A change needs a room that could not be made."""

    def __init__(self, key: str) -> None:
        super().__init__(msg("It needs the room {room}, which could not be made.", room=key))


class ChangesFailed(ProvisioningError):
    """Some changes of a plan were not made."""

    def __init__(self, reasons: Sequence[tuple[Message, PalabreError]]) -> None:
        shown = {
            f"reason{i}": _reason(what, error) for i, (what, error) in enumerate(reasons[:_REASONS_SHOWN])
        }
        listed = Message(" ".join(f"{{{name}}}" for name in shown), shown)
        super().__init__(
            nmsg(
                "{count} change was not made: {reasons}",
                "{count} changes were not made: {reasons}",
                count=len(reasons),
                reasons=listed,
            ),
            msg("The others were made. Apply again once the reason is mended."),
        )
        self.reasons = tuple(reasons)


def _reason(what: Message, error: PalabreError) -> Message:
    return msg("{change}: {reason}", change=what, reason=error.sentence)
