"""Notices: what Palabre reports to people by itself. Each is a job, and is sent once.

Any process files a `Notice`; the bot sends it to the coordinators' room or in a direct message. A notice holds its kind
and the values for its sentence; the sentence itself is made in the reader's language when it is sent.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Self

from community.jobs.payload import Erasure, JobPayload

NOTICE = "notice"
COORDINATORS = "coordinators"
"""The audience of a notice that goes to the coordinators' room. Any other audience is one person's Matrix ID."""

_VALUE = "value."


class NoticeKind(StrEnum):
    """The kinds of notice: to whom, about what, and the values that the sentence needs."""

    LET_IN = "let-in"
    """To a person: they are in a safe space now (``room``: its name; ``days`` for which messages stay, or empty).

    ``keeper`` is there where they keep it."""
    ONE_KEEPER = "one-keeper"
    """To a safe room's keeper and the coordinators: there is one keeper left in ``room``."""
    KEEPERS_CLOSED = "keepers-closed"
    """To the coordinators: the accounts of all keepers that ``room`` has are closed."""
    NO_KEEPER = "no-keeper"
    """To the coordinators: nobody can come into ``room`` any more."""
    WAITS_FOR_KEEPERS = "waits-for-keepers"
    """To the coordinators: ``room`` is not open yet, because it has fewer than two keepers in it."""
    GATE_WATCHED = "gate-watched"
    """To a keeper: the bot watches a safe space from now on (``room``, ``people``, ``more``)."""
    GATE_LET_IN = "gate-let-in"
    """To a keeper: who has come into a safe space (``room``, ``people``, ``more``)."""
    GATE_LET_OUT = "gate-let-out"
    """To a keeper: who is no longer in a safe space (``room``, ``people``, ``more``)."""
    GATE_STRANGER = "gate-stranger"
    """To a keeper or the coordinators: who is in a safe space and ought not to be (``room``, ``people``, ``more``)."""
    GATE_PASSED = "gate-passed"
    """To a keeper or the coordinators: a stranger was in a safe space for a moment (``room``, ``people``, ``more``)."""
    GATE_UNWATCHED = "gate-unwatched"
    """To a keeper or the coordinators: the bot is no longer in a safe space (``room``)."""
    NOT_REACHED = "not-reached"
    """To the coordinators: somebody has not accepted the bot's direct message (``person``)."""
    GUEST_ADMITTED = "guest-admitted"
    """Somebody whom the description does not know reads the bot: ``user``, ``room`` (its name), ``host``."""
    GUEST_REFUSED = "guest-refused"
    """Somebody whom nobody knows or has asked in is in a room: ``user``, ``room`` (its name)."""
    GUEST_NEEDS_HOST = "guest-needs-host"
    """To a member: only one of ``moderators`` may ask in ``user``, whom they have invited into ``room``."""
    GUEST_WELCOME = "guest-welcome"
    """To a guest: they are in ``room``, invited by ``host``."""
    ACCOUNT_FAULT = "account-fault"
    """To the coordinators: an account has a fault (`community.accounts.faults`)."""
    TOKEN_RENEWED = "token-renewed"
    """To the coordinators: the provisioner's ``account`` was signed in anew."""
    ACCOUNT_SEALED = "account-sealed"
    """To the coordinators: an ``account`` of Palabre's own was sealed anew by whoever runs the server."""
    IDENTITY_CHANGED = "identity-changed"
    """To coordinators: somebody has another identity than the pinned one (``name``, ``username``, ``user``).

    ``count``: how many they have shown since.
    """
    OWN_IDENTITY_CHANGED = "own-identity-changed"
    """To that person."""
    IDENTITY_ACCEPTED = "identity-accepted"
    """To that person: a coordinator has accepted it."""
    REMOVAL_FAILED = "removal-failed"
    """To a keeper: somebody is still in a safe room, for nobody would be left who keeps it (``person``, ``room``)."""
    INVITED_ARRIVED = "invited-arrived"
    """To whoever has invited somebody: they have signed in (``name``, ``user``, ``number`` of the invitation).

    Of several who came by one link the others are ``name2`` and ``user2``, and so on; ``more`` is there where not all
    are named."""
    INVITED_STUCK = "invited-stuck"
    """To whoever has invited somebody: they are at the same ``stage`` for a day (as above, but who has not come)."""
    INVITATION_RUN_OUT = "invitation-out"
    """To whoever has invited somebody: the link has run out, and nobody has come by it (``name``, ``number``)."""
    INVITATION_CLOSED = "invitation-closed"
    """To whoever has invited somebody: another one has closed the link (``name``, ``number``, ``name_by``
    beside ``user_by``, without which it was whoever runs the server); ``replaced`` is there where they have made
    another one for the same person."""
    INVITATION_FAILED = "invitation-failed"
    """To coordinators: the homeserver does not let the bot invite ``user`` into ``room``."""
    NOT_PASSED_ON = "not-passed-on"
    """To whoever has asked or proposed something: the coordinators could not be shown it."""
    NOT_READ = "not-read"
    """To whoever has written what the bot could not read."""
    DEVICE_UNSIGNED = "device-unsigned"
    """To whoever has written from a device that they have not signed."""
    RECOVERY_KEY = "recovery-key"
    """To somebody who has perhaps no recovery key."""
    STORE_PUT_BACK = "store-put-back"
    """To coordinators: the bot's crypto store was put back from a copy, and has new keys now."""
    KEY_BACKUP_REPLACED = "key-backup-replaced"
    """To coordinators: the bot's backup of room keys on the homeserver is not the bot's any more."""
    VERIFICATION_ALARMING = "verification-alarming"
    """To coordinators: somebody has verified the bot, and it did not fit (``name``, ``user``, ``how``)."""
    FILE_KEPT = "file-kept"
    """To coordinators: ``file`` of the description has a mistake in ``line`` and stays as it was applied last."""
    FILES_REFUSED = "files-refused"
    """To coordinators: the disk is nearly full, and no files are taken (``free``: megabytes that are left)."""
    FILES_AGAIN = "files-again"
    """To coordinators: there is room again (``free``: megabytes)."""
    SPACE_GRANTED = "space-granted"
    """To whoever has asked for the space ``theme``: they may join it."""
    SPACE_REFUSED = "space-refused"
    """To whoever has asked for the space ``theme``: not this time."""
    SPACE_EXPIRED = "space-expired"
    """To whoever has asked for the space ``theme``: nobody has answered."""
    SPACE_UNDECIDED = "space-undecided"
    """To coordinators: somebody waits to join ``theme``, and nobody is there who decides on it."""
    SPACE_READY = "space-ready"
    """To somebody: the rooms of ``theme`` are there (``joined``, ``invited``: names, perhaps none)."""
    SPACE_LATE = "space-late"
    """To somebody who has joined or left ``theme``: it takes longer."""
    SPACE_LEFT = "space-left"
    """To somebody: they are out of the rooms of ``theme``."""
    CLOCK_APART = "clock-apart"
    """To coordinators: the bot's clock shows ``mine``, the homeserver's ``other``: no reminders are posted."""
    CLOCK_JUMPED = "clock-jumped"
    """To coordinators: the clock was moved from ``other`` to ``mine``: for an hour no reminders are posted."""
    LEAVING_RECEIPT = "leaving-receipt"
    """To whoever leaves the network: what was deleted, and what stays (`community.jobs.leaving_text`)."""
    LEAVING_REFUSED = "leaving-refused"
    """To whoever wants to leave: they cannot, nobody else keeps ``room``, or (empty) coordinates."""
    MEMBER_LEFT = "member-left"
    """To coordinators: ``username`` has left the network, or ``becomes`` an alumna or alumnus."""

    WEEK_WELL = "week-well"
    """To coordinators, once a week: all is well."""
    WEEK_NOT_WELL = "week-not-well"
    """To coordinators, once a week: what is not well (`community.jobs.weekly_text.Concern`, each with how many)."""


@dataclass(frozen=True)
class Notice(JobPayload):
    """A notice to ``audience``, sent once for each ``occasion``; ``values`` are inserted into the sentence."""

    KIND: ClassVar[str] = NOTICE
    ERASURE: ClassVar[Erasure] = Erasure.KEPT

    kind: NoticeKind
    audience: str
    occasion: str
    values: Mapping[str, str]

    @property
    def idempotency_key(self) -> str:
        """One notice for each kind, audience and occasion."""
        return f"{self.KIND}/{self.kind}/{self.audience}/{self.occasion}"

    def encoded(self) -> dict[str, str]:
        """Return the payload as it is stored."""
        return {
            "kind": self.kind.value,
            "audience": self.audience,
            "occasion": self.occasion,
            **{f"{_VALUE}{name}": value for name, value in self.values.items()},
        }

    @classmethod
    def decoded(cls, payload: Mapping[str, str]) -> Self:
        """Return the notice in a stored payload. Raises ValueError or LookupError if it is invalid."""
        said = {name.removeprefix(_VALUE): payload[name] for name in cls.dropped(payload)}
        return cls(NoticeKind(payload["kind"]), payload["audience"], payload["occasion"], said)

    @classmethod
    def dropped(cls, payload: Mapping[str, str]) -> Collection[str]:
        """The values: names of people and rooms."""
        return tuple(name for name in payload if name.startswith(_VALUE))
