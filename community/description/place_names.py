"""What the places of a network are called: cities, if the community has no other word."""

from __future__ import annotations

from collections.abc import Iterator

from community.description.described import Described
from community.description.fields import Localized


class PlaceNames(Described):
    """One of them and several, as they stand alone: ``{one: library, many: libraries}``."""

    one: Localized
    many: Localized

    def pair(self, language: str) -> tuple[str, str]:
        """Return both forms in a language."""
        return self.one.text(language), self.many.text(language)

    def all(self) -> Iterator[str]:
        """Give both forms in each language."""
        yield from (text for form in (self.one, self.many) for _language, text in form)
