"""The effects of inviting: what was said is kept, a link is made, a link is taken back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bots.context.effects import EffectType, ImportedExecutor
from bots.context.message import Effect
from community.core.messages import msg

_NOT_MADE = msg(
    "Something went wrong on my side, and you did not get the link. Please invite them again; if “where are "
    "my guests?” shows one that you did not get, take it back."
)


@dataclass(frozen=True, slots=True)
class KeepInviting(Effect):
    """Keep what somebody has said so far of whom they invite, in place of what they had begun before.

    ``content``: an `InvitingDraft` as JSON. ``origins``: the messages whose words are in it. ``is_new``: it has no
    words of what was kept before.
    """

    content: str
    origins: tuple[str, ...]
    is_new: bool


@dataclass(frozen=True, slots=True)
class MakeInvitation(Effect):
    """Make the link with ``secret``, which the letter alone says, and send that.

    ``terms``: `InvitationTerms` as JSON values. ``server``: where its page is. ``days``: how long it works. It
    stands in what is kept of the decision, encrypted, until that is done: carried out again, it is the same link.
    """

    terms: Mapping[str, object]
    days: int
    server: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class TakeBackInvitation(Effect):
    """Take the invitation of that number back."""

    number: int


def _kept(values: Mapping[str, Any]) -> KeepInviting:
    return KeepInviting(values["content"], tuple(values["origins"]), values["is_new"])


KEEP_INVITING = EffectType(
    "keep-inviting",
    KeepInviting,
    from_json=_kept,
    execute=ImportedExecutor("bots.features.inviting.executor:keep"),
)
MAKE_INVITATION = EffectType(
    "make-invitation",
    MakeInvitation,
    execute=ImportedExecutor("bots.features.inviting.executor:make"),
    apology=_NOT_MADE,
)
TAKE_BACK_INVITATION = EffectType(
    "take-back-invitation",
    TakeBackInvitation,
    execute=ImportedExecutor("bots.features.inviting.executor:take_back"),
)
