"""What can go wrong with the bots.

::

    PalabreError
    └── BotError
        ├── CryptoStoreDamaged  the crypto store cannot be read: a new device takes its place
        ├── CryptoStoreForeign  the crypto store is another device's
        ├── CryptoStoreUnwritable  the crypto store cannot be written (disk full)
        ├── DeviceElsewhere     a copy of the data folder is running somewhere else
        ├── ForeignIdentity     the account's cross-signing keys on the server are not ours
        ├── HistoryNotUploaded  the homeserver takes no file with a room's earlier keys now
        ├── HistoryNotWritten   this machine has no room for such a file
        ├── IdentityRefused     the server did not take our keys or signatures
        ├── IdentityUnreadable  the seeds of the identity cannot be opened
        ├── MetricsPortTaken    something else listens on the metrics' port
        ├── NoAccount           provisioning has not made the bot's account, or its password is wrong
        ├── NotEncrypted        a room that must not be spoken in: its encryption is not known
        ├── NothingStored       there is no secret storage that a recovery key could open
        ├── OtherBackup         the key backup on the homeserver is not the one that the recovery key opens
        ├── OtherIdentityStored the identity in secret storage is not the published one
        ├── PostedElsewhere     another process is posting the same message
        ├── RecoveryKeyMistyped what was typed is no recovery key
        ├── RecoveryKeyWrong    it is a recovery key, but not the one of this secret storage
        └── SecretUnreadable    a secret on the homeserver is damaged or was put there by somebody else
"""

from __future__ import annotations

from community.core.errors import PalabreError
from community.core.messages import msg


class BotError(PalabreError):
    """A bot cannot go on."""


class CryptoStoreDamaged(BotError):
    """The crypto store cannot be read."""

    def __init__(self, path: object) -> None:
        super().__init__(
            msg("The crypto store {path} is damaged.", path=path),
            msg("Start the bot again: it sets it aside and becomes a new device under the same identity."),
        )


class CryptoStoreForeign(BotError):
    """The crypto store belongs to another device: two copies of one device would make both unreadable."""

    def __init__(self, path: object, device_id: str) -> None:
        super().__init__(
            msg("The crypto store {path} is not that of device {device_id}.", path=path, device_id=device_id),
            msg("Move that file away and start again: the bot becomes a new device under the same identity."),
        )


class CryptoStoreUnwritable(BotError):
    """The crypto store cannot be written; nothing that depends on it is sent."""

    def __init__(self, path: object, reason: str) -> None:
        super().__init__(
            msg("The crypto store {path} cannot be written: {reason}.", path=path, reason=reason),
            msg("Make room on the disk or give back the rights to the file; the bot then goes on by itself."),
        )


class DeviceElsewhere(BotError):
    """The bot's device is in use with a copy of its crypto store: both together would be unreadable."""

    def __init__(self, device_id: str) -> None:
        super().__init__(
            msg(
                "The bot's device {device_id} is running somewhere else, with a copy of this data folder.",
                device_id=device_id,
            ),
            msg("Stop one of the two, and delete its copy of the folder bot-crypto."),
        )


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


class HistoryNotUploaded(BotError):
    """The file with a room's earlier keys, for somebody who was invited, could not be uploaded now."""

    def __init__(self, errcode: str) -> None:
        super().__init__(
            msg("The homeserver takes no file with a room's earlier keys now: {errcode}.", errcode=errcode),
            msg(
                "The bot tries again by itself, and whoever has come can read what was said before then. If it goes on,"
                " make room on the homeserver's disk, or raise max_upload_size and media_upload_limits there."
            ),
        )


class HistoryNotWritten(BotError):
    """The file with a room's earlier keys, for somebody who was invited, could not be written before its upload."""

    def __init__(self, folder: object, reason: str) -> None:
        super().__init__(
            msg(
                "A room's earlier keys cannot be written into {folder}: {reason}.",
                folder=folder,
                reason=reason,
            ),
            msg(
                "Make room on the disk. The bot tries again by itself, and whoever has come can read what was said"
                " before then."
            ),
        )


class IdentityRefused(BotError):
    """The server did not take our keys or signatures."""

    def __init__(self, user_id: str) -> None:
        super().__init__(
            msg("The homeserver did not accept the signature of {user_id}'s device.", user_id=user_id),
            msg("Start the bot again; if it stays so, look at the homeserver's log."),
        )


class IdentityUnreadable(BotError):
    """The sealed seeds cannot be opened: their key is another's or lost, or the file is damaged."""

    def __init__(self, path: object) -> None:
        super().__init__(
            msg("The bot's identity in {path} cannot be opened.", path=path),
            msg("Put your copy of recovery.json into the same folder, then start again."),
        )


class MetricsPortTaken(BotError):
    """Something else listens where the metrics should be."""

    def __init__(self, port: int) -> None:
        super().__init__(
            msg("Port {port} for the bot's metrics is taken.", port=port),
            msg("Name another under bots.metrics_port in settings.yaml."),
        )


class NoAccount(BotError):
    """The bot cannot sign in."""

    def __init__(self, path: object) -> None:
        super().__init__(
            msg("The bot cannot sign in with {path}.", path=path),
            msg("Run “palabre up” or “palabre apply” first, or put back your copy of that file."),
        )


class NoIdentity(BotError):
    """A data folder may not be the bot's: it has neither an identity nor a crypto store."""

    def __init__(self, folder: object) -> None:
        super().__init__(
            msg("{folder} has neither the bot's identity nor its keys.", folder=folder),
            msg(
                "Where the bot has a data folder of its own (containers, services), run this there; if both are lost, "
                "add --lost."
            ),
        )


class NotEncrypted(BotError):
    """A message was not sent, because it would have gone out in clear."""

    def __init__(self, room_id: str) -> None:
        super().__init__(
            msg("Nothing was sent to {room_id}: it is not known to be encrypted.", room_id=room_id),
            msg("Run “palabre plan”: it names rooms whose encryption is missing."),
        )


class PostedElsewhere(BotError):
    """Another process is posting the same message, or has died while it did."""

    def __init__(self, room: object) -> None:
        super().__init__(
            msg("Another process is posting this message in {room}.", room=room),
            msg("Nothing needs to be done: if it does not succeed, this one does."),
        )


class RecoveryKeyMistyped(BotError):
    """What was typed is no recovery key. It is not in the message."""

    def __init__(self) -> None:
        super().__init__(
            msg("That is not a recovery key: a character is missing or wrong. Nothing was changed."),
            msg("Type it as it was shown: groups of four letters and digits, where capital letters matter."),
        )


class RecoveryKeyWrong(BotError):
    """The recovery key does not open the account's secret storage."""

    def __init__(self, user_id: str) -> None:
        super().__init__(
            msg(
                "This recovery key does not open what {user_id} has stored on the homeserver. Nothing was changed.",
                user_id=user_id,
            ),
            msg(
                "Each “palabre bot recovery-key” and each “palabre renew-identity” makes the keys of before "
                "worthless: look for the newest."
            ),
        )


class NothingStored(BotError):
    """The account has no secret storage: there is nothing that a recovery key could open."""

    def __init__(self, user_id: str) -> None:
        super().__init__(
            msg(
                "The homeserver has nothing stored of {user_id} that a recovery key opens. Nothing was changed.",
                user_id=user_id,
            ),
            msg(
                "If one was made (“palabre bot recovery-key”), the homeserver has lost it or holds it back; the "
                "copy of recovery.json still brings the identity back."
            ),
        )


class SecretUnreadable(BotError):
    """A secret on the homeserver cannot be decrypted with a key that fits: it is damaged, or another's."""

    def __init__(self, name: str) -> None:
        super().__init__(
            msg(
                "The recovery key is the right one, but “{name}” on the homeserver is missing, damaged or not of "
                "Palabre. Nothing was changed.",
                name=name,
            ),
            msg(
                "The homeserver has lost or changed it: put its data back, or use your copy of recovery.json."
            ),
        )


class OtherIdentityStored(BotError):
    """The identity in secret storage is not the one that the homeserver shows to everybody."""

    def __init__(self, user_id: str) -> None:
        super().__init__(
            msg(
                "The homeserver shows another identity of {user_id} than this recovery key opens. "
                "Nothing was changed.",
                user_id=user_id,
            ),
            msg(
                "If you have replaced nothing yourself, somebody else has: see “A stolen identity” (docs/operator.md)."
            ),
        )


class OtherBackup(BotError):
    """The key backup on the homeserver is not the one that the recovery key opens, or not signed by the identity."""

    def __init__(self, user_id: str) -> None:
        super().__init__(
            msg(
                "The backup of room keys on the homeserver is not the one of {user_id} that this recovery key opens. "
                "Nothing was changed.",
                user_id=user_id,
            ),
            msg(
                "Somebody has replaced or deleted it, or the homeserver has. With --without-backup the bot gets its "
                "identity back, and what was said before stays closed to it."
            ),
        )
