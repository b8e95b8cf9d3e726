"""Contacts, resources and projects, from the directory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from bots.skill import Asked, Count, Effect, PassOn, Reply
from bots.skills.conversations import Conversations
from bots.skills.directory.said import Said, said
from bots.skills.rendering import fitting, reply_of
from community.asking.cards import Cards, Readers
from community.asking.index import Entry, EntryKey, Index, kind_of
from community.asking.lexicon import Lexicon
from community.asking.question import Question, parse
from community.messages import Message, Translator, msg, nmsg
from community.model import Attachment, Community, Contact, Member, Resource, Visible
from community.plain_text import isolated

AT_MOST = 5
"""Cards in one reply."""
_REMEMBERED = 200
"""Entries of an answer that “more” can come to."""


@dataclass(frozen=True, slots=True)
class Before:
    """What was asked and shown in a conversation. ``keys`` are all that was found, ``shown`` how many were shown.

    ``offered``: the asker may have the question passed on by a word.
    """

    question: Question
    text: str
    keys: tuple[EntryKey, ...] = ()
    shown: int = 0
    offered: bool = False


@dataclass(frozen=True)
class Knowledge:
    """What the skill answers from."""

    community: Community
    members: Mapping[str, Member]
    lexicon: Lexicon
    index: Index
    translators: Mapping[str, Translator]
    server_name: str
    visible: Visible


class DirectorySkill:
    """Answers from the directory; what was said before in a conversation is remembered for a while."""

    def __init__(self, knowledge: Knowledge, conversations: Conversations[Before]) -> None:
        self._knowledge = knowledge
        self._conversations = conversations

    def answer(self, asked: Asked) -> Reply | None:
        """Return the entries that answer, or come near; None where nothing was asked that could be found."""
        question = self._question(asked, self._conversations.get(asked))
        if question.is_empty:
            return None
        answer = self._knowledge.index.search(question)
        if not answer.entries:
            return None
        keys = tuple((kind_of(entry), entry.key) for entry in answer.entries[:_REMEMBERED])
        return self._show(
            asked, Before(question, asked.text, keys), "certain" if answer.certain else "nearest"
        )

    def continued(self, asked: Asked) -> Reply | None:
        """Return the reply to a word that only the conversation gives a meaning to (“more”, “yes”), else None."""
        before = self._conversations.get(asked)
        if before is None:
            return None
        match said(asked.text):
            case Said.MORE if before.keys:
                return self._show(asked, before, "more")
            case Said.YES if before.offered:
                return self._pass_on(asked, before)
            case Said.NO if before.offered:
                self.interrupted(asked)
                return self._say(before, msg("All right, I pass nothing on."))
            case _:
                return None

    def interrupted(self, asked: Asked) -> None:
        """Take note that something else was said in between: a “yes” agrees to no earlier offer any more."""
        before = self._conversations.get(asked)
        if before is not None and before.offered:
            self._conversations.put(asked, replace(before, offered=False))

    def offering(self, asked: Asked, reply: Reply) -> Reply:
        """Return ``reply``, which has no answer, with the offer to pass the question on, if there was one."""
        question = self._question(asked, self._conversations.get(asked))
        if question.is_empty:
            return reply
        self._conversations.put(asked, Before(question, asked.text, offered=True))
        translate = self._knowledge.translators[question.language]
        offer = reply_of([], [], [_offer(translate, asked)], question.language)
        return replace(reply, text=f"{reply.text}\n\n{offer.text}", html=reply.html + offer.html)

    def _question(self, asked: Asked, before: Before | None) -> Question:
        spoken = (code for code in asked.person.languages if code in self._knowledge.translators)
        default = next(spoken, next(iter(self._knowledge.translators)))
        if before is not None:
            default = before.question.language
        return _in_room(parse(asked.text, self._knowledge.lexicon, default), asked)

    def _show(self, asked: Asked, before: Before, how: Literal["certain", "nearest", "more"]) -> Reply:
        """Return the next cards of what was found."""
        language = before.question.language
        translate, cards = self._knowledge.translators[language], self._cards(asked, language)
        entries = [
            e for key in before.keys[before.shown :] if (e := self._knowledge.index.entry(*key)) is not None
        ]
        if not entries:
            return self._say(before, msg("That is all I have for that."))
        lines = fitting([cards.lines(entry) for entry in entries[:AT_MOST]])
        shown = entries[: len(lines)]
        left = len(entries) - len(shown) if how != "nearest" else 0
        offered = how == "nearest" or all(_is_vacant(entry) for entry in shown)
        now = replace(before, shown=len(before.keys) - len(entries) + len(shown), offered=offered)
        self._conversations.put(asked, now)
        head = [translate(_nearest(before.question))] if how == "nearest" else []
        tail = list(
            _tail(asked, translate, left, is_kept_back=any(map(cards.keeps_back, shown)), offered=offered)
        )
        reply = reply_of(head, lines, tail, language)
        if how == "nearest":
            return reply
        counts = (Count(topics(before.question), answered=True),) if how == "certain" else ()
        return replace(reply, files=tuple(_files(shown)), effects=counts)

    def _pass_on(self, asked: Asked, before: Before) -> Reply:
        language = before.question.language
        self._conversations.put(asked, replace(before, offered=False))
        effects: tuple[Effect, ...] = (
            PassOn(before.text, language),
            Count(topics(before.question), answered=False),
        )
        reply = self._say(
            before,
            msg("I pass your question on to the coordinators, with your name, and bring you their answer."),
        )
        return replace(reply, effects=effects)

    def _say(self, before: Before, message: Message) -> Reply:
        language = before.question.language
        return reply_of([self._knowledge.translators[language](message)], [], [], language)

    def _cards(self, asked: Asked, language: str) -> Cards:
        known = self._knowledge
        return Cards(
            known.community,
            known.members,
            known.translators[language],
            known.server_name,
            asked.now,
            self._contact,
            Readers(asked.readers, asked.person.role, known.visible),
        )

    def _contact(self, key: str) -> Contact | None:
        entry = self._knowledge.index.entry("contact", key)
        return entry if isinstance(entry, Contact) else None


def topics(question: Question) -> tuple[str, ...]:
    """Return what a question is counted under: keys of themes, cities and kinds of entry, none of its words."""
    kinds = (f"kind:{kind}" for kind in question.kinds)
    themes = (f"theme:{theme}" for theme in question.themes)
    return tuple(sorted((*kinds, *themes, *(f"city:{city}" for city in question.cities))))


def _is_vacant(entry: Entry) -> bool:
    return isinstance(entry, Contact) and entry.vacant


def _files(entries: Sequence[Entry]) -> Iterator[Attachment]:
    yield from (e.file for e in entries if isinstance(e, Resource) and e.file is not None)


def _in_room(question: Question, asked: Asked) -> Question:
    """Return the question with the room's theme, where it names none and is not about something else."""
    if asked.theme is None or question.themes or question.rest or not (question.kinds or question.cities):
        return question
    return replace(question, themes=frozenset({asked.theme}))


def _nearest(question: Question) -> Message:
    if question.kinds == {"contact"}:
        return msg("I know nobody for exactly that. The nearest I have:")
    return msg("I have nothing for exactly that. The nearest I have:")


def _tail(
    asked: Asked, translate: Translator, left: int, *, is_kept_back: bool, offered: bool
) -> Iterator[str]:
    if is_kept_back:
        yield translate(
            msg("Some of this is not for everybody here: for the rest, ask me in a direct message.")
        )
    if left:
        word = _to_say(asked, translate, msg("more"))
        yield translate(
            nmsg(
                "And {count} more: reply “{word}”, or name a city or a theme to narrow it down.",
                "And {count} more: reply “{word}”, or name a city or a theme to narrow it down.",
                count=left,
                word=word,
            )
        )
    if offered:
        yield _offer(translate, asked)


def _offer(translate: Translator, asked: Asked) -> str:
    word = _to_say(asked, translate, msg("yes"))
    return translate(
        msg(
            "Shall I pass your question on to the coordinators? Then reply “{word}” or react with ✅.",
            word=word,
        )
    )


def _to_say(asked: Asked, translate: Translator, word: Message) -> str:
    """Return what to write so that the bot takes it as meant for it."""
    said_here = translate(word) if asked.is_direct else f"!p {translate(word)}"
    return isolated(said_here, translate.language)
