"""Values that only depend on the program's own files, kept beside Python's compiled modules until one of those changes.

Whoever can write there could change the compiled modules too, so the file is trusted like them. Where nothing
can be written, or ``PYTHONDONTWRITEBYTECODE`` is set, the value is made each time.
"""

from __future__ import annotations

import hashlib
import marshal
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from importlib.util import cache_from_source
from pathlib import Path
from typing import Any, TypeVar

Value = TypeVar("Value")
"""Of tuples, lists, mappings, texts and numbers: what `marshal` writes."""


def compiled(name: str, sources: Sequence[Path], further: str, make: Callable[[], Value]) -> Value:
    """Return what ``make`` returns, which depends on the texts of ``sources`` and on ``further`` alone."""
    digest = hashlib.sha256(f"{sys.version} {further}".encode())
    for source in sources:
        digest.update(source.read_bytes())
    path = Path(cache_from_source(str(sources[0]))).with_name(f"{name}.{sys.implementation.cache_tag}.bin")
    kept: tuple[Value] | None = _read(path, digest.digest())
    if kept is not None:
        return kept[0]
    value = make()
    if not sys.dont_write_bytecode:
        _write(path, digest.digest(), value)
    return value


def _read(path: Path, digest: bytes) -> tuple[Any] | None:
    """Return the value that was kept for exactly these sources; None where there is none, or the file is damaged."""
    try:
        content = path.read_bytes()
        body = content[2 * len(digest) :]
        if content[: len(digest)] != digest or content[len(digest) :][: len(digest)] != _sum(body):
            return None
        return (marshal.loads(body),)  # noqa: S302 - see the module's docstring
    except (OSError, ValueError, EOFError, TypeError):
        return None


def _write(path: Path, digest: bytes, value: Any) -> None:
    body = marshal.dumps(value)
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
        with os.fdopen(handle, "wb") as file:
            file.write(digest + _sum(body) + body)
        Path(name).replace(path)
    except OSError:
        pass  # as for compiled modules: it is only slower without


def _sum(body: bytes) -> bytes:
    return hashlib.sha256(body).digest()
