"""Counts what a parser does: the lines of Python that it runs, and the steps of its regular expressions.

Python's own regular expressions do not tell their steps. So each search is done again by `steps`, which backtracks as
they do, but without their short cuts: it counts at least as many.
"""

from __future__ import annotations

import gc
import importlib
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from types import FrameType, ModuleType
from typing import Any, cast

from community.core.patterns import pattern_of

ops: Any = importlib.import_module("re._constants")
_parser: Any = importlib.import_module("re._parser")
"""Of Python's own: typeshed does not have them."""

Then = Callable[[int], int | None]
_CATEGORIES: dict[Any, Callable[[str], bool]] = {
    ops.CATEGORY_DIGIT: str.isdecimal,
    ops.CATEGORY_NOT_DIGIT: lambda char: not char.isdecimal(),
    ops.CATEGORY_SPACE: str.isspace,
    ops.CATEGORY_NOT_SPACE: lambda char: not char.isspace(),
    ops.CATEGORY_WORD: lambda char: char.isalnum() or char == "_",
    ops.CATEGORY_NOT_WORD: lambda char: not (char.isalnum() or char == "_"),
}


@dataclass
class _Matcher:
    """One search in one text."""

    text: str
    steps: int = 0

    def run(self, items: Sequence[Any], at: int, pos: int, then: Then) -> int | None:
        """Match ``items`` from ``at`` on, then what ``then`` matches; return where it ends."""
        self.steps += 1
        if at == len(items):
            return then(pos)
        op, value = items[at]

        def go_on(end: int) -> int | None:
            return self.run(items, at + 1, end, then)

        if op in (ops.MAX_REPEAT, ops.MIN_REPEAT):
            return self._repeat(value, pos, go_on, is_lazy=op is ops.MIN_REPEAT)
        if op is ops.BRANCH:
            ends = (self.run(each, 0, pos, go_on) for each in value[1])
            return next((end for end in ends if end is not None), None)
        if op is ops.SUBPATTERN:
            return self.run(value[3], 0, pos, go_on)
        if op in (ops.ASSERT, ops.ASSERT_NOT):
            return go_on(pos) if self._looks(value, pos) is (op is ops.ASSERT) else None
        if op is ops.AT:
            return go_on(pos) if self._is_at(value, pos) else None
        return go_on(pos + 1) if pos < len(self.text) and _fits(op, value, self.text[pos]) else None

    def _repeat(self, value: Any, pos: int, go_on: Then, *, is_lazy: bool) -> int | None:
        least, most, inner = value
        if len(inner) == 1 and inner[0][0] in _SINGLE:
            return self._repeat_letter(least, most, inner[0], pos, go_on, is_lazy=is_lazy)

        def again(number: int, here: int) -> int | None:
            def once_more(end: int) -> int | None:
                return again(number + 1, end) if end > here else None

            attempts: list[Callable[[], int | None]] = []
            if number < most:
                attempts.append(lambda: self.run(inner, 0, here, once_more))
            if number >= least:
                attempts.append(lambda: go_on(here))
            ends = (attempt() for attempt in (reversed(attempts) if is_lazy else attempts))
            return next((end for end in ends if end is not None), None)

        return again(0, pos)

    def _repeat_letter(
        self, least: int, most: int, letter: Any, pos: int, go_on: Then, *, is_lazy: bool
    ) -> int | None:
        longest = 0
        while (
            longest < most
            and pos + longest < len(self.text)
            and _fits(letter[0], letter[1], self.text[pos + longest])
        ):
            longest += 1
            self.steps += not is_lazy
        lengths = range(least, longest + 1)
        for length in lengths if is_lazy else reversed(lengths):
            self.steps += 1
            end = go_on(pos + length)
            if end is not None:
                return end
        return None

    def _looks(self, value: Any, pos: int) -> bool:
        direction, inner = value
        start = pos if direction > 0 else pos - inner.getwidth()[0]
        return start >= 0 and self.run(inner, 0, start, lambda end: end) is not None

    def _is_at(self, where: Any, pos: int) -> bool:
        if where in (ops.AT_BEGINNING, ops.AT_BEGINNING_STRING):
            return pos == 0
        if where in (ops.AT_END, ops.AT_END_STRING):
            return pos == len(self.text)
        is_word = _CATEGORIES[ops.CATEGORY_WORD]
        before = pos > 0 and is_word(self.text[pos - 1])
        behind = pos < len(self.text) and is_word(self.text[pos])
        return (before != behind) is (where is ops.AT_BOUNDARY)


_SINGLE = (ops.LITERAL, ops.NOT_LITERAL, ops.ANY, ops.IN)


def _fits(op: Any, value: Any, char: str) -> bool:
    if op is ops.LITERAL:
        return bool(ord(char) == value)
    if op is ops.NOT_LITERAL:
        return bool(ord(char) != value)
    if op is ops.ANY:
        return char != "\n"
    if op is ops.RANGE:
        return bool(value[0] <= ord(char) <= value[1])
    if op is ops.CATEGORY:
        return _CATEGORIES[value](char)
    if op is ops.IN:
        is_negated = value[0][0] is ops.NEGATE
        return any(_fits(each[0], each[1], char) for each in value[is_negated:]) is not is_negated
    raise AssertionError(op)


@cache
def _parsed(pattern: str) -> Any:
    return _parser.parse(pattern)


def steps(pattern: str, how: str, text: str, start: int = 0) -> int:
    """Return how many steps it takes to find all that a pattern finds; ``how`` is the name of a function of `re`."""
    items, matcher = _parsed(pattern), _Matcher(text)

    def whole(end: int) -> int | None:
        return end if end == len(text) else None

    if how in ("fullmatch", "match"):
        matcher.run(items, 0, start, whole if how == "fullmatch" else lambda end: end)
        return matcher.steps
    pos = start
    while pos <= len(text):
        found = matcher.run(items, 0, pos, lambda end: end)
        if found is not None and how == "search":
            break
        pos = pos + 1 if found is None or found == pos else found
    return matcher.steps


@dataclass
class Count:
    """What was done: lines that were run, and the searches, each with its pattern, function and text."""

    lines: int = 0
    searches: list[tuple[str, str, str, int]] = field(default_factory=list)

    @property
    def steps(self) -> int:
        """The steps of all searches."""
        return sum(steps(*each) for each in self.searches)


@dataclass(frozen=True)
class _Recording:
    """In place of a pattern, or of `re` (``pattern`` None): notes what is searched for."""

    count: Count
    real: Any
    pattern: str | None = None

    def __getattr__(self, name: str) -> Any:
        real = getattr(self.real, name)
        if name not in ("fullmatch", "match", "search", "finditer", "findall", "sub", "split"):
            return real

        def search(*args: Any, **options: Any) -> Any:
            pattern, rest = (args[0], args[1:]) if self.pattern is None else (self.pattern, args)
            text = rest[1] if name == "sub" else rest[0]
            start = rest[1] if name in ("match", "finditer") and len(rest) > 1 else 0
            self.count.searches.append((getattr(pattern, "pattern", pattern), name, text, start))
            return real(*args, **options)

        return search


def _recorded(count: Count, value: object) -> object:
    """Return what notes the searches of a value of a module; None where nothing is searched for by it."""
    if value is re:
        return _Recording(count, re)
    if isinstance(value, re.Pattern):
        return _Recording(count, value, value.pattern) if "\\1" not in value.pattern else None
    if value is pattern_of or _makes_pattern(value):
        return lambda *args: _recorded(count, cast(Callable[..., object], value)(*args))
    return None


def _makes_pattern(value: object) -> bool:
    """Whether that is a function which makes a regular expression and keeps it."""
    made = getattr(value, "__wrapped__", None)
    return made is not None and getattr(made, "__annotations__", {}).get("return") == "re.Pattern[str]"


@contextmanager
def counted(monkeypatch: Any, modules: Sequence[ModuleType]) -> Iterator[Count]:
    """Count what is done inside of it; the regular expressions are those of ``modules``, also those that they keep.

    One with a back reference (`community.core.words` has one, for single words) is not counted.
    """
    count = Count()

    def trace(_frame: FrameType, event: str, _argument: object) -> Any:
        count.lines += event in ("line", "call")
        return trace

    with monkeypatch.context() as patch:
        for module in modules:
            for name, value in vars(module).copy().items():
                recording = _recorded(count, value)
                if recording is not None:
                    patch.setattr(module, name, recording)
        before = sys.gettrace()
        # What is collected meanwhile was left by others, and its finalizers are Python too.
        gc.disable()
        sys.settrace(trace)
        try:
            yield count
        finally:
            sys.settrace(before)
            gc.enable()
