"""One verification by short authentication string, from one side: what comes of each event. Pure but for drawing keys.

Our side is a bot: nobody looks at what it shows. So it confirms when the other side's codes have come and are right,
which they are sent only after a person there has said that both show the same. What it has then learnt of that person
is worth nothing, and nothing is made of it; what the person has learnt of the bot is worth what they compared it with.

::

    they start    Requested ─start/accept─► Accepted ─key/key─► Compared ─mac/mac,done─► Confirmed ─done─► Ended
    we start      Requested ──────/start──► Started ─accept/key─► KeySent ─key─► Compared
    both start    Started ─start─► Accepted, or theirs is ignored: the start of the smaller user id holds
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bots.encryption.cross_signing import Json
from bots.encryption.protocol import HOSTILE_ERRORS
from bots.encryption.sas import (
    EMOJI,
    HASH,
    KEY_AGREEMENT,
    MAC,
    SHORT_STRINGS,
    EphemeralKey,
    Party,
    SharedSecret,
    ShortString,
    commitment,
    is_committed,
)
from bots.encryption.verification_events import (
    METHOD,
    Code,
    Kind,
    Outgoing,
    VerificationEvent,
    VerificationId,
    are_codes,
    cancelling,
    outgoing,
    texts,
)
from bots.encryption.wellformed import LARGEST, is_id, size

PATIENCE = timedelta(minutes=10)
"""How long a verification may take (spec, "General key verification error handling")."""


@dataclass(frozen=True, slots=True)
class Requested:
    """They have asked and we are ready; either side may start."""


@dataclass(frozen=True, slots=True)
class Started:
    """We have started with ``content``, whose answer has to commit to it."""

    content: Mapping[str, Any]
    key: EphemeralKey


@dataclass(frozen=True, slots=True)
class KeySent:
    """We have started and sent our key; theirs has to be the one that they have ``committed`` to."""

    content: Mapping[str, Any]
    key: EphemeralKey
    committed: str
    has_emoji: bool


@dataclass(frozen=True, slots=True)
class Accepted:
    """They have started; we have committed to our key, and send it once theirs has come."""

    key: EphemeralKey
    has_emoji: bool


@dataclass(frozen=True, slots=True)
class Compared:
    """Both sides show the short string; it is theirs to say that it is the same. Without ``emoji`` if one has none."""

    secret: SharedSecret
    short: ShortString


@dataclass(frozen=True, slots=True)
class Confirmed:
    """Their keys were authenticated, and ours are sent: it is theirs to say that it is done."""


@dataclass(frozen=True, slots=True)
class Ended:
    """It is over. ``code``: why it was cancelled, None where it was not. ``by_them``: who has cancelled it."""

    code: str | None = None
    by_them: bool = False


State = Requested | Started | KeySent | Accepted | Compared | Confirmed | Ended


class _Wrong(Exception):
    """What has come ends the verification. ``args[0]`` is the `Code`."""

    @property
    def code(self) -> Code:
        code: Code = self.args[0]
        return code


@dataclass(frozen=True, slots=True)
class Verification:
    """A verification that has begun at ``begun`` and has to be over `PATIENCE` later."""

    id: VerificationId
    ours: Party
    theirs: Party
    begun: datetime
    state: State

    @property
    def is_over(self) -> bool:
        """Whether nothing more can come of it."""
        return isinstance(self.state, Ended)

    @property
    def is_done(self) -> bool:
        """Whether it has ended well."""
        return self.state == Ended()

    def ended(self, code: Code) -> VerificationStep:
        """Cancel it."""
        over = replace(self, state=Ended(str(code)))
        return VerificationStep(over, (cancelling(self.id, self.theirs.device_id, code),))

    def out_of_time(self, now: datetime) -> bool:
        """Whether it has taken too long. A clock that was put back does not make it longer."""
        return abs(now - self.begun) >= PATIENCE


@dataclass(frozen=True, slots=True)
class VerificationStep:
    """What has come of an event: how the verification stands, and what is to be sent."""

    verification: Verification
    out: tuple[Outgoing, ...] = ()


def requested(
    event: VerificationEvent, ours: Party, theirs: Party, now: datetime, draw: Callable[[], EphemeralKey]
) -> VerificationStep:
    """Begin a verification that they ask for; over at once where they have no method that we have.

    ``draw`` makes an ephemeral key.
    """
    verification = Verification(event.id, ours, theirs, now, Requested())
    if event.kind is Kind.START:
        return taken(verification, event, draw)
    if METHOD not in texts(event.content.get("methods")):
        return verification.ended(Code.UNKNOWN_METHOD)
    content: Json = {"from_device": ours.device_id, "methods": [METHOD]}
    return _sending(verification, Requested(), (Kind.READY, content))


def started(verification: Verification, draw: Callable[[], EphemeralKey]) -> VerificationStep:
    """Start a verification that both sides are ready for, in their place."""
    content: Json = {
        "from_device": verification.ours.device_id,
        "method": METHOD,
        "key_agreement_protocols": [KEY_AGREEMENT],
        "hashes": [HASH],
        "message_authentication_codes": [MAC],
        "short_authentication_string": list(SHORT_STRINGS),
    }
    sent = outgoing(verification.id, Kind.START, verification.theirs.device_id, content)
    return VerificationStep(replace(verification, state=Started(sent.content, draw())), (sent,))


def taken(
    verification: Verification, event: VerificationEvent, draw: Callable[[], EphemeralKey]
) -> VerificationStep:
    """Return what comes of an event of this verification. Whatever is in it, nothing is raised."""
    if verification.is_over:
        return VerificationStep(verification)
    try:
        _require_size(event.content)
        return _taken(verification, event, draw)
    except _Wrong as wrong:
        return verification.ended(wrong.code)
    except HOSTILE_ERRORS:
        return verification.ended(Code.INVALID_MESSAGE)


def _taken(
    verification: Verification, event: VerificationEvent, draw: Callable[[], EphemeralKey]
) -> VerificationStep:
    content = event.content
    match event.kind, verification.state:
        case Kind.CANCEL, _:
            return VerificationStep(replace(verification, state=Ended(_code_of(content), by_them=True)))
        case Kind.START, Requested():
            return _accepting(verification, event, draw)
        case Kind.START, Started() as state:
            return _both_started(verification, event, state, draw)
        case Kind.ACCEPT, Started() as state:
            return _accepted(verification, content, state)
        case Kind.KEY, Accepted() as state:
            step = _sending(verification, state, _key_of(state.key))
            return _shown(step, state, content, they_start=True)
        case Kind.KEY, KeySent() as state:
            if not is_committed(state.committed, _text(content, "key"), state.content):
                raise _Wrong(Code.MISMATCHED_COMMITMENT)
            return _shown(VerificationStep(verification), state, content, they_start=False)
        case Kind.MAC, Compared(secret):
            return _confirmed(verification, content, secret)
        case Kind.DONE, Confirmed():
            return VerificationStep(replace(verification, state=Ended()))
        case _:
            raise _Wrong(Code.UNEXPECTED_MESSAGE)


def _require_size(content: Mapping[str, Any]) -> None:
    if size(content) > LARGEST:
        raise _Wrong(Code.INVALID_MESSAGE)


def _sending(
    verification: Verification, state: State, *contents: tuple[Kind, Mapping[str, Any]]
) -> VerificationStep:
    device_id = verification.theirs.device_id
    out = tuple(outgoing(verification.id, kind, device_id, content) for kind, content in contents)
    return VerificationStep(replace(verification, state=state), out)


def _accepting(
    verification: Verification, event: VerificationEvent, draw: Callable[[], EphemeralKey]
) -> VerificationStep:
    """Accept their start, and commit to a key of ours."""
    content = event.content
    if content.get("method") != METHOD:
        raise _Wrong(Code.UNKNOWN_METHOD)
    if event.from_device != verification.theirs.device_id:
        raise _Wrong(Code.INVALID_MESSAGE)
    offered = texts(content.get("short_authentication_string"))
    chosen = [each for each in SHORT_STRINGS if each in offered]
    algorithms = {
        "key_agreement_protocols": KEY_AGREEMENT,
        "hashes": HASH,
        "message_authentication_codes": MAC,
    }
    if not chosen or any(ours not in texts(content.get(name)) for name, ours in algorithms.items()):
        raise _Wrong(Code.UNKNOWN_METHOD)
    key = draw()
    accept: Json = {
        "method": METHOD,
        "key_agreement_protocol": KEY_AGREEMENT,
        "hash": HASH,
        "message_authentication_code": MAC,
        "short_authentication_string": chosen,
        "commitment": commitment(key.public, content),
    }
    return _sending(verification, Accepted(key, EMOJI in chosen), (Kind.ACCEPT, accept))


def _both_started(
    verification: Verification, event: VerificationEvent, state: Started, draw: Callable[[], EphemeralKey]
) -> VerificationStep:
    """Decide whose start holds where both sides have sent one (spec, "Key verification framework")."""
    if event.content.get("method") != METHOD:
        raise _Wrong(Code.UNEXPECTED_MESSAGE)
    ours, theirs = verification.ours, verification.theirs
    if (ours.user_id, ours.device_id) < (theirs.user_id, theirs.device_id):
        return VerificationStep(replace(verification, state=state))
    return _accepting(verification, event, draw)


def _accepted(verification: Verification, content: Mapping[str, Any], state: Started) -> VerificationStep:
    """Send our key, now that they have committed to theirs."""
    chosen = (
        content.get("key_agreement_protocol"),
        content.get("hash"),
        content.get("message_authentication_code"),
    )
    strings = texts(content.get("short_authentication_string"))
    if chosen != (KEY_AGREEMENT, HASH, MAC) or not set(strings) & set(SHORT_STRINGS):
        raise _Wrong(Code.UNKNOWN_METHOD)
    sent = KeySent(state.content, state.key, _text(content, "commitment"), EMOJI in strings)
    return _sending(verification, sent, _key_of(state.key))


def _shown(
    step: VerificationStep, state: Accepted | KeySent, content: Mapping[str, Any], *, they_start: bool
) -> VerificationStep:
    """Agree on the secret with the key that has come, and show the short string."""
    verification, public = step.verification, _text(content, "key")
    secret = state.key.agreed(public)
    ours, theirs = (verification.ours, state.key.public), (verification.theirs, public)
    starter, accepter = (theirs, ours) if they_start else (ours, theirs)
    short = secret.short_string(starter, accepter, verification.id.transaction_id)
    if not state.has_emoji:
        short = replace(short, emoji=())
    return replace(step, verification=replace(verification, state=Compared(secret, short)))


def _confirmed(
    verification: Verification, content: Mapping[str, Any], secret: SharedSecret
) -> VerificationStep:
    """Send the codes of our keys, if theirs are right."""
    codes, keys = content.get("mac"), content.get("keys")
    if not are_codes(codes) or not is_id(keys):
        raise _Wrong(Code.INVALID_MESSAGE)
    ours, theirs, transaction_id = verification.ours, verification.theirs, verification.id.transaction_id
    if not secret.authenticates(codes, keys, theirs, ours, transaction_id):
        raise _Wrong(Code.KEY_MISMATCH)
    mac = secret.mac_content(ours, theirs, transaction_id)
    return _sending(verification, Confirmed(), (Kind.MAC, mac), (Kind.DONE, {}))


def _key_of(key: EphemeralKey) -> tuple[Kind, Json]:
    return Kind.KEY, {"key": key.public}


def _text(content: Mapping[str, Any], name: str) -> str:
    text = content.get(name)
    if not is_id(text):
        raise _Wrong(Code.INVALID_MESSAGE)
    return text


def _code_of(content: Mapping[str, Any]) -> str:
    code = content.get("code")
    return code if is_id(code) and code else str(Code.USER)
