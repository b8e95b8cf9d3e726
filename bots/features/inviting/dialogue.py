"""The dialogue of an invitation: asks for what is missing, one thing at a time, shows all, has it confirmed. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from pydantic import ValidationError

from bots.context.knowledge import Knowledge
from bots.context.message import Effect, MessageContext, Reply, Unnumbered, shown_by
from bots.context.numbered import confirmed_number
from bots.context.short_words import Word, short_word
from bots.features.inviting import sentences
from bots.features.inviting.details import DetailReader, Said
from bots.features.inviting.draft import InvitingDraft
from bots.features.inviting.earlier_links import EarlierLinks
from bots.features.inviting.effects import KeepInviting, MakeInvitation
from bots.features.inviting.one_at_a_time import still_open, understood
from bots.features.inviting.receivers import with_receiver
from bots.features.inviting.words import LONGEST
from community.core.language_folders import LANGUAGES
from community.core.messages import Message, Translator
from community.core.words import words
from community.core.zones import ZoneInfo
from community.description.model import Community, Member
from community.description.person import Person
from community.directory.permissions import coordinates, leads
from community.joining.described import Coming, DescribedMatch, WhoHasCome, described_as, open_links, told_of
from community.joining.invitation import InvitationTerms, NetworkInvitation
from community.joining.invitation_text import keepers_decide, theme_names
from community.joining.newcomer import offered_to_ask_for
from community.joining.permissions import covers, refusal
from community.joining.terms import greeter_for, member_terms, terms_faults, with_those_there

_STEPS = ("name", "member", "role", "city", "themes")
_NEEDED = ("name", "member", "role")
_OF_MEMBER = ("member", "perhaps", "others")
"""The user names of the member who is meant, of the one who is asked about, and of those who are not meant."""
_TOGETHER: Mapping[str, tuple[str, ...]] = {"name": ("uses", *_OF_MEMBER), "member": _OF_MEMBER}
"""Values that go with that of a step."""
_LONGEST_ANSWER = 8
"""Words; what is longer, and names nothing of an invitation, is no answer."""
_NOBODY_YET = InvitationTerms(role="none", language="en")


@dataclass(frozen=True, slots=True)
class LinkPlace:
    """Where links lead (None: nowhere), how long they work by default, and the secret of the one perhaps made.

    ``there``: the user names of those who are there, one of whom receives whoever is invited. ``come``: who has come of
    those described. ``links``: those that there are. ``names``: of those who are there, by Matrix ID.
    """

    server: str | None
    lifetime: timedelta
    secret: str
    there: frozenset[str] = frozenset()
    come: WhoHasCome = field(default_factory=WhoHasCome)
    links: tuple[NetworkInvitation, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)


class InvitingDialogue:
    """Answers in one state of the community."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge, self._community = knowledge, knowledge.community
        self.reader = DetailReader(knowledge.community, knowledge.lexicon)

    def begin(
        self, context: MessageContext, language: str, said: Said, place: LinkPlace
    ) -> Reply | Unnumbered:
        """Return the reply to whoever wants to invite somebody."""
        translate, person = self._knowledge.translators[language], context.person
        if not context.is_direct:
            return sentences.say(translate, sentences.ONLY_DIRECTLY)
        if not leads(person, self._community):
            reason = refusal(person, _NOBODY_YET, self._community)
            return sentences.say(translate, *([] if reason is None else [sentences.not_invited(reason)]))
        if place.server is None:
            return sentences.say(translate, sentences.NOT_SET_UP)
        said = with_receiver(said, self._community, place.there)
        draft = InvitingDraft(context.conversation, language, said.values)
        return self._go_on(context, draft, place, said.wrong, is_new=True)

    def busy(self, context: MessageContext, draft: InvitingDraft, place: LinkPlace) -> Reply | Unnumbered:
        """Return the reply to whoever wants another while this one is open: whose it is, and where it stands."""
        return self._go_on(
            context, draft, place, [still_open(draft, self._knowledge.translators[draft.language])]
        )

    def answer(
        self, context: MessageContext, draft: InvitingDraft, place: LinkPlace
    ) -> Reply | Unnumbered | None:
        """Return the reply to what is said while an invitation is being made; None for what is no part of it."""
        translate, word = self._knowledge.translators[draft.language], short_word(context.text)
        number = confirmed_number(context.text)
        if number is not None:
            return self._confirmed(context, draft, place) if number == draft.number else None
        match word:
            case Word.CANCEL:
                return sentences.say(translate, sentences.DROPPED)
            case Word.BACK:
                return self._back(context, draft, place)
            case Word.YES | Word.NO if draft.asking is None:
                more = sentences.NEEDS_THE_NUMBER if word is Word.YES else sentences.WHAT_IS_DIFFERENT
                return self._go_on(context, draft, place, [more])
            case Word.YES | Word.NO if draft.asking == "member":
                return self._is_it(context, draft, place, is_meant=word is Word.YES)
            case Word.SKIP | Word.NO | Word.ALL if draft.asking is not None:
                return self._skip(context, draft, place)
            case Word.HELP:
                return None
            case _:
                return self._said(context, draft, place)

    def _said(
        self, context: MessageContext, draft: InvitingDraft, place: LinkPlace
    ) -> Reply | Unnumbered | None:
        reader, text = self.reader, context.text
        if len(text) > LONGEST or text.rstrip().endswith(("?", "؟")):
            return None
        said = reader.name(text) if draft.asking == "name" else reader.answer(text)
        if not said.values and (draft.asking is None or len(words(text)) > _LONGEST_ANSWER):
            return None
        said = with_receiver(said, self._community, place.there)
        wrong = said.wrong if said.values or said.wrong else [sentences.not_understood(text)]
        draft = draft.with_values(said.values)
        if draft.asking is not None and draft.asking in (
            *said.values,
            *(["name"] if "uses" in said.values else []),
        ):
            draft = replace(draft, done=(*draft.done, draft.asking))
        return self._go_on(context, draft, place, wrong)

    def _is_it(
        self, context: MessageContext, draft: InvitingDraft, place: LinkPlace, *, is_meant: bool
    ) -> Reply | Unnumbered:
        """Return what follows from a “yes” or “no” to whether the member is meant who was named."""
        perhaps, others = str(draft.values.get("perhaps")), draft.others
        said = {"member": perhaps} if is_meant else {"others": (*others, perhaps)}
        return self._go_on(context, replace(draft.with_values(said), done=(*draft.done, "member")), place)

    def _skip(self, context: MessageContext, draft: InvitingDraft, place: LinkPlace) -> Reply | Unnumbered:
        if draft.asking is None or draft.asking in _NEEDED:
            return self._go_on(context, draft, place, [sentences.NEEDED])
        return self._go_on(context, replace(draft, done=(*draft.done, draft.asking)), place)

    def _back(self, context: MessageContext, draft: InvitingDraft, place: LinkPlace) -> Reply | Unnumbered:
        if not draft.done:
            return self._go_on(context, draft, place, [sentences.NOTHING_BEFORE])
        *done, last = draft.done
        gone = {last, *_TOGETHER.get(last, ())}
        values = {name: value for name, value in draft.values.items() if name not in gone}
        return self._go_on(context, replace(draft, values=values, done=tuple(done), number=None), place)

    # --- what comes next --------------------------------------------------------------------------------------

    def _go_on(
        self,
        context: MessageContext,
        draft: InvitingDraft,
        place: LinkPlace,
        before: Sequence[Message] = (),
        *,
        is_new: bool = False,
    ) -> Reply | Unnumbered:
        """Ask for the next step that is not settled; show what the link would offer where all are."""
        draft = self._with_own_place(context.person, draft)
        found = self._perhaps(context.person, draft, place)
        translate = self._knowledge.translators[draft.language]
        if found is not None and found.is_sure:
            draft = draft.with_values({"member": found.member.username})
        member = self._member(draft)
        if member is not None:
            coming, community = place.come.standing(member.username), self._community
            before = [*before, *sentences.known_already(member, coming, community, draft.language)]
            if coming is not Coming.AWAITED:
                return sentences.say(translate, *before)
            earlier = self._earlier(context, draft, place)
            closes = tuple(link.id for link in earlier.links)
            before = [*before, *earlier.before(draft.language)]
            draft = draft if closes == draft.closes else replace(draft, closes=closes, number=None)
        greeter = self._speechless_greeter(context.person, draft)
        if greeter is not None:
            before = [*before, sentences.cannot_receive(greeter, draft.language)]
            values = {name: value for name, value in draft.values.items() if name != "greeter"}
            draft = replace(draft, values=values, number=None)
        step = self._next(draft, found)
        if step is not None:
            question = self._question(step, context.person, found, translate)
            perhaps = {} if step != "member" or found is None else {"perhaps": found.member.username}
            draft = replace(draft.with_values(perhaps), asking=step)
            known = (
                understood(draft.values, self._community, translate) if is_new and step != "member" else ()
            )
            asked = sentences.say(translate, *before, *known, question, sentences.HOW)
            return _with(asked, _keeping(context, draft, is_new=is_new))
        terms = self._terms(context.person, draft)
        if isinstance(terms, Message):
            return sentences.say(translate, *before, sentences.not_invited(terms))

        def numbered(number: int) -> Reply:
            kept = replace(draft, asking=None, number=number)
            until = context.now + self._lifetime(draft, place)
            day = until.astimezone(ZoneInfo(self._community.timezone)).date()
            greeter = greeter_for(terms, with_those_there(self._community, place.there))
            above = [*before, *self._decided_by_keepers(terms, context.person, translate)]
            reply = sentences.shown(terms, day, self._community, greeter, translate, number, above)
            return _with(reply, _keeping(context, kept, is_new=is_new))

        return shown_by(draft.number, numbered)

    def _decided_by_keepers(
        self, terms: InvitationTerms, person: Person, translate: Translator
    ) -> list[Message]:
        """Return the sentence about themes of a link that its inviter cannot give; nothing without any."""
        asked = offered_to_ask_for(terms, person.username, self._community)
        if not asked:
            return []
        language = translate.language
        return [keepers_decide(theme_names(asked, self._community, language), language)]

    def _with_own_place(self, person: Person, draft: InvitingDraft) -> InvitingDraft:
        """Return a draft of a lead's with their own city, since they invite to no other."""
        if "city" in draft.values or coordinates(person, self._community) or person.city is None:
            return draft
        return replace(draft, values={**draft.values, "city": person.city})

    def _speechless_greeter(self, person: Person, draft: InvitingDraft) -> Member | None:
        """Return the greeter who was named where they do not speak the language of those who are invited."""
        greeter = self._knowledge.members.get(str(draft.values.get("greeter")))
        if greeter is None or self._next(draft) is not None:
            return None
        member = self._member(draft)
        usual = None if member is None else member_terms(member, self._community).language
        spoken = draft.values.get("language") or usual or _language(draft.values, person, self._community)
        return None if spoken in greeter.languages else greeter

    def _perhaps(self, person: Person, draft: InvitingDraft, place: LinkPlace) -> DescribedMatch | None:
        """Return the member who may be meant by the name, as long as nobody has said whether they are."""
        name, values = draft.values.get("name"), draft.values
        if name is None or "member" in values or values.get("uses", 1) != 1:
            return None
        role, city = (None if values.get(key) is None else str(values[key]) for key in ("role", "city"))
        known = told_of(person, self._community, place.come)
        return described_as(str(name), role, city, known, place.come, draft.others)

    def _member(self, draft: InvitingDraft) -> Member | None:
        """Return the member whom the link is for."""
        return self._knowledge.members.get(str(draft.values.get("member")))

    def _next(self, draft: InvitingDraft, found: DescribedMatch | None = None) -> str | None:
        """Return what is to be asked next; ``found``: who may be meant by the name."""
        if self._member(draft) is not None:
            return None
        role = self._community.role.get(str(draft.values.get("role")))
        settled = {*draft.values, *draft.done}
        if "uses" in settled:
            settled.add("name")
        if role is not None and role.everywhere:
            settled |= {"city", "themes"}
        if not self._community.themes:
            settled.add("themes")
        settled = settled - {"member"} if found is not None else settled | {"member"}
        return next((step for step in _STEPS if step not in settled), None)

    def _question(
        self, step: str, person: Person, found: DescribedMatch | None, translate: Translator
    ) -> Message:
        community = self._community
        match step:
            case "member" if found is not None:
                return sentences.is_it(found, community, translate.language)
            case "role":
                own = community.role.get(person.role)
                named = (role.name for role in community.roles if own is None or covers(own, role))
                return sentences.choices(sentences.ASK_ROLE, named, translate)
            case "city":
                return sentences.choices(
                    sentences.ASK_PLACE, (city.name for city in community.cities), translate
                )
            case "themes":
                return sentences.choices(
                    sentences.ASK_THEMES, (theme.name for theme in community.themes), translate
                )
            case _:
                return sentences.ASK_NAME

    def _terms(self, person: Person, draft: InvitingDraft) -> InvitationTerms | Message:
        """Return what the link offers, or why nobody is invited on these terms."""
        values = {name: value for name, value in draft.values.items() if name in InvitationTerms.model_fields}
        member = self._member(draft)
        if member is not None:
            own = {name: value for name, value in values.items() if name in ("language", "greeter")}
            values = {**member_terms(member, self._community).model_dump(), **own}
        if values.get("uses", 1) != 1:
            values.pop("name", None)
        values.setdefault("language", _language(values, person, self._community))
        try:
            terms = InvitationTerms.model_validate(values)
        except ValidationError:
            return sentences.not_understood(str(values.get("name", "")))
        fault = next(terms_faults(terms, self._community, ""), None)
        return refusal(person, terms, self._community) or terms if fault is None else fault.what

    def _lifetime(self, draft: InvitingDraft, place: LinkPlace) -> timedelta:
        days = draft.values.get("days")
        return timedelta(days=days) if isinstance(days, int) else place.lifetime

    def _earlier(self, context: MessageContext, draft: InvitingDraft, place: LinkPlace) -> EarlierLinks:
        """Return the links that the member has already whom this one is for."""
        member = self._member(draft)
        there = () if member is None else open_links(place.links, member.username, context.now)
        return EarlierLinks(there, context.person.user_id, place.names)

    def _confirmed(
        self, context: MessageContext, draft: InvitingDraft, place: LinkPlace
    ) -> Reply | Unnumbered:
        if not {link.id for link in self._earlier(context, draft, place).links} <= set(draft.closes):
            # Somebody has made one meanwhile: that is said before it is closed.
            return self._go_on(context, draft, place)
        translate, terms = self._knowledge.translators[draft.language], self._terms(context.person, draft)
        if isinstance(terms, Message):
            return sentences.say(translate, sentences.not_invited(terms))
        if place.server is None:
            return sentences.say(translate, sentences.NOT_SET_UP)
        days = max(1, self._lifetime(draft, place).days)
        made = MakeInvitation(terms.model_dump(mode="json"), days, place.server, place.secret)
        # What is said is known once the link has its number.
        return _with(sentences.say(translate), made)


def _language(values: Mapping[str, object], person: Person, community: Community) -> str:
    """Return the language of whoever is invited: the first of the city's that Palabre speaks, else the inviter's."""
    city = community.city.get(str(values.get("city")))
    spoken = (*(() if city is None else city.languages), *person.languages, *community.languages)
    return next(code for code in (*spoken, *LANGUAGES) if code in LANGUAGES)


def _keeping(context: MessageContext, draft: InvitingDraft, *, is_new: bool) -> KeepInviting:
    return KeepInviting(draft.to_json(), context.origins, is_new)


def _with(reply: Reply, *effects: Effect) -> Reply:
    return replace(reply, effects=effects)
