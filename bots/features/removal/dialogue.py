"""The dialogue of a removal: reads the request, asks the keeper to confirm, and answers. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from bots.context.message import MessageContext, Reply, Unnumbered
from bots.context.numbered import confirmed_number
from bots.context.reply_text import reply_of
from bots.context.short_words import Word, short_word
from bots.features.removal.effects import RemovalWish, RemoveFromSafeRoom
from bots.features.removal.words import RemovalReading, readings
from community.core.messages import Message, Translator, msg
from community.core.plain_text import clean, isolated, listed
from community.core.words import sound, words
from community.search.word_tables import folded_phrases
from matrix.ids import UserId

if TYPE_CHECKING:
    from bots.safe_rooms import DescribedSafeRoom

_LISTED = 5
_VOWELS = str.maketrans("", "", "aiu")
"""The vowels in the results of `sound`."""


@dataclass(frozen=True, slots=True)
class SafePlace:
    """A safe room, and who is in its space now (``inside``: joined or invited), without our own accounts.

    ``inside`` is None where the bot is not in that space.
    """

    room: DescribedSafeRoom
    inside: frozenset[UserId] | None


RemovalEffect = RemoveFromSafeRoom | RemovalWish
"""What a removal may do: remove somebody, or store the request until it is confirmed."""


class RemovalDialogue:
    """Answers keepers' requests in direct messages. ``translators`` are by language code."""

    def __init__(self, translators: Mapping[str, Translator]) -> None:
        self._translators = translators

    def answer(
        self,
        message: MessageContext,
        places: Sequence[SafePlace],
        people: Mapping[UserId, str],
        waiting: RemovalWish | None,
    ) -> Reply | Unnumbered | None:
        """Return the answer to a request, or to what confirms it; None for any other message.

        ``people`` are the names of all members by Matrix ID. ``waiting`` is the request that the sender was asked to
        confirm; any other message of theirs cancels it, but for a “yes” whose number is of something else.
        """
        kept = _kept_by(message, places)
        wish = waiting if waiting is not None and waiting.conversation == message.conversation else None
        word, number = short_word(message.text), confirmed_number(message.text)
        if wish is not None and (word is Word.YES or number == wish.number):
            return self._confirmed(wish, kept, people, number)
        if wish is not None and word in (Word.NO, Word.CANCEL):
            return self._say(wish.language, msg("All right: I take nobody out."))
        named_rooms, about_people = self._read(message, kept, people)
        if not named_rooms and not about_people:
            return None
        language = (named_rooms or about_people)[0].language
        if not message.is_direct:
            return self._say(language, msg("I do that in a direct message only: write to me there."))
        if not kept:
            return self._say(
                language,
                msg(
                    "Only the keepers of a safe room can have somebody taken out of it. As far as I know, "
                    "you keep none."
                ),
            )
        if not named_rooms:
            return self._say(language, self._which_room(kept, language))
        return self._ask_back(message, named_rooms, kept, people)

    def is_meant(
        self, message: MessageContext, places: Sequence[SafePlace], people: Mapping[UserId, str]
    ) -> bool:
        """Whether a message is such a request, whether or not its sender may make it.

        As in `answer`, only rooms that the sender keeps are considered: nobody can find out other safe rooms by asking.
        """
        return any(self._read(message, _kept_by(message, places), people))

    def _read(
        self, message: MessageContext, places: Sequence[SafePlace], people: Mapping[UserId, str]
    ) -> tuple[list[RemovalReading], list[RemovalReading]]:
        """Return the readings that name one of ``places``, and those that name a person."""
        found = [r for r in readings(message.text, self._preferred(message)) if not _is_elsewhere(r)]
        return (
            [reading for reading in found if _rooms_called(reading.where, places)],
            [reading for reading in found if _called(reading.who, people)],
        )

    def _ask_back(
        self,
        message: MessageContext,
        named_rooms: Sequence[RemovalReading],
        kept: Sequence[SafePlace],
        people: Mapping[UserId, str],
    ) -> Reply | Unnumbered:
        """Return the question that asks for confirmation, or why there is none. Each reading names a room they keep."""
        readable = [(r, place) for r in named_rooms for place in _rooms_called(r.where, kept)]
        inside = [(r, p, user) for r, p in readable for user in _called(r.who, _names(p, people))]
        language = (inside[0][0] if inside else named_rooms[0]).language
        if len({place.room.key for _, place in readable}) > 1:
            return self._say(language, self._which_room([place for _, place in readable], language))
        place = readable[0][1]
        users = sorted({user for _, _, user in inside})
        if len(users) > 1:
            return self._say(language, self._which_person(place, users, people, language))
        if not users:
            return self._say(language, self._nobody(named_rooms[0], place, language))
        refusal = self._refusal(users[0], place, people, language)
        if refusal is not None:
            return self._say(language, *refusal)
        wish = partial(RemovalWish, place.room.key, users[0], message.conversation, language)
        return Unnumbered(lambda number: self._asking(wish(number), place, people))

    def _asking(self, wish: RemovalWish, place: SafePlace, people: Mapping[UserId, str]) -> Reply:
        question = self._question(place, UserId(wish.user_id), people, wish)
        return self._say(wish.language, *question, effects=(wish,))

    def _confirmed(
        self, wish: RemovalWish, kept: Sequence[SafePlace], people: Mapping[UserId, str], number: int | None
    ) -> Reply:
        """Return the answer to a “yes”: without the number, the question again."""
        user, language = UserId(wish.user_id), wish.language
        place = next((place for place in kept if place.room.key == wish.room_key), None)
        if place is None:
            return self._say(language, msg("You are no longer a keeper of that room: I took nobody out."))
        refusal = self._refusal(user, place, people, language)
        if refusal is not None:
            return self._say(language, *refusal)
        if number != wish.number:
            return self._asking(wish, place, people)
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
        self, place: SafePlace, user: UserId, people: Mapping[UserId, str], wish: RemovalWish
    ) -> tuple[Message, ...]:
        language = wish.language
        return (
            msg(
                "You want me to take {name} out of the safe room “{room}” and its space.",
                name=self._name(user, _names(place, people), language),
                room=self._room(place, language),
            ),
            msg("They can no longer enter it. What they have read, they have read."),
            msg(
                "Is that right? Write “yes {number}” or “no”. A reaction is not enough, nor is “yes” alone.",
                number=wish.number,
            ),
        )

    def _refusal(
        self, user: UserId, place: SafePlace, people: Mapping[UserId, str], language: str
    ) -> tuple[Message, ...] | None:
        """Return why a removal is refused: no other keeper is in the room's space; None where one is."""
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
        names = listed((self._room(place, language) for place in _distinct(places)), language, apart=True)
        return msg("Which safe room do you mean? You keep: {names}", names=names)

    def _which_person(
        self, place: SafePlace, users: Sequence[UserId], people: Mapping[UserId, str], language: str
    ) -> Message:
        named = [self._name(user, _names(place, people), language) for user in users[:_LISTED]]
        names = listed(named, language, apart=True)
        return msg("Whom do you mean? Write it again with the whole name: {names}", names=names)

    def _nobody(self, reading: RemovalReading, place: SafePlace, language: str) -> Message:
        return msg(
            "I know nobody in “{room}” who is called “{name}”. Write the whole name, or their Matrix ID.",
            room=self._room(place, language),
            name=isolated(clean(reading.who, longest=120), language),
        )

    def _room(self, place: SafePlace, language: str) -> str:
        return isolated(clean(place.room.name.text(language), longest=120), language)

    def _name(self, user: UserId, names: Mapping[UserId, str], language: str) -> str:
        name = names.get(user, user)
        return isolated(clean(user if name == user else f"{name} ({user})", longest=300), language)

    def _say(self, language: str, *sentences: Message, effects: tuple[RemovalEffect, ...] = ()) -> Reply:
        translate = self._translators[language]
        reply = reply_of([translate(one) for one in sentences], [], [], language)
        return replace(reply, effects=effects)

    def _preferred(self, message: MessageContext) -> str:
        spoken = (code for code in message.person.languages if code in self._translators)
        return next(spoken, next(iter(self._translators)))


def _kept_by(message: MessageContext, places: Sequence[SafePlace]) -> list[SafePlace]:
    return [place for place in places if message.person.user_id in place.room.keepers]


def _is_elsewhere(reading: RemovalReading) -> bool:
    return words(reading.where) in folded_phrases("commands/elsewhere")


def _distinct(places: Iterable[SafePlace]) -> list[SafePlace]:
    return list({place.room.key: place for place in places}.values())


def _names(place: SafePlace, people: Mapping[UserId, str]) -> dict[UserId, str]:
    """Return the names of those who are in a safe room's space or belong there; of unknown people the Matrix ID.

    Whoever is described and has not come is nobody here: keepers are not told that they are awaited.
    """
    room = place.room
    users = {user for user in room.members if user in people or user in room.alumni} | (
        place.inside or frozenset()
    )
    return {user: place.room.members.get(user) or people.get(user) or user for user in users}


def _rooms_called(name: str, places: Sequence[SafePlace]) -> list[SafePlace]:
    """Return the safe rooms with that key or name in any language, else those whose name has all its words."""
    wanted = words(name)
    called = {place.room.key: [words(place.room.key), *_room_names(place.room)] for place in places}
    exact = [place for place in places if wanted in called[place.room.key]]
    if exact:
        return exact
    return [p for p in places if wanted and any(set(wanted) <= set(each) for each in called[p.room.key])]


def _room_names(room: DescribedSafeRoom) -> Iterable[tuple[str, ...]]:
    return (words(text) for _language, text in room.name)


def _called(text: str, names: Mapping[UserId, str]) -> list[UserId]:
    """Return the users with that Matrix ID, else name, else part of a name or user name, else sound of a name."""
    wanted, address = words(text), text.strip().casefold()
    all_wanted, sounds = frozenset(wanted), frozenset(map(_consonants, wanted))
    return (
        [user for user in names if address in (user, user.partition(":")[0])]
        or [user for user, name in names.items() if wanted == words(name)]
        or [
            u
            for u, name in names.items()
            if _all_in(all_wanted, words(name)) or address == u[1:].partition(":")[0]
        ]
        or [
            user
            for user, name in names.items()
            if _all_in(sounds, [_consonants(word) for word in words(name)])
        ]
    )


def _consonants(word: str) -> str:
    """Return the consonants of a word's sound: Arabic writing leaves most vowels out."""
    return sound(word).translate(_VOWELS) or sound(word)


def _all_in(wanted: frozenset[str], name: Collection[str]) -> bool:
    return bool(wanted) and wanted.issubset(name)
