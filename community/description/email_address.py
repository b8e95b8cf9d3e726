"""One reading of e-mail addresses for files, tables and the chat. Pure.

What an address is copied with (``mailto:``, brackets, a full stop at the end of a sentence) is left out. Of what RFC
5321 allows, quoted local parts and addresses without a domain's name are refused: nobody has one, and who writes one
means something else.
"""

from __future__ import annotations

import re

from community.core.messages import Message, msg
from community.core.unseen import BLANK, UNSEEN, named, without_unseen

_LONGEST, _LONGEST_LOCAL = 254, 64
"""Characters of an address, and of its part before the @ (RFC 5321, section 4.5.3.1)."""
_BEFORE = " <([\"'«“‘,;:"
_AFTER = " >)]\"'»”’,;:."
_MAILTO = re.compile(r"^mailto:", re.IGNORECASE)
_SUBJECT = re.compile(r"(@[^?]*)\?.*")
"""What a link to an address may end with (RFC 6068); or only the question's mark."""
_NO_SIGN = re.compile(r"[^\w!#$%&'*+/=?^`{|}~.@-]")
"""A character that no address has; letters are those of any script (RFC 6531)."""
_LIKE_AT = "＠﹫"
_LOCAL = r"[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*"
_LABEL = r"[^\W_](?:[^\W_]|-+(?=[^\W_]))*"
_ADDRESS = re.compile(rf"(?P<local>{_LOCAL})@(?:{_LABEL}\.)+(?!\d+$){_LABEL}")


def email_address(text: str) -> str | Message:
    """Return the form of an address that is kept, or the sentence that says why it is none."""
    plain = without_unseen(text).lstrip(_BEFORE)
    plain = _SUBJECT.sub(r"\1", _MAILTO.sub("", plain)).lstrip(_BEFORE).rstrip(_AFTER)
    found = _ADDRESS.fullmatch(plain) if len(plain) <= _LONGEST else None
    if found is not None and len(found["local"]) <= _LONGEST_LOCAL and "." not in plain[-2:]:
        return plain
    return _wrong(text, plain)


def _wrong(text: str, plain: str) -> Message:
    bad = next((found.start() for found in _NO_SIGN.finditer(plain)), None)
    if "@" not in plain and not (bad is not None and plain[bad] in _LIKE_AT):
        bad = None  # it is no address at all
    elif bad is None and plain.count("@") > 1:
        bad = plain.rindex("@")
    if bad is None:
        return msg(
            "“{value}” is not an e-mail address: expected such as “waste@city.example.org”", value=text
        )
    position = _position(text, plain, bad)
    return msg(
        "“{value}” is not an e-mail address: its character {position} is {character}",
        value=text,
        position=position + 1,
        character=named(text[position]),
    )


def _position(text: str, plain: str, index: int) -> int:
    """Return where (from 0) a character of ``plain`` stands in ``text``, which may have others around it."""
    seen = [i for i, char in enumerate(text) if UNSEEN.match(char) is None]
    bare = "".join(BLANK.sub(" ", text[i]) for i in seen)
    return seen[bare.rindex(plain) + index]
