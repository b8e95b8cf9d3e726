"""The effect of setting one's own quiet hours, or taking them back."""

from __future__ import annotations

from dataclasses import dataclass

from bots.context.effects import EffectType, ImportedExecutor
from bots.context.message import Effect


@dataclass(frozen=True, slots=True)
class KeepQuietHours(Effect):
    """Note the quiet hours of whoever writes, as a city's are written; empty: they have none of their own any more."""

    hours: str


KEEP_QUIET_HOURS = EffectType(
    "keep-quiet-hours",
    KeepQuietHours,
    execute=ImportedExecutor("bots.features.quiet.executor:keep"),
)
