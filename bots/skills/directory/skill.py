"""Contacts, resources and projects, from the directory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bots.skill import Asked, Reply
from bots.skills.rendering import reply_of
from community.asking.cards import Cards
from community.asking.index import Index
from community.asking.lexicon import Lexicon
from community.asking.question import Question, parse
from community.messages import Message, Translator, msg, nmsg
from community.model import Community, Contact

AT_MOST = 5
"""Entries in one reply."""


class DirectorySkill:
    """Answers from one state of the directory."""

    def __init__(
        self,
        community: Community,
        lexicon: Lexicon,
        index: Index,
        translators: Mapping[str, Translator],
        server_name: str,
    ) -> None:
        self._community = community
        self._lexicon = lexicon
        self._index = index
        self._translators = translators
        self._server_name = server_name

    def answer(self, asked: Asked) -> Reply | None:
        """Return the entries that answer, or come near; None where nothing was asked that could be found."""
        question = parse(asked.text, self._lexicon, _default_language(asked, self._translators))
        question = _in_room(question, asked)
        if question.is_empty:
            return None
        answer = self._index.search(question)
        if not answer.entries:
            return None
        translate = self._translators[question.language]
        cards = Cards(self._community, translate, self._server_name, asked.now, self._contact)
        shown = [cards.lines(entry) for entry in answer.entries[:AT_MOST]]
        head = [] if answer.certain else [translate(_nearest(question))]
        left = len(answer.entries) - len(shown)
        return reply_of(head, shown, [_more(translate, left)] if left and answer.certain else [])

    def _contact(self, key: str) -> Contact | None:
        entry = self._index.entry("contact", key)
        return entry if isinstance(entry, Contact) else None


def _default_language(asked: Asked, translators: Mapping[str, Translator]) -> str:
    return next((code for code in asked.person.languages if code in translators), next(iter(translators)))


def _in_room(question: Question, asked: Asked) -> Question:
    """Return the question with the room's theme, where it names none and is not about something else."""
    if asked.theme is None or question.themes or question.rest or not (question.kinds or question.cities):
        return question
    return replace(question, themes=frozenset({asked.theme}))


def _nearest(question: Question) -> Message:
    if question.kinds == {"contact"}:
        return msg("I know nobody for exactly that. The nearest I have:")
    return msg("I have nothing for exactly that. The nearest I have:")


def _more(translate: Translator, left: int) -> str:
    return translate(
        nmsg(
            "And {count} more: name a city or a theme to narrow it down.",
            "And {count} more: name a city or a theme to narrow it down.",
            count=left,
        )
    )
