"""Reads the homeserver's own configuration."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from community.description.yaml_text import parse
from palabre_cli.backup.errors import cannot_read


def options_of(configuration: Path) -> Mapping[str, Any]:
    """Return the options of Synapse's configuration by name; none where there is no such file.

    Raises:
        BackupError: it cannot be read.
    """
    try:
        parsed = parse(configuration.read_bytes(), configuration.name)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise cannot_read(configuration, error) from error
    return parsed.value if isinstance(parsed.value, dict) else {}
