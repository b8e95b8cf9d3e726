"""Whose calendar, or which, the words of a wish name: a theme, cohort or city, the whole network, somebody. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from bots.features.feeds.words import FeedReading, own_words
from community.core.messages import Message, msg
from community.core.words import words
from community.description.feed_subject import FeedSubject
from community.description.fields import Localized
from community.description.model import Community, Member, Status
from community.joining.terms import with_those_there

WHOLE = msg("the whole network")


def named_in(reading: FeedReading, community: Community, there: Collection[str]) -> tuple[FeedSubject, ...]:
    """Return what a wish names, people after all else; nothing where it names nothing that there is.

    Of a name any of its words is enough, but a name that has just the words said goes before others. ``there``: the
    user names of those who have come. Of nobody else there is a calendar, and who is awaited is not for all to know.
    """
    if not reading.rest:
        return (FeedSubject("community", community.key),) if reading.is_whole else ()
    said, skipped = frozenset(reading.rest), own_words(reading.language)
    for each in (_parts(community), _people(with_those_there(community, there))):
        called = [(subject, [w for w in words(name) if w not in skipped]) for subject, name in each]
        exact = [subject for subject, name in called if said == set(name)]
        found = exact or [subject for subject, name in called if said <= set(name)]
        if found:
            return tuple(dict.fromkeys(found))
    return ()


def name_of_subject(subject: FeedSubject, community: Community) -> Localized | Message | None:
    """Return what a shared calendar is called where it is spoken of; None where it is of nothing that there is."""
    match subject.kind:
        case "community":
            return WHOLE
        case "person":
            return None
        case "theme":
            return community.theme[subject.key].name if subject.key in community.theme else None
        case "cohort":
            return community.cohort[subject.key].name if subject.key in community.cohort else None
        case "city":
            return community.city[subject.key].name if subject.key in community.city else None
        case "role":
            return community.role[subject.key].name if subject.key in community.role else None


def _parts(community: Community) -> Iterator[tuple[FeedSubject, str]]:
    for theme in community.themes:
        yield from _named(FeedSubject("theme", theme.key), theme.name)
    for cohort in community.cohorts:
        yield from _named(FeedSubject("cohort", cohort.key), cohort.name)
    for city in community.cities:
        yield from _named(FeedSubject("city", city.key), city.name)
    for role in community.roles:
        yield from _named(FeedSubject("role", role.key), role.name)


def _named(subject: FeedSubject, name: Localized) -> Iterator[tuple[FeedSubject, str]]:
    yield subject, subject.key
    for _language, text in name:
        yield subject, text


def _people(community: Community) -> Iterator[tuple[FeedSubject, str]]:
    for member in community.members:
        if member.status is Status.ACTIVE:
            yield from _called(member)


def _called(member: Member) -> Iterator[tuple[FeedSubject, str]]:
    subject = FeedSubject("person", member.username)
    yield subject, member.name
    yield subject, member.username
