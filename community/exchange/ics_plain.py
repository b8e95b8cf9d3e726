"""The texts of somebody else's calendar as plain text, and the link to join that stands in them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser

from community.core.plain_text import one_line

LONGEST_NOTE = 2000
LONGEST_TITLE = 200
_MOST_READ = 8000
"""Characters of a text that are looked at."""
_MOST_LINES = 60
_MARKUP = re.compile(
    r"</?(a|b|blockquote|body|br|div|em|font|h[1-6]|html|i|img|li|ol|p|span|strong|table|tr|td|u|ul)\b[^<>]*>",
    re.IGNORECASE,
)
_UNSEEN = re.compile(r"<[!?][^<>]{0,500}>")
"""What says which HTML it is."""
_STRAY = re.compile(r"""<(?!/?[A-Za-z][^<>"']*(?:"[^"<>]*"[^<>"']*|'[^'<>]*'[^<>"']*)*>)""")
"""What begins no whole tag: the library's reader looks for its end again and again."""
_OWN_LINE = frozenset(
    ("address", "blockquote", "br", "div", "h1", "h2", "h3", "h4", "h5", "h6", "li", "p", "table", "tr")
)
_UNSHOWN = frozenset(("script", "style", "title", "head"))
_GOOGLE = "-::~:~::~", "~::-"
"""How what Google adds to a description begins and ends: how to join, which stands elsewhere too, and “do not edit”."""
_RULED = re.compile(r"[_\-=*~:]{8,}")
"""A line of one sign."""
_LINK = re.compile(r"https://[^\s<>\"'\\^`{|}]{3,1000}")
_MEETING_HOST = re.compile(
    r"(^|[.-])(bbb|bigbluebutton|conf|conference|facetime|jitsi|meet|meeting|talk|teams|visio|webex|whereby|zoom)[.0-9-]"
)
_MEETING_PATH = re.compile(r"/(call|b|rooms|join|meeting|meetup-join|l/meetup-join)/")
"""Where people meet: names of the large services, and as those are usually called that one runs oneself."""
_LONGEST_LINK = 500


class _Reader(HTMLParser):
    """Collects what of an HTML text one sees."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.seen: list[str] = []
        self._unshown = 0
        self._leads_to: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSHOWN:
            self._unshown += 1
        if tag in _OWN_LINE:
            self.seen.append("\n- " if tag == "li" else "\n")
        if tag == "a":
            self._leads_to.append(dict(attrs).get("href") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSHOWN:
            self._unshown = max(0, self._unshown - 1)
        if tag in _OWN_LINE and tag not in ("br", "li", "tr"):
            self.seen.append("\n")
        if tag == "a" and self._leads_to:
            link = self._leads_to.pop()
            if link.startswith("https://") and self.seen[-1:] != [link]:
                self.seen.append(f" ({link})")

    def handle_data(self, data: str) -> None:
        if not self._unshown:
            self.seen.append(data)


def plain_note(text: str) -> str:
    """Return a description as paragraphs of plain text, without control and direction characters, shortened."""
    shown = _without_googles(text[:_MOST_READ])
    if _MARKUP.search(shown):
        shown = _STRAY.sub("&lt;", _UNSEEN.sub("", _without_comments(shown)))
        reader = _Reader()
        reader.feed(shown.replace("\n", " ") if re.search(r"<(br|p|div)\b", shown, re.IGNORECASE) else shown)
        reader.close()
        shown = "".join(reader.seen)
    lines = (one_line(line, longest=LONGEST_NOTE) for line in shown.split("\n"))
    whole = "\n".join(_parted([line for line in lines if not _RULED.fullmatch(line)])).strip()
    return whole if len(whole) <= LONGEST_NOTE else f"{whole[: LONGEST_NOTE - 1].rstrip()}…"


def _without_googles(text: str) -> str:
    start, end = text.find(_GOOGLE[0]), text.rfind(_GOOGLE[1])
    return text if not -1 < start < end else text[:start] + text[end + len(_GOOGLE[1]) :]


def _without_comments(text: str) -> str:
    seen, at = [], 0
    while (start := text.find("<!--", at)) >= 0 and (end := text.find("-->", start)) >= 0:
        seen.append(text[at:start])
        at = end + len("-->")
    return "".join([*seen, text[at:]])


def _parted(lines: list[str]) -> Iterator[str]:
    """Yield the lines with one empty line at most between two."""
    for number, line in enumerate(lines[:_MOST_LINES]):
        if line or (number and lines[number - 1]):
            yield line


def plain_line(text: str) -> str:
    """Return a title or a place on one line."""
    return one_line(text, longest=LONGEST_TITLE)


def join_link(said: Iterable[str], texts: Iterable[str]) -> str | None:
    """Return the link to join: of a property (``said``, the surest first), else in the texts one where people meet."""
    found = (link for text in said for link in links_in(text))
    meeting = (link for text in texts for link in links_in(text) if _is_to_meet(link))
    return next((link for link in (*found, *meeting) if len(link) <= _LONGEST_LINK), None)


def _is_to_meet(link: str) -> bool:
    host, slash, path = link.removeprefix("https://")[:_LONGEST_LINK].partition("/")
    return _MEETING_HOST.search(host.lower()) is not None or _MEETING_PATH.match(slash + path) is not None


def links_in(text: str) -> Iterator[str]:
    """Yield the links of a text; none that a client shows as a person or a room, or otherwise than it is."""
    for found in _LINK.finditer(text[:_MOST_READ]):
        link = found[0].rstrip(".,;:!?)]")
        if "matrix.to" not in link.lower() and link == one_line(link):
            yield link


def without_link(place: str, link: str | None) -> str:
    """Return a place without the link to join, which calendar programs write there too."""
    left = place if link is None else place.replace(link, " ")
    return plain_line(left).strip(" ·,;|-–()")
