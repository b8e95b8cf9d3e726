"""What the features answer from: the community's description, and the directory as it is now."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from community.agenda.calendar_index import CalendarIndex
from community.core.messages import LANGUAGES, Translator, translator
from community.description.directory_model import Visible
from community.description.model import Community, Member
from community.directory.naming import KnownEntries
from community.search.index import Index
from community.search.lexicon import Lexicon


@dataclass(frozen=True, eq=False)
class Knowledge:
    """One state of it. ``index``, ``known``, ``calendar`` follow the entries; the rest is made anew where it changes.

    ``members`` are by user name, ``translators`` by language code, the bot's own language first; ``examples``
    gives questions that have an answer here.
    """

    community: Community
    members: Mapping[str, Member]
    lexicon: Lexicon
    index: Index
    known: KnownEntries
    translators: Mapping[str, Translator]
    server_name: str
    visible: Visible
    calendar: CalendarIndex
    examples: Callable[[Translator], Sequence[str]]

    def translator(self, languages: Sequence[str]) -> Translator:
        """Return the translator into the first of ``languages`` that the bot speaks, else into its own first."""
        spoken = (self.translators[code] for code in languages if code in self.translators)
        return next(spoken, next(iter(self.translators.values())))


def translators_of(community: Community, catalogues: tuple[Path, ...]) -> dict[str, Translator]:
    """Return the translators into all languages of the chat, which call places what the community does."""
    own = community.places
    return {
        language: translator(language, catalogues, None if own is None else own.pair(language))
        for language in LANGUAGES
    }
