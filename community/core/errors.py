"""The house's own errors, one tree for all floors.

::

    PalabreError                    anything Palabre itself can explain: has a sentence and a remedy
    ├── DescriptionError            the files of config/ are wrong; carries every `Problem`
    │   └── OtherCommunity          they are of another community than the one that is there
    ├── DataFolderError             the data folder: not writable, in use by another process, damaged
    ├── StoreError                  the database: cannot be opened, is newer than this program
    ├── JoiningError                somebody cannot come by an invitation's link: used up, run out, taken back, unknown
    ├── EntryConflict               an entry of the directory is not as it was when somebody began to change it
    ├── EntriesChanged              entries have changed since something was made from them, so it was not begun
    ├── MatrixError                 the homeserver (floor `matrix`)
    │   ├── HomeserverUnreachable   no answer: refused, timed out, cut off
    │   ├── NotAHomeserver          something answered, but it does not speak Matrix
    │   └── MatrixRequestError      an answer with an ``errcode``; a subclass for each one that we handle
    ├── DownloadRefused             nothing was got from an address that a person named (floor `matrix`)
    ├── ProvisioningError           (floor `provisioning`) a plan that is out of date, a change that failed
    ├── BotError                    (floor `bots`) identity, encryption, a room that must not be spoken in
    └── CommandError                (floor `palabre_cli`) a port taken, a child that will not start

The sentence says what is wrong, the remedy what to do; both are `Message`, so they are read in the reader's
language. Foreign exceptions stop at the adapter that meets them and are chained (``raise … from error``).
Neither may carry a secret or the text of a conversation.
"""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from community.core.messages import Message, nmsg


class PalabreError(Exception):
    """Something Palabre can explain to a person: one sentence, and what to do about it."""

    def __init__(self, sentence: Message, remedy: Message | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.remedy = remedy

    def __str__(self) -> str:
        """Return sentence and remedy in English."""
        return " ".join(str(part) for part in (self.sentence, self.remedy) if part is not None)


@dataclass(frozen=True, slots=True, order=True)
class SourcePosition:
    """Where something stands in a file: line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in the description.

    ``path`` names the value as ``cities[3].timezone``; empty for the file as a whole.
    """

    place: SourcePosition
    path: str
    what: Message


class DescriptionError(PalabreError):
    """The description cannot be used; ``problems`` has each reason, sorted by place."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda p: (p.place, p.path)))
        super().__init__(
            nmsg(
                "The description has {count} problem.",
                "The description has {count} problems.",
                count=len(self.problems),
            )
        )


class DataFolderError(PalabreError):
    """The data folder cannot be used."""


class StoreError(PalabreError):
    """The store cannot be used."""


class EntryConflict(PalabreError):
    """A change of the directory was refused, for its entry is not (or no longer) what the change begins with."""


class EntriesChanged(PalabreError):
    """What was to begin was made from entries of which some have changed since; nothing was begun."""


def place_of(error: Exception) -> str:
    """Return the innermost file and line that an exception comes from."""
    *_, frame = traceback.extract_tb(error.__traceback__)
    return f"{Path(frame.filename).name}:{frame.lineno}"
