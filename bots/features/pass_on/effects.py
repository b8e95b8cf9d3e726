"""The effects of passing a question on, and of bringing its answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bots.context.message import Effect


@dataclass(frozen=True, slots=True)
class PassOn(Effect):
    """Pass a question on to the coordinators, whose answer travels back to the asker: the asker has agreed to it.

    ``question`` is in the asker's words, ``language`` is theirs.
    """

    question: str
    language: str


@dataclass(frozen=True, slots=True)
class Deliver(Effect):
    """Bring a coordinator's answer to who asked; ``request`` is the number of the question's job.

    ``by`` is the coordinator's Matrix ID.
    """

    request: int
    payload: Mapping[str, str]
    text: str
    by: str
