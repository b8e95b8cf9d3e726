"""What may be meant by a part of a message, and why it is doubted. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from community.search.when.doubts import Doubt

Value = TypeVar("Value")
Other = TypeVar("Other")
MOST = 24
"""How many possibilities are followed up."""


@dataclass(frozen=True, slots=True)
class Options(Generic[Value]):
    """The possible ``values``, the likeliest first, and the doubt between them.

    ``is_certain`` is False where it is asked even if one value is left: that day has passed, or is no such day.
    """

    values: tuple[Value, ...] = ()
    doubt: Doubt | None = None
    is_certain: bool = True

    def then(self, follow: Callable[[Value], Options[Other]]) -> Options[Other]:
        """Return what follows from each value; the first doubt stays."""
        followed = [follow(value) for value in self.values[:MOST]]
        values = tuple(dict.fromkeys(value for each in followed for value in each.values))[:MOST]
        doubts = [self.doubt, *(each.doubt for each in followed)]
        doubt = next((doubt for doubt in doubts if doubt is not None), None)
        return Options(values, doubt, self.is_certain and any(each.is_certain for each in followed))


def sure(value: Value) -> Options[Value]:
    """Return the one value that is meant."""
    return Options((value,))


def asked(doubt: Doubt, *values: Value) -> Options[Value]:
    """Return values of which none is believed without asking."""
    return Options(tuple(values), doubt, is_certain=False)
