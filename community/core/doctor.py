"""A finding of `palabre doctor`. Each package makes its own; the command prints all of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from community.core.messages import Message


class State(StrEnum):
    """How serious it is: a warning should be looked at; a fault keeps people from reading or the bot from working.

    Anything that may have exposed somebody's messages is a fault too.
    """

    OK = "ok"
    WARNING = "warning"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding. ``name`` is a stable identifier, for programs."""

    name: str
    state: State
    sentence: Message
    remedy: Message | None = None
