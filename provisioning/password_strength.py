"""How strong a password is. The only importer of zxcvbn."""

from __future__ import annotations

import asyncio
import threading
import unicodedata
from collections.abc import Collection, Sequence
from typing import Any

from zxcvbn import zxcvbn

from community.core.words import fold
from community.joining.account_request import SHORTEST_PASSWORD, PasswordFault

_ENOUGH = 3
"""Of zxcvbn's scores 0 to 4: 10^8 guesses or more."""
_LOOKED_AT = 24
"""Characters: the rest only adds. zxcvbn takes a quarter of a second for the worst 24, and seven for the worst 63."""
_LEFT = 6
"""Letters and digits that a password has beside names, at least: zxcvbn takes two names and a year for strong."""
_UNTYPABLE = ("Cc", "Cs", "Zl", "Zp")
_one_at_a_time = threading.Lock()
"""zxcvbn keeps the names that it is given where another call finds them."""


async def fault_of_password(password: str, names: Sequence[str]) -> PasswordFault | None:
    """Return why a password is too weak, None where it is not; other tasks go on meanwhile.

    ``names``: folded words (`community.core.words.fold`) of which it is not to be made.
    """
    return await asyncio.to_thread(password_fault, password, names)


def password_fault(password: str, names: Sequence[str]) -> PasswordFault | None:
    """Do what `fault_of_password` does, while everything waits."""
    # As the homeserver makes it even before it is hashed.
    even = unicodedata.normalize("NFKC", password)
    if any(unicodedata.category(character) in _UNTYPABLE for character in even):
        return PasswordFault.UNTYPABLE
    if len(even) < SHORTEST_PASSWORD:
        return PasswordFault.SHORT
    if _is_of_names(fold(even), names):
        return PasswordFault.NAMES
    found = _weakest([even, fold(even)], names)
    return None if found["score"] >= _ENOUGH else _fault(found["sequence"])


def _is_of_names(password: str, names: Sequence[str]) -> bool:
    left = password
    for name in sorted(names, key=len, reverse=True):
        left = left.replace(name, "")
    return left != password and sum(map(str.isalnum, left)) < _LEFT


def _weakest(ways: Collection[str], names: Sequence[str]) -> dict[str, Any]:
    with _one_at_a_time:
        results = [zxcvbn(way[:_LOOKED_AT], user_inputs=list(names)) for way in dict.fromkeys(ways) if way]
        zxcvbn("-", user_inputs=[])  # it forgets the names
    return min(results, key=lambda result: result["guesses"])


def _fault(sequence: Sequence[dict[str, Any]]) -> PasswordFault:
    patterns = {match["pattern"] for match in sequence}
    dictionaries = {match.get("dictionary_name") for match in sequence}
    if "user_inputs" in dictionaries:
        return PasswordFault.NAMES
    if "dictionary" in patterns:
        return PasswordFault.COMMON
    return PasswordFault.PATTERN if patterns - {"bruteforce"} else PasswordFault.GUESSABLE
