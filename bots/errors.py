"""What can go wrong with the bots.

::

    PalabreError
    └── BotError
        ├── ForeignIdentity     the account's cross-signing keys on the server are not ours
        ├── IdentityRefused     the server did not take our keys or signatures
        ├── NoAccount           provisioning has not made the bot's account, or its password is wrong
        └── NotEncrypted        a room that must not be spoken in: its encryption is not known
"""

from __future__ import annotations

from community.errors import PalabreError
from community.messages import msg


class BotError(PalabreError):
    """A bot cannot go on."""


class ForeignIdentity(BotError):
    """Somebody else has replaced the account's cross-signing keys, or our seeds are lost."""

    def __init__(self, user_id: str, folder: object) -> None:
        super().__init__(
            msg(
                "The cross-signing keys of {user_id} on the homeserver are not those in {folder}.",
                user_id=user_id,
                folder=folder,
            ),
            msg(
                "Put back your copy of that folder. If you have replaced nothing yourself, somebody else has: "
                "change the account's password first."
            ),
        )


class IdentityRefused(BotError):
    """The server did not take our keys or signatures."""

    def __init__(self, user_id: str) -> None:
        super().__init__(
            msg("The homeserver did not accept the signature of {user_id}'s device.", user_id=user_id),
            msg("Start the bot again; if it stays so, look at the homeserver's log."),
        )


class NoAccount(BotError):
    """The bot cannot sign in."""

    def __init__(self, path: object) -> None:
        super().__init__(
            msg("The bot cannot sign in with {path}.", path=path),
            msg("Run “palabre up” or “palabre apply” first, or put back your copy of that file."),
        )


class NotEncrypted(BotError):
    """A message was not sent, because it would have gone out in clear."""

    def __init__(self, room_id: str) -> None:
        super().__init__(
            msg("Nothing was sent to {room_id}: it is not known to be encrypted.", room_id=room_id),
            msg("Run “palabre plan”: it names rooms whose encryption is missing."),
        )
