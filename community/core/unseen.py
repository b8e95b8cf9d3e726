"""Characters that nobody sees, or takes for a plain blank: found, named, and removed where they have no meaning.

They come along when a text is copied from a message, a web page or a word processor. In a name or a sentence they may
have a meaning (a no-break space before a French colon, the joiners of Persian and of emoji) and stay as they are.
"""

from __future__ import annotations

import re
import unicodedata

from community.core.messages import Message, msg

_UNSEEN = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0"
)
_BLANK = "\u00a0\u1680\u2000-\u200a\u202f\u205f\u2800\u3000"
"""Blanks that are not the one of the keyboard."""
GAP = rf"\s{_UNSEEN}{_BLANK}"
"""All that may stand where one sees nothing or a blank, for the set of a pattern."""
UNSEEN = re.compile(f"[{_UNSEEN}]")
BLANK = re.compile(f"[{_BLANK}]")
_NOT_PLAIN = re.compile(f"[{_UNSEEN}{_BLANK}]")
_FORMAL = re.compile(r"[!-~]+|[0-9][0-9-]* [0-9a-z:]+")
"""Signs of a keyboard without a blank: a key, a code, an address, a link. Or a day and a time; or a length of time."""
_MISPLACED = re.compile(f"^(?:[ ]|- )*([{_UNSEEN}{_BLANK}])|[:-]([{_UNSEEN}{_BLANK}])")


def without_unseen(text: str) -> str:
    """Return ``text`` without the characters that nobody sees, and with plain blanks for others, none around it."""
    if text.isascii():
        return text
    return BLANK.sub(" ", UNSEEN.sub("", text)).strip(" ")


def formal_text(text: str) -> str:
    """Return a key, code, address, link or day as it looks; any other text as it is.

    All readers of files take this form of what they read, so that a key with an invisible character in it is the key.
    """
    if text.isascii() or _NOT_PLAIN.search(text) is None:
        return text
    plain = without_unseen(text)
    return plain if _FORMAL.fullmatch(plain) else text


def misplaced_in(line: str) -> int | None:
    """Return the position (from 0) of such a character where YAML wants a plain blank, else None."""
    found = _MISPLACED.search(line)
    return None if found is None else found.end() - 1


def code_point(char: str) -> str:
    """Return a character's number as Unicode writes it: U+200B."""
    return f"U+{ord(char):04X}"


def named(char: str) -> Message:
    """Return a character as a sentence can show it: in quotation marks, an invisible one by what it is."""
    if BLANK.fullmatch(char):
        return msg("a special blank ({code})", code=code_point(char))
    if UNSEEN.fullmatch(char) or unicodedata.category(char).startswith("C"):
        return msg("an invisible character ({code})", code=code_point(char))
    if unicodedata.combining(char):
        return msg("an accent ({code})", code=code_point(char))
    if char.isascii():
        return msg("“{char}”", char=char)
    return msg("“{char}” ({code})", char=char, code=code_point(char))
