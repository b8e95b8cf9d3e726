"""The effects of passing a question on, and of bringing its answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from bots.context.effects import EffectType, ImportedExecutor
from bots.context.message import Effect


@dataclass(frozen=True, slots=True)
class PassOn(Effect):
    """Pass a question on to the coordinators; the asker has agreed to it, and gets their answer.

    ``question`` is the asker's text, ``language`` the code of its language. ``number`` is the one by which they have
    agreed, and by which the coordinators answer; None where an older Palabre has asked without one.
    ``origins`` are the messages that the text is from.
    """

    question: str
    language: str
    number: int | None = None
    origins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KeepAnswer(Effect):
    """Keep a coordinator's answer until they confirm it by its number. It replaces any other of theirs.

    ``request`` is the id of the question's job, ``asker`` the Matrix ID of who asked. ``event_id`` is the message with
    the answer. ``number`` confirms it.
    """

    request: int
    number: int
    text: str
    event_id: str
    asker: str


@dataclass(frozen=True, slots=True)
class Deliver(Effect):
    """Send a coordinator's answer to the asker.

    ``request`` is the id of the question's job, ``payload`` that job's payload, ``by`` the coordinator's Matrix ID.
    ``event_id`` is the message with the answer.
    """

    request: int
    payload: Mapping[str, str]
    text: str
    by: str
    event_id: str = ""


def _without(values: dict[str, Any], *empty: str) -> dict[str, Any]:
    """Return JSON values without the fields that have nothing: older versions have not written them."""
    return {name: value for name, value in values.items() if name not in empty or value}


PASS_ON = EffectType(
    "pass-on",
    PassOn,
    to_json=lambda effect: _without(asdict(effect), "number", "origins"),
    from_json=lambda values: PassOn(**{**values, "origins": tuple(values.get("origins", ()))}),
    execute=ImportedExecutor("bots.features.pass_on.executor:pass_on"),
)
KEEP_ANSWER = EffectType(
    "keep-answer",
    KeepAnswer,
    execute=ImportedExecutor("bots.features.pass_on.executor:keep_answer"),
    words_of=lambda effect: (effect.asker,),
)
DELIVER = EffectType(
    "deliver",
    Deliver,
    to_json=lambda effect: _without(asdict(effect), "event_id"),
    from_json=lambda values: Deliver(**values),
    execute=ImportedExecutor("bots.features.pass_on.executor:deliver"),
    words_of=lambda effect: (effect.payload["user_id"],) if "user_id" in effect.payload else (),
)
