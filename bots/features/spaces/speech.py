"""Makes replies about spaces of sentences and names, in one language. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from bots.context.message import Effect, Reply
from bots.context.reply_text import reply_of
from community.core.messages import Message, Translator
from community.core.plain_text import clean, isolated, listed
from community.description.model import Theme
from community.description.rooms import DescribedRoom
from community.directory.lines import Line

LONGEST_NAME = 120
LISTED = 40
"""Rooms that one sentence names."""


@dataclass(frozen=True, slots=True)
class SpaceSpeech:
    """Speaks by one translator."""

    translate: Translator

    def say(self, *sentences: Message, effects: tuple[Effect, ...] = ()) -> Reply:
        """Return a reply of sentences, each a paragraph."""
        return self.show(sentences, effects=effects)

    def show(
        self,
        head: Sequence[Message],
        cards: Sequence[Sequence[Line]] = (),
        tail: Sequence[Message] = (),
        *,
        effects: tuple[Effect, ...] = (),
    ) -> Reply:
        """Return a reply of sentences, cards, sentences."""
        said, after = ([self.translate(each) for each in part] for part in (head, tail))
        return replace(reply_of(said, cards, after, self.translate.language), effects=effects)

    def theme(self, theme: Theme) -> str:
        """Return what a theme is called."""
        return self.name(theme.name.text(self.translate.language))

    def name(self, text: str) -> str:
        """Return a name that is safe in a sentence."""
        return isolated(clean(text, longest=LONGEST_NAME), self.translate.language)

    def rooms(self, rooms: Iterable[DescribedRoom]) -> str:
        """Return the names of rooms, one after the other."""
        language = self.translate.language
        names = dict.fromkeys(clean(room.name.text(language), longest=LONGEST_NAME) for room in rooms)
        return listed(list(names)[:LISTED], language, apart=True)
