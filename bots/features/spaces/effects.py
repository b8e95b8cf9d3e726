"""The effects of joining and leaving spaces."""

from __future__ import annotations

from dataclasses import dataclass

from bots.context.effects import EffectType, ImportedExecutor
from bots.context.message import Effect


@dataclass(frozen=True, slots=True)
class JoinTheme(Effect):
    """Have the person take a theme up, at once."""

    theme: str


@dataclass(frozen=True, slots=True)
class LeaveTheme(Effect):
    """Have the person give a theme up."""

    theme: str


@dataclass(frozen=True, slots=True)
class AskForTheme(Effect):
    """Bring the person's request for a theme to those who decide."""

    theme: str


@dataclass(frozen=True, slots=True)
class WithdrawSpaceRequest(Effect):
    """Take the person's own request back. ``request`` is the id of its job."""

    request: int


@dataclass(frozen=True, slots=True)
class KeepSpaceWish(Effect):
    """Keep what a person wants until they confirm it by ``number``, in ``conversation``.

    ``joins``: they want in, else out. It replaces any other of theirs.
    """

    theme: str
    joins: bool
    conversation: str
    language: str
    number: int


@dataclass(frozen=True, slots=True)
class DecideRequest(Effect):
    """Grant or refuse somebody's request. ``request`` is the id of its job."""

    request: int
    granted: bool


JOIN_THEME = EffectType(
    "join-theme",
    JoinTheme,
    execute=ImportedExecutor("bots.features.spaces.executor:join"),
)
LEAVE_THEME = EffectType(
    "leave-theme",
    LeaveTheme,
    execute=ImportedExecutor("bots.features.spaces.executor:leave"),
)
ASK_FOR_THEME = EffectType(
    "ask-for-theme",
    AskForTheme,
    execute=ImportedExecutor("bots.features.spaces.request_executor:ask"),
)
WITHDRAW_REQUEST = EffectType(
    "withdraw-space-request",
    WithdrawSpaceRequest,
    execute=ImportedExecutor("bots.features.spaces.request_executor:withdraw"),
)
KEEP_SPACE_WISH = EffectType(
    "space-wish",
    KeepSpaceWish,
    execute=ImportedExecutor("bots.features.spaces.executor:keep_wish"),
)
DECIDE_REQUEST = EffectType(
    "decide-space-request",
    DecideRequest,
    execute=ImportedExecutor("bots.features.spaces.request_executor:decide"),
)
EFFECTS = (JOIN_THEME, LEAVE_THEME, ASK_FOR_THEME, WITHDRAW_REQUEST, KEEP_SPACE_WISH, DECIDE_REQUEST)
