"""Which version of Palabre this is."""

from __future__ import annotations

import tomllib
from importlib.metadata import version as installed_version
from pathlib import Path

_PROJECT = Path(__file__).parent.parent / "pyproject.toml"


def version() -> str:
    """Return the version of the checkout that runs, where it is one; else that of the installed package."""
    if _PROJECT.is_file():
        return str(tomllib.loads(_PROJECT.read_text())["project"]["version"])
    return installed_version("palabre")
