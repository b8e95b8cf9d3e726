"""The contract of a feature. To add one, make a folder with a `Feature` in it and one line in the registry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bots.context.effects import EffectType


@dataclass(frozen=True, slots=True)
class Feature:
    """One capability of the bot. ``key`` names it; ``effects`` are the types of effects that its replies have."""

    key: str
    effects: tuple[EffectType[Any], ...] = ()
