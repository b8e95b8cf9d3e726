"""What can go wrong in provisioning.

::

    PalabreError
    └── ProvisioningError
        ├── PlanOutOfDate       the digest given is not that of the plan as it is now
        ├── NothingAskedFor     rooms that somebody asks to archive or to take out of a list are not there
        ├── TooManyRemovals     it would take away, or add, more than may go unasked
        ├── HealthPortTaken     something else listens where the service's health should be
        ├── ProvisionerOutside  the provisioner has left a room of ours
        ├── AliasTaken          a room that is not ours has the alias of one of ours
        ├── AccountMismatch     an account of our own exists but its secret file does not fit
        ├── SessionEnded        the provisioner's token is no longer accepted
        ├── CannotRenew         the token is refused, and the registration secret is not here
        ├── RenewalRefused      the token is refused, and the homeserver gives no other
        ├── TokenRefused        a token is not one that Palabre may make its own (`provisioning.connection`)
        ├── NotAdministrator    the provisioner's account may not use the admin API
        ├── AccountMissing      there is no such account
        ├── AccountFound        somebody else has made the account that was to be made
        ├── AccountClosed       the account is deactivated, so it can be in no room
        ├── StillInRooms        an account that is taken over has not left its rooms yet
        ├── PersonBanned        a ban is never overridden
        ├── BotLeaves           the bot does not stay in a room that it is put into
        ├── NeedsKeepers        a safe room is not left to fewer than two keepers
        ├── NotAsDescribed      a safe room is not left before it is as described
        ├── NeedsRoom           a change needs a room that could not be made
        ├── ChangesFailed       some changes of a plan were not made
        └── Stopped             somebody has stopped an apply between two changes
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from community.core.errors import PalabreError
from community.core.messages import Message, msg, nmsg

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


class HealthPortTaken(ProvisioningError):
    """Something else listens where the service's health should be."""

    def __init__(self, port: int) -> None:
        super().__init__(
            msg("Port {port} for the provisioning service's health is taken.", port=port),
            msg("Name another under provisioning.http_port in settings.yaml."),
        )


class ProvisionerOutside(ProvisioningError):
    """The provisioner has left a room of ours."""

    def __init__(self, room: str, provisioner: str) -> None:
        super().__init__(
            msg("The provisioner's account is no longer in the room {room}.", room=room),
            msg(
                "A moderator in that room can invite {user_id} in Element; then apply again. If there is none: delete "
                "the room by Synapse's admin API, and apply makes another, empty one.",
                user_id=provisioner,
            ),
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


class NoOwnAccount(ProvisioningError):
    """Palabre has no account on the homeserver yet, or its secret was lost."""

    def __init__(self, user_id: str, path: object) -> None:
        super().__init__(
            msg(
                "Palabre does not have its account {user_id} yet: there is no {path}.",
                user_id=user_id,
                path=path,
            ),
            msg(
                "On a homeserver that was there already, run “palabre connect”; otherwise “palabre up” or “palabre "
                "apply” makes it. If it was there, put back your copy of the data folder's secrets."
            ),
        )


class SessionEnded(ProvisioningError):
    """The provisioner's token is no longer accepted: it was signed out, or its account was closed."""

    def __init__(self) -> None:
        super().__init__(
            msg("The provisioner's session has ended: the homeserver no longer accepts its token."),
            msg(
                "Run “palabre plan” or “palabre apply”: Palabre then gets another token with the registration secret."
            ),
        )


class CannotRenew(ProvisioningError):
    """The provisioner's token is no longer accepted, and there is nothing to get another one with."""

    def __init__(self, user_id: str, path: object, secret_path: object) -> None:
        super().__init__(
            msg(
                "The homeserver no longer accepts the token of {user_id} in {path}.",
                user_id=user_id,
                path=path,
            ),
            msg(
                "Put the registration secret into {secret_path}, or set a new password and write it into {path}.",
                path=path,
                secret_path=secret_path,
            ),
        )


class RenewalRefused(ProvisioningError):
    """The provisioner's token is no longer accepted, and the homeserver gives no other."""

    def __init__(self, user_id: str) -> None:
        super().__init__(
            msg("The homeserver lets nobody sign in as {user_id}.", user_id=user_id),
            msg("Open it again as an administrator, if it was closed; Palabre tries again in half an hour."),
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


class AccountFound(ProvisioningError):
    """Somebody else has made the account that was to be made."""

    def __init__(self, user_id: str) -> None:
        super().__init__(
            msg("Somebody has made the account {user_id} before Palabre could.", user_id=user_id),
            msg("“palabre plan” says what can be done: nothing is given to it until then."),
        )


class StillInRooms(ProvisioningError):
    """An account that was closed has not left its rooms yet, so it is not opened again."""

    def __init__(self, user_id: str) -> None:
        super().__init__(
            msg("The homeserver is still taking {user_id} out of its rooms.", user_id=user_id),
            msg("Run “palabre person reset-password {user_id}” again in a few minutes.", user_id=user_id),
        )


class AccountClosed(ProvisioningError):
    """The account is deactivated, so it can be in no room."""

    def __init__(self, user_id: str) -> None:
        super().__init__(msg("The account {user_id} is closed, so it can be in no room.", user_id=user_id))


class NoPasswordWhileClosed(ProvisioningError):
    """The account is closed: who is brought back gets a password then."""

    def __init__(self, user_id: str) -> None:
        super().__init__(
            msg("The account {user_id} is closed, so it gets no password.", user_id=user_id),
            msg("To open it again, with a new one: palabre apply --again {user_id}", user_id=user_id),
        )


class PersonBanned(ProvisioningError):
    """A ban is a decision of moderators, which Palabre never overrides."""

    def __init__(self, user_id: str) -> None:
        super().__init__(
            msg("{user_id} is banned from that room.", user_id=user_id),
            msg("A moderator can lift the ban in Element; then apply again."),
        )


class BotLeaves(ProvisioningError):
    """The bot was put into a room several times, and is not in it."""

    def __init__(self, key: str) -> None:
        super().__init__(
            msg("The bot was put into {room} and does not stay there.", room=key),
            msg("Start the bot anew, so that it runs this version of Palabre; then apply again."),
        )


class NeedsRoom(ProvisioningError):
    """A change needs a room that could not be made."""

    def __init__(self, key: str) -> None:
        super().__init__(msg("It needs the room {room}, which could not be made.", room=key))


class NeedsKeepers(ProvisioningError):
    """A safe room has fewer than two keepers in it, so the provisioner stays and nobody else is let in."""

    def __init__(self, key: str) -> None:
        super().__init__(
            msg("Two keepers must have joined {room} before anybody else is let in.", room=key),
            msg("Apply again; if it stays so, look whether its keepers are banned there or have left."),
        )


class NotAsDescribed(ProvisioningError):
    """A safe room is not as described yet; once the provisioner has left, nobody could mend it."""

    def __init__(self, key: str) -> None:
        super().__init__(
            msg("{room} is not as described yet, so the provisioner stays in it.", room=key),
            msg("Apply again: it is put right first, and then left to its keepers."),
        )


class NothingAskedFor(ProvisioningError):
    """What somebody asks for besides the description is not there."""


class TooManyRemovals(ProvisioningError):
    """The plan would take away, or add, more than may go unasked."""

    def __init__(self, excess: Message) -> None:
        super().__init__(
            msg("Nothing was changed: {excess}.", excess=excess),
            msg(
                "Look at the description (was a file cut off, a key changed?). If it is meant: palabre apply --force."
            ),
        )


class ChangesFailed(ProvisioningError):
    """Some changes of a plan were not made: ``failed`` with their reasons, ``left`` were not even tried.

    ``halted``: why they were not.
    """

    def __init__(
        self, failed: Sequence[tuple[Message, PalabreError]], left: int, halted: PalabreError | None
    ) -> None:
        super().__init__(_joined(list(_said(failed, left, halted))), _how_to_go_on(halted))
        self.failed = tuple(failed)
        self.left = left
        self.halted = halted


class Stopped(ProvisioningError):
    """Somebody has stopped an apply: what was under way was ended, ``left`` changes were not begun."""

    def __init__(self, left: int) -> None:
        super().__init__(
            nmsg("Stopped: {count} change is left.", "Stopped: {count} changes are left.", count=left),
            msg("Nothing is half done. “palabre apply” goes on from here."),
        )
        self.left = left


def _joined(parts: Sequence[Message]) -> Message:
    names = {f"part{i}": part for i, part in enumerate(parts)}
    return Message(" ".join(f"{{{name}}}" for name in names), names)


def _said(
    failed: Sequence[tuple[Message, PalabreError]], left: int, halted: PalabreError | None
) -> Iterator[Message]:
    if failed:
        reasons = [_reason(*failure) for failure in failed[:_REASONS_SHOWN]]
        more = [Message("…")] if len(failed) > _REASONS_SHOWN else []
        yield nmsg(
            "{count} change was not made: {reasons}",
            "{count} changes were not made: {reasons}",
            count=len(failed),
            reasons=_joined([*reasons, *more]),
        )
    elif halted is not None:
        yield halted.sentence
    if left:
        yield nmsg("{count} change was not tried.", "{count} changes were not tried.", count=left)


def _how_to_go_on(halted: PalabreError | None) -> Message:
    if halted is not None and halted.remedy is not None:
        return _joined([halted.remedy, msg("Then apply again: what was made is not made twice.")])
    return msg("The others were made. Apply again once the reason is mended.")


def _reason(what: Message, error: PalabreError) -> Message:
    return msg("{change}: {reason}", change=what, reason=error.sentence)
