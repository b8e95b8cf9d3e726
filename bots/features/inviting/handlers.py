"""Answers whoever invites somebody, asks where their guests are, or takes an invitation back."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bots.context.feature import FeatureHandlers, Handler, Precedence, Setting, Trigger
from bots.context.knowledge import Knowledge
from bots.context.message import MessageContext, Reply, Unnumbered, shown_by
from bots.context.numbered import confirmed_number
from bots.context.short_words import Word, short_word
from bots.context.sources import Sources
from bots.features.inviting import sentences
from bots.features.inviting.details import Said
from bots.features.inviting.dialogue import InvitingDialogue, LinkPlace
from bots.features.inviting.draft import AWAITED, InvitingDraft, drop_draft, waiting_draft
from bots.features.inviting.effects import KeepInviting, TakeBackInvitation
from bots.features.inviting.guests import ONLY_COORDINATORS, guests_reply
from bots.features.inviting.one_at_a_time import is_in_the_way
from bots.features.inviting.words import SIGNS, InvitingReading, InvitingWish, reading
from community.core.address_secret import SECRET_BYTES, secret_of
from community.core.messages import Translator
from community.directory.permissions import coordinates
from community.joining.described import who_has_come
from community.joining.invitation import InvitationState, NetworkInvitation
from community.joining.permissions import is_still_offered, may_revoke

if TYPE_CHECKING:
    from community.storage import InvitationArrivals

_LOOKS = (InvitingWish.GUESTS, InvitingWish.ALL_GUESTS)
_NOWHERE = LinkPlace(None, timedelta(), "")


@dataclass(frozen=True, slots=True)
class InvitingRecords:
    """What a message wants or goes on with; where links lead; the links that there are; people's names.

    ``offered``: the numbers of the links whose inviters may still invite so.
    """

    wish: InvitingReading | None = None
    said: Said | None = None
    draft: InvitingDraft | None = None
    place: LinkPlace = _NOWHERE
    links: tuple[InvitationArrivals, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    offered: frozenset[int] = frozenset()


class InvitingHandler(Handler[MessageContext, InvitingRecords]):
    """The handler of messages. ``draw`` gives so many random bytes."""

    trigger = Trigger(contains=SIGNS, awaits=AWAITED, needs_shown=True)

    def __init__(self, knowledge: Knowledge, draw: Callable[[int], bytes] = secrets.token_bytes) -> None:
        self._draw = draw
        self.use(knowledge)

    def use(self, knowledge: Knowledge) -> None:
        """Answer from this state of the community from now on."""
        self.knowledge, self._dialogue = knowledge, InvitingDialogue(knowledge)

    async def load(self, context: MessageContext, sources: Sources) -> InvitingRecords:
        """Return what the message wants, where links lead, and which there are."""
        wish, said = self._wish(context)
        draft = waiting_draft(context)
        if wish is None and draft is None:
            return InvitingRecords()
        if _is_of_links(wish, draft) and not is_in_the_way(draft, wish, said):
            is_for_all = wish is None or wish.wish is not InvitingWish.GUESTS
            links = await sources.store.invitations.listed(None if is_for_all else context.person.user_id)
            offered = self._offered(links, sources)
            return InvitingRecords(wish, said, draft, links=links, names=_names(sources), offered=offered)
        server = await sources.feed_server() if context.is_direct else None
        people, made = sources.people.values(), await sources.store.invitations.listed()
        there = frozenset(person.username for person in people)
        come = who_has_come(people, (came for link in made for came in link.arrivals))
        place = LinkPlace(
            server,
            sources.link_lifetime(),
            secret_of(self._draw(SECRET_BYTES)),
            there,
            come,
            tuple(link.invitation for link in made),
            _names(sources),
        )
        return InvitingRecords(wish, said, draft, place)

    def _offered(self, links: Sequence[InvitationArrivals], sources: Sources) -> frozenset[int]:
        people, community = list(sources.people.values()), self.knowledge.community
        made = (one.invitation for one in links)
        return frozenset(link.id for link in made if is_still_offered(link, people, community))

    def handle(self, context: MessageContext, records: InvitingRecords) -> Reply | Unnumbered | None:
        """Return the reply to such a message, None for any other."""
        wish, draft = records.wish, records.draft
        if wish is None:
            return None if draft is None else self._goes_on(context, draft, records)
        translate = self.knowledge.translators[wish.language]
        if not context.is_direct:
            return sentences.say(translate, sentences.ONLY_DIRECTLY)
        if draft is not None and is_in_the_way(draft, wish, records.said):
            return self._dialogue.busy(context, draft, records.place)
        match wish.wish:
            case InvitingWish.INVITE:
                said = records.said or Said({})
                return self._dialogue.begin(context, wish.language, said, records.place)
            case InvitingWish.TAKE_BACK:
                return self._take_back(context, wish, records.links, translate)
            case InvitingWish.GUESTS | InvitingWish.ALL_GUESTS:
                return self._guests(context, wish, records, translate)

    async def decided(
        self, context: MessageContext, records: InvitingRecords, reply: Reply | None, sources: Sources
    ) -> None:
        """Delete what was begun where the reply to it asks for nothing more; looking at one's guests leaves it.

        What a “yes” carries out is deleted by its effect: until that is done, this message may be processed again.
        """
        looks = records.wish is not None and records.wish.wish in _LOOKS
        if records.draft is not None and reply is not None and not reply.effects and not looks:
            await drop_draft(sources.store.drafts, context.person.user_id)

    # --- what is meant ----------------------------------------------------------------------------------------

    def _wish(self, context: MessageContext) -> tuple[InvitingReading | None, Said | None]:
        found = reading(context.text, context.person.languages)
        if found is None or found.wish is not InvitingWish.INVITE:
            return found, None
        # Right after a date was spoken of, “invite Awa” may be about that.
        said = self._dialogue.reader.invitation(found.rest, found.perhaps_in, is_clear=not context.shown)
        return (None, None) if said is None else (found, said)

    def _goes_on(
        self, context: MessageContext, draft: InvitingDraft, records: InvitingRecords
    ) -> Reply | Unnumbered | None:
        if draft.takes_back is None:
            return self._dialogue.answer(context, draft, records.place)
        translate = self.knowledge.translators[draft.language]
        number, word = confirmed_number(context.text), short_word(context.text)
        if word in (Word.NO, Word.CANCEL):
            return sentences.say(translate, sentences.KEPT)
        if number == draft.number and number is not None:
            done = sentences.say(translate, sentences.taken_back(draft.takes_back))
            return replace(done, effects=(TakeBackInvitation(draft.takes_back),))
        link = self._own_open(context, draft.takes_back, records.links)
        if word is not Word.YES or link is None:
            return None
        return self._asked_back(context, draft.language, link, draft.number)

    # --- those who were invited -------------------------------------------------------------------------------

    def _guests(
        self, context: MessageContext, wish: InvitingReading, records: InvitingRecords, translate: Translator
    ) -> Reply:
        community, of_all = self.knowledge.community, wish.wish is InvitingWish.ALL_GUESTS
        if of_all and not coordinates(context.person, community):
            return sentences.say(translate, ONLY_COORDINATORS)
        names = records.names if of_all else None
        return guests_reply(records.links, context.now, community, translate, names, records.offered)

    def _take_back(
        self,
        context: MessageContext,
        wish: InvitingReading,
        links: tuple[InvitationArrivals, ...],
        translate: Translator,
    ) -> Reply | Unnumbered:
        if wish.number is None:
            return sentences.say(translate, sentences.WHICH_INVITATION)
        link = self._own_open(context, wish.number, links)
        if link is None:
            return sentences.say(translate, sentences.none_to_take_back(wish.number))
        return self._asked_back(context, wish.language, link)

    def _own_open(
        self, context: MessageContext, number: int, links: tuple[InvitationArrivals, ...]
    ) -> NetworkInvitation | None:
        """Return an open link that the sender may take back."""
        found = next((one.invitation for one in links if one.invitation.id == number), None)
        if found is None or found.state(context.now) is not InvitationState.OPEN:
            return None
        return found if may_revoke(context.person, found, self.knowledge.community) else None

    def _asked_back(
        self, context: MessageContext, language: str, link: NetworkInvitation, number: int | None = None
    ) -> Reply | Unnumbered:
        """Return the question whether a link is to be taken back; ``number``: by which it was asked before."""
        translate = self.knowledge.translators[language]

        def numbered(number: int) -> Reply:
            draft = InvitingDraft(context.conversation, language, number=number, takes_back=link.id)
            kept = KeepInviting(draft.to_json(), context.origins, is_new=True)
            return replace(sentences.taking_back(link, number, translate), effects=(kept,))

        return shown_by(number, numbered)


def _is_of_links(wish: InvitingReading | None, draft: InvitingDraft | None) -> bool:
    """Whether a message is about links that there are: it asks for them, takes one back, or goes on with that."""
    if wish is None:
        return draft is not None and draft.takes_back is not None
    return wish.wish is not InvitingWish.INVITE


def _names(sources: Sources) -> dict[str, str]:
    return {user_id: person.name for user_id, person in sources.people.items()}


class InvitingHandlers(FeatureHandlers):
    """The handler of messages."""

    def __init__(self, setting: Setting) -> None:
        self._handler = InvitingHandler(setting.knowledge)

    @property
    def messages(self) -> Sequence[tuple[Precedence, InvitingHandler]]:
        """The one handler."""
        return ((Precedence.COMMAND, self._handler),)

    def use(self, knowledge: Knowledge) -> None:
        """Go by this state of the community from now on."""
        self._handler.use(knowledge)
