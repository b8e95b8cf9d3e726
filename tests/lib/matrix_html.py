"""What Matrix's subset of HTML allows (spec, "m.room.message msgtypes"), and Element's sanitizer lets through."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

TAGS = frozenset(
    "del h1 h2 h3 h4 h5 h6 blockquote p a ul ol sup sub li b i u strong em s code hr br div table thead tbody tr th "
    "td caption pre span img details summary".split()
)
SCHEMES = ("https:", "http:", "ftp:", "mailto:", "magnet:", "tel:")
"""``tel:`` is not among the specification's; Element, on a desk and on a phone, follows it."""


@dataclass
class Seen(HTMLParser):
    """The tags, attributes, links and text of an HTML body."""

    tags: set[str] = field(default_factory=set)
    attributes: set[tuple[str, str]] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    text: str = ""
    open: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {(tag, name) for name, _value in attrs}
        self.links += [value or "" for name, value in attrs if name == "href"]
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def seen(html: str) -> Seen:
    """Return what is in an HTML body, having checked that it is well formed and in the subset."""
    found = Seen()
    found.feed(html)
    found.close()
    assert found.open == []
    assert found.tags <= TAGS
    assert found.attributes <= {("a", "href")}
    assert all(link.startswith(SCHEMES) for link in found.links)
    return found
