"""What should be in a backup and is not: noted as it is made, written into its manifest, said by all who read it. Pure.

The manifest has each as a comment, so that ``sha256sum --check`` passes over it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import assert_never

from community.core.messages import Message, msg, nmsg

MOST_WRITTEN = 1000
"""So many gaps are named in a manifest; of more it says how many."""
LONGEST = 20_000_000
"""The most bytes that a manifest may have of gaps: what is read may be anybody's."""
_MOST_NAMED = 10
_LINE = re.compile(r"# left out \((?P<reason>[a-z]+)\): (?P<what>[\x20-\x7e]+)")


class GapReason(StrEnum):
    """Why something is not in a backup."""

    NAME = "name"
    """Its name is too odd for an archive."""
    LINK = "link"
    """It is a link that leads nowhere."""
    MEDIA = "media"
    """The homeserver keeps its media where they are not copied."""
    MORE = "more"
    """Further ones, which are not named: how many."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that is left out: why, and its path where the backup was made, in ASCII, odd letters escaped."""

    reason: GapReason
    what: str

    @classmethod
    def of(cls, reason: GapReason, path: Path) -> Gap:
        """Return the gap where ``path`` should be."""
        text, escaped = str(path), ascii(str(path))
        is_plain = reason is not GapReason.NAME and escaped[1:-1] == text
        return cls(reason, text if is_plain else escaped)


def gap_lines(gaps: Sequence[Gap]) -> bytes:
    """Return what a manifest says of what is left out; nothing where all is in it."""
    written = list(gaps[:MOST_WRITTEN])
    if len(gaps) > MOST_WRITTEN:
        written.append(Gap(GapReason.MORE, str(len(gaps) - MOST_WRITTEN)))
    return "".join(f"# left out ({gap.reason}): {gap.what}\n" for gap in written).encode()


def read_gaps(content: bytes) -> tuple[Gap, ...]:
    """Return what `gap_lines` has written. Raises ValueError where it is something else."""
    *lines, last = content.decode("ascii").split("\n")
    found = tuple(_read(line) for line in lines)
    if last or len(found) > MOST_WRITTEN + 1:
        raise ValueError("no gaps")
    return found


def _read(line: str) -> Gap:
    said = _LINE.fullmatch(line)
    if said is None:
        raise ValueError("no gap")
    gap = Gap(GapReason(said["reason"]), said["what"])
    if gap.reason is GapReason.MORE and not (gap.what.isdecimal() and len(gap.what) < len(str(LONGEST))):
        raise ValueError("no number")
    return gap


def gap_sentences(gaps: Sequence[Gap]) -> Iterator[Message]:
    """Say what is not in a backup that is read, a few by name."""
    named = [gap for gap in gaps if gap.reason is not GapReason.MORE]
    further = sum(int(gap.what) for gap in gaps if gap.reason is GapReason.MORE)
    yield from map(_said, named[:_MOST_NAMED])
    yield from further_sentence(len(named[_MOST_NAMED:]) + further)


def made_sentences(gaps: Sequence[Gap]) -> Iterator[Message]:
    """Say what is not in a backup that was just made, a few by name, and what to do."""
    yield from map(_to_do, gaps[:_MOST_NAMED])
    yield from further_sentence(len(gaps) - _MOST_NAMED)


def further_sentence(count: int) -> Iterator[Message]:
    """Say how many there are that are not named, if any."""
    if count > 0:
        yield nmsg("And {count} more file like that.", "And {count} more files like that.", count=count)


def _said(gap: Gap) -> Message:
    match gap.reason:
        case GapReason.NAME:
            return msg("It was left out, for its name was too odd for an archive: {path}", path=gap.what)
        case GapReason.LINK:
            return msg("It was left out, for it was a link that led nowhere: {path}", path=gap.what)
        case GapReason.MEDIA:
            return msg("The media were left out, for the homeserver kept them in {path}", path=gap.what)
        case GapReason.MORE:
            raise AssertionError("those are counted")
        case _:
            assert_never(gap.reason)


def _to_do(gap: Gap) -> Message:
    match gap.reason:
        case GapReason.NAME:
            return msg(
                "Not in it, for its name is too odd for an archive: {path}. Rename it, or delete it.",
                path=gap.what,
            )
        case GapReason.LINK:
            return msg(
                "Not in it, for it is a link that leads nowhere: {path}. Put back what it leads to, or delete it.",
                path=gap.what,
            )
        case GapReason.MEDIA:
            return msg(
                "Media are not in it: the homeserver keeps them in {folder}, which is not {expected}. Put a link "
                "there, or back them up by other means.",
                folder=gap.what,
                expected="DATA/synapse/media",
            )
        case GapReason.MORE:
            raise AssertionError("what is made has each")
        case _:
            assert_never(gap.reason)
