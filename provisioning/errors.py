"""What can go wrong in provisioning.

::

    PalabreError
    └── ProvisioningError
        ├── PlanOutOfDate       the digest given is not that of the plan as it is now
        ├── AliasTaken          a room that is not ours has the alias of one of ours
        ├── AccountMismatch     an account of our own exists but its secret file does not fit
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
