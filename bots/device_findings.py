"""What `palabre doctor` finds of the bot's device on the homeserver: its identity, its signature, its one-time keys."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from bots.encryption.examination import DeviceOnServer, Keys, Signature
from community.core.doctor import Finding, State
from community.core.messages import msg, nmsg


def device_findings(device: DeviceOnServer) -> Iterator[Finding]:
    """Yield what there is to say of each; nothing of what the homeserver did not tell."""
    if device.keys is not None:
        yield _keys(device.keys)
    yield _signature(device.signature)
    if device.one_time_keys is not None:
        yield _one_time_keys(device.one_time_keys)


def _keys(keys: Keys) -> Finding:
    match keys:
        case Keys.OURS:
            return Finding("identity", State.OK, msg("The bot's identity on the homeserver is ours."))
        case Keys.FOREIGN:
            return Finding(
                "identity",
                State.FAULT,
                msg("The bot's identity on the homeserver is not ours."),
                msg(
                    "If you have replaced nothing yourself, somebody else has: stop the bot, change the account's "
                    "password, then run “palabre renew-identity --yes” (docs/operator.md, “A stolen identity”)."
                ),
            )
        case Keys.NONE:
            return Finding(
                "identity",
                State.WARNING,
                msg("The bot has no identity on the homeserver yet."),
                msg("Start the bot: it makes one."),
            )
        case _:
            assert_never(keys)


def _signature(signature: Signature) -> Finding:
    match signature:
        case Signature.VALID:
            return Finding(
                "signature", State.OK, msg("The bot's device is signed, and the signature is valid.")
            )
        case Signature.NOT_SIGNED:
            return Finding(
                "signature",
                State.FAULT,
                msg("The bot's device is not signed: people's clients will not show what it says."),
                msg("Start the bot again: it signs its device."),
            )
        case Signature.NOT_THERE:
            return Finding(
                "signature",
                State.WARNING,
                msg("The bot's device is not on the homeserver: its session was ended."),
                msg("Start the bot again: it becomes a new device under the same identity."),
            )
        case _:
            assert_never(signature)


def _one_time_keys(left: int) -> Finding:
    if left:
        return Finding(
            "one-time keys",
            State.OK,
            nmsg(
                "{count} one-time key of the bot is on the homeserver.",
                "{count} one-time keys of the bot are on the homeserver.",
                count=left,
            ),
        )
    return Finding(
        "one-time keys",
        State.WARNING,
        msg("No one-time key of the bot is on the homeserver: newcomers use its fallback key."),
        msg("Start the bot, or look at logs/bots.log: it uploads new ones by itself."),
    )
