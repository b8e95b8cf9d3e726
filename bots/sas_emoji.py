"""The 64 emoji that people compare, each with its name in their language (spec, "SAS method: emoji").

The table is the specification's own, beside this module, with its source and its licence. Apps take their names from it
too, so that the names that people compare are the same. It has none in Swahili, and no app that verifies speaks it:
there the names are English, as in the app.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path

_TABLE = Path(__file__).with_name("sas_emoji.json")
_ENGLISH = "en"


def emoji_names(numbers: Iterable[int], language: str) -> tuple[tuple[str, str], ...]:
    """Return the emoji of these numbers, each with its name in a language, in English where the table has none."""
    rows = [_table()[number] for number in numbers]
    return tuple((row["emoji"], row.get(language, row[_ENGLISH])) for row in rows)


@cache
def _table() -> tuple[dict[str, str], ...]:
    return tuple(json.loads(_TABLE.read_text(encoding="utf-8"))["emoji"])
