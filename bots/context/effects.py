"""Effects: what a feature wants done besides its reply. A feature returns them as values; others carry them out.

Each class of effects has one `EffectType`, which its feature registers: the name under which such an effect is kept,
how it is written to JSON and read back, and the function that carries it out.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

from bots.context.message import Address, Effect, Reply
from community.core.messages import Message, msg

if TYPE_CHECKING:
    from bots.context.execution import ExecutionContext

E = TypeVar("E", bound=Effect)


NOT_SURE = msg(
    "Something went wrong on my side. I do not know whether what you asked for was done. Please look, and write to me "
    "again."
)


@dataclass(frozen=True, slots=True)
class Execution:
    """The decision that an effect belongs to.

    ``event_id`` is the message's or reaction's that it was decided for. ``reply`` is what will be sent to ``to``.
    ``at`` is when it was decided: what is changed carries that time, also where it is carried out later.
    """

    event_id: str
    to: Address
    at: datetime
    language: str
    reply: Reply


Execute: TypeAlias = "Callable[[E, Execution, ExecutionContext], Awaitable[Reply]]"
"""Carries an effect out and returns the reply: the one that it was given, or another where it could not be done.

It may be called again for the same event, after a crash: what is done already must not be done twice.
"""


@dataclass(frozen=True, slots=True)
class ImportedExecutor:
    """Carries effects out by the function that ``path`` names, as ``module:function``.

    The module is imported when it first does: deciding what to answer needs no store, no media and no encryption,
    carrying it out does.
    """

    path: str

    @property
    def function(self) -> Execute[Any]:
        """The function. Raises ImportError or AttributeError where there is none."""
        module, _, name = self.path.partition(":")
        function: Execute[Any] = getattr(import_module(module), name)
        return function

    async def __call__(self, effect: Any, execution: Execution, context: ExecutionContext) -> Reply:
        """Carry an effect out and return the reply. Raises PalabreError."""
        return await self.function(effect, execution, context)


@dataclass(frozen=True, slots=True)
class EffectType(Generic[E]):
    """One class of effects. ``kind`` names it where it is kept; it must not change once it has been used.

    ``to_json`` and ``from_json``: how it is kept and read again; without them its fields are, by their names, which
    does where all are text, numbers, or yes and no. ``at_most_once``: it is carried out after all else of its message
    is finished, and never again: rather not at all than twice. ``is_public``: it may be carried out for somebody who is
    perhaps not who they seem to be. ``apology`` is what the person is told where it has failed for good. ``words_of``
    says whose own words it holds besides the person's whom it is decided for (Matrix IDs): it is deleted with them.
    """

    kind: str
    effect: type[E]
    execute: Execute[E]
    to_json: Callable[[E], dict[str, Any]] = asdict
    from_json: Callable[[dict[str, Any]], E] | None = None
    at_most_once: bool = False
    is_public: bool = False
    apology: Message = NOT_SURE
    words_of: Callable[[E], Iterable[str]] = field(default=lambda _effect: ())

    def read(self, values: dict[str, Any]) -> E:
        """Return the effect that ``to_json`` wrote. Raises ValueError, LookupError or TypeError for other values."""
        return self.effect(**values) if self.from_json is None else self.from_json(values)


class EffectTypes:
    """All registered types of effects: finds the type of an effect, and is the codec of what is kept."""

    def __init__(self, types: Iterable[EffectType[Any]]) -> None:
        self._by_class: dict[type[Effect], EffectType[Any]] = {}
        self._by_kind: dict[str, EffectType[Any]] = {}
        for each in types:
            if each.kind in self._by_kind or each.effect in self._by_class:
                raise ValueError(f"registered twice: {each.kind}")
            self._by_class[each.effect] = self._by_kind[each.kind] = each

    def of(self, effect: Effect) -> EffectType[Any]:
        """Return the type of an effect. Raises KeyError where its class is not registered."""
        return self._by_class[type(effect)]

    def to_json(self, effect: Effect) -> dict[str, Any]:
        """Return an effect as JSON values that `from_json` reads."""
        kind = self.of(effect)
        return {"effect": kind.kind, **kind.to_json(effect)}

    def from_json(self, values: Mapping[str, Any]) -> Effect:
        """Return the effect that `to_json` wrote. Raises ValueError, LookupError or TypeError for other values."""
        fields = dict(values)
        effect: Effect = self._by_kind[fields.pop("effect")].read(fields)
        return effect
