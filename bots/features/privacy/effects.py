"""The effects of requests about one's own data."""

from __future__ import annotations

from dataclasses import dataclass

from bots.context.effects import EffectType, ImportedExecutor
from bots.context.message import Effect


@dataclass(frozen=True, slots=True)
class ExportData(Effect):
    """Send the asker a file with all that the store has about them."""


@dataclass(frozen=True, slots=True)
class Forget(Effect):
    """Forget the asker, and tell the coordinators."""


EXPORT = EffectType(
    "export",
    ExportData,
    to_json=lambda _effect: {},
    from_json=lambda _values: ExportData(),
    execute=ImportedExecutor("bots.features.privacy.executor:export"),
)
FORGET = EffectType(
    "forget",
    Forget,
    to_json=lambda _effect: {},
    from_json=lambda _values: Forget(),
    execute=ImportedExecutor("bots.features.privacy.executor:forget"),
)
