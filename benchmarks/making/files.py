"""The files of a description that a benchmark has made up."""

from __future__ import annotations

from pathlib import Path

import yaml

from community.description.model import Description


def write_files(description: Description, folder: Path) -> None:
    """Write the files of a community without a directory and a calendar into a new folder."""
    folder.mkdir()
    written = description.community.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    (folder / "community.yaml").write_text(yaml.safe_dump(written, allow_unicode=True, sort_keys=False))
    for name in ("directory.yaml", "calendar.yaml", "settings.yaml"):
        (folder / name).write_text("version: 1\n")
