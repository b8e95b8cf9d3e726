"""What somebody is told directly who has signed in for the first time. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from bots.context.knowledge import Knowledge
from bots.context.message import Reply
from bots.context.reply_text import reply_of
from community.agenda.personal_times import shown_hours, usual_hours
from community.core.messages import Message, Translator, msg, nmsg
from community.core.plain_text import clean, isolated, listed
from community.description.fields import Localized
from community.description.model import Community, Member
from community.description.person import Person
from community.description.reminder_times import hours_of
from community.description.theme_rooms import belongs_everywhere
from community.directory.lines import Line, sentence
from community.directory.links import pill
from community.directory.permissions import leads
from community.joining.invitation import InvitationTerms
from community.joining.invitation_text import theme_names
from community.joining.terms import greeter_for, leading, with_those_there
from matrix.ids import user_id

_NEXT = msg("what's next?")
_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Welcomed:
    """Somebody who has signed in. ``terms``: of the link by which they came, if they came by one.

    ``waiting``: how many rooms they are invited to; ``lobby``: what the lobby is called, None where they are not in it.
    ``coming``: lines of what is to come for them, a heading first. ``there``: the user names of those who have come.
    ``asked``: the keys of themes of their invitation on which others decide.
    """

    person: Person
    terms: InvitationTerms | None
    waiting: int
    lobby: Localized | None
    coming: Sequence[Line]
    there: Collection[str]
    asked: Sequence[str] = ()


def greeting(known: Knowledge, who: Welcomed) -> Reply:
    """Return the greeting, in the person's language."""
    translate = known.translator(who.person.languages)
    cards = [
        [_hello(translate, known.community, who.person)],
        [Line(said) for said in (*_rooms(translate, who), *_asked(translate, known.community, who))],
        list(_people(translate, known, who)),
        _examples(translate, known, is_something_coming=bool(who.coming)),
        list(who.coming),
        [Line(said) for said in _settings(translate, known.community, who.person)],
    ]
    return reply_of([], [card for card in cards if card], [], translate.language)


def _hello(translate: Translator, community: Community, person: Person) -> Line:
    network = isolated(clean(community.name.text(translate.language)), translate.language)
    name = isolated(clean(person.name), translate.language)
    said = msg("Welcome, {name}! I am Palabre, the bot of {network}.", name=name, network=network)
    return Line(translate(said), strong=True)


def _rooms(translate: Translator, who: Welcomed) -> Iterator[str]:
    if who.lobby is not None:
        lobby = isolated(clean(who.lobby.text(translate.language)), translate.language)
        yield translate(msg("Everybody meets in the room “{room}”: say hello there.", room=lobby))
    if who.waiting:
        yield translate(
            nmsg(
                "One more room waits for you: tap “Accept” and you can read what was said there before.",
                "{count} more rooms wait for you: tap “Accept” in each, and you can read what was said there before.",
                count=who.waiting,
            )
        )


def _asked(translate: Translator, community: Community, who: Welcomed) -> Iterator[str]:
    names = theme_names(who.asked, community, translate.language)
    if names:
        yield translate(
            nmsg(
                "Your invitation names {themes}: those who look after it decide whether you come in there. I have "
                "asked them for you, and tell you what they say.",
                "Your invitation names {themes}: those who look after these decide whether you come in there. I have "
                "asked them for you, and tell you what they say.",
                count=len(names),
                themes=listed(names, translate.language),
            )
        )


def _people(translate: Translator, known: Knowledge, who: Welcomed) -> Iterator[Line]:
    """Yield whom to turn to: who greets, and who leads in the person's city where that is somebody else."""
    greeter, lead = whom_to_ask(known.community, who)
    if greeter is not None:
        yield _about(
            translate,
            known,
            msg("If you want to ask somebody, {person} is there for you: tap the name to write to them."),
            greeter,
        )
    if lead is not None and lead != greeter:
        yield _about(translate, known, msg("In your {place}, {person} leads."), lead)


def _about(translate: Translator, known: Knowledge, said: Message, member: Member) -> Line:
    link = pill(user_id(member.username, known.server_name))
    return sentence(translate, said, {"person": Line(isolated(clean(member.name), translate.language), link)})


def whom_to_ask(community: Community, who: Welcomed) -> tuple[Member | None, Member | None]:
    """Return who greets somebody, and who leads in their city: of those who have come, never they themselves."""
    person, terms = who.person, who.terms
    others = with_those_there(community, set(who.there) - {person.username})
    language = next(iter(person.languages), community.languages[0])
    wanted = InvitationTerms(role=person.role, language=language) if terms is None else terms
    greeter = greeter_for(wanted.model_copy(update={"city": person.city}), others)
    return greeter, next(leading(person.city, others), None)


def _examples(translate: Translator, known: Knowledge, *, is_something_coming: bool) -> list[Line]:
    examples = [*known.examples(translate), *([translate(_NEXT)] if is_something_coming else [])][:_EXAMPLES]
    if not examples:
        return []
    head = translate(msg("You can ask me anything here, for example:"))
    return [Line(head), *(Line(f"• {example}") for example in examples)]


def _settings(translate: Translator, community: Community, person: Person) -> Iterator[str]:
    if leads(person, community):
        yield translate(msg("To invite somebody, write “invite” and their name: I ask for the rest."))
    if community.themes and not belongs_everywhere(community, person.role):
        yield translate(msg("To choose your themes, ask me “which spaces are there?”."))
    yield translate(msg("To see all that I can do, write “help”."))
    yield translate(msg("To choose your own quiet hours, write “quiet hours 21:00 to 7:00”."))
    quiet = usual_hours(person, community)
    if hours_of(quiet) is not None:
        begin, end = shown_hours(quiet, translate.language)
        yield translate(
            msg(
                "I send no reminders between {begin} and {end}. For what else your phone may ring, you decide in "
                "Element: Settings, Notifications.",
                begin=begin,
                end=end,
            )
        )
