"""Who is to be taken out of which safe room, and whether the keeper means it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bots.context.message import MessageContext, Reply
from bots.context.reply_text import reply_of
from bots.context.short_words import Word, short_word
from bots.features.removal.effects import RemovalWish, RemoveFromSafeRoom
from bots.features.removal.words import RemovalReading, readings
from community.core.messages import Message, Translator, msg
from community.core.plain_text import clean, isolated
from community.core.words import sound, words
from matrix.ids import UserId

if TYPE_CHECKING:
    from bots.safe_rooms import DescribedSafeRoom

_LISTED = 5
_VOWELS = str.maketrans("", "", "aiu")
"""The vowels that `sound` knows."""
_ELSEWHERE = {
    " ".join(words(said))
    for said in (
        "directory|the directory|contacts|the contacts|list|the list|annuaire|répertoire|contacts|liste|diretório|"
        "contactos|lista|الدليل|القائمة|دليل"
    ).split("|")
}
"""What entries are taken out of: commands to edit it name these."""


@dataclass(frozen=True, slots=True)
class SafePlace:
    """A safe room, and who is in its space now (``inside``: joined or invited), without our own accounts.

    ``inside`` is None where the bot is not in that space.
    """

    room: DescribedSafeRoom
    inside: frozenset[UserId] | None


RemovalEffect = RemoveFromSafeRoom | RemovalWish
"""A wish is to be kept, in place of any other of that keeper's."""


@dataclass(frozen=True, slots=True)
class RemovalAnswer:
    """The reply, and what is to be done."""

    reply: Reply
    effects: tuple[RemovalEffect, ...] = ()
    language: str = "en"


class RemovalDialogue:
    """Hears keepers in direct messages. ``translators`` are by language code."""

    def __init__(self, translators: Mapping[str, Translator]) -> None:
        self._translators = translators

    def answer(
        self,
        asked: MessageContext,
        places: Sequence[SafePlace],
        people: Mapping[UserId, str],
        waiting: RemovalWish | None,
    ) -> RemovalAnswer | None:
        """Return what comes of a message, None where it is no removal.

        ``people`` are the names of all members by Matrix ID. ``waiting`` is what the asker has been asked back about;
        whatever they say, it waits no longer.
        """
        kept = _kept_by(asked, places)
        wish = waiting if waiting is not None and waiting.conversation == asked.conversation else None
        word = short_word(asked.text)
        if wish is not None and word is Word.YES:
            return self._confirmed(wish, kept, people)
        if wish is not None and word in (Word.NO, Word.CANCEL):
            return self._say(wish.language, msg("All right: I take nobody out."))
        meant, about_people = self._read(asked, kept, people)
        if not meant and not about_people:
            return None
        language = (meant or about_people)[0].language
        if not asked.is_direct:
            return self._say(language, msg("I do that in a direct message only: write to me there."))
        if not kept:
            return self._say(
                language,
                msg(
                    "Only the keepers of a safe room can have somebody taken out of it. I know of none that you keep."
                ),
            )
        if not meant:
            return self._say(language, self._which_room(kept, language))
        return self._meant(asked, meant, kept, people)

    def is_meant(
        self, asked: MessageContext, places: Sequence[SafePlace], people: Mapping[UserId, str]
    ) -> bool:
        """Whether somebody wants a person taken out of a safe room, whoever may do so.

        As in `answer` the rooms that they do not keep make no difference: nobody learns by asking what there is.
        """
        return any(self._read(asked, _kept_by(asked, places), people))

    def _read(
        self, asked: MessageContext, places: Sequence[SafePlace], people: Mapping[UserId, str]
    ) -> tuple[list[RemovalReading], list[RemovalReading]]:
        """Return the readings that name one of ``places``, and those that name a person."""
        found = [r for r in readings(asked.text, self._preferred(asked)) if not _is_elsewhere(r)]
        return (
            [reading for reading in found if _rooms_called(reading.where, places)],
            [reading for reading in found if _called(reading.who, people)],
        )

    def _meant(
        self,
        asked: MessageContext,
        meant: Sequence[RemovalReading],
        kept: Sequence[SafePlace],
        people: Mapping[UserId, str],
    ) -> RemovalAnswer:
        """Return the question back, or why there is none: the room of each reading is one that the asker keeps."""
        readable = [(r, place) for r in meant for place in _rooms_called(r.where, kept)]
        inside = [(r, p, user) for r, p in readable for user in _called(r.who, _names(p, people))]
        language = (inside[0][0] if inside else meant[0]).language
        if len({place.room.key for _, place in readable}) > 1:
            return self._say(language, self._which_room([place for _, place in readable], language))
        place = readable[0][1]
        users = sorted({user for _, _, user in inside})
        if len(users) > 1:
            return self._say(language, self._which_person(place, users, people, language))
        if not users:
            return self._say(language, self._nobody(meant[0], place, language))
        refusal = self._refusal(users[0], place, people, language)
        if refusal is not None:
            return self._say(language, *refusal)
        wish = RemovalWish(place.room.key, users[0], asked.conversation, language)
        return self._say(language, *self._question(place, users[0], people, language), effects=(wish,))

    def _confirmed(
        self, wish: RemovalWish, kept: Sequence[SafePlace], people: Mapping[UserId, str]
    ) -> RemovalAnswer:
        user, language = UserId(wish.user_id), wish.language
        place = next((place for place in kept if place.room.key == wish.room_key), None)
        if place is None:
            return self._say(language, msg("You are no longer a keeper of that room: I took nobody out."))
        refusal = self._refusal(user, place, people, language)
        if refusal is not None:
            return self._say(language, *refusal)
        name = self._name(user, _names(place, people), language)
        done = msg(
            "I have asked for it: {name} is being taken out of “{room}” and its space. I tell the keepers when it is "
            "done.",
            name=name,
            room=self._room(place, language),
        )
        return self._say(language, done, effects=(RemoveFromSafeRoom(wish.room_key, user),))

    # --- sentences --------------------------------------------------------------------------------------------

    def _question(
        self, place: SafePlace, user: UserId, people: Mapping[UserId, str], language: str
    ) -> tuple[Message, ...]:
        return (
            msg(
                "You want me to take {name} out of the safe room “{room}” and its space.",
                name=self._name(user, _names(place, people), language),
                room=self._room(place, language),
            ),
            msg("They can no longer enter it. What they have read, they have read."),
            msg("Is that right? Write “yes” or “no”. A reaction is not enough."),
        )

    def _refusal(
        self, user: UserId, place: SafePlace, people: Mapping[UserId, str], language: str
    ) -> tuple[Message, ...] | None:
        """Return why that removal is refused: nobody else who keeps the room is in its space."""
        keepers = place.room.keepers
        others = keepers - {user} if place.inside is None else (keepers & place.inside) - {user}
        if user not in keepers or others:
            return None
        return (
            msg(
                "{name} is the last keeper in “{room}”: without a keeper nobody could be let in any more.",
                name=self._name(user, _names(place, people), language),
                room=self._room(place, language),
            ),
            msg("First another keeper must be in the room: ask the coordinators. Then write to me again."),
        )

    def _which_room(self, places: Iterable[SafePlace], language: str) -> Message:
        names = "; ".join(self._room(place, language) for place in _distinct(places))
        return msg("Which safe room do you mean? You keep: {names}", names=names)

    def _which_person(
        self, place: SafePlace, users: Sequence[UserId], people: Mapping[UserId, str], language: str
    ) -> Message:
        names = "; ".join(self._name(user, _names(place, people), language) for user in users[:_LISTED])
        return msg("Whom do you mean? Write it again with the whole name: {names}", names=names)

    def _nobody(self, reading: RemovalReading, place: SafePlace, language: str) -> Message:
        return msg(
            "I know nobody in “{room}” who is called “{name}”. Write the whole name, or their address in Matrix.",
            room=self._room(place, language),
            name=isolated(clean(reading.who, longest=120), language),
        )

    def _room(self, place: SafePlace, language: str) -> str:
        return isolated(clean(place.room.name.text(language), longest=120), language)

    def _name(self, user: UserId, names: Mapping[UserId, str], language: str) -> str:
        name = names.get(user, user)
        return isolated(clean(user if name == user else f"{name} ({user})", longest=300), language)

    def _say(
        self, language: str, *sentences: Message, effects: tuple[RemovalEffect, ...] = ()
    ) -> RemovalAnswer:
        translate = self._translators[language]
        said = reply_of([translate(one) for one in sentences], [], [], language)
        return RemovalAnswer(said, effects, language)

    def _preferred(self, asked: MessageContext) -> str:
        spoken = (code for code in asked.person.languages if code in self._translators)
        return next(spoken, next(iter(self._translators)))


def _kept_by(asked: MessageContext, places: Sequence[SafePlace]) -> list[SafePlace]:
    return [place for place in places if asked.person.user_id in place.room.keepers]


def _is_elsewhere(reading: RemovalReading) -> bool:
    return " ".join(words(reading.where)) in _ELSEWHERE


def _distinct(places: Iterable[SafePlace]) -> list[SafePlace]:
    return list({place.room.key: place for place in places}.values())


def _names(place: SafePlace, people: Mapping[UserId, str]) -> dict[UserId, str]:
    """Return the names of those who are in a safe room's space or belong there; strangers are called by their ID."""
    users = set(place.room.members) | (place.inside or frozenset())
    return {user: place.room.members.get(user) or people.get(user) or user for user in users}


def _rooms_called(said: str, places: Sequence[SafePlace]) -> list[SafePlace]:
    """Return the safe rooms that are called so in any language, else those whose name has all of these words."""
    wanted = words(said)
    called = {place.room.key: [words(place.room.key), *_said(place.room)] for place in places}
    exact = [place for place in places if wanted in called[place.room.key]]
    if exact:
        return exact
    return [p for p in places if wanted and any(set(wanted) <= set(name) for name in called[p.room.key])]


def _said(room: DescribedSafeRoom) -> Iterable[tuple[str, ...]]:
    return (words(text) for _language, text in room.name)


def _called(said: str, names: Mapping[UserId, str]) -> list[UserId]:
    """Return who is called so: by Matrix ID, else by name or user name, else by a part of the name, or its sound."""
    wanted, address = words(said), said.strip().casefold()
    heard = [_consonants(word) for word in wanted]
    return (
        [user for user in names if address in (user, user.partition(":")[0])]
        or [user for user, name in names.items() if wanted == words(name)]
        or [
            u
            for u, name in names.items()
            if _all_in(wanted, words(name)) or address == u[1:].partition(":")[0]
        ]
        or [
            user
            for user, name in names.items()
            if _all_in(heard, [_consonants(word) for word in words(name)])
        ]
    )


def _consonants(word: str) -> str:
    """Return how a word sounds without its vowels, most of which Arabic does not write."""
    return sound(word).translate(_VOWELS) or sound(word)


def _all_in(wanted: Collection[str], name: Collection[str]) -> bool:
    return bool(wanted) and set(wanted) <= set(name)
