"""Reads files as UTF-8 text, and finds characters that no text file should have."""

from __future__ import annotations

import errno
import os
import re
import stat
from pathlib import Path

from community.core.errors import Problem, SourcePosition
from community.core.messages import Message, msg

MOST_BYTES = 20_000_000
"""The largest file that is read."""

CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")
"""What YAML does not call printable (section 5.1), lone surrogates, and what ends a line in YAML 1.1 alone."""


def bytes_of(path: Path) -> bytes:
    """Return the content of a file. Of one larger than `MOST_BYTES` only a byte more than that is read.

    Pipes and devices are refused: reading one might never end.

    Raises:
        OSError: it cannot be read, or is no file.
    """
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK), "rb") as file:
        mode = os.fstat(file.fileno()).st_mode
        if not stat.S_ISREG(mode):
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), str(path))
        return file.read(MOST_BYTES + 1)


Stamp = tuple[int, int]
"""Nanoseconds and bytes."""


def stamp_of(path: Path) -> Stamp:
    """Return when a file was changed last and its size: another pair than before where it was changed, made or removed.

    The size tells a file that was emptied and written again within one tick of the file system's clock (some 4 ms).
    """
    try:
        found = path.stat()
    except OSError:
        return (0, 0)
    return (found.st_mtime_ns, found.st_size)


def text_of(data: bytes, file: str, not_utf8: Message) -> str | Problem:
    """Return the text of a file in UTF-8, with or without a byte order mark, or why there is none."""
    if len(data) > MOST_BYTES:
        return Problem(SourcePosition(file, 1, 1), "", msg("the file is larger than 20 MB"))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # What stands before the first wrong byte is right, so its characters can be counted; without the mark.
        lines = error.object[: error.start].split(b"\n")
        column = len(lines[-1].decode("utf-8")) + 1
        return Problem(SourcePosition(file, len(lines), column), "", not_utf8)


def control_character(found: re.Match[str]) -> Message:
    """Return the sentence for a character that `CONTROL` has found."""
    return msg("there is a control character (U+{code}): remove it", code=f"{ord(found[0]):04X}")
