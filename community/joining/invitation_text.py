"""What is pasted into a messenger with an invitation, in the language of whoever is invited. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from community.core.locale_texts import locale_texts
from community.core.messages import Message, Translator, msg, nmsg
from community.core.plain_text import clean, listed, one_line
from community.description.fields import Localized
from community.description.model import Community
from community.description.settings import is_for_this_computer
from community.joining.invitation import InvitationTerms


@dataclass(frozen=True, slots=True)
class InvitationLetter:
    """What the text says: ``inviter`` and ``greeter`` by name, ``address`` of the page, ``until`` its last day.

    ``asked``: the keys of themes on which others decide once somebody has come.
    """

    terms: InvitationTerms
    inviter: str | None
    greeter: str | None
    address: str
    until: date
    asked: tuple[str, ...] = ()

    def text(self, community: Community, translate: Translator) -> str:
        """Return the text; ``translate`` speaks the language of whoever is invited."""
        language = translate.language
        before, after = self._before(community, language), self._after(language)
        # The address is a line of its own as it is: a character that nobody sees would become a part of the link.
        return "\n".join((*map(translate, before), self.address, *map(translate, after)))

    def _before(self, community: Community, language: str) -> Iterator[Message]:
        name, network = self.terms.name, community.name.text(language)
        yield msg("Hello,") if name is None else msg("Hello {name},", name=one_line(name))
        yield invited(self.inviter, network)
        yield _role(self.terms, community, language)
        given = theme_names((key for key in self.terms.themes if key not in self.asked), community, language)
        asked = theme_names(self.asked, community, language)
        if given:
            yield own_themes(given, language)
        if asked:
            yield others_decide(asked, language)
        if is_for_this_computer(self.address):
            yield msg(
                "Open this address in a browser on the computer that this network runs on; it leads you on from there:"
            )
        else:
            yield msg("Open this address on your telephone; it leads you on from there:")

    def _after(self, language: str) -> Iterator[Message]:
        terms, day = self.terms, locale_texts(language).day(self.until)
        if terms.uses == 1:
            yield msg("It is for you alone, so please do not pass it on. It works until {day}.", day=day)
        else:
            yield nmsg(
                "It is for {count} person and works until {day}.",
                "It is for {count} people and works until {day}.",
                count=terms.uses,
                day=day,
            )
        if self.greeter is not None and self.greeter != self.inviter:
            yield msg("Whom to ask if you need help: {name}.", name=self.greeter)


def invited(inviter: str | None, network: str) -> Message:
    """Return who invites somebody, by name, and to which network."""
    if inviter is None:
        return msg("You are invited to {network}.", network=network)
    return msg("{inviter} invites you to {network}.", inviter=inviter, network=network)


def own_themes(names: Sequence[str], language: str) -> Message:
    """Return which themes whoever is invited will have, by their names in a language."""
    return nmsg(
        "Your theme: {themes}.",
        "Your themes: {themes}.",
        count=len(names),
        themes=listed(names, language),
    )


def others_decide(names: Sequence[str], language: str) -> Message:
    """Return what whoever is invited is told of themes, by their names, that others grant them."""
    return nmsg(
        "Those who look after {themes} decide whether you come in there: they are asked once you have arrived.",
        "Those who look after {themes} decide whether you come in there: they are asked once you have arrived.",
        count=len(names),
        themes=listed(names, language),
    )


def keepers_decide(names: Sequence[str], language: str) -> Message:
    """Return what whoever invites is told of the same themes."""
    return nmsg(
        "{themes} leads into a safe room: those who keep it are asked once your guest has arrived, and decide.",
        "{themes} lead into safe rooms: those who keep these are asked once your guest has arrived, and decide.",
        count=len(names),
        themes=listed(names, language),
    )


def theme_names(keys: Iterable[str], community: Community, language: str) -> tuple[str, ...]:
    """Return what themes are called in a language, without those that there are no more."""
    known = community.theme
    return names_in(language, (known[key].name for key in keys if key in known))


def names_in(language: str, names: Iterable[Localized]) -> tuple[str, ...]:
    """Return names in a language, safe to show."""
    return tuple(clean(name.text(language), longest=120) for name in names)


def role_there(role: str, city: str | None) -> Message:
    """Return what somebody will be in the network, by the names of their role and city."""
    if city is None:
        return msg("What you will be there: {role}.", role=role)
    return msg("What you will be there: {role}, {city}.", role=role, city=city)


def _role(terms: InvitationTerms, community: Community, language: str) -> Message:
    city = None if terms.city is None else community.city[terms.city].name.text(language)
    return role_there(community.role[terms.role].name.text(language), city)


@dataclass(frozen=True, slots=True)
class PosterText:
    """What stands on a poster around its code, from above: a title, what to do, and until when it works."""

    title: str
    place: str
    call: str
    until: str


def poster_text(
    terms: InvitationTerms, address: str, until: date, community: Community, translate: Translator
) -> PosterText:
    """Return what stands on a poster; ``translate`` speaks the language of those who are invited."""
    language = translate.language
    call = (
        msg("To try it: this leads only to the computer that this network runs on.")
        if is_for_this_computer(address)
        else msg("Point your telephone's camera at this, and join us.")
    )
    day = locale_texts(language).day(until)
    return PosterText(
        title=one_line(community.name.text(language)),
        place="" if terms.city is None else one_line(community.city[terms.city].name.text(language)),
        call=translate(call),
        until=translate(msg("Until {day}.", day=day)),
    )
