"""The dialogue of leaving: says what happens, takes choices, asks for confirmation. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

from bots.context.message import Effect, MessageContext, Reply, Unnumbered, shown_by
from bots.context.numbered import confirmed_number
from bots.context.reply_text import reply_of
from bots.context.short_words import Word, short_word
from bots.features.leaving.effects import LeaveNetwork, LeavingWish
from bots.features.leaving.sentences import LeavingQuestion, asked, begun, not_alone, refused_heir
from bots.features.leaving.words import (
    LeavingChoice,
    SaidChoice,
    choice_in,
    heirs_called,
    leaving_language,
    likely_heirs,
)
from community.core.messages import Message, Translator, msg
from community.description.fields import Localized
from community.description.model import Community, Member, Status
from community.directory.handing_over import InTheirName

_STAYS = msg("All right: you stay, and nothing was done.")


@dataclass(frozen=True, slots=True)
class KeptRoom:
    """A safe room that the sender looks after alone."""

    name: Localized


@dataclass(frozen=True, slots=True)
class LeavingRecords:
    """What is known of whoever leaves.

    ``members``: those who have come, by user name: whoever is awaited takes nothing over, and that they are is not for
    whoever leaves to know. ``waiting``: what they have chosen so far. ``member``: what is described of them, None for
    who is no member. ``kept``: safe rooms that they look after alone. ``is_last``: nobody else coordinates.
    ``alumni_rooms``: the rooms that admit former members.
    """

    community: Community
    members: Mapping[str, Member]
    in_their_name: InTheirName
    waiting: LeavingWish | None = None
    member: Member | None = None
    kept: tuple[KeptRoom, ...] = ()
    is_last: bool = False
    alumni_rooms: tuple[Localized, ...] = ()

    @property
    def is_former(self) -> bool:
        """Whether whoever leaves is a former member already, and so leaves for good."""
        return self.member is not None and self.member.status is Status.ALUMNI


class LeavingDialogue:
    """Answers whoever wants to leave, in direct messages. ``translators`` are by language code."""

    def __init__(self, translators: Mapping[str, Translator]) -> None:
        self._translators = translators

    def answer(self, message: MessageContext, records: LeavingRecords) -> Reply | Unnumbered | None:
        """Return the answer to such a request, to a choice, or to what confirms it; None for any other message."""
        spoken = [code for code in message.person.languages if code in self._translators]
        language = leaving_language(message.text, spoken)
        if language is not None:
            return self._begin(message, records, language)
        wish = records.waiting
        if wish is None or not message.is_direct:
            return None
        number = confirmed_number(message.text)
        word = short_word(message.text)
        if word is Word.YES or number is not None:
            return self._confirmed(wish, records, number)
        if word in (Word.NO, Word.CANCEL):
            return self._say(wish.language, (_STAYS,))
        choice = choice_in(message.text, wish.language)
        return None if choice is None else self._chosen(choice, wish, records)

    def _begin(self, message: MessageContext, records: LeavingRecords, language: str) -> Reply | Unnumbered:
        if not message.is_direct:
            return self._say(language, (msg("I do that in a direct message only: write to me there."),))
        refusal = self._refusal(records, language)
        if refusal:
            return self._say(language, refusal)
        return self._ask(LeavingWish(message.conversation, language), records)

    def _refusal(self, records: LeavingRecords, language: str) -> tuple[Message, ...]:
        """Return why somebody cannot leave yet; nothing where they can."""
        if records.member is None:
            return (msg("The list of members does not have you: ask the coordinators."),)
        return not_alone(records.kept[0].name if records.kept else None, language, is_last=records.is_last)

    def _chosen(self, said: SaidChoice, wish: LeavingWish, records: LeavingRecords) -> Reply | Unnumbered:
        match said.choice:
            case LeavingChoice.TAKE_BACK:
                return self._ask(replace(wish, takes_back=True), records)
            case LeavingChoice.ERASE:
                return self._ask(
                    replace(wish, takes_back=True, erases=True, status=Status.LEFT.value), records
                )
            case LeavingChoice.ALUMNI if records.is_former:
                return self._say(wish.language, (_STAYS,))
            case LeavingChoice.ALUMNI:
                if not records.alumni_rooms:
                    return self._ask(wish, records, msg("There are no rooms for former members here."))
                return self._ask(replace(wish, status=Status.ALUMNI.value, erases=False), records)
            case LeavingChoice.FOR_GOOD:
                return self._ask(replace(wish, status=Status.LEFT.value), records)
            case LeavingChoice.HAND_OVER:
                return self._handed_over(said.name, wish, records)

    def _handed_over(self, name: str, wish: LeavingWish, records: LeavingRecords) -> Reply | Unnumbered:
        if not name:
            return self._ask(replace(wish, successor=""), records)
        found = [] if records.member is None else heirs_called(name, records.members, records.member.username)
        if len(found) != 1:
            return self._ask(wish, records, refused_heir(name, found, wish.language))
        return self._ask(replace(wish, successor=found[0].username), records)

    def _ask(
        self, wish: LeavingWish, records: LeavingRecords, before: Message | None = None
    ) -> Reply | Unnumbered:
        number = wish.number if wish == records.waiting else None
        return shown_by(number, partial(self._asking, wish, records, before))

    def _asking(
        self, wish: LeavingWish, records: LeavingRecords, before: Message | None, number: int
    ) -> Reply:
        numbered = replace(wish, number=number)
        heirs = [] if records.member is None else likely_heirs(records.member, records.members)
        question = LeavingQuestion(
            numbered,
            records.community.leavers,
            "" if records.member is None else records.member.username,
            records.members.get(wish.successor),
            heirs,
            records.in_their_name,
            () if records.is_former else records.alumni_rooms,
        )
        said = asked(question, self._translators[wish.language])
        first = () if before is None else (before,)
        return self._say(wish.language, (*first, *said), numbered)

    def _confirmed(
        self, wish: LeavingWish, records: LeavingRecords, number: int | None
    ) -> Reply | Unnumbered:
        """Return the answer to a “yes”: without the number, the question again."""
        refusal = self._refusal(records, wish.language)
        if refusal:
            return self._say(wish.language, refusal)
        if number != wish.number:
            return self._ask(wish, records)
        leaving = LeaveNetwork(wish.status, wish.successor, wish.takes_back, wish.erases)
        return self._say(wish.language, begun(wish), leaving)

    def _say(self, language: str, sentences: tuple[Message, ...], *effects: Effect) -> Reply:
        translate = self._translators[language]
        reply = reply_of([translate(one) for one in sentences], [], [], language)
        return replace(reply, effects=effects, language=language)
