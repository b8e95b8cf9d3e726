"""The pages that there are, by their names; a folder has their texts, which `palabre init` has written."""

from __future__ import annotations

from pathlib import Path

from community.core.text_file import bytes_of

PAGES = frozenset({"welcome.html"})


def page(folder: Path, name: str) -> str | None:
    """Return the text of a page, None where there is none of that name or it cannot be read."""
    if name not in PAGES:
        return None
    try:
        return bytes_of(folder / name).decode()
    except (OSError, UnicodeDecodeError):
        return None
