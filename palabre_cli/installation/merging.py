"""One file, three texts: as it was written last, as it is there, as it is wanted now. Pure.

What somebody has written in a file stays. What was asked again is changed in the lines that are still as they were
written; where those are not, nobody but a person can say what is meant. An entry of a list that somebody has taken out,
such as a role, and a line of one, stay out: there is nothing in it to change.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher, ndiff

FILL_IN = "# FILL IN"
"""How a part of a file begins whose entries are examples, up to the next empty line."""


@dataclass(frozen=True, slots=True)
class ToWriteByHand:
    """Lines that cannot be put into a file, because somebody has changed those that they replace."""

    lines: tuple[str, ...]


def merged(last: str | None, there: str | None, wanted: str) -> str | ToWriteByHand:
    """Return what the file is to be; None stands for a file that is not there."""
    if there is None or there in (last, wanted):
        return wanted
    if last is None:
        return ToWriteByHand(tuple(_lines(wanted)))
    if last == wanted:
        return there
    lines = _merged_lines(_lines(last), _lines(there), _lines(wanted))
    if isinstance(lines, ToWriteByHand):
        # What somebody has filled in as they were told is theirs.
        lines = _merged_lines(_lines(last), _lines(there), _lines(_with_filled_in(last, wanted)))
    end = "\r\n" if "\r\n" in there else "\n"
    return lines if isinstance(lines, ToWriteByHand) else end.join(lines)


def _with_filled_in(last: str, wanted: str) -> str:
    """Return what is wanted, with the parts that somebody is asked to fill in as they were before."""
    old, new = last.split("\n\n"), wanted.split("\n\n")
    filled = iter([part for part in old if part.startswith(FILL_IN)])
    return "\n\n".join(next(filled, part) if part.startswith(FILL_IN) else part for part in new)


def _lines(text: str) -> list[str]:
    """Return the lines, without their ends; other characters that end a line elsewhere are parts of them."""
    return text.replace("\r\n", "\n").split("\n")


def _merged_lines(
    last: Sequence[str], there: Sequence[str], wanted: Sequence[str]
) -> list[str] | ToWriteByHand:
    kept = _places(last, there)
    result, failed = list(there), list[str]()
    for before, after, lines in reversed(list(_changes(last, wanted))):
        span = _span(kept, before, after, len(last), len(there))
        now = there if span is None else there[slice(*span)]
        if span is not None and list(now) == list(last[before:after]):
            result[slice(*span)] = lines
        elif not (_is_done(now, lines) or _is_taken_out(last, kept, before, lines, now)):
            failed[:0] = lines or (f"(–) {line}" for line in last[before:after])
    return ToWriteByHand(tuple(failed)) if failed else result


def _is_done(now: Sequence[str], lines: Sequence[str]) -> bool:
    """Whether somebody has written the lines there already, or taken out what is to go."""
    if not lines:
        return not now
    return any(list(now[i : i + len(lines)]) == list(lines) for i in range(len(now)))


def _is_taken_out(
    last: Sequence[str], kept: Mapping[int, int], before: int, lines: Sequence[str], now: Sequence[str]
) -> bool:
    """Whether a change at ``before`` is in an entry of a list, and somebody has taken out that, or what changes."""
    heading = _heading(last, before, _indentation(last[before] if not lines else lines[0]))
    return heading is not None and (heading not in kept or not now)


def _heading(last: Sequence[str], at: int, indentation: int) -> int | None:
    """Return the line that begins the entry (``- key: …``) which a line so far indented is in; None: it is in none."""
    for number in range(at - 1, -1, -1):
        line = last[number]
        if line.strip() and _indentation(line) < indentation:
            return number if line.lstrip().startswith("- ") else None
    return None


def _indentation(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _changes(last: Sequence[str], wanted: Sequence[str]) -> Iterator[tuple[int, int, Sequence[str]]]:
    """Yield which lines of ``last`` are to be replaced (from, to), and by what; in their order."""
    for kind, before, after, first, end in SequenceMatcher(None, last, wanted, autojunk=False).get_opcodes():
        if kind == "replace" and _names(last[before:after]) == _names(wanted[first:end]):
            # Each value by itself: somebody may have changed one of them.
            yield from (
                (before + k, before + k + 1, wanted[first + k : first + k + 1]) for k in range(end - first)
            )
        elif kind != "equal":
            yield before, after, wanted[first:end]


def _names(lines: Sequence[str]) -> list[str]:
    """Return what stands before the first colon of each line, such as “  name”."""
    return [line.partition(":")[0] for line in lines]


def _places(last: Sequence[str], there: Sequence[str]) -> Mapping[int, int]:
    """Return where lines of ``last`` are now."""
    blocks = SequenceMatcher(None, last, there, autojunk=False).get_matching_blocks()
    return {block.a + k: block.b + k for block in blocks for k in range(block.size)}


def _span(kept: Mapping[int, int], before: int, after: int, length: int, now: int) -> tuple[int, int] | None:
    """Return between which lines a change belongs now, by the lines that it replaces, else by those around it.

    None where these have gone.
    """
    places = [kept.get(i, -1) for i in range(before, after)]
    if places and places[0] >= 0 and places == list(range(places[0], places[0] + len(places))):
        return places[0], places[-1] + 1
    first = 0 if before == 0 else kept.get(before - 1, -2) + 1
    end = now if after == length else kept.get(after, -1)
    return (first, end) if 0 <= first <= end else None


def changed_lines(there: str, wanted: str) -> tuple[str, ...]:
    """Return the lines that differ, as ``- old`` and ``+ new``."""
    return tuple(line.rstrip() for line in ndiff(_lines(there), _lines(wanted)) if line[0] in "-+")
