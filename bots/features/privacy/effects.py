"""The effects of what people ask about their own data."""

from __future__ import annotations

from dataclasses import dataclass

from bots.context.message import Effect


@dataclass(frozen=True, slots=True)
class ExportData(Effect):
    """Send the asker a file with all that the store has about them."""


@dataclass(frozen=True, slots=True)
class Forget(Effect):
    """Forget the asker, and tell the coordinators."""
