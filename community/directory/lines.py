"""Lines of a reply: as plain text, and the same in Matrix's subset of HTML (spec, "m.room.message msgtypes"). Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from community.core.messages import Message, Translator

_SAID_BY_ITSELF = ("https://matrix.to/", "mailto:", "tel:")
"""Links that clients make by themselves, or whose text is the address: plain text leaves them out."""
_PLACE = re.compile("[\ue000-\ue0ff]")


@dataclass(frozen=True, slots=True)
class Line:
    """A line, or a piece of one. ``link`` is where its text leads; ``strong``: shown in bold.

    ``more`` are further pieces of the same line. ``plain_only``: HTML says it otherwise, and leaves the line out.
    """

    text: str
    link: str | None = None
    strong: bool = False
    more: tuple[Line, ...] = ()
    plain_only: bool = False

    def html(self) -> str:
        """Return the line in HTML, with all text escaped."""
        inner = escape(self.text)
        if self.link is not None:
            inner = f'<a href="{escape(self.link)}">{inner}</a>'
        own = f"<strong>{inner}</strong>" if self.strong and inner else inner
        return own + "".join(piece.html() for piece in self.more)

    def plain(self) -> str:
        """Return the line as text, with the link if the text does not contain it."""
        says_more = self.link not in (None, self.text) and not str(self.link).startswith(_SAID_BY_ITSELF)
        own = f"{self.text} · {self.link}" if says_more else self.text
        return own + "".join(piece.plain() for piece in self.more)


def sentence(translate: Translator, message: Message, places: Mapping[str, Line]) -> Line:
    """Return a sentence in which some ``{named}`` places are pieces of a line, such as a person's link.

    ``message`` has no values for these places. The pieces are inserted at marks of private-use characters, which
    `community.core.plain_text.clean` removes from all other text, so nothing else can be taken for a mark.
    """
    marks = {name: chr(0xE000 + number) for number, name in enumerate(places)}
    pieces = dict(zip(marks.values(), places.values(), strict=True))
    text = translate(Message(message.msgid, {**message.params, **marks}, message.plural))
    around = _PLACE.split(text)
    inside = [pieces[mark] for mark in _PLACE.findall(text)]
    more = [piece for pair in zip(inside, map(Line, around[1:]), strict=True) for piece in pair]
    return Line(around[0], more=tuple(piece for piece in more if piece.text))
