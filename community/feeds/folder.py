"""The folder in which each feed is published: a file for each, named by the digest of its secret."""

from __future__ import annotations

from pathlib import Path

from community.core.address_secret import is_digest


def feed_file(folder: Path, digest: str) -> Path:
    """Return the file of the feed whose secret has that digest."""
    return folder / f"{digest}.json"


def published_file(folder: Path, digest: str) -> bytes | None:
    """Return what is published under a digest, None where there is nothing."""
    try:
        return feed_file(folder, digest).read_bytes() if is_digest(digest) else None
    except OSError:
        return None
