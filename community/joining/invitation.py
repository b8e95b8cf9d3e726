"""An invitation to the network by a link: what it offers, and whether somebody can still come by it.

The link has a secret (`community.core.address_secret`), of which nothing but a digest is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Self, assert_never

from pydantic import Field, model_validator

from community.core.errors import PalabreError
from community.core.messages import Message, msg
from community.description.described import Described
from community.description.field_forms import refused
from community.description.fields import Key, LanguageCode, Name, Username

MOST_USES = 500
"""How many people may come by one link."""


class InvitationTerms(Described):
    """What a link offers to whoever comes by it: what they will be in the network.

    ``name``: what the inviter calls the one person whom it is for; a link for several has none. ``language``: that of
    whoever comes. ``greeter``: the member who receives them, where the inviter has named one. ``username``: of a link
    for somebody who is described as a member and has not come yet; else whoever comes chooses theirs.
    """

    name: Name | None = None
    role: Key
    city: Key | None = None
    themes: tuple[Key, ...] = ()
    language: LanguageCode
    uses: int = Field(default=1, ge=1, le=MOST_USES)
    greeter: Username | None = None
    username: Username | None = None

    @model_validator(mode="after")
    def _of_one(self) -> Self:
        if (self.name is not None or self.username is not None) and self.uses > 1:
            raise refused(
                "name_of_several", msg("a link for several people is nobody's own: leave the name out")
            )
        return self


class InvitationState(StrEnum):
    """Whether somebody can come by a link, or why not."""

    OPEN = "open"
    USED_UP = "used up"
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class NetworkInvitation:
    """A link that was made.

    ``digest``: the SHA-256 of its secret in hexadecimal. ``inviter``: the Matrix ID of the member who invites, or
    ``cli:NAME`` of whoever has made it at the terminal in nobody's name, or what stands for somebody who is forgotten.
    ``used``: how many have come by it.
    ``opened_at``: when its page was first looked at.
    """

    id: int
    digest: str
    terms: InvitationTerms
    inviter: str
    made_at: datetime
    expires_at: datetime
    used: int = 0
    opened_at: datetime | None = None
    revoked_at: datetime | None = None

    @property
    def inviter_name(self) -> str | None:
        """The user name of the member who invites; None where it is nobody's, or that of somebody forgotten."""
        return self.inviter[1:].partition(":")[0] if self.inviter.startswith("@") else None

    @property
    def is_of_terminal(self) -> bool:
        """Whether it was made at the terminal in nobody's name: it is the operator's then."""
        return self.inviter.startswith("cli:")

    def state(self, now: datetime) -> InvitationState:
        """Return its state at ``now``: what somebody has decided comes before what time has brought."""
        if self.revoked_at is not None:
            return InvitationState.REVOKED
        if self.used >= self.terms.uses:
            return InvitationState.USED_UP
        return InvitationState.EXPIRED if now >= self.expires_at else InvitationState.OPEN


def state_text(state: InvitationState) -> Message:
    """Return what an inviter is told of a link's state."""
    match state:
        case InvitationState.OPEN:
            return msg("can be used")
        case InvitationState.USED_UP:
            return msg("was used")
        case InvitationState.EXPIRED:
            return msg("has run out")
        case InvitationState.REVOKED:
            return msg("was taken back")
        case _:
            assert_never(state)


NOT_OFFERED = msg(
    "is closed: whoever invited may not do so any more, or what it offers is not there any more"
)
"""What is told of an open link by which nobody can come all the same."""


class JoiningError(PalabreError):
    """Somebody cannot come by a link. Whoever catches it decides what they are told: the page, in their language."""

    def __init__(self) -> None:
        super().__init__(msg("Nobody can come by this link, or under this user name."))


class UnknownInvitation(JoiningError):
    """There is no such link."""


class InvitationClosed(JoiningError):
    """A link cannot be used any more; ``state`` says why."""

    def __init__(self, state: InvitationState) -> None:
        super().__init__()
        self.state = state


class NameTaken(JoiningError):
    """Somebody else has, or had, this user name, or came by another link under it."""
