"""One line of what `palabre doctor` says. Each floor finds its own; the command joins them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from community.core.messages import Message


class State(StrEnum):
    """How bad it is: a warning wants a look, a fault keeps people from reading or the bot from working.

    What may have put somebody's messages into other hands is a fault too.
    """

    OK = "ok"
    WARNING = "warning"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor's. ``name`` is stable, for programs."""

    name: str
    state: State
    sentence: Message
    remedy: Message | None = None
