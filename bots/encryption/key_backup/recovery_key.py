"""The recovery key as people write it down (spec, Appendices, "Cryptographic key representation"). Pure."""

from __future__ import annotations

from functools import reduce
from operator import xor

from bots.errors import RecoveryKeyMistyped

KEY_BYTES = 32
_PREFIX = bytes((0x8B, 0x01))
_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_GROUP = 4
_LONGEST = 200
"""Characters; a key has 59 with its spaces."""


def written(key: bytes) -> str:
    """Return a key of 32 bytes in base58, in groups of four characters, with a check against slips."""
    whole = _PREFIX + key
    number, text = int.from_bytes(whole + bytes((reduce(xor, whole),)), "big"), ""
    while number:
        number, digit = divmod(number, len(_ALPHABET))
        text = _ALPHABET[digit] + text
    return " ".join(text[at : at + _GROUP] for at in range(0, len(text), _GROUP))


def read(text: str) -> bytes:
    """Return the key that somebody has written down; spaces and line ends do not matter.

    Raises:
        RecoveryKeyMistyped: it is none: a character is missing, wrong or too many.
    """
    characters = "".join(text[:_LONGEST].split())
    if len(text) > _LONGEST or not characters or not set(characters) <= set(_ALPHABET):
        raise RecoveryKeyMistyped
    number = reduce(lambda so_far, each: so_far * len(_ALPHABET) + _ALPHABET.index(each), characters, 0)
    size = len(_PREFIX) + KEY_BYTES + 1
    whole = number.to_bytes(_LONGEST, "big")
    if any(whole[:-size]) or not whole[-size:].startswith(_PREFIX) or reduce(xor, whole):
        raise RecoveryKeyMistyped
    return whole[-size:][len(_PREFIX) : -1]
