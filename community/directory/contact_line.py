"""A contact in one line: who it is, what they do, how to reach them. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from community.core.plain_text import clean, isolated, left_to_right
from community.description.directory_model import Contact
from community.directory.cards import Readers
from community.directory.lines import Line

_LONGEST = 120


def contact_line(
    contact: Contact, readers: Readers, server_name: str, language: str, further: tuple[str, ...] = ()
) -> Line:
    """Return the line as these readers may see it. ``further`` are languages that the asker reads too."""

    def text(value: str) -> str:
        return isolated(clean(value, longest=_LONGEST), language)

    function = text(contact.function.text(language, *further))
    more = [Line(f" · {function}")] if function else []
    for way in _ways(contact, readers, server_name, language):
        more += [Line(" · "), way]
    return Line(text(contact.name.text(language, *further)) or contact.key, strong=True, more=tuple(more))


def _ways(contact: Contact, readers: Readers, server_name: str, language: str) -> Iterator[Line]:
    """Give one way to reach a contact; besides, their account, which is a link."""
    if contact.member is not None and readers.see("member", contact):
        user_id = f"@{contact.member}:{server_name}"
        yield Line(left_to_right(user_id, language), f"https://matrix.to/#/{quote(user_id, safe='@:')}")
    if contact.email is not None and readers.see("email", contact):
        yield Line(clean(contact.email, longest=254), f"mailto:{quote(contact.email, safe='@+')}")
    elif contact.phone is not None and readers.see("phone", contact):
        yield Line(left_to_right(clean(contact.phone), language))
