"""What is said of invitations: the questions, what is shown before a link is made, what happens next. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from html import escape
from typing import assert_never

from bots.context.message import Reply
from bots.context.reply_text import reply_of
from community.core.locale_texts import locale_texts
from community.core.messages import Message, Translator, msg, nmsg
from community.core.plain_text import clean, isolated, listed
from community.description.fields import Localized
from community.description.model import Community, Member
from community.description.settings import is_for_this_computer
from community.directory.lines import Line
from community.joining.described import Coming, DescribedMatch
from community.joining.invitation import InvitationTerms, NetworkInvitation

ONLY_DIRECTLY = msg(
    "I do that in a direct message only, so that nothing about guests stands in this room. Write the same to me there."
)
NOT_SET_UP = msg(
    "I cannot make links here: this network has no address on the web for them. Tell the coordinators, who know "
    "whoever runs the server."
)
NOT_ANY_MORE = msg("Nothing was done: that is no longer possible, or you may not do it any more.")
ENOUGH_FOR_TODAY = msg(
    "You have made as many links today as I may make for one person in a day. Go on tomorrow; for a long list ask the "
    "coordinators, who make all of them at once."
)
NOT_SENT = msg("I could not write to you directly, so I have made no link.")
DROPPED = msg("All right: I invite nobody.")
KEPT = msg("All right: the invitation stays as it is.")
ASK_NAME = msg(
    "Whom do you invite? Write the name; or how many people may come by one link, such as “5 people”."
)
ASK_ROLE = msg("What will they be here? Choose from: {names}.")
ASK_PLACE = msg("Which {place} do they belong to? Choose from: {names}; or “skip”, if to none.")
ASK_THEMES = msg("Which themes do they work on? Choose from: {names}; or “skip”.")
HOW = msg("You can also say: back, cancel.")
NEEDED = msg("This is needed and can't be skipped.")
NOTHING_BEFORE = msg("This is the first question: there is nothing before it.")
WHAT_IS_DIFFERENT = msg("Say what is different, such as “in Portuguese” or “7 days”; or “cancel”.")
NEEDS_THE_NUMBER = msg("This needs “yes” and the number.")
WHICH_INVITATION = msg("Which one? Write it again with its number. “where are my guests?” shows the numbers.")


def not_invited(reason: Message) -> Message:
    """Return the sentence that nobody is invited, and why; a reason that asks what was meant ends so."""
    if reason.msgid.endswith("?"):
        return msg("I invite nobody: {reason}", reason=reason)
    return msg("I invite nobody: {reason}.", reason=reason)


def cannot_receive(greeter: Member, language: str) -> Message:
    """Return the sentence that a member does not speak the language of those whom they would receive."""
    name = isolated(clean(greeter.name, longest=120), language)
    return msg("{name} does not speak their language, so somebody else receives them.", name=name)


def not_understood(text: str) -> Message:
    """Return the sentence that something was not understood."""
    return msg("I did not understand “{text}”.", text=clean(text, longest=60))


def choices(ask: Message, named: Iterable[Localized], translate: Translator) -> Message:
    """Return a question with the names to choose from."""
    names = listed((clean(name.text(translate.language), longest=120) for name in named), translate.language)
    return msg(ask.msgid, names=names)


def guest_name(terms: InvitationTerms, translate: Translator) -> str:
    """Return what a link's guest is called, or how many may come by it."""
    return called(terms.name, terms.uses, translate)


def called(name: str | None, uses: int, translate: Translator) -> str:
    """Return what a guest of that name is called; without a name, how many may come."""
    if name is not None:
        return isolated(clean(name, longest=120), translate.language)
    return translate(nmsg("{count} person", "{count} people", count=uses))


def role_and_place(terms: InvitationTerms, community: Community, language: str) -> str:
    """Return what somebody will be, and where; keys where the community does not have them any more."""
    return _role_and_place(terms.role, terms.city, community, language)


def _role_and_place(role_key: str, city_key: str | None, community: Community, language: str) -> str:
    role, city = community.role.get(role_key), community.city.get(city_key or "")
    said = [role_key if role is None else clean(role.name.text(language), longest=120)]
    if city_key is not None:
        said.append(city_key if city is None else clean(city.name.text(language), longest=120))
    return listed(said, language)


def is_it(found: DescribedMatch, community: Community, language: str) -> Message:
    """Return the question whether somebody is meant who is described under that name."""
    who = _who(found.member, community, language)
    match found.coming:
        case Coming.AWAITED:
            return msg(
                "Do you mean {who}, who is on the list of members and has not come yet? Write “yes” or “no”.",
                who=who,
            )
        case Coming.BEGUN:
            return msg("Do you mean {who}, who has begun to come by a link? Write “yes” or “no”.", who=who)
        case Coming.HERE:
            return msg("Do you mean {who}, who is here already? Write “yes” or “no”.", who=who)
        case _:
            assert_never(found.coming)


def known_already(member: Member, coming: Coming, community: Community, language: str) -> tuple[Message, ...]:
    """Return what is said of somebody who is described: for whom a link is, or why there is none."""
    who = _who(member, community, language)
    match coming:
        case Coming.AWAITED:
            return (
                msg(
                    "{who} is on the list of members and has not come yet: the link is for them, and what stands in "
                    "that list holds.",
                    who=who,
                ),
            )
        case Coming.BEGUN:
            return (
                msg(
                    "{who} has begun to come: they go on by the link that they have, so I make no other one.",
                    who=who,
                ),
                msg("If they cannot, tell the coordinators, who know whoever runs the server."),
            )
        case Coming.HERE:
            return (
                msg("{who} is here already, so I make no link.", who=who),
                msg(
                    "If you mean somebody else of that name, invite them by a name that tells the two apart, such as "
                    "with a second first name."
                ),
            )
        case _:
            assert_never(coming)


def _who(member: Member, community: Community, language: str) -> str:
    name = clean(member.name, longest=120)
    return isolated(f"{name} ({_role_and_place(member.role, member.city, community, language)})", language)


def shown(
    terms: InvitationTerms,
    until: date,
    community: Community,
    greeter: Member | None,
    translate: Translator,
    number: int,
    before: Sequence[Message] = (),
) -> Reply:
    """Return what a link would offer, which asks for “yes” and the number.

    ``greeter``: who would receive whoever comes; ``before``: sentences above it.
    """
    name, language = guest_name(terms, translate), translate.language
    head = [*before, msg("I would make a link for {name}:", name=name)]
    once = nmsg(
        "{count} person can come in by it: whoever has it first.",
        "{count} people can come in by it: whoever has it first.",
        count=terms.uses,
    )
    tail = [
        once,
        msg(
            "Is that right? Then write “yes {number}”. To change something, say it, such as “in Portuguese”, “7 days” "
            "or “greeter …”; or “cancel”.",
            number=number,
        ),
    ]
    lines = [Line(translate(line)) for line in _offered(terms, until, community, greeter, translate)]
    return reply_of([translate(one) for one in head], [lines], [translate(one) for one in tail], language)


def _offered(
    terms: InvitationTerms,
    until: date,
    community: Community,
    greeter: Member | None,
    translate: Translator,
) -> Iterator[Message]:
    language, texts = translate.language, locale_texts(translate.language)
    yield msg("What they will be: {role}", role=role_and_place(terms, community, language))
    if terms.themes:
        named = (community.theme[key].name.text(language) for key in terms.themes if key in community.theme)
        yield msg("Themes: {names}", names=listed((clean(one) for one in named), language))
    spoken = texts.languages.get(terms.language, terms.language)
    yield msg("The text to send is in: {language}", language=isolated(spoken, language))
    yield msg("The link works until: {day}", day=texts.day(until))
    if greeter is None:
        yield msg("Nobody here speaks that language, so nobody receives them.")
    else:
        yield msg("Received by: {name}", name=isolated(clean(greeter.name, longest=120), language))


def as_it_is(text: str, address: str, language: str) -> Reply:
    """Return a text that is to be copied, word for word, with its address as a link."""
    link = f'<a href="{escape(address)}">{escape(address)}</a>'
    lines = [link if line == address else escape(line) for line in text.split("\n")]
    return Reply(text, f"<p>{'<br>'.join(lines)}</p>", language=language)


def made(link: NetworkInvitation, server: str, translate: Translator, closed: Iterable[Message]) -> Reply:
    """Return what is said below the text to be given on: how, and what happens next.

    ``closed``: what is said of links that they had before.
    """
    said = [
        msg(
            "Copy the message above and send it yourself, in a messenger or by e-mail, to {name}. I show its address "
            "only this once.",
            name=guest_name(link.terms, translate),
        ),
        msg(
            "Whoever opens it chooses a name and a password, and is led on from there. I tell you here when they have "
            "arrived, when they are stuck for a day, and when the link runs out."
        ),
        msg(
            "It is invitation {number}. “where are my guests?” shows how far they are, “take back invitation {number}” "
            "closes the link.",
            number=link.id,
        ),
        *closed,
    ]
    if is_for_this_computer(server):
        said.append(
            msg(
                "The address leads to the computer that Palabre runs on, and only from there: enough to try it."
            )
        )
    return say(translate, *said)


def taking_back(link: NetworkInvitation, number: int, translate: Translator) -> Reply:
    """Return the question whether a link is to be taken back."""
    return say(
        translate,
        msg(
            "I would take back invitation {invitation}, for {name}. Nobody can come in by it any more; whoever has "
            "come stays.",
            invitation=link.id,
            name=guest_name(link.terms, translate),
        ),
        msg("Is that right? Write “yes {number}” or “no”.", number=number),
    )


def taken_back(number: int) -> Message:
    """Return the sentence that a link is taken back."""
    return msg("Invitation {number} is taken back: nobody can come in by it any more.", number=number)


def none_to_take_back(number: int) -> Message:
    """Return the sentence that there is no such link to take back, whether it is somebody else's or was never made."""
    return msg("You have no invitation {number} that could be taken back.", number=number)


def say(translate: Translator, *said: Message) -> Reply:
    """Return a reply of sentences."""
    return reply_of([translate(one) for one in said], [], [], translate.language)
